"""The front that gets certificates, and how it is reached."""
