"""A page around a frame that is not what a partner meant, for every engine, as in scenarios.py: a stranger's, one that
forbids, one that attacks (E8, E9, E12); a dark one, one with an accent, one that is walked by keyboard (E13, E14).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.frames.scenarios import Place, enter, open_frame, outside, until
from webapp.reseller.cms.frame_views import FRAME_VIEWS

if TYPE_CHECKING:
    from tests.browsers.engines import Engine
    from tests.web.storefront.conftest import Shops

#: Ways to show a page inside another one; the last is a sandbox, whose page has no origin.
WAYS = (
    '<iframe src="{}"></iframe>',
    '<object data="{}" type="text/html"></object>',
    '<embed src="{}" type="text/html">',
    '<iframe src="{}" sandbox="allow-scripts allow-forms allow-popups"></iframe>',
)
#: Pages that no site at all may show, the partner's own neither.
NEVER = ("/auth/popup", "/auth/continue", "/account/", "/account/sign-in", "/account/profile", "/account/reset")
#: What a page of another site can send without asking first, and what it has to ask for.
ATTACKS = """async ([address, fields]) => {
    const send = (options) => fetch(address, {method: 'POST', ...options}).then(() => 'sent', () => 'refused');
    const body = new URLSearchParams(fields);
    const form = document.createElement('form'), frame = document.createElement('iframe');
    Object.assign(form, {method: 'post', action: address, target: 'answer'});
    frame.name = 'answer';
    for (const [name, value] of body) form.append(Object.assign(document.createElement('input'), {name, value}));
    document.body.append(frame, form);
    form.submit();
    const tried = await Promise.all([
        new Promise((done) => frame.addEventListener('load', done, {once: true})),
        send({mode: 'no-cors', credentials: 'include', body}),
        send({mode: 'no-cors', credentials: 'include', body, referrerPolicy: 'no-referrer'}),
        send({mode: 'no-cors', body: '{"email": "x"}', headers: {'Content-Type': 'text/plain'}}),
        send({mode: 'cors', credentials: 'include', body, headers: {Authorization: 'Bearer ' + 'x'.repeat(60)}}),
        send({mode: 'cors', body, headers: {'HX-Request': 'true'}}),
    ]);
    frame.remove();
    form.remove();
    return tried.length;
}"""
FIELDS = {"email": "anna@example.com", "password": "correct horse battery", "name": "x.pl", "code": "x" * 43}

#: Whether this document is one of the shop's. A refused one is an error page of the browser's own, or nothing.
_RENDERED = "return location.hostname.startsWith('csp') && Boolean(document.querySelector('main'))"
_NOTHING = "default-src 'none'; style-src 'unsafe-inline'"


def unsafe(shops: Shops) -> list[str]:
    """Every address of frames and of their windows that takes a POST."""
    every = shops.app.url_map.iter_rules()
    rules = [rule for rule in every if rule.subdomain == "shop" and "POST" in (rule.methods or ())]
    paths = {rule.rule.replace("<lang:lang>", "en") for rule in rules}
    return sorted(path for path in paths if path.startswith(("/frames/", "/auth/")))


def rendered(engine: Engine, count: int, *above: str) -> list[int]:
    """Which of the frames #f0, #f1, ... show a page of the shop; `above` are the frames that they stand in."""
    found = []
    for number in range(count):
        engine.top()
        for css in above:
            engine.into(css)
        engine.into(f"#f{number}")
        try:
            if engine.run(_RENDERED):
                found.append(number)
        except Exception:  # noqa: BLE001  engines differ in what they say of a page that they do not show
            continue
    engine.top()
    return found


def _frames(addresses: list[str]) -> str:
    return "".join(f'<iframe id="f{number}" src="{each}"></iframe>' for number, each in enumerate(addresses))


def shows_nothing_to_strangers(engine: Engine, place: Place) -> int:
    """E8: not in a stranger's page, not where a stranger stands around a known one; sensitive pages nowhere."""
    views = [f"{place.shop}/frames/{view}" for view in FRAME_VIEWS]
    never = [place.shop + path for path in NEVER]
    known = place.sites.page("one", "/known-frames", _frames(views))
    engine.go(known)
    assert len(rendered(engine, len(views))) == len(views)
    engine.go(place.sites.page("stranger", "/frames", _frames(views + never)))
    assert rendered(engine, len(views + never)) == []
    engine.go(place.sites.page("stranger", "/around", f'<iframe id="known" src="{known}"></iframe>'))
    assert rendered(engine, len(views), "#known") == []
    engine.go(place.sites.page("one", "/sensitive", _frames(never)))
    assert rendered(engine, len(never)) == []
    return len(views) * 2 + len(never) * 2


