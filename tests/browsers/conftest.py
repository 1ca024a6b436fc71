"""These tests need browsers that `make test` does without: only `make test-browsers` collects them."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("WITRYNA_TEST_TIER") == "browsers" else ["test_*.py"]
