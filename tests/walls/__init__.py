"""The four walls between tenants: each alone, all together, and what would be red."""
