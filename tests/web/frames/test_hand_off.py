"""Handing a sign-in over between frame and shop: RFC 7636, one minute, once, for this shop, site and question only."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests import factories
from tests.web.client import Client
from tests.web.frames.conftest import SITE, Answer, Frame, Framed
from webapp.foundation import clock, tenancy
from webapp.reseller.accounts import operations, queries
from webapp.reseller.partners.audit import SYSTEM

ANNA = "anna@example.com"
VERIFIER, STATE = "v" * 43, "s" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
QUESTION = {"challenge": CHALLENGE, "state": STATE, "origin": SITE}


@pytest.fixture
def anna(framed: Framed) -> Client:
    """Signed in at the shop itself."""
    return framed.web.subscriber(framed.web.acme, ANNA)


def asked(visitor: Client, **other: str) -> Any:
    """What the window's script gets for a question."""
    own = {"Origin": visitor.origin, "Sec-Fetch-Site": "same-origin"}
    return visitor.http.post("/auth/popup", base_url=visitor.origin, headers=own, data={**QUESTION, **other})


def exchanged(frame: Frame, code: str, **other: str) -> Answer:
    """What a frame gets for a code."""
    fields = {"code": code, "verifier": VERIFIER, "state": STATE, "origin": SITE, **other}
    return frame.post("/frames/exchange", fields)


def panel_of(frame: Frame) -> str:
    return frame.get("/frames/en/panel").h1


def test_who_is_signed_in_at_the_shop_is_signed_in_in_the_frame(framed: Framed, anna: Client) -> None:
    page = anna.get("/auth/popup?lang=en")
    assert "Continue as" in page.text
    code, frame = asked(anna).json["code"], framed.frame()
    assert exchanged(frame, code).status == 204
    assert panel_of(frame) == "Your account"
    assert exchanged(framed.frame(), code).status == 422, "once"


WRONG: tuple[dict[str, str], ...] = (
    {"verifier": "w" * 43},
    {"verifier": ""},
    {"verifier": CHALLENGE},
    {"state": "t" * 43},
    {"origin": "https://evil.example"},
    {"origin": ""},
    {"code": "x" * 43},
    {"code": ""},
)


def test_what_does_not_fit_together_opens_nothing(framed: Framed, anna: Client) -> None:
    code, frame = asked(anna).json["code"], framed.frame()
    for wrong in WRONG:
        answer = exchanged(frame, **{"code": code, **wrong})
        assert answer.status == 422, wrong
        assert not frame.token
    assert exchanged(frame, code).status == 204, "and what fits still does"


def test_a_code_is_one_shops_and_lives_a_minute(framed: Framed, anna: Client) -> None:
    other = framed.frame_of(framed.web.nord)
    assert exchanged(other, asked(anna).json["code"]).status == 422
    assert not other.token
    code = asked(anna).json["code"]
    with clock.shifted(timedelta(seconds=61)):
        assert exchanged(framed.frame(), code).status == 422


def test_a_code_of_one_way_does_not_go_the_other(framed: Framed, anna: Client) -> None:
    code = asked(anna, origin=anna.origin).json["code"]
    own = {"Origin": anna.origin, "Sec-Fetch-Site": "same-origin"}
    fields = {"code": code, "verifier": VERIFIER, "state": STATE, "next": "/account/"}
    stranger = framed.frame().http.post("/auth/continue", base_url=anna.origin, headers=own, data=fields)
    assert stranger.status_code == 422


def test_a_code_ends_with_the_sign_in_that_it_comes_from(framed: Framed, anna: Client) -> None:
    """P18: a code in hand is worth nothing once the password is changed, or the person signed out or suspended."""
    web = framed.web
    ends: tuple[Callable[[Session, int], object], ...] = (
        lambda session, user: operations.revoke_all(session, SYSTEM, user),
        lambda session, user: operations.change_password(session, SYSTEM, user, "x"),
        lambda session, user: operations.set_user_status(session, SYSTEM, user, "suspended"),
    )
    for number, end in enumerate(ends):
        someone = web.subscriber(web.acme, f"user{number}@example.com")
        code, frame = asked(someone).json["code"], framed.frame()
        with tenancy.tenant(web.acme.id), web.database.writing() as session:
            user = queries.user_by_email(session, f"user{number}@example.com")
            assert user
            end(session, user.id)
        assert exchanged(frame, code).status == 422
        assert not frame.token


