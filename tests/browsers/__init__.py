"""Frames in the browsers that Playwright cannot drive as people have them. Run by `make test-browsers`."""
