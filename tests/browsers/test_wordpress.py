"""The plugin in Debian's WordPress over Debian's MariaDB, as Chromium shows it: every view, by shortcode and block."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests import factories
from tests.browsers.wordpress import PASSWORD, VIEWS, Blog, wordpress
from tests.frames import scenarios
from tests.frames.chromium import Chromium, visiting
from tests.frames.scenarios import Place, open_frame, outside, until
from tests.web.storefront.conftest import Shops
from tests.web.storefront.test_search import Slow
from webapp.foundation import tenancy
from webapp.reseller.partners import frames
from webapp.reseller.partners.audit import SYSTEM

pytestmark = pytest.mark.timeout(180)
WRITTEN = {
    "unknown": "[witryna view=no-such-view]",
    "hostile": """[witryna view='user-login' label='"><script>document.title = 1</script>' accent='red;}' lang='"x']""",
}


@pytest.fixture(scope="module")
def blog(place: Place, shops: Shops, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    """A blog whose plugin shows the shop's frames, and which the shop knows."""
    with wordpress(tmp_path_factory.mktemp("wordpress"), place.shop, WRITTEN) as made:
        with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
            frames.add_origin(session, SYSTEM, made.origin, local=True)
        yield made


@pytest.fixture
def engine(chromium: Browser) -> Iterator[Chromium]:
    """Somebody who has not been anywhere."""
    with visiting(chromium.new_context) as opened:
        yield opened


def _log(blog: Blog) -> list[str]:
    """WordPress 6.1 has complaints about itself under a newer PHP."""
    return blog.log.read_text(encoding="utf-8").splitlines() if blog.log.exists() else []


def _plain(blog: Blog, page: str) -> str:
    """A page of the blog as it is sent. Python does not know the names below localhost."""
    host = httpx.URL(blog.origin)
    address = f"http://127.0.0.1:{host.port}{blog.pages[page]}"
    return httpx.get(address, headers={"Host": f"{host.host}:{host.port}"}).raise_for_status().text


@pytest.mark.parametrize("how", ["", "block "], ids=["shortcode", "block"])
def test_every_view_has_its_frame(engine: Chromium, blog: Blog, how: str) -> None:
    for view in VIEWS:
        open_frame(engine, blog.origin + blog.pages[how + view])
        assert engine.run("return document.body.dataset.view") == view
        assert engine.run("return document.documentElement.lang") == "pl"
    assert not [line for line in _log(blog) if "witryna" in line]


def test_the_search_streams(engine: Chromium, blog: Blog, shops: Shops) -> None:
    shops.ask(Slow(0.1))
    open_frame(engine, blog.origin + blog.pages["domain-search"])
    scenarios.rows_stream(engine)
    shops.ask(shops.registry)


def test_one_signs_in_and_stays_so_on_the_next_page(engine: Chromium, blog: Blog, place: Place) -> None:
    open_frame(engine, blog.origin + blog.pages["block user-login"])
    scenarios.sign_in(engine, place, "not this one")
    until(engine, "return Boolean(document.querySelector('#frame-main [role=alert]'))")
    scenarios.sign_in(engine, place, factories.PASSWORD)
    scenarios.is_inside(engine)
    open_frame(engine, blog.origin + blog.pages["user-panel"])
    scenarios.is_inside(engine)


def test_without_scripts_the_link_is_in_the_page(blog: Blog, place: Place) -> None:
    assert f'href="{place.shop}/frames/domain-search' in _plain(blog, "domain-search")


def test_a_view_that_is_none_shows_visitors_nothing(blog: Blog) -> None:
    page = _plain(blog, "unknown")
    assert "shop-frame" not in page
    assert "Witryna Frames" not in page


def test_what_is_typed_into_a_shortcode_stays_text(engine: Chromium, blog: Blog) -> None:
    open_frame(engine, blog.origin + blog.pages["hostile"])
    assert outside(engine, "return document.title") != "1"
    assert engine.run("return document.querySelector('shop-frame').getAttribute('accent')") is None
    assert engine.run("return document.querySelector('shop-frame').getAttribute('lang')") == "en"


#: What is no address of a shop, and why.
REFUSED = (
    "javascript:alert(1)",
    "http://shop.example",
    "https://user:secret@shop.example",
    "https://",
    "https://shop .example",
    "shop",
    '"><script>alert(1)</script>',
)


def _settings(engine: Chromium, blog: Blog) -> None:
    engine.go(f"{blog.origin}/wp-login.php")
    engine.write("#user_login", "admin")
    engine.write("#user_pass", PASSWORD)
    engine.click("#wp-submit")
    until(engine, "return location.pathname.includes('wp-admin')")
    engine.go(f"{blog.origin}/wp-admin/options-general.php?page=witryna-frames")


def test_a_wrong_address_of_the_shop_is_refused_in_words_and_the_old_one_stays(
    engine: Chromium, blog: Blog, place: Place
) -> None:
    _settings(engine, blog)
    field = "return document.getElementById('witryna-shop').value"
    for typed in REFUSED:
        engine.run("document.getElementById('witryna-shop').type = 'text'")  # past the browser's own check
        engine.write("#witryna-shop", typed)
        engine.click("#submit")
        until(engine, "return document.querySelector('.notice-error, .error')?.innerText.includes('not the address')")
        assert engine.run(field) == place.shop, typed
    engine.write("#witryna-shop", f"{place.shop}/pl/domains?x=1")
    engine.click("#submit")
    until(engine, "return Boolean(document.querySelector('.notice-success, .updated'))")
    assert engine.run(field) == place.shop
    engine.troubles.clear()  # of WordPress's own pages