def test_who_hands_himself_over_again_and_again_is_out_when_the_first_sign_in_ends(framed: Framed) -> None:
    factories.make_subscriber(framed.web.database, framed.web.acme, ANNA)
    frame, visitor = framed.frame(), framed.web.shop(framed.web.acme)
    frame.signed_in(ANNA)
    with clock.shifted(timedelta(minutes=25)):
        panel_of(frame)  # goes on
        code = json.loads(frame.post("/frames/hand-off", {"challenge": CHALLENGE, "state": STATE}).text)["code"]
        fields = {"code": code, "verifier": VERIFIER, "state": STATE, "next": "/account/"}
        own = {"Origin": visitor.origin, "Sec-Fetch-Site": "same-origin"}
        assert visitor.http.post("/auth/continue", base_url=visitor.origin, headers=own, data=fields).status_code == 200
        again = framed.frame()
        assert exchanged(again, asked(visitor).json["code"]).status == 204
    with clock.shifted(timedelta(hours=7, minutes=59)):
        visitor.get("/account/profile")
    with clock.shifted(timedelta(hours=8, minutes=1)):
        visitor.get("/account/profile", 303)


ODD: tuple[dict[str, str], ...] = (
    {"origin": "https://evil.example"},
    {"origin": "javascript:1"},
    {"challenge": "short"},
    {"state": ""},
    {"state": "é" * 30},
)


def test_odd_questions_get_no_code(anna: Client) -> None:
    for odd in ODD:
        answer = asked(anna, **odd)
        assert answer.status_code == 422, odd
        assert "code" not in answer.json


def test_nobody_gives_no_code(framed: Framed) -> None:
    visitor = framed.web.shop(framed.web.acme)
    assert asked(visitor).status_code == 401
    answer = framed.frame().post("/frames/hand-off", {"challenge": CHALLENGE, "state": STATE})
    assert answer.status == 401


def test_who_is_signed_in_in_the_frame_goes_on_in_the_account_and_back(framed: Framed) -> None:
    factories.make_subscriber(framed.web.database, framed.web.acme, ANNA)
    frame, visitor = framed.frame(), framed.web.shop(framed.web.acme)
    frame.signed_in(ANNA)
    assert visitor.get("/auth/continue?next=/account/profile&lang=en").h1 == "One moment"
    code = json.loads(frame.post("/frames/hand-off", {"challenge": CHALLENGE, "state": STATE}).text)["code"]
    own = {"Origin": visitor.origin, "Sec-Fetch-Site": "same-origin"}
    fields = {"code": code, "verifier": VERIFIER, "state": STATE, "next": "/account/profile", "back": SITE}
    answer = visitor.http.post("/auth/continue", base_url=visitor.origin, headers=own, data=fields)
    assert answer.json == {"next": "/account/profile"}
    page = visitor.get("/account/profile?lang=en")
    assert "Back to www.blog.example" in page.words
    again = framed.frame()
    assert exchanged(again, asked(visitor).json["code"]).status == 204
    assert panel_of(again) == "Your account"


def test_the_account_is_all_that_a_window_goes_on_to(framed: Framed) -> None:
    visitor = framed.web.shop(framed.web.acme)
    for there in ("https://evil.example/", "//evil.example/account/", "/pl/cart", "/\\evil.example", "/accounting"):
        page = visitor.get("/auth/continue", query_string={"next": there, "lang": "en"})
        card = next(each for each in page.all("div") if each.attrs.get("id") == "auth-continue")
        assert card.attrs["data-next"].startswith("/account/"), there


def test_signing_in_within_the_window(framed: Framed) -> None:
    factories.make_subscriber(framed.web.database, framed.web.acme, ANNA)
    visitor = framed.web.shop(framed.web.acme)
    page = visitor.get("/auth/popup?lang=en")
    assert page.h1 == "Sign in"
    wrong = visitor.submit(page, {"email": ANNA, "password": "wrong wrong"}, 422)
    assert "do not belong together" in wrong.text
    done = visitor.follow(visitor.submit(wrong, {"email": ANNA, "password": factories.PASSWORD}))
    assert "Continue as" in done.text


def test_a_window_that_keeps_no_cookies_says_so_instead_of_asking_again_and_again(framed: Framed) -> None:
    factories.make_subscriber(framed.web.database, framed.web.acme, ANNA)
    visitor = framed.web.shop(framed.web.acme)
    done = visitor.submit(visitor.get("/auth/popup?lang=en"), {"email": ANNA, "password": factories.PASSWORD})
    forgetful = framed.web.shop(framed.web.acme)
    again = forgetful.get(done.location)
    assert again.h1 == "Sign in"
    assert "keeps no cookies" in again.text
    assert "keeps no cookies" not in forgetful.get("/auth/popup?lang=en").text


def test_codes_are_not_guessed_for_long(framed: Framed) -> None:
    statuses = [exchanged(framed.frame(), "x" * 43).status for _ in range(130)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
