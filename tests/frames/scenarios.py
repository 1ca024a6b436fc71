"""What happens between a partner's page and a frame, told once for every engine.

An engine is what tests/browsers/engines.py calls so: `go`, `into(css)`, `top`, `run(function body, *arguments)`,
`click`, `write`, `press`, `windows`, `show`. `into` takes the frame in the element's shadow root, or the element
itself. A scenario is a function of an engine and a `Place`; it fails by an assertion.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.browsers.engines import Engine
    from tests.frames.sites import Sites

PATIENCE = 12.0
FRAME = "shop-frame"


@dataclass(frozen=True)
class Place:
    """The shop's origin, the sites around it, and somebody who has an account."""

    shop: str
    sites: Sites
    email: str
    password: str

    @property
    def loader(self) -> str:
        """The line that partners put into a page."""
        return f'<script src="{self.shop}/embed/v1.js" async></script>'

    def snippet(self, view: str, **attributes: str) -> str:
        """The element as the panel gives it, its link for those without frames inside."""
        more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        return f'<shop-frame view="{view}" lang="en"{more}><a href="{self.shop}/en/">To the shop</a></shop-frame>'

    def page(self, label: str, path: str, *bodies: str, **more: Any) -> str:
        """A page of a site with the loader; gives its address."""
        return self.sites.page(label, path, "".join(bodies) + self.loader, **more)


def until(engine: Engine, script: str, *arguments: Any, seconds: float = PATIENCE) -> Any:
    """What the script returns once that is true; documents may leave meanwhile."""
    deadline, found = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            found = engine.run(script, *arguments)
        except Exception as problem:  # noqa: BLE001  each engine has its own errors
            found = problem
        if found and not isinstance(found, Exception):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{engine.name}: not within {seconds:.0f} s: {script} (last: {found!r})")


# --- words of every scenario ---------------------------------------------------------------------------------------


def open_frame(engine: Engine, address: str, css: str = FRAME) -> None:
    """Open a page and wait until its frame has spoken; ends in the frame."""
    engine.go(address)
    until(engine, "return document.querySelector(arguments[0])?.getAttribute('state') === 'ready'", css)
    enter(engine, css)


def enter(engine: Engine, css: str = FRAME) -> None:
    """Into the frame, when its scripts are at work."""
    engine.top()
    engine.into(css)
    until(engine, "return Boolean(document.querySelector('#frame-main .frame-part [data-htmx-powered]'))")


def outside(engine: Engine, script: str, *arguments: Any) -> Any:
    """What the page around says; ends in the page."""
    engine.top()
    return engine.run(script, *arguments)


def heard(engine: Engine, kind: str) -> list[Any]:
    """Details of the loader's events of this kind; ends in the page."""
    found: list[Any] = outside(engine, "return heard.filter(([type]) => type === arguments[0]).map(([, d]) => d)", kind)
    return found


def frame_height(engine: Engine, css: str = FRAME) -> float:
    """Pixels; ends in the page."""
    script = "return document.querySelector(arguments[0]).shadowRoot.querySelector('iframe').offsetHeight"
    return float(outside(engine, script, css))


def sign_in(engine: Engine, place: Place, password: str = "") -> None:
    """By the form at hand in the frame."""
    until(engine, "return Boolean(document.querySelector('#frame-main input[name=password]'))")
    engine.write("#frame-main input[name=email]", place.email)
    engine.write("#frame-main input[name=password]", password or place.password)
    engine.press("#frame-main input[name=password]", "ENTER")


def token(engine: Engine) -> str:
    """What the frame keeps of its visit."""
    return str(engine.run(_TOKEN))


def until_another_token(engine: Engine, old: str) -> None:
    """Waits until the frame keeps another one."""
    until(engine, f"return (() => {{ {_TOKEN} }})() !== arguments[0]", old)


def is_inside(engine: Engine) -> None:
    """Waits until the frame shows somebody signed in."""
    until(engine, "return document.querySelector('[data-signed]')?.dataset.signed === '1'")


#: Where the frame keeps its visit: in sessionStorage, or in a jar of its own where that is closed.
_TOKEN = """try { return sessionStorage.getItem('visit') || '' } catch {
    return document.cookie.split('__Host-es-visit=')[1]?.split(';')[0] || '' }"""
_FITS = (
    "const d = document.documentElement; return d.scrollHeight <= d.clientHeight + 1 && d.scrollWidth <= d.clientWidth"
)
_FOLLOWS = """const frame = document.querySelector('shop-frame').shadowRoot.querySelector('iframe');
    return Math.abs(arguments[0] - frame.getBoundingClientRect().height) <= 2"""
