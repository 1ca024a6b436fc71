"""A stranger's site, and a partner's own that turned hostile, in Chromium: no view renders, nothing is accepted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Frame, Page

from tests.frames.around import ATTACKS, FIELDS, NEVER, WAYS, unsafe
from tests.frames.chromium import Chromium
from tests.frames.scenarios import Place, until
from tests.frames.windows import sign_in_at_the_shop
from tests.harness.figures import Figures
from tests.web.storefront.conftest import Shops
from webapp.foundation import tenancy
from webapp.reseller.cms.frame_views import FRAME_VIEWS
from webapp.reseller.partners import frames
from webapp.reseller.partners.audit import SYSTEM

pytestmark = pytest.mark.timeout(120)


def _views(place: Place) -> list[str]:
    return [f"{place.shop}/frames/{view}" for view in FRAME_VIEWS]


def _rendered(page: Page, place: Place) -> list[str]:
    """Addresses of the shop that stand in a frame. A refused one is an error page of the browser's own."""
    return [frame.url for frame in _below(page.main_frame) if frame.url.startswith(place.shop)]


def _below(frame: Frame) -> Iterator[Frame]:
    for child in frame.child_frames:
        yield child
        yield from _below(child)


def _show(engine: Chromium, address: str) -> Page:
    engine.page.goto(address, wait_until="load")
    return engine.page


def test_no_view_renders_in_a_page_of_a_stranger(engine: Chromium, place: Place, figures: Figures) -> None:
    html = "".join(way.format(view) for view in _views(place) for way in WAYS)
    page = _show(engine, place.sites.page("stranger", "/shows", html))
    assert _rendered(page, place) == []
    figures.count("frames of a stranger's page", len(FRAME_VIEWS) * len(WAYS), broken=0)
    engine.troubles.clear()  # Chromium tells of every refusal


def test_no_view_renders_where_a_stranger_stands_around_a_known_site(
    engine: Chromium, place: Place, figures: Figures
) -> None:
    known = place.sites.page("one", "/nested", "".join(WAYS[0].format(view) for view in _views(place)))
    assert len(_rendered(_show(engine, known), place)) == len(FRAME_VIEWS)  # without the stranger they do
    page = _show(engine, place.sites.page("stranger", "/around", f'<iframe src="{known}"></iframe>'))
    assert _rendered(page, place) == []
    figures.count("frames of a stranger's page", len(FRAME_VIEWS), broken=0)
    engine.troubles.clear()


def _settled(page: Page, count: int) -> list[str]:
    """Addresses of so many frames; a refused one has none until Chromium has put its own page there."""
    for _ in range(100):
        shown = [frame.url for frame in _below(page.main_frame)]
        if len(shown) == count and all(shown):
            return shown
        page.wait_for_timeout(100)
    raise AssertionError(f"not {count} frames with an address within 10 s: {shown}")


def test_no_site_shows_what_is_too_sensitive_for_a_frame(engine: Chromium, place: Place, figures: Figures) -> None:
    panels = [place.shop.replace("csp1001", door) + "/sign-in" for door in ("panel", "operator")]
    addresses = [place.shop + path for path in NEVER] + panels
    html = "".join(WAYS[0].format(address) for address in addresses)
    for label in ("one", "stranger"):
        page = _show(engine, place.sites.page(label, "/never", html))
        shown = _settled(page, len(addresses))
        assert not [url for url in shown if not url.startswith("chrome-error://")]
        figures.count("frames of sensitive pages", len(addresses), broken=0)
    engine.troubles.clear()


def test_another_shop_of_the_install_and_a_site_that_was_removed_show_nothing(
    engine: Chromium, place: Place, shops: Shops
) -> None:
    nord = f"http://{shops.host(shops.nord)}"
    html = "".join(WAYS[0].format(f"{nord}/frames/{view}") for view in FRAME_VIEWS)
    page = _show(engine, place.sites.page("one", "/other-shop", html))
    assert not [frame.url for frame in _below(page.main_frame) if frame.url.startswith(nord)]
    page = _show(engine, place.sites.page("two", "/known", WAYS[0].format(_views(place)[0])))
    assert _rendered(page, place)
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        frames.remove_origin(session, SYSTEM, place.sites.origin("two"))
    engine.page.wait_for_timeout(1100)  # every process has it within a second
    page = _show(engine, place.sites.page("two", "/known", WAYS[0].format(_views(place)[0])))
    assert _rendered(page, place) == []
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        frames.add_origin(session, SYSTEM, place.sites.origin("two"), local=True)
    engine.page.wait_for_timeout(1100)
    engine.troubles.clear()


# --- requests --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["stranger", "one"])
def test_no_request_of_another_site_is_accepted(
    engine: Chromium, place: Place, shops: Shops, posts: list[tuple[str, int]], figures: Figures, label: str
) -> None:
    posts.clear()
    paths = unsafe(shops)
    assert len(paths) >= 12
    engine.page.goto(place.sites.page(label, "/attacks", ""))
    tried = sum(engine.page.evaluate(ATTACKS, [place.shop + path, FIELDS]) for path in paths)
    assert not [answer for answer in posts if answer[1] != 403]
    assert {path for path, _status in posts} == set(paths)
    assert len(posts) == len(paths) * 4  # the two that have to ask first were not even sent
    figures.count("requests of other sites to frames and their windows", tried, broken=0)
    assert not engine.context.cookies(place.shop)
    engine.troubles.clear()


_OPENS = """<button>Win a prize</button><script>
    window.heard = [];
    addEventListener('message', (event) => heard.push(event.data));
    document.querySelector('button').onclick = () => {{ window.shop = open('{}'); }};
</script>"""


def test_a_window_of_the_shop_that_another_site_opened_tells_it_nothing(
    engine: Chromium, place: Place, posts: list[tuple[str, int]], figures: Figures
) -> None:
    """The site asks the question itself, with a verifier of its own, and somebody who is signed in says yes to it."""
    engine.go(f"{place.shop}/account/sign-in")
    sign_in_at_the_shop(engine, place)
    until(engine, "return location.pathname === '/account/'")
    own = place.sites.origin("one")
    for label, origin in (("stranger", own), ("one", own), ("one", place.shop)):
        posts.clear()
        question = f"{place.shop}/auth/popup#{'s' * 43}.{'c' * 43}.{origin}"
        engine.go(place.sites.page(label, "/opens", _OPENS.format(question)))
        with engine.page.expect_popup() as opened:
            engine.click("button")
        with opened.value.expect_event("close"):
            opened.value.click("#auth-give button")
        assert posts == [("/auth/popup", 200)], "a code was made"
        engine.run(f"window.shop = open('{place.shop}/auth/continue?next=/account/')")
        engine.page.wait_for_timeout(300)
        assert engine.run("return heard") == []
        figures.count("windows of the shop that another site opened", 2, broken=0)
    engine.troubles.clear()  # Chromium tells of every message that did not arrive