def links_stay(engine: Engine, place: Place) -> None:
    """E8, E9: refused, unknown, or forbidden by the page's own policy: the link is there within 12 seconds."""
    body, strict = place.snippet("user-login"), f"{_NOTHING}; script-src 'unsafe-inline' {place.shop}"
    engine.go(place.page("one", "/no-script", body, headers={"Content-Security-Policy": _NOTHING}))
    assert engine.run(_LINK)
    addresses = (
        place.page("stranger", "/refused", body, place.snippet("hosting-order")),
        place.page("one", "/no-frames", body, headers={"Content-Security-Policy": strict}),
    )
    opened = []
    for address in addresses:
        before = engine.windows()
        engine.open_window()
        engine.go(address)
        until(engine, "return document.querySelector('shop-frame').getAttribute('state') === 'loading'")
        opened += [each for each in engine.windows() if each not in before]
    time.sleep(12)
    for window in opened:
        engine.show(window)
        until(engine, _FAILED, seconds=2)
        assert outside(engine, _LINK)


_LINK = "return [...document.querySelectorAll('shop-frame a')].every((link) => link.checkVisibility())"
_FAILED = """const all = [...document.querySelectorAll('shop-frame')];
    return all.every((each) => each.getAttribute('state') === 'failed')"""


_ATTACK = f"window.tried = 0; ({ATTACKS})([...arguments]).then((count) => {{ window.tried = count; }})"


def foreign_requests(engine: Engine, place: Place, paths: list[str], posts: list[tuple[str, int]]) -> int:
    """E12: whatever a page of another site sends is refused; gives how many were tried. `posts`: what arrived."""
    posts.clear()
    engine.go(place.sites.page("stranger", "/attacks", ""))
    tried = 0
    for path in paths:
        engine.run(_ATTACK, place.shop + path, FIELDS)
        tried += until(engine, "return window.tried")
    assert not [answer for answer in posts if answer[1] != 403]
    assert {path for path, _status in posts} == set(paths)
    return tried


# --- E13, E14 ------------------------------------------------------------------------------------------------------

DARK = "body { background: #15181c; color: #eee; } a { color: #9cf; }"
GROUND = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
_BUTTON = "return getComputedStyle(document.querySelector('#frame-main .button')).backgroundColor"
#: WCAG 2.2, relative luminance and contrast.
_CONTRAST = """const {color, backgroundColor} = getComputedStyle(document.querySelector('#frame-main .button'));
    const part = (value) => value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    const light = (text) => { const [r, g, b] = text.match(/\\d+/g).map(Number).map(part);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05; };
    const [dark, bright] = [light(color), light(backgroundColor)].sort((a, b) => a - b);
    return bright / dark"""


def moods_and_accents(engine: Engine, place: Place) -> None:
    """E13: light or dark as the page around is; the partner's accent, unless nobody could read it."""
    for style in ("", DARK):
        open_frame(engine, place.page("one", f"/mood{len(style)}", place.snippet("user-login"), style=style))
        assert (max(engine.run(GROUND)) < 100) == bool(style)
    colours = {}
    for number, accent in enumerate(("", "#0a7d3c", "#ffff00", "red;}*{display:none")):
        open_frame(engine, place.page("one", f"/accent{number}", place.snippet("domain-search", accent=accent)))
        until(engine, "return document.getAnimations().length === 0")
        colours[accent] = engine.run(_BUTTON)
        assert engine.run(_CONTRAST) >= 4.5, accent
    assert colours["#0a7d3c"] == "rgb(10, 125, 60)"
    assert colours["red;}*{display:none"] == colours[""] != colours["#0a7d3c"]


def keyboard_goes_through(engine: Engine, place: Place) -> None:
    """E14: from what stands before the frame through its fields to what stands after it."""
    body = '<button id="before">Before</button>' + place.snippet("user-login") + '<button id="after">After</button>'
    open_frame(engine, place.page("one", "/keys", body))
    engine.top()
    engine.press("#before", "TAB")
    inside: list[str] = []
    while outside(engine, "return document.activeElement.id") != "after":
        assert len(inside) < 12, inside
        enter(engine)
        inside.append(engine.run("return document.activeElement.name || document.activeElement.tagName"))
        engine.press(":focus", "TAB")
    assert inside.index("email") < inside.index("password") < inside.index("BUTTON")
