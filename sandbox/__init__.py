"""A registry to develop and test against: EPP over TLS (RFC 5730 to 5734) with its own process and database.

It is not part of the product: nothing under webapp imports it. Start it with ``python -m sandbox serve``,
or from a test with :func:`sandbox.testing.running_registry`.
"""
