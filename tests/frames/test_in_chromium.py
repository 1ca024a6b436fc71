"""H-48 to H-51: frames in pages of a partner's two sites, as Chromium has them, with third-party cookies blocked and
allowed. What happens is told in scenarios.py; what only this engine can show is here.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from tests import factories
from tests.frames import scenarios, windows
from tests.frames.chromium import Chromium
from tests.frames.conftest import Visit
from tests.frames.scenarios import Place, enter, until
from tests.harness.figures import Figures
from tests.web.storefront.conftest import Shops
from tests.web.storefront.test_search import Slow
from webapp.foundation import tenancy
from webapp.reseller.billing.models import Proforma

pytestmark = pytest.mark.timeout(120)

_COOKIES = """for (const [name, more] of [['plain', ''], ['own', '; Partitioned']])
        document.cookie = `${name}=1; SameSite=None; Secure${more}`;
    return document.cookie"""


def _jar(engine: Chromium, place: Place) -> str:
    """What a stranger's frame keeps of cookies in somebody else's page."""
    inner = place.sites.page("stranger", "/jar", "<p>A frame.</p>")
    engine.go(place.sites.page("one", "/jar", f'<iframe id="f" src="{inner}" title="a frame"></iframe>'))
    engine.into("#f")
    found: str = engine.run(_COOKIES)
    return found


# --- third-party cookies blocked -------------------------------------------------------------------------------------


def test_h48_a_frame_is_as_high_as_what_is_in_it(engine: Chromium, place: Place) -> None:
    assert _jar(engine, place) == "own=1"  # this Chromium does block them
    scenarios.fits_and_follows(engine, place)


def test_h48_a_wrong_password_is_answered_in_place_and_the_page_around_stays_where_it_is(
    engine: Chromium, place: Place
) -> None:
    scenarios.wrong_then_right_password(engine, place)


def test_h48_the_focus_goes_to_what_was_refused_and_to_what_came(engine: Chromium, place: Place) -> None:
    scenarios.focus_follows(engine, place)


def test_h48_the_page_loaded_anew_still_knows_the_visitor(engine: Chromium, place: Place) -> None:
    scenarios.stays_signed_in(engine, place)


def _ordered(shops: Shops, number: str) -> Proforma | None:
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        return session.scalars(select(Proforma).where(Proforma.number == number)).one_or_none()


def _from_the_shop(engine: Chromium, place: Place) -> list[str]:
    return [one["name"] for one in engine.context.cookies(place.shop) if not one["name"].startswith("__Host-es-")]


def test_h51_an_order_from_the_search_to_the_proforma_without_a_cookie(
    engine: Chromium, place: Place, shops: Shops
) -> None:
    number = scenarios.orders(engine, place, "nowa-nazwa.pl", "jan@example.com")
    assert _ordered(shops, number) is not None
    enter(engine)
    scenarios.no_cookie(engine)
    assert _from_the_shop(engine, place) == []


def test_h51_a_window_signs_the_frame_in(engine: Chromium, place: Place) -> None:
    windows.signs_in_by_a_window(engine, place)


def test_h51_who_is_signed_in_in_a_frame_goes_on_in_the_panel(engine: Chromium, place: Place) -> None:
    windows.goes_on_in_the_panel(engine, place)


def test_a_password_is_changed_in_a_window_of_the_shop_and_the_frame_goes_on(
    engine: Chromium, place: Place, shops: Shops
) -> None:
    factories.make_subscriber(shops.database, shops.acme, "zofia@example.com")
    zofia = replace(place, email="zofia@example.com")
    windows.changes_the_password_and_comes_back(engine, zofia, "cztery zielone koty")


def test_h51_a_frame_of_the_shops_own_site_takes_no_cookie_for_a_visit(engine: Chromium, place: Place) -> None:
    windows.same_site(engine, place)


def test_forged_messages_change_nothing(engine: Chromium, place: Place, figures: Figures) -> None:
    tried = scenarios.forged_words_change_nothing(engine, place)
    figures.count("forged messages between page and frame", tried, broken=0)


def test_several_frames_come_and_go(engine: Chromium, place: Place) -> None:
    scenarios.several_and_again(engine, place)


def test_rows_stream_into_a_frame_and_a_new_question_ends_the_old_one(
    engine: Chromium, place: Place, shops: Shops
) -> None:
    shops.ask(Slow(0.1))
    scenarios.streams(engine, place)
    shops.ask(shops.registry)


# --- third-party cookies allowed -------------------------------------------------------------------------------------


def test_h48_the_same_where_every_cookie_is_taken(allowing: Chromium, place: Place, shops: Shops) -> None:
    assert "plain=1" in _jar(allowing, place)
    scenarios.wrong_then_right_password(allowing, place)
    allowing.open_window()
    windows.another_window_starts_anew(allowing, place)
    allowing.open_window()
    scenarios.stays_signed_in(allowing, place)
    number = scenarios.orders(allowing, place, "druga-nazwa.pl", "ewa@example.com")
    assert _ordered(shops, number) is not None
    assert _from_the_shop(allowing, place) == []


# --- refused, or without scripts -------------------------------------------------------------------------------------

_LINK = "return document.querySelector('shop-frame a').checkVisibility()"


def test_where_a_frame_cannot_come_its_link_stays(engine: Chromium, visit: Visit, place: Place) -> None:
    body = place.snippet("user-login")
    nothing = "default-src 'none'; style-src 'unsafe-inline'"
    strict = {"Content-Security-Policy": f"{nothing}; script-src 'unsafe-inline' {place.shop}"}
    refused = [
        place.page("stranger", "/refused", body),
        place.page("one", "/no-frames", body, headers=strict),
        place.page("one", "/unknown", place.snippet("option-order")),
    ]
    pages: list[Page] = []
    for address in refused:
        engine.page = engine.context.new_page() if pages else engine.page
        engine.page.clock.install()
        engine.go(address)
        until(engine, "return document.querySelector('shop-frame').getAttribute('state') === 'loading'")
        engine.page.clock.run_for(12_500)
        pages.append(engine.page)
    unscripted = visit(java_script_enabled=False)
    unscripted.page.goto(refused[0])
    assert unscripted.page.get_by_role("link", name="To the shop").is_visible()
    no_script = {"Content-Security-Policy": nothing}
    unscripted.page.goto(place.page("one", "/no-script", body, headers=no_script))
    assert unscripted.page.get_by_role("link", name="To the shop").is_visible()
    for page in pages:
        engine.page = page
        engine.top()
        until(engine, "return document.querySelector('shop-frame').getAttribute('state') === 'failed'")
        assert engine.run(_LINK)
        assert engine.run("return document.querySelector('shop-frame').offsetHeight") < 100
    engine.troubles[:] = [
        trouble for trouble in engine.troubles if "frame-ancestors" not in trouble and "default-src" not in trouble
    ]
