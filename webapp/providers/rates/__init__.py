"""Exchange rates that central banks publish."""
