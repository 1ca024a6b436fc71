"""What a first visit costs over the wire, and how far the page jumps while it loads: a real Chromium, every theme."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.harness.browser import open_chromium

from . import long_page
from .servers import Place, witryna

KINDS = {"Document": "HTML", "Stylesheet": "CSS", "Script": "JS", "Font": "fonts"}
WIDTHS = (412, 1280)
#: Seconds that fonts are held back in the second look, so that the fallback is really seen.
LATE = 0.5
_SHIFT = """() => {
  window.shifted = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
}"""


@dataclass(frozen=True)
class Visit:
    """A first visit: bytes by kind as they came, compressed as served."""

    theme: str
    sent: dict[str, int]
    #: The largest layout shift of each look: in time, and with the fonts held back.
    shift: float
    late_shift: float

    @property
    def page(self) -> int:
        """HTML, CSS and JS together."""
        return self.sent["HTML"] + self.sent["CSS"] + self.sent["JS"]


def measure(place: Place, url: str) -> list[Visit]:
    """A fresh browser profile for each look; every theme at a phone's and a desk's width."""
    with witryna(place, url) as server, open_chromium(found_at(server.port)) as browser:
        return [_visit(browser, theme) for theme in long_page.shops()]


def found_at(port: int) -> str:
    """A flag for Chromium: every host of the install answers at this port, whatever its address says."""
    return f"--host-resolver-rules=MAP *.localhost 127.0.0.1:{port}"


def _visit(browser: Browser, theme: str) -> Visit:
    address = f"http://{long_page.host(theme)}{long_page.PATH}"
    looks = [_look(browser, address, width, late=0) for width in WIDTHS]
    late = [_look(browser, address, width, late=LATE) for width in WIDTHS]
    sent = {kind: max(look[0][kind] for look in looks) for kind in (*KINDS.values(), "other")}
    return Visit(theme, sent, max(look[1] for look in looks), max(look[1] for look in late))


def _look(browser: Browser, address: str, width: int, late: float) -> tuple[dict[str, int], float]:
    context = browser.new_context(locale="pl-PL", viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        sent = _watch(context, page)
        if late:
            page.route("**/*.woff2", _later(late))
        page.goto(address, wait_until="networkidle")
        page.evaluate(_SHIFT)
        _scroll(page)
        return sent, float(page.evaluate("() => window.shifted"))
    finally:
        context.close()


def _scroll(page: Page) -> None:
    """Down and up again: what loads late must not push either."""
    for _ in range(12):
        page.mouse.wheel(0, 900)
        page.wait_for_timeout(40)
    page.evaluate("() => window.scrollTo(0, 0)")
    page.wait_for_timeout(300)


def _later(seconds: float) -> Callable[[Route], None]:
    def wait(route: Route) -> None:
        time.sleep(seconds)
        route.continue_()

    return wait


def _watch(context: BrowserContext, page: Page) -> dict[str, int]:
    """Bytes by kind as DevTools counts them: what came over the wire, answer headers included."""
    sent: dict[str, int] = defaultdict(int)
    kinds: dict[str, str] = {}
    session = context.new_cdp_session(page)
    session.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))

    def finished(said: dict[str, int | str]) -> None:
        sent[KINDS.get(kinds.get(str(said["requestId"]), ""), "other")] += int(said["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    return sent
