"""What subscribers own (domains for now) and what we asked the outside to do about it."""
