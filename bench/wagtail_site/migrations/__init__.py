"""One migration; what a StreamField may hold is no matter of tables."""
