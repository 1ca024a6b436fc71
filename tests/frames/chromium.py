"""Chromium behind the verbs that every engine has (tests/browsers/engines.py), for scenarios that are written once.

Third-party cookies: blocked by the switch below (a site in a frame then has no jar, and `Partitioned` ones have their
own), allowed without it. Every window that a scenario opens belongs to one fresh context.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Frame, Page

from tests.harness.browser import Troubles

#: What makes Chromium treat cookies as it does where people block those of others.
BLOCKED = "--test-third-party-cookie-phaseout"
PATIENCE = 10.0

_INTO = "css => { const e = document.querySelector(css); return e && (e.shadowRoot?.querySelector('iframe') ?? e); }"


@dataclass
class Chromium:
    """One context; `page` is the window at hand, `here` the document in it."""

    name: str
    context: BrowserContext
    page: Page
    here: Frame
    troubles: Troubles = field(default_factory=Troubles)
    hands: bool = True
    keeps: bool = True

    def fresh(self) -> None:
        """Each context is."""

    def go(self, address: str) -> None:
        self.page.goto(address)
        self.top()

    def into(self, css: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            element = self.here.evaluate_handle(_INTO, css).as_element()
            found = element.content_frame() if element else None
            if found and found.url != "about:blank":
                self.here = found
                return
            assert time.monotonic() < deadline, f"no frame in {css}"
            self.page.wait_for_timeout(50)

    def top(self) -> None:
        self.here = self.page.main_frame

    def run(self, script: str, *arguments: Any) -> Any:
        return self.here.evaluate(f"args => (function () {{ {script} }})(...args)", list(arguments))

    def click(self, css: str) -> None:
        self.here.locator(css).first.click()

    def write(self, css: str, text: str) -> None:
        self.here.locator(css).first.fill(text)

    def press(self, css: str, key: str) -> None:
        self.here.locator(css).first.press(key.capitalize())

    def open_window(self) -> None:
        self.page = self.context.new_page()
        self.top()

    def windows(self) -> list[str]:
        self.page.wait_for_timeout(20)  # Playwright hears of new windows only while it waits
        return [str(place) for place, _page in enumerate(self.context.pages)]

    def show(self, window: str) -> None:
        self.page = self.context.pages[int(window)]
        self.top()

    def close_window(self) -> None:
        self.page.close()
        self.page = self.context.pages[0]
        self.top()

    def picture(self, path: Path) -> None:
        self.page.screenshot(path=path)


@contextmanager
def visiting(open_context: Callable[..., BrowserContext], **options: Any) -> Iterator[Chromium]:
    """Somebody with a context of his own: no cookies, no storage. At the end no script may have failed."""
    settings: Any = {
        "viewport": {"width": 1000, "height": 800},
        "locale": "en-GB",
        "reduced_motion": "reduce",
        **options,
    }
    context = open_context(**settings)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    engine = Chromium("Chromium", context, page, page.main_frame)
    engine.troubles.watch(context)
    yield engine
    context.close()
    assert not engine.troubles, "\n".join(engine.troubles)
