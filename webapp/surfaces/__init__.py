"""Fourth floor: HTTP. Parses, calls one operation or query, renders. No rules here."""
