"""Third floor: the reseller data model and its rules. Knows no HTTP."""