_NOW = "return performance.timeOrigin + performance.now()"
_GROW = f"""const more = document.createElement('div'); more.id = 'more'; more.style.height = arguments[0] + 'px';
    document.getElementById('frame-root').append(more); {_NOW}"""
_SHRINK = f"document.getElementById('more').remove(); {_NOW}"


# --- E1 to E5 ------------------------------------------------------------------------------------------------------


def fits_and_follows(engine: Engine, place: Place) -> None:
    """E1: ready, high enough, no bar of its own; grows and shrinks with what is in it, and comes to rest."""
    open_frame(engine, place.page("one", "/fits", place.snippet("domain-search")))
    until(engine, _FITS)
    before, waits = frame_height(engine), []
    for change, step in ((400, _GROW), (0, _SHRINK)):
        enter(engine)
        began = engine.run(step, change)
        engine.top()
        until(engine, _FOLLOWS, before + change)
        waits.append(engine.run("return messages.filter(([, m]) => m.type === 'resize').pop()[2]") - began)
    assert min(waits) < 300, f"milliseconds: {waits}"
    time.sleep(0.5)
    assert outside(engine, "return messages.filter(([, m]) => m.type === 'resize').length") < 20
    assert len(heard(engine, "ready")) == 1


def wrong_then_right_password(engine: Engine, place: Place) -> None:
    """E2, E4: the answer stands in place; a long page around is not moved before somebody asks."""
    above = '<div class="long">Much text.</div>'
    open_frame(engine, place.page("one", "/sign-in", above, place.snippet("user-login"), above))
    assert outside(engine, "return scrollY") == 0
    enter(engine)
    sign_in(engine, place, "not this one")
    until(engine, "return Boolean(document.querySelector('#frame-main [data-focus], #frame-main [role=alert]'))")
    until_in_view(engine)
    enter(engine)
    sign_in(engine, place)
    is_inside(engine)
    assert heard(engine, "signedin") == [{}]


def focus_follows(engine: Engine, place: Place) -> None:
    """E2: what was refused has the focus, and the heading of what came."""
    open_frame(engine, place.page("one", "/focus", place.snippet("user-login")))
    sign_in(engine, place, "not this one")
    until(engine, "return document.activeElement.matches('#frame-main [role=alert]')")
    sign_in(engine, place)
    until(engine, "return document.querySelector('[data-signed=\"1\"] :is(h1, h2):focus')")


def until_in_view(engine: Engine) -> None:
    """Waits until the element's top is in sight; ends in the page."""
    engine.top()
    place = "const {top} = document.querySelector('shop-frame').getBoundingClientRect(); "
    until(engine, place + "return top >= -1 && top < innerHeight")


def stays_signed_in(engine: Engine, place: Place, label: str = "one") -> None:
    """E3: the page loaded anew knows the visitor, by another token than before; signing out forgets him."""
    address = place.page(label, "/again", place.snippet("user-panel"))
    open_frame(engine, address)
    before = token(engine)
    sign_in(engine, place)
    is_inside(engine)
    assert token(engine)
    assert token(engine) != before
    open_frame(engine, address)
    is_inside(engine)
    engine.click("#frame-main form[action*='sign-out'] button")
    until(engine, "return document.querySelector('[data-signed]')?.dataset.signed === '0'")
    assert len(heard(engine, "signedout")) == 1
    open_frame(engine, address)
    until(engine, "return document.querySelector('[data-signed]')?.dataset.signed === '0'")


def lasts_as_long_as_the_page(engine: Engine, place: Place) -> None:
    """E3 where a browser keeps nothing at all: signed in on every view of the frame, until the page is left."""
    address = place.page("one", "/keeps-nothing", place.snippet("user-panel"))
    open_frame(engine, address)
    sign_in(engine, place)
    is_inside(engine)
    engine.run("document.querySelector('#frame-main .frame-part').id = 'old'")
    engine.run("htmx.ajax('GET', '/frames/en/panel', {target: '#frame-main', swap: 'innerHTML', push: 'false'})")
    until(engine, "return document.querySelector('.frame-part:not(#old)')?.dataset.signed === '1'")
    open_frame(engine, address)
    until(engine, "return document.querySelector('[data-signed]')?.dataset.signed === '0'")


