"""The desk of the Sales Panel, as its own tests have it."""

from tests.web.sales.conftest import desk, desk_databases, desk_on_both

__all__ = ["desk", "desk_databases", "desk_on_both"]
