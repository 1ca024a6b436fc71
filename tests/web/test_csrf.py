"""Which forms are accepted: our own pages' only, by fetch metadata, Origin and token."""

from __future__ import annotations

import time

import pytest

from tests import factories
from tests.web.client import Client, Page
from tests.web.conftest import PANEL, Web

OWN = f"http://{PANEL}"
SITES = {None: True, "same-origin": True, "same-site": False, "cross-site": False, "none": False, "nonsense": False}
ORIGINS = {
    None: True,
    OWN: True,
    "null": False,
    "http://evil.example": False,
    "https://panel.localhost:8000": False,
    "http://panel.localhost": False,
    "http://csp1001.localhost:8000": False,
    f"{OWN}.evil.example": False,
    "": False,
}


@pytest.fixture
def visitor(web: Web) -> Client:
    """Somebody at the panel's sign-in page."""
    factories.make_staff(web.database, web.acme)
    return web.client(PANEL)


def _token(visitor: Client) -> str:
    page = visitor.get("/sign-in")
    return next(each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "csrf_token")


def _send(visitor: Client, site: str | None, origin: str | None, token: str | None, header: str = "") -> Page:
    headers = {"Sec-Fetch-Site": site, "Origin": origin, **({header: token} if header else {})}
    data = {"email": "a@b.example", "password": "wrong"} | ({"csrf_token": token} if token and not header else {})
    sent = {name: value for name, value in headers.items() if value is not None}
    return visitor.open("POST", "/sign-in", data=data, headers=sent)


@pytest.mark.parametrize("site", SITES)
def test_with_a_valid_token_the_browsers_word_decides(visitor: Client, site: str | None) -> None:
    token = _token(visitor)
    found = {origin: _send(visitor, site, origin, token).status for origin in ORIGINS}
    # 422: the form was read, and the password is wrong.
    assert found == {origin: 422 if SITES[site] and allowed else 403 for origin, allowed in ORIGINS.items()}


@pytest.mark.parametrize("site", [None, "same-origin"])
def test_without_a_token_nothing_is_accepted(visitor: Client, site: str | None) -> None:
    _token(visitor)
    assert _send(visitor, site, OWN if site else None, None).status == 403


@pytest.mark.parametrize("header", ["X-CSRF-Token", "X-CSRFToken"])
def test_scripts_may_send_the_token_as_a_header(visitor: Client, header: str) -> None:
    assert _send(visitor, "same-origin", OWN, _token(visitor), header).status == 422


def test_the_token_of_another_visitor_is_refused(web: Web, visitor: Client) -> None:
    foreign = _token(web.client(PANEL))
    _token(visitor)
    assert _send(visitor, None, None, foreign).status == 403


def test_the_token_of_another_shop_is_refused(web: Web) -> None:
    at_acme, at_nord = web.shop(web.acme), web.shop(web.nord)
    token = at_acme.get("/account/sign-in").form("email").all("input")[0].attrs["value"]
    at_nord.get("/account/sign-in")
    data = {"email": "a@b.example", "password": "x", "csrf_token": token}
    assert at_nord.open("POST", "/account/sign-in", data=data).status == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_is_guarded_or_unknown(visitor: Client, method: str) -> None:
    assert visitor.open(method, "/sign-in").status == 405


def test_a_form_that_was_open_for_too_long_comes_back_with_what_was_typed(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, real = _token(visitor), time.time
    monkeypatch.setattr("time.time", lambda: real() + 13 * 3600)
    data = {"email": "ewa@typed.example", "password": "never shown", "csrf_token": token}
    back = visitor.open("POST", "/sign-in?next=/", data=data)
    assert back.status == 400
    assert "never shown" not in back.text
    form = back.form("email", "csrf_token")
    assert form.attrs["action"] == "/sign-in?next=/"
    again = visitor.submit(back, {}, 422, action="/sign-in")
    assert "ewa@typed.example" in again.text, "sent again, it is read: only the password is missing"


def test_a_form_whose_session_is_gone_comes_back_when_the_browser_vouches_for_it(visitor: Client) -> None:
    token = _token(visitor)
    visitor.http.delete_cookie("s", domain=PANEL.split(":")[0])
    assert _send(visitor, "same-origin", OWN, token).status == 400
    assert _send(visitor, None, None, token).status == 403


def test_a_get_changes_nothing_and_needs_no_token(visitor: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
    assert visitor.open("GET", "/sign-in", headers=headers).status == 200
    assert visitor.open("GET", "/sign-out").status == 405
