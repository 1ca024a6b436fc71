"""Domain registries: one port, EPP behind it, and a twin in memory for fast tests."""
