"""What people do from end to end, in a real browser on the running demo. Nothing is replaced."""
