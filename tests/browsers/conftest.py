"""These tests need browsers that `make test` does without: only `make test-browsers` collects them."""

from __future__ import annotations

import os

from tests.frames.conftest import place, posts, shops, sites
from tests.web.storefront.conftest import demo_databases

__all__ = ["demo_databases", "place", "posts", "shops", "sites"]

collect_ignore_glob = [] if os.environ.get("WITRYNA_TEST_TIER") == "browsers" else ["test_*.py"]
