"""Frames and the windows beside them, for every engine, as in scenarios.py: a second window of the page, the shop's own
windows (E7), and a page of the shop's own site (E16).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.frames.scenarios import (
    PATIENCE,
    Place,
    enter,
    heard,
    is_inside,
    open_frame,
    sign_in,
    stays_signed_in,
    token,
    until,
    until_another_token,
)
from tests.frames.sites import SAME

if TYPE_CHECKING:
    from tests.browsers.engines import Engine


def another_window_starts_anew(engine: Engine, place: Place) -> None:
    """E3: a visit is one window's; the first one goes on."""
    address = place.page("one", "/windows", place.snippet("user-login"))
    open_frame(engine, address)
    sign_in(engine, place)
    is_inside(engine)
    here = engine.windows()
    engine.open_window()
    open_frame(engine, address)
    until(engine, "return document.querySelector('[data-signed]')?.dataset.signed === '0'")
    engine.close_window()
    engine.show(here[-1])
    open_frame(engine, address)
    is_inside(engine)


def window_after(engine: Engine, before: list[str]) -> str:
    """The window that has come."""
    deadline = time.monotonic() + PATIENCE
    while not (new := [each for each in engine.windows() if each not in before]):
        assert time.monotonic() < deadline, "no window opened"
        time.sleep(0.05)
    return new[0]


#: Codes for questions that nobody asked. Were one taken, the right one that follows would not be.
_WRONG_CODES = """const word = 'x'.repeat(43);
    for (const state of [word, '', null]) opener.postMessage({shop: 1, type: 'code', state, code: word}, '*');
    opener.parent.postMessage({shop: 1, type: 'signedin'}, '*')"""


def sign_in_beside(engine: Engine, place: Place) -> str:
    """Opens the shop's window and signs in there; gives the window of the frame, ends in the shop's."""
    open_frame(engine, place.page("one", "/window", place.snippet("user-login")))
    here = engine.windows()
    engine.click("a[data-popup]")
    engine.show(window_after(engine, here))
    sign_in_at_the_shop(engine, place)
    return here[0]


def sign_in_at_the_shop(engine: Engine, place: Place) -> None:
    """By the form of a page of the shop's own."""
    until(engine, "return Boolean(document.querySelector('main input[name=password]'))")
    engine.write("main input[name=email]", place.email)
    engine.write("main input[name=password]", place.password)
    engine.press("main input[name=password]", "ENTER")


def says_that_it_keeps_nothing(engine: Engine, place: Place) -> None:
    """E7 where every cookie is blocked: the window says so; the frame goes on by itself."""
    frame = sign_in_beside(engine, place)
    until(engine, "return document.querySelector('.alert')?.innerText.includes('keeps no cookies')")
    engine.close_window()
    engine.show(frame)
    enter(engine)
    sign_in(engine, place)
    is_inside(engine)


def signs_in_by_a_window(engine: Engine, place: Place) -> None:
    """E7: a window of the shop signs in and gives the frame a code; the frame is signed in, its page untouched."""
    frame = sign_in_beside(engine, place)
    until(engine, "return Boolean(document.querySelector('#auth-give'))")
    said = engine.run("return document.body.innerText")
    assert place.sites.origin("one") in said
    engine.run(_WRONG_CODES)
    engine.click("#auth-give button")
    engine.show(frame)
    enter(engine)
    is_inside(engine)
    assert heard(engine, "signedin") == [{}]


def goes_on_in_the_panel(engine: Engine, place: Place) -> None:
    """E7 the other way: signed in in the frame, the subscriber panel opens without asking again."""
    open_frame(engine, place.page("two", "/onward", place.snippet("user-panel")))
    sign_in(engine, place)
    is_inside(engine)
    here = engine.windows()
    engine.click("a[data-to-panel]")
    engine.show(window_after(engine, here))
    until(engine, "return location.pathname.startsWith('/account') && !location.pathname.includes('sign-in')")
    until(engine, "return Boolean(document.querySelector('.account-nav, .account'))")


def changes_the_password_and_comes_back(engine: Engine, place: Place, new: str) -> None:
    """What is too sensitive for a frame: in a window of the shop. It ends every sign-in, and leads back to the site."""
    open_frame(engine, place.page("two", "/password", place.snippet("user-panel")))
    sign_in(engine, place)
    is_inside(engine)
    old = token(engine)
    here = engine.windows()
    engine.click("a[data-to-panel*='/account/profile']")
    engine.show(window_after(engine, here))
    until(engine, "return Boolean(document.querySelector('main input[type=password]'))")
    fields = engine.run("return [...document.querySelectorAll('main input[type=password]')].map((field) => field.name)")
    for name, value in zip(fields, (place.password, new), strict=False):
        engine.write(f"main input[name='{name}']", value)
    engine.press(f"main input[name='{fields[1]}']", "ENTER")
    until(engine, "return Boolean(document.querySelector('main .alert.ok'))")
    assert "two.localhost" in engine.run("return document.querySelector(\"a[href*='/auth/popup']\").innerText")
    engine.click("a[href*='/auth/popup']")
    until(engine, "return Boolean(document.querySelector('#auth-give'))")
    engine.click("#auth-give button")
    engine.show(here[0])
    enter(engine)
    until_another_token(engine, old)
    is_inside(engine)


def same_site(engine: Engine, place: Place) -> None:
    """E16: who is signed in at the shop by its cookie is not so in a frame of the same site, which takes its own."""
    engine.go(f"{place.shop}/account/sign-in?lang=en")
    sign_in_at_the_shop(engine, place)
    until(engine, "return location.pathname === '/account/'")
    stays_signed_in(engine, place, SAME)
