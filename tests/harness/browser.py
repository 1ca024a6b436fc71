"""A real Chromium for the tests, driven by Playwright's synchronous API.

Fixtures (tests/conftest.py makes them known): `chromium` for the whole session, `page` per test. A `page` watches
itself: an uncaught script error or a violation of the content security policy fails the test that caused it. What keeps
nothing in the browser may be read in `window`, which is one for all tests: a new one takes as long as a page to read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from .chromium import WHAT_TO_DO, find_chromium, find_shell

#: No sandbox as root (Chromium refuses otherwise); no background traffic: tests run without a network.
FLAGS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@contextmanager
def open_chromium(*flags: str, path: str | None = None) -> Iterator[Browser]:
    """Chromium (the one on PATH unless told), headless, with a profile of its own. Raises RuntimeError with what to do
    if it is missing."""
    path = path or find_chromium()
    if path is None:
        raise RuntimeError(WHAT_TO_DO)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


DESK: ViewportSize = {"width": 1280, "height": 900}


class Troubles(list[str]):
    """What went wrong in the pages of a context: script errors and policy violations, in words."""

    def watch(self, context: BrowserContext) -> None:
        """Collect from every page of the context, popups too."""
        context.on("weberror", lambda error: self.append(f"script error: {error.error}"))
        context.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.append(f"policy violation: {message.text}")


@pytest.fixture(scope="session")
def chromium(full_tier: bool) -> Iterator[Browser]:
    """One browser for the whole session."""
    with open_chromium(path=find_chromium() if full_tier else find_shell()) as browser:
        yield browser


@contextmanager
def _watched(chromium: Browser) -> Iterator[tuple[Page, Troubles]]:
    context = chromium.new_context(locale="en-GB", viewport=DESK)
    context.set_default_timeout(15_000)
    troubles = Troubles()
    troubles.watch(context)
    yield context.new_page(), troubles
    context.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a fresh context (no cookies, no storage) that reports its own troubles at the end of the test."""
    with _watched(chromium) as (page, troubles):
        yield page
    assert not troubles, "\n".join(troubles)


@pytest.fixture(scope="session")
def _one_window(chromium: Browser) -> Iterator[tuple[Page, Troubles]]:
    with _watched(chromium) as watched:
        yield watched


@pytest.fixture
def window(_one_window: tuple[Page, Troubles]) -> Iterator[Page]:
    """A page that others have used and will use, for what keeps nothing; it, too, reports the troubles of the test."""
    page, troubles = _one_window
    page.set_viewport_size(DESK)
    yield page
    page.goto("about:blank")
    found, troubles[:] = list(troubles), []
    assert not found, "\n".join(found)
