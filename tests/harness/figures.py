"""Figures that tests prove, added up over all workers and printed at the end: what was tried, and what broke."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

_PROPERTY = "figure"


class Figures:
    """Counts of one test."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def count(self, what: str, tried: int, *, broken: int) -> None:
        """`tried` more of `what`, `broken` of which broke a promise."""
        self._item.user_properties.append((_PROPERTY, [what, tried, broken]))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test says how much it tried."""
    return Figures(request.node)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each figure."""
    tried: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, value in report.user_properties if report.when == "call" else ():
            if name == _PROPERTY:
                tried[value[0]] += value[1]
                broken[value[0]] += value[2]
    if tried:
        terminalreporter.section("figures")
    for what in sorted(tried):
        terminalreporter.write_line(f"{what}: {tried[what]:,} tried, {broken[what]:,} broken")
