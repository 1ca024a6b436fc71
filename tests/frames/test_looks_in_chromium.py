"""How frames look and answer in somebody else's page: widths, moods, colours, axe, the keyboard, fields, buttons."""

from __future__ import annotations

import time

import pytest

from tests.frames import around, scenarios, windows
from tests.frames.around import DARK, GROUND
from tests.frames.chromium import Chromium
from tests.frames.conftest import Visit
from tests.frames.scenarios import FRAME, Place, enter, frame_height, heard, open_frame, outside, until
from tests.harness.axe import violations
from webapp.reseller.cms.frame_views import FRAME_VIEWS

pytestmark = pytest.mark.timeout(120)

#: A strict policy of a partner's own: neither inline styles nor anything but the shop's script and frames.
STRICT = "default-src 'none'; style-src 'self'; script-src 'unsafe-inline' {shop}; frame-src {shop}"
_WIDE = """const out = (each) => each.getBoundingClientRect().right > innerWidth + 1;
    return [...document.querySelectorAll('body *')].filter(out).map((each) => each.outerHTML.slice(0, 99))"""


#: Fields whose letters are smaller than 16 pixels.
_SMALL = """const fields = document.querySelectorAll('#frame-main :is(input:not([type=hidden]), select, textarea)');
    return [...fields].filter((each) => parseFloat(getComputedStyle(each).fontSize) < 16).map((each) => each.name)"""
#: Rows of a search whose button lies over the price.
_COVERED = """const words = document.createRange();
    const meet = (a, b) => a.left < b.right - 1 && a.right > b.left + 1;
    const covers = (a, b) => meet(a, b) && a.top < b.bottom - 1 && a.bottom > b.top + 1;
    return [...document.querySelectorAll('.result:has(.price):has(.result-action .button)')].filter((row) => {
      const button = row.querySelector('.result-action .button').getBoundingClientRect();
      return [...row.querySelectorAll('.price span')].some((each) => {
        words.selectNodeContents(each);
        return covers(words.getBoundingClientRect(), button);
      });
    }).map((row) => row.textContent.trim())"""
WIDTHS = (320, 600, 960)


def _look(engine: Chromium, width: int, *, around: bool = True) -> list[str]:
    """What is wrong at this width with the frame and, `around`, with the page that it stands in."""
    engine.page.set_viewport_size({"width": width, "height": 800})
    engine.page.wait_for_timeout(100)
    found = []
    for document in engine.page.frames[0 if around else 1 :]:
        engine.here = document
        found += [f"{document.url} at {width}: {each}" for each in (*violations(document), *engine.run(_WIDE))]
    return found


@pytest.mark.parametrize("style", ["", DARK], ids=["light", "dark"])
def test_every_view_is_whole_readable_and_accessible_in_every_width(
    engine: Chromium, place: Place, style: str, full_tier: bool
) -> None:
    views = list(enumerate(FRAME_VIEWS))
    for number, view in views if full_tier else views[bool(style) :: 2]:
        open_frame(engine, place.page("one", f"/look/{view}", place.snippet(view, label="A label"), style=style))
        assert (max(engine.run(GROUND)) < 100) == bool(style), "the frame's ground does not fit the page around it"
        widths = WIDTHS if full_tier else [WIDTHS[number % 3]]
        found = [problem for width in widths for problem in _look(engine, width, around=full_tier or number < 2)]
        assert not found, "\n".join(found)
        assert outside(engine, "return document.querySelector('shop-frame').shadowRoot.querySelector('iframe').title")
        enter(engine)
        assert engine.run(_SMALL) == [], "a phone would zoom into it"


def test_the_results_and_the_basket_fit_a_narrow_column_at_double_size(engine: Chromium, place: Place) -> None:
    open_frame(engine, place.page("one", "/narrow", place.snippet("domain-search"), style="html { zoom: 2; }"))
    scenarios.search_for(engine, "donaudampfschifffahrtsgesellschaft", "donaudampfschifffahrtsgesellschaft.com")
    found = _look(engine, 640, around=False)
    assert not found, "\n".join(found)


def test_prices_stand_clear_of_the_buttons_in_a_theme_with_wide_figures(engine: Chromium, place: Place) -> None:
    open_frame(engine, place.page("one", "/wide-figures", place.snippet("domain-search")))
    scenarios.search_for(engine, "donaudampfschifffahrtsgesellschaft", "donaudampfschifffahrtsgesellschaft.com")
    engine.run("for (const each of document.querySelectorAll('.price')) each.style.fontFamily = 'monospace';")
    for width in WIDTHS:
        engine.page.set_viewport_size({"width": width, "height": 800})
        assert engine.run(_COVERED) == [], width


def test_an_accent_that_nobody_could_read_is_not_taken(engine: Chromium, place: Place) -> None:
    button = "return getComputedStyle(document.querySelector('#frame-main .button')).backgroundColor"
    colours = {}
    for accent in ("", "#0a7d3c", "#ffff00", "red;}*{display:none"):
        open_frame(engine, place.page("one", "/accent", place.snippet("domain-search", accent=accent)))
        colours[accent] = engine.run(button)
        if accent == "#ffff00":  # light words on it would be lost
            assert not violations(engine.here)
    assert colours["#0a7d3c"] == "rgb(10, 125, 60)"
    assert colours["red;}*{display:none"] == colours[""] != colours["#0a7d3c"]


