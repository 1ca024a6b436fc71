"""How soon a frame in somebody else's page shows something, against the shop's own search page: a real Chromium."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Browser, Frame, Page

from demo.plan import LOOPBACK
from tests.frames.sites import Sites, outside_sites
from tests.harness.browser import open_chromium
from webapp.foundation import tenancy
from webapp.reseller.partners import frames
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.queries import partner_by_code

from . import data
from .servers import PLATFORM_HOST, Place, Server, witryna

ROUNDS, GOAL = 15, 1.3
SHOP = f"http://{data.HOME_SHOP}.{PLATFORM_HOST}"
LABEL = "blog"
OUTSIDE = f"http://{LABEL}.{PLATFORM_HOST}"
_SNIPPET = f"""<shop-frame view="domain-search" lang="{data.LANGUAGE}"></shop-frame>
<script src="{SHOP}/embed/v1.js" async></script>"""
#: Milliseconds from the start of this document's own navigation to the first words on the screen.
_PAINTED = """async () => {
  for (let i = 0; i < 500; i++) {
    const [entry] = performance.getEntriesByName('first-contentful-paint');
    if (entry) return entry.startTime;
    await new Promise((done) => setTimeout(done, 10));
  }
  return null;
}"""


@dataclass
class Painted:
    """Milliseconds to the first paint with content, of one visit after the other, each with an empty profile."""

    page: list[float] = field(default_factory=list)
    frame: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return median(self.frame) / median(self.page)


def measure(place: Place, url: str) -> Painted:
    """The page and the frame in turn; the first visit of each only warms the server."""
    _let_in(url)
    found = Painted()
    with outside_sites() as sites, witryna(place, url) as server, open_chromium(_found_at(sites, server)) as browser:
        sites.page(LABEL, "/", _SNIPPET)
        for _round in range(ROUNDS + 1):
            found.page.append(_page(browser))
            found.frame.append(_frame(browser))
    return Painted(found.page[1:], found.frame[1:])


def _found_at(sites: Sites, server: Server) -> str:
    """A flag for Chromium: where the outside site answers, and every host of the install."""
    return (
        f"--host-resolver-rules=MAP {LABEL}.localhost {LOOPBACK}:{sites.port}, MAP *.localhost {LOOPBACK}:{server.port}"
    )


def _let_in(url: str) -> None:
    """The outside site may show the shop's frames."""
    with data.opened(url) as database:
        with database.reading(tenancy.Platform("operator")) as session:
            partner = partner_by_code(session, data.HOME_SHOP)
        if partner is None:
            raise RuntimeError(f"there is no shop {data.HOME_SHOP}")
        with tenancy.tenant(partner.id), database.writing() as session:
            if OUTSIDE not in frames.rules(session).origins:
                frames.add_origin(session, SYSTEM, OUTSIDE, local=True)


def _page(browser: Browser) -> float:
    page = _fresh(browser)
    try:
        page.goto(f"{SHOP}/{data.LANGUAGE}/domains")
        return _first(page.main_frame)
    finally:
        page.context.close()


def _frame(browser: Browser) -> float:
    page = _fresh(browser)
    try:
        page.goto(f"{OUTSIDE}/")
        page.locator("shop-frame[state=ready]").wait_for(state="attached")
        return _first(page.frames[1])
    finally:
        page.context.close()


def _fresh(browser: Browser) -> Page:
    return browser.new_context(locale="en-GB", viewport={"width": 960, "height": 900}).new_page()


def _first(frame: Frame) -> float:
    painted = frame.evaluate(_PAINTED)
    if painted is None:
        raise RuntimeError(f"{frame.url} paints nothing")
    return float(painted)
