"""The tests of Witryna."""
