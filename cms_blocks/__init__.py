"""Blocks of pages, one folder each: `block.py` (definition), `template.html`, `example.json` (sample data).

A block imports `webapp.reseller.cms.kit` and nothing else of the product. webapp/wiring.py lists the blocks by name.
"""
