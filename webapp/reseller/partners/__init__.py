"""Partners: who sells here. Hosts, brand, staff, settings, content version, audit events."""
