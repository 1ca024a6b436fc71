"""The session of a frame: carried in a header, of one shop, short, ended by signing out; of no use to other pages."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select

from tests import factories
from tests.web.frames.conftest import CUSTOM, SITE, Answer, Frame, Framed
from webapp.foundation import clock, tenancy
from webapp.reseller.accounts.models import UserSignIn

ANNA = "anna@example.com"
PANEL = "/frames/en/panel"


@pytest.fixture
def anna(framed: Framed) -> Frame:
    """Signed in, in a frame at the raw host."""
    factories.make_subscriber(framed.web.database, framed.web.acme, ANNA)
    frame = framed.frame()
    assert frame.signed_in(ANNA).h1 == "Your account"
    return frame


def signed(answer: Answer) -> bool:
    """What the answer says about who is there."""
    return answer.root.all("div")[0].attrs.get("data-signed") == "1"


def sign_ins(framed: Framed) -> list[UserSignIn]:
    """Of acme's subscribers."""
    with tenancy.tenant(framed.web.acme.id), framed.web.database.reading() as session:
        return list(session.scalars(select(UserSignIn).order_by(UserSignIn.id)))


def test_a_visitor_carries_nothing_until_there_is_something_to_keep(framed: Framed) -> None:
    frame = framed.frame()
    for path in ("/frames/en/domains", "/frames/en/sign-in", "/frames/en/cart"):
        assert "X-Frame-Token" not in frame.get(path).response.headers, path
    assert frame.get("/frames/en/domains").h1 == "Find a domain name"


def test_a_wrong_password_stays_in_the_frame_and_nothing_typed_is_lost(framed: Framed) -> None:
    factories.make_subscriber(framed.web.database, framed.web.acme, ANNA)
    frame = framed.frame()
    answer = frame.post("/frames/en/sign-in", {"email": ANNA, "password": "wrong wrong wrong"})
    assert answer.status == 422
    assert "do not belong together" in answer.text
    assert f'value="{ANNA}"' in answer.text
    assert not signed(answer)
    assert not frame.token


def test_signing_in_gives_a_new_session_that_lives_eight_hours_at_most(framed: Framed, anna: Frame) -> None:
    first = anna.token
    anna.post("/frames/sign-out?lang=en")
    anna.signed_in(ANNA)
    assert anna.token
    assert anna.token != first
    assert signed(anna.get(PANEL))
    ended, opened = sign_ins(framed)
    assert ended.revoked_at is not None
    assert opened.expires_at - opened.created_at == timedelta(hours=8)


def test_whoever_must_sign_in_does_so_in_the_frame_and_goes_on_from_there(framed: Framed, anna: Frame) -> None:
    visitor = framed.frame()
    assert visitor.send("GET", PANEL, headers={}).status == 401
    form = visitor.get(PANEL)
    assert form.h1 == "Sign in"
    action = form.root.all("form")[0].attrs["action"]
    assert action == "/frames/en/sign-in?next=/frames/en/panel"
    assert visitor.post(action, {"email": ANNA, "password": factories.PASSWORD}).h1 == "Your account"
    for elsewhere in ("/account/", "//evil.example", "https://evil.example/frames/"):
        fields = {"email": ANNA, "password": factories.PASSWORD}
        away = framed.frame().post(f"/frames/en/sign-in?next={elsewhere}", fields)
        assert away.h1 == "Your account", elsewhere
    for elsewhere in ("//evil.example", "https://evil.example/frames/", "javascript:alert(1)", "/\\evil.example"):
        assert elsewhere not in framed.frame().get("/frames/en/sign-in?next=" + quote(elsewhere, safe="")).text