def no_cookie(engine: Engine) -> None:
    """E5: no cookie of the server; only, where sessionStorage is closed, the store of the frame's own script."""
    own = "return document.cookie.split('; ').filter((one) => one && !one.startsWith('__Host-es-')).length"
    assert engine.run(own) == 0


# --- E6: an order --------------------------------------------------------------------------------------------------


PERSON = {
    "name": "Jan Żuraw",
    "street": "Długa 5/7",
    "postcode": "00-950",
    "city": "Warszawa",
    "phone": "22 123 45 67",
    "password": "trzy zielone koty",
}


def search_for(engine: Engine, word: str, name: str) -> None:
    """E17: by the frame's form; waits for the name's row."""
    engine.write("#frame-main input[name=q]", word)
    engine.press("#frame-main input[name=q]", "ENTER")
    until(engine, "return Boolean(document.querySelector(`[data-name='${arguments[0]}'] form button`))", name)


def orders(engine: Engine, place: Place, name: str, email: str) -> str:
    """E6: from the search to the proforma inside the frame; gives the reference that the page around hears, once."""
    open_frame(engine, place.page("two", "/order", place.snippet("domain-order", data_email=email)))
    search_for(engine, name, name)
    engine.click(f"[data-name='{name}'] form button")
    until(engine, "return !document.querySelector(`[data-name='${arguments[0]}'] form[action*='/cart/add']`)", name)
    engine.click(f"[data-name='{name}'] a[href*='/cart']")
    until(engine, "return Boolean(document.querySelector('#cart-area'))")
    engine.click("a[href*='/checkout']")
    register(engine, email)
    until(engine, "return Boolean(document.querySelector('[data-final]'))")
    agree(engine)
    engine.top()
    until(engine, "return heard.some(([type]) => type === 'completed')")
    found = heard(engine, "completed")
    assert len(found) == 1
    assert list(found[0]) == ["ref"]
    return str(found[0]["ref"])


def register(engine: Engine, email: str) -> None:
    """As somebody new. The e-mail is there already: the page around has said it."""
    form = "form[action*='register']"
    until(engine, "return Boolean(document.querySelector(arguments[0]))", form)
    assert engine.run("return document.querySelector(arguments[0] + ' [name=email]').value", form) == email
    for name, value in PERSON.items():
        engine.write(f"{form} [name={name}]", value)
    engine.click(f"{form} .button.primary")


_TOP = "return document.querySelector(arguments[0]).getBoundingClientRect().top"
_SCROLL = """const there = document.querySelector('shop-frame').getBoundingClientRect().top + arguments[0];
    if (there > 0 && there + 60 < innerHeight) return true;
    scrollBy({top: there - innerHeight / 2, behavior: 'instant'})"""


def bring_into_view(engine: Engine, css: str) -> None:
    """Scrolls the page around, as a person does once it rests; a frame of another site may not do that everywhere."""
    place = engine.run(_TOP, css)
    engine.top()
    for _ in range(2):
        until(engine, _SCROLL, place)
        time.sleep(0.5)
    enter(engine)


def agree(engine: Engine) -> None:
    """Both consents, then the button, which rests for half a second after it came into sight."""
    engine.run("for (const name of ['terms', 'at_once']) document.querySelector(`[name=${name}]`).checked = true")
    bring_into_view(engine, "[data-final]")
    time.sleep(0.6)
    engine.click("[data-final]")


# --- E10, E11 ------------------------------------------------------------------------------------------------------

#: Posted to the page around by itself and by a frame of a stranger, and to the frame by a page that may show it.
FORGERIES = """const frame = document.querySelector('shop-frame').shadowRoot.querySelector('iframe').contentWindow;
    const wrong = ['completed', null, 7, [], {shop: 1}, {shop: 1, type: {}}, {shop: 2, type: 'completed', ref: 'X'},
        {shop: 1, type: 'completed', ref: 'X'}, {shop: 1, type: 'signedin'}, {shop: 1, type: 'resize', h: 9000},
        {shop: 1, type: 'resize', h: 'many'}, {shop: 1, type: 'ready', title: 'X'}, {shop: 1, type: 'navigate'}];
    const word = 'x'.repeat(43);
    const wild = [{shop: 1, type: 'init'},
        {shop: 1, type: 'init', prefill: ['a']}, {shop: 1, type: 'init', prefill: 1},
        {shop: 1, type: 'init', prefill: {email: 7, 'a"]': 'x', csrfToken: 'x', password: 'x', __proto__: 'x'}},
        {shop: 1, type: 'code', state: word, code: word}, {shop: 1, type: 'ask', state: word, challenge: word}];
    for (const message of wrong) window.postMessage(message, '*');
    for (const message of [...wrong, ...wild]) frame.postMessage(message, '*');
    return wrong.length * 2 + wild.length"""
