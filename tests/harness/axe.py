"""Accessibility: axe-core, run inside the page that a person sees.

The script goes in through the debugger (`frame.evaluate`), which a content security policy does not govern; so the
policy stays on, and the page is checked exactly as it is served.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Frame, Page

#: WCAG 2.2 levels A and AA, plus axe's own best practices.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: Nothing is judged half-way: a busy machine may still fade something in, whose contrast is too low until it is there.
#: Says whether axe is in the page from an earlier look: half a megabyte of script takes as long to read as to run.
_SETTLED = """async () => {
    const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    const all = Promise.allSettled([document.fonts.ready, ...ending.map((one) => one.finished)]);
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 3000))]);
    return typeof window.axe?.run === 'function';
}"""
_RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"


@cache
def _source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(where: Page | Frame, tags: list[str] | None = None) -> list[str]:
    """One line per violating element of this frame (its own document): rule, what is wrong, where."""
    frame = where.main_frame if isinstance(where, Page) else where
    if not frame.evaluate(_SETTLED):
        frame.evaluate(_source())
    report: dict[str, Any] = frame.evaluate(_RUN, tags or TAGS)
    return [_line(rule, node) for rule in report["violations"] for node in rule["nodes"]]


def assert_accessible(where: Page | Frame, tags: list[str] | None = None) -> None:
    """Fail with every violation in words."""
    found = violations(where, tags)
    assert not found, f"{where.url}: {len(found)} accessibility violation(s)\n" + "\n".join(found)


def _line(rule: dict[str, Any], node: dict[str, Any]) -> str:
    reasons = "; ".join(check["message"] for check in node["any"] + node["all"] + node["none"])
    return f"[{rule['id']}] {rule['help']}: {node['html'][:160]} ({reasons})"