def test_a_session_is_one_shops_and_one_doors(framed: Framed, anna: Frame, on_own_host: str) -> None:
    assert signed(framed.frame(CUSTOM, anna.token).get(PANEL)), "the same shop at its own host"
    assert not signed(framed.frame_of(framed.web.nord, anna.token).get("/frames/de/sign-in"))
    cookie = framed.web.subscriber(framed.web.acme, "ben@example.com").cookies()[0]
    assert not signed(framed.frame(token=cookie).get(PANEL)), "a cookie's session is no frame's"
    with_cookie = framed.frame().send("GET", PANEL, headers={"Cookie": f"s={cookie}"})
    assert with_cookie.response.headers["HX-Location"], "and cookies are not read"
    shop = framed.frame().http
    for headers in ({"Authorization": f"Bearer {anna.token}"}, {"Cookie": f"s={anna.token}"}):
        assert shop.get("/account/", base_url=anna.origin, headers=headers).status_code == 303


def test_a_session_that_nobody_uses_ends_after_half_an_hour(framed: Framed, anna: Frame) -> None:
    token = anna.token
    for minutes, left in ((4, "as it was"), (29, "given anew"), (31, "nobody")):
        frame = framed.frame(token=token)
        with clock.shifted(timedelta(minutes=minutes)):
            answer = frame.get("/frames/en/domains")
        assert signed(answer) == (left != "nobody"), minutes
        assert ("X-Frame-Token" in answer.response.headers) == (left != "as it was"), minutes
        assert bool(frame.token) == (left != "nobody"), "a dead token is forgotten"


def test_the_page_that_is_kept_for_all_keeps_nobodys_session(framed: Framed, anna: Frame) -> None:
    for token in (anna.token, "dead"):
        with clock.shifted(timedelta(minutes=10)):
            kept = framed.frame(token=token).get("/frames/user-panel", **{"HX-Request": "", "HX-Request-Type": ""})
        stranger = framed.frame().get("/frames/user-panel", **{"HX-Request": "", "HX-Request-Type": ""})
        assert "X-Frame-Token" not in kept.response.headers
        assert "X-Frame-Token" not in stranger.response.headers
        assert "Your account" not in stranger.text


def test_no_session_lives_longer_than_eight_hours(framed: Framed, anna: Frame) -> None:
    with clock.shifted(timedelta(hours=8, minutes=1)):
        assert not signed(anna.get("/frames/en/domains"))


def test_signing_out_ends_the_sign_in_for_every_copy_of_the_token(framed: Framed, anna: Frame) -> None:
    copy = anna.token
    assert anna.post("/frames/sign-out?lang=en").h1 == "Sign in"
    assert not anna.token
    assert not signed(framed.frame(token=copy).get("/frames/en/domains"))


def test_what_is_no_token_is_nobodys_session(framed: Framed) -> None:
    for broken in ("x", "a.b.c", "." * 300, "Bearer", "é".encode().decode("latin-1")):
        frame = framed.frame(token=broken)
        assert not signed(frame.get("/frames/en/domains")), broken
        assert not frame.token


FOREIGN = (
    {"Origin": SITE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": SITE, "Sec-Fetch-Site": ""},
    {"Origin": "null", "Sec-Fetch-Site": ""},
    {"Origin": "", "Sec-Fetch-Site": "same-site"},
    {"Origin": "", "Sec-Fetch-Site": "none"},
    {"Origin": "", "Sec-Fetch-Site": ""},
)


def test_every_unsafe_address_refuses_what_a_foreign_page_sends(framed: Framed, anna: Frame) -> None:
    """E12: even with a stolen token, an allowed site's page may not send forms."""
    rules = [
        rule.rule.replace("<lang:lang>", "en")
        for rule in framed.web.app.url_map.iter_rules()
        if rule.endpoint.startswith(("frames.", "auth.")) and "POST" in (rule.methods or ())
    ]
    assert len(rules) >= 14
    before = len(sign_ins(framed))
    for path in rules:
        for headers in FOREIGN:
            fields = {"email": ANNA, "password": factories.PASSWORD, "name": "kwiaty.com"}
            answer = anna.send("POST", path, headers=headers, data=fields)
            assert answer.status == 403, f"{path} {headers}"
            assert answer.policy == "'none'"
    assert len(sign_ins(framed)) == before
    assert signed(anna.get(PANEL))
