"""H-48 to H-51 in Firefox and WebKitGTK: what tests/frames tells, with each engine's own idea of foreign storage.

Names begin with the number of the list that they follow (E1 to E17; docs/browsers.md says what is left to hands).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests import factories
from tests.browsers.engines import ENGINES, Engine
from tests.frames import around, scenarios, windows
from tests.frames.scenarios import Place, enter
from tests.web.storefront.conftest import Shops
from tests.web.storefront.test_search import Slow

pytestmark = [
    pytest.mark.timeout(120),
    # Of the drivers' packages: sockets that they leave to be collected, and a setting of their own that they will drop.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),
]


@pytest.fixture(scope="module", params=ENGINES)
def browser(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """One of them, for all its tests."""
    with ENGINES[request.param]() as opened:
        yield opened


@pytest.fixture
def engine(browser: Engine) -> Engine:
    """The same, as it was in the beginning."""
    browser.fresh()
    return browser


@pytest.fixture
def keeping(browser: Engine) -> Engine:
    """Only those that keep cookies of the site that one is at."""
    if not browser.keeps:
        pytest.skip("with every cookie and storage blocked, the shop's own pages cannot know anybody either")
    browser.fresh()
    return browser


def _word(engine: Engine) -> str:
    """A name for what each engine makes for itself."""
    return engine.name.lower().replace(" ", "-")


def _somebody(place: Place, shops: Shops, email: str) -> Place:
    factories.make_subscriber(shops.database, shops.acme, email)
    return replace(place, email=email)


def test_e1_a_frame_is_as_high_as_what_is_in_it(engine: Engine, place: Place) -> None:
    scenarios.fits_and_follows(engine, place)


def test_e2_e4_passwords_are_answered_in_place_and_the_page_around_stays(engine: Engine, place: Place) -> None:
    scenarios.wrong_then_right_password(engine, place)


def test_e2_the_focus_goes_to_what_was_refused_and_to_what_came(engine: Engine, place: Place) -> None:
    if not engine.hands:
        pytest.skip("gives the focus in a frame of another site only after a person's touch, which its driver has not")
    scenarios.focus_follows(engine, place)


def test_e3_the_page_loaded_anew_knows_the_visitor_where_anything_is_kept(engine: Engine, place: Place) -> None:
    if engine.keeps:
        scenarios.stays_signed_in(engine, place)
    else:
        scenarios.lasts_as_long_as_the_page(engine, place)


def test_e3_another_window_starts_anew(keeping: Engine, place: Place) -> None:
    windows.another_window_starts_anew(keeping, place)


def test_e5_e6_an_order_to_the_proforma_without_a_cookie(engine: Engine, place: Place) -> None:
    scenarios.orders(engine, place, f"{_word(engine)}.pl", f"{_word(engine)}@example.com")
    enter(engine)
    scenarios.no_cookie(engine)


def test_e7_a_window_signs_the_frame_in_or_says_why_it_cannot(engine: Engine, place: Place) -> None:
    if engine.keeps:
        windows.signs_in_by_a_window(engine, place)
    else:
        windows.says_that_it_keeps_nothing(engine, place)


def test_e7_who_is_signed_in_in_a_frame_goes_on_in_the_panel(keeping: Engine, place: Place) -> None:
    windows.goes_on_in_the_panel(keeping, place)


def test_e7_a_password_is_changed_in_a_window_and_the_frame_goes_on(
    keeping: Engine, place: Place, shops: Shops
) -> None:
    zofia = _somebody(place, shops, f"zofia-{_word(keeping)}@example.com")
    windows.changes_the_password_and_comes_back(keeping, zofia, "cztery zielone koty")


def test_e8_e9_where_a_frame_cannot_come_its_link_stays(engine: Engine, place: Place) -> None:
    around.links_stay(engine, place)


def test_e8_sensitive_pages_and_strangers_show_nothing(engine: Engine, place: Place) -> None:
    around.shows_nothing_to_strangers(engine, place)


def test_e10_forged_messages_change_nothing(engine: Engine, place: Place) -> None:
    assert scenarios.forged_words_change_nothing(engine, place) > 40


def test_e11_several_frames_come_and_go(engine: Engine, place: Place) -> None:
    scenarios.several_and_again(engine, place)


def test_e12_no_request_of_another_site_is_accepted(
    engine: Engine, place: Place, shops: Shops, posts: list[tuple[str, int]]
) -> None:
    assert around.foreign_requests(engine, place, around.unsafe(shops), posts) >= 12 * 6


def test_e13_light_dark_and_an_accent_that_can_be_read(engine: Engine, place: Place) -> None:
    around.moods_and_accents(engine, place)


def test_e14_the_keyboard_comes_into_the_frame_and_out_again(engine: Engine, place: Place) -> None:
    if not engine.hands:
        pytest.skip("its driver's keys do not reach a frame of another site")
    around.keyboard_goes_through(engine, place)


def test_e16_a_frame_of_the_shops_own_site_takes_no_cookie_for_a_visit(keeping: Engine, place: Place) -> None:
    windows.same_site(keeping, place)


def test_e17_rows_stream_and_a_new_question_ends_the_old_one(engine: Engine, place: Place, shops: Shops) -> None:
    shops.ask(Slow(0.1))
    try:
        scenarios.streams(engine, place)
    finally:
        shops.ask(shops.registry)
