"""Pages made of blocks, immutable versions, menus and legal documents. `kit.py` is for block authors."""
