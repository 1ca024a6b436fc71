"""The shop's frames in other people's sites, in real browsers: checklist E1 to E17.

What happens is written once, in scenarios.py, for every engine; here Chromium does it, with third-party cookies blocked
and allowed. `make test-browsers` does the same in Firefox and WebKitGTK.
"""
