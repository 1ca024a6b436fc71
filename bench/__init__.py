"""`make bench`: pages, search, memory and many partners, measured against a reference in the same minutes."""