def test_the_loader_works_under_a_strict_policy_of_the_page_around(engine: Chromium, place: Place) -> None:
    headers = {"Content-Security-Policy": STRICT.format(shop=place.shop)}
    open_frame(engine, place.page("one", "/strict", place.snippet("user-login", min_height="700"), headers=headers))
    assert frame_height(engine) == 700
    engine.troubles.clear()  # of the page's own style element


def test_the_keyboard_comes_into_the_frame_through_it_and_out_again(engine: Chromium, place: Place) -> None:
    around.keyboard_goes_through(engine, place)
    engine.page.keyboard.press("Shift+Tab")
    assert outside(engine, "return document.activeElement.tagName") == "SHOP-FRAME"


def test_password_managers_know_the_fields(engine: Chromium, place: Place) -> None:
    open_frame(engine, place.page("one", "/fill", place.snippet("user-login")))
    names = "return [...document.querySelectorAll('#frame-main input[autocomplete]')].map((each) => each.autocomplete)"
    assert engine.run(names) == ["username", "current-password"]
    engine.click("#frame-main a[href*='/register']")
    until(engine, "return Boolean(document.querySelector('form[action*=register] [name=email]'))")
    assert {"email", "new-password", "name", "postal-code", "tel"} <= set(engine.run(names))


def test_what_the_page_around_knows_stands_in_the_fields_after_every_view(engine: Chromium, place: Place) -> None:
    known = {"data_email": "ola@example.com", "data_password": "no", "data_query": "kwiaty"}
    open_frame(engine, place.page("one", "/known-fields", place.snippet("user-login", **known)))
    until(engine, "return document.querySelector('[name=email]').value === 'ola@example.com'")
    assert engine.run("return document.querySelector('[name=password]').value") == ""
    engine.click("#frame-main a[href*='/register']")
    until(engine, "return document.querySelector('form[action*=register] [name=email]')?.value === 'ola@example.com'")
    assert engine.run("return document.querySelector('[name=password]').value") == ""


def test_a_final_button_rests_for_half_a_second(engine: Chromium, place: Place, posts: list[tuple[str, int]]) -> None:
    open_frame(engine, place.page("one", "/final", place.snippet("domain-order", data_email="rest@example.com")))
    scenarios.search_for(engine, "odpoczynek.pl", "odpoczynek.pl")
    engine.click("[data-name='odpoczynek.pl'] form button")
    until(engine, "return !document.querySelector(`[data-name='odpoczynek.pl'] form[action*='/cart/add']`)")
    engine.click("[data-name='odpoczynek.pl'] a[href*='/cart']")
    until(engine, "return Boolean(document.querySelector('#cart-area'))")
    engine.click("a[href*='/checkout']")
    scenarios.register(engine, "rest@example.com")
    until(engine, "return Boolean(document.querySelector('[data-final]'))")
    engine.run("for (const name of ['terms', 'at_once']) document.querySelector(`[name=${name}]`).checked = true")
    posts.clear()
    engine.run(
        "document.querySelector('[data-final]').scrollIntoView(); document.querySelector('[data-final]').click()"
    )
    engine.run("document.querySelector('[data-final]').form.requestSubmit()")
    time.sleep(0.7)
    assert posts == []
    engine.run("document.querySelector('[data-final]').click()")
    engine.top()
    until(engine, "return heard.some(([type]) => type === 'completed')")
    assert [path for path, _ in posts] == ["/frames/en/checkout"]
    assert len(heard(engine, "completed")) == 1


def test_a_frame_is_asked_for_only_when_somebody_comes_near(engine: Chromium, place: Place) -> None:
    body = '<div class="long"></div>' * 3 + place.snippet("user-login")
    engine.go(place.page("one", "/far", body))
    until(engine, "return Boolean(customElements.get('shop-frame'))")
    engine.page.wait_for_timeout(300)
    assert not engine.run("return document.querySelector('shop-frame').hasAttribute('state')")
    engine.run("scrollTo(0, 4200)")
    until(engine, "return document.querySelector('shop-frame').getAttribute('state') === 'ready'")


def test_without_a_window_the_plain_way_stays_and_a_closed_one_leaves_the_frame_at_work(
    engine: Chromium, place: Place, visit: Visit
) -> None:
    address = place.page("one", "/closed", place.snippet("user-login"))
    open_frame(engine, address)
    here = engine.windows()
    engine.click("a[data-popup]")
    engine.show(windows.window_after(engine, here))
    engine.close_window()
    enter(engine, FRAME)
    scenarios.sign_in(engine, place)
    scenarios.is_inside(engine)
    other = visit()
    open_frame(other, address)
    other.run("window.open = () => null")
    other.click("a[data-popup]")
    other.show(windows.window_after(other, ["0"]))
    until(other, "return location.pathname === '/account/sign-in'")