_FORGER = """let sent = 0;
    for (const h of [99, 9000, NaN]) for (const type of ['resize', 'scroll', 'completed', 'signedin', 'ready', 'error'])
        { parent.postMessage({shop: 1, type, h, ref: 'X', code: 'X'}, '*'); sent += 1; }
    document.title = String(sent);"""
_EMPTY = "return [...document.querySelectorAll('#frame-main input:not([type=hidden])')].every((field) => !field.value)"


def forged_words_change_nothing(engine: Engine, place: Place) -> int:
    """E10: messages from the page itself and from a stranger's frame in it; gives how many were tried."""
    stranger = place.sites.page("stranger", "/forger", f"<script>{_FORGER}</script>")
    body = place.snippet("user-login") + f'<iframe id="stranger" src="{stranger}" title="another"></iframe>'
    open_frame(engine, place.page("one", "/forged", body))
    before = (frame_height(engine), engine.run("return heard.length"))
    tried = int(engine.run(FORGERIES))
    engine.into("#stranger")
    engine.run(_FORGER)
    tried += int(engine.run("return document.title"))
    time.sleep(0.3)
    assert (frame_height(engine), engine.run("return heard.length")) == before
    enter(engine)
    assert engine.run(_EMPTY)
    assert engine.run("return document.querySelector('[data-signed]').dataset.signed") == "0"
    return tried


_READY = """const all = [...document.querySelectorAll('shop-frame, [data-shop-frame]')];
    return all.filter((each) => each.getAttribute('state') === 'ready').length === arguments[0]"""
_OTHER_VIEW = """history.pushState({}, '', '/several/more');
    const div = document.createElement('div');
    Object.assign(div.dataset, {shopFrame: '', view: 'domain-search', lang: 'en'});
    document.querySelector('main').replaceChildren(div);"""


def several_and_again(engine: Engine, place: Place) -> None:
    """E11: two frames and the loader twice; one is removed and comes again; a page without a load; one step back."""
    div = f'<div data-shop-frame data-view="user-login" data-lang="en"><a href="{place.shop}/en/">To the shop</a></div>'
    bodies = (place.snippet("domain-search"), div, place.loader)
    place.page("one", "/several/more", *bodies)
    engine.go(place.page("one", "/several", *bodies))
    until(engine, _READY, 2)
    assert len(heard(engine, "ready")) == 2
    engine.run("window.kept = document.querySelector('shop-frame'); kept.remove()")
    assert engine.run("return !kept.hasAttribute('state') && !kept.shadowRoot.querySelector('iframe')")
    engine.run("document.querySelector('main').append(kept)")
    until(engine, _READY, 2)
    engine.run(_OTHER_VIEW)
    until(engine, _READY, 1)
    engine.go(place.sites.page("one", "/elsewhere", "<p>Elsewhere.</p>"))
    engine.run("setTimeout(() => history.back())")  # the answer must not get lost with the page that gives it
    until(engine, "return location.pathname.startsWith('/several')")
    until(engine, "return document.querySelector('[state]') && !document.querySelector('[state=loading]')")
    assert engine.run("return [...document.querySelectorAll('[state]')].every((each) => each.matches('[state=ready]'))")


# --- E17 -----------------------------------------------------------------------------------------------------------


def streams(engine: Engine, place: Place) -> None:
    """E17 in a page of a partner's."""
    open_frame(engine, place.page("one", "/stream", place.snippet("domain-search")))
    rows_stream(engine)


def rows_stream(engine: Engine) -> None:
    """E17: the first row within a second though the registry is slow, none moves, a new question ends the old."""
    engine.write("#frame-main input[name=q]", "kwiaty")
    began = time.monotonic()
    engine.press("#frame-main input[name=q]", "ENTER")
    until(engine, "return Boolean(document.querySelector('.result'))")
    assert time.monotonic() - began < 1.0
    order = "return [...document.querySelectorAll('.result')].map((row) => row.dataset.name)"
    first = engine.run(order)
    until(engine, "return document.querySelectorAll('.result[data-state=waiting]').length < arguments[0]", len(first))
    assert engine.run(order) == first
    search_for(engine, "tulipany.pl", "tulipany.pl")
    assert not [name for name in engine.run(order) if name.startswith("kwiaty")]
