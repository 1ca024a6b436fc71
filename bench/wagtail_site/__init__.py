"""The page of long_page.py in Wagtail, as a Wagtail project that one would write: the rival of `bench/rivals.py`.

It runs in a virtual environment of its own and imports nothing of ours.
"""
