"""Cookies open one door of one tenant, and sign-ins are rows that can be revoked at once."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
from sqlalchemy import select

from tests import factories
from tests.web.client import Client
from tests.web.conftest import OPERATOR, PANEL, MakeWeb, Web
from webapp.foundation import clock, tenancy
from webapp.foundation.db import change
from webapp.reseller.accounts.models import UserSignIn
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.models import Partner, Staff, StaffSignIn


def _cookie(client: Client, name: str = "s") -> str:
    cookie = client.http.get_cookie(name, client.host.split(":")[0])
    assert cookie is not None
    return cookie.value


def _replay(client: Client, path: str, cookie: str) -> Any:
    """What this host answers to somebody who comes with a cookie from elsewhere."""
    return client.with_cookies(f"s={cookie}").open("GET", path)


def test_a_subscribers_cookie_opens_nothing_at_another_shop(web: Web) -> None:
    anna = web.subscriber(web.acme)
    factories.make_subscriber(web.database, web.nord)
    stolen = _cookie(anna)
    assert anna.get("/account/").status == 200
    assert _replay(web.shop(web.acme), "/account/", stolen).status == 200
    assert _replay(web.shop(web.nord), "/account/", stolen).status == 303


def test_a_cookie_opens_no_other_door(web: Web) -> None:
    staff, operator, anna = web.staff(web.acme), web.operator(), web.subscriber(web.acme)
    cookies = {PANEL: _cookie(staff), OPERATOR: _cookie(operator), anna.host: _cookie(anna)}
    doors = {PANEL: "/", OPERATOR: "/", anna.host: "/account/"}
    for at, path in doors.items():
        for source, cookie in cookies.items():
            expected = 200 if at == source else 303
            assert _replay(web.client(at), path, cookie).status == expected, f"{source} at {at}"


def test_a_tampered_cookie_is_no_session(web: Web) -> None:
    staff = web.staff(web.acme)
    cookie = _cookie(staff)
    for broken in (
        cookie[:-2] + "xx",
        "x" + cookie,
        cookie.split(".")[0],
        "",
        "." * 500,
        "é".encode().decode("latin-1"),
    ):
        assert _replay(web.client(PANEL), "/", broken).status == 303


def test_visitors_get_no_cookie_until_something_is_stored(web: Web) -> None:
    shop = web.shop(web.acme)
    for path in ("/pl/", "/en/", "/me?lang=pl", "/nowhere"):
        assert "Set-Cookie" not in shop.open("GET", path).response.headers, path
    assert "Set-Cookie" in shop.get("/account/sign-in").response.headers, "a form needs a token, a token a session"


def test_cookies_are_for_this_host_only_and_out_of_scripts_reach(web: Web) -> None:
    header = web.client(PANEL).get("/sign-in").response.headers["Set-Cookie"]
    cookie = SimpleCookie(header)["s"]
    assert not cookie["domain"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["secure"], "over plain HTTP a Secure cookie would be lost"


def test_over_https_the_cookie_has_the_host_prefix(make_web: MakeWeb) -> None:
    web = make_web(scheme="https")
    answer = web.client(PANEL).get("/sign-in").response
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["__Host-s"]
    assert cookie["secure"]
    assert not cookie["domain"]
    assert cookie["path"] == "/"
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_forged_cookie_of_a_parent_domain_does_not_displace_ours(web: Web) -> None:
    staff = web.staff(web.acme)
    both = f"s=forged; s={_cookie(staff)}"
    # Whichever the server reads: it is the person's own session or none, never somebody else's.
    assert web.client(PANEL).with_cookies(both).open("GET", "/").status in (200, 303)


def test_the_session_changes_at_sign_in(web: Web) -> None:
    factories.make_staff(web.database, web.acme)
    client = web.client(PANEL)
    client.get("/sign-in")
    before = _cookie(client)
    client.sign_in(f"ewa@{web.acme.code}.example")
    assert _cookie(client) != before
    assert _replay(web.client(PANEL), "/", before).status == 303, "a planted session stays signed out"


@pytest.mark.parametrize("door", ["shop", "sales", "operator"])
def test_signing_out_ends_the_sign_in_itself(web: Web, door: str) -> None:
    client = {"shop": lambda: web.subscriber(web.acme), "sales": lambda: web.staff(web.acme), "operator": web.operator}[
        door
    ]()
    path = "/account/" if door == "shop" else "/"
    kept = _cookie(client)
    page = client.get("/account/sign-in", 303) if door == "shop" else client.get("/")
    sign_out = "/account/sign-out" if door == "shop" else "/sign-out"
    token = _token(client, "/account/" if page.status == 303 else "/")
    client.post(sign_out, {"csrf_token": token})
    client.get(path, 303)
    assert _replay(web.client(client.host), path, kept).status == 303, "the old cookie is worth nothing"


def _token(client: Client, path: str) -> str:
    """Any CSRF token of the visitor's session; pages of signed-in people carry at least one."""
    tokens = [each.attrs["value"] for each in client.get(path).all("input") if each.attrs.get("name") == "csrf_token"]
    return tokens[0]


def test_a_revoked_sign_in_ends_with_the_next_request(web: Web) -> None:
    staff = web.staff(web.acme)
    assert staff.get("/").status == 200
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        person = session.scalars(select(Staff)).one()
        partners.revoke_staff(session, person.id)
    staff.get("/", 303)


def test_an_expired_sign_in_is_over(web: Web) -> None:
    anna = web.subscriber(web.acme)
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        change(session, UserSignIn, UserSignIn.user_id.is_not(None), expires_at=clock.now())
    anna.get("/account/", 303)


def test_staff_of_a_suspended_partner_are_signed_out(web: Web) -> None:
    staff = web.staff(web.acme)
    with web.database.writing(tenancy.Platform("operator")) as session:
        change(session, Partner, Partner.id == web.acme.id, status="suspended")
    staff.get("/", 303)


def test_the_cookie_does_not_hold_what_the_table_holds(web: Web) -> None:
    staff = web.staff(web.acme)
    with web.database.reading(tenancy.Platform("operator")) as session:
        hashes = list(session.scalars(select(StaffSignIn.token_hash)))
    assert hashes
    assert all(one not in _cookie(staff) for one in hashes)


# --- where one lands -----------------------------------------------------------------------------------------


def test_after_signing_in_one_is_where_one_wanted_to_be(web: Web) -> None:
    factories.make_staff(web.database, web.acme)
    client = web.client(PANEL)
    asked = client.get("/?x=1", 303)
    form = client.follow(asked)
    landed = client.submit(form, {"email": f"ewa@{web.acme.code}.example", "password": factories.PASSWORD})
    assert landed.location == "/?x=1"


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\nb",
        "javascript:alert(1)",
        "x",
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(web: Web, evil: str) -> None:
    factories.make_staff(web.database, web.acme)
    client = web.client(PANEL)
    form = client.get("/sign-in", query_string={"next": evil})
    landed = client.submit(form, {"email": f"ewa@{web.acme.code}.example", "password": factories.PASSWORD})
    assert landed.location == "/"


def test_wrong_passwords_are_refused_alike_and_only_so_often(web: Web) -> None:
    factories.make_staff(web.database, web.acme)
    client = web.client(PANEL)
    texts = set()
    for email in (f"ewa@{web.acme.code}.example", "nobody@nowhere.example"):
        page = client.submit(client.get("/sign-in"), {"email": email, "password": "wrong password"}, 422)
        texts.add(page.words.replace(email, "X"))
    assert len(texts) == 1, "the answer tells nobody whether the address is known"
    statuses = [
        client.open(
            "POST",
            "/sign-in",
            data={"email": "one@victim.example", "password": "guess", "csrf_token": _sign_in_token(client)},
        ).status
        for _ in range(12)
    ]
    assert statuses == [422] * 10 + [429] * 2


def _sign_in_token(client: Client) -> str:
    return client.get("/sign-in").form("email", "password").all("input")[0].attrs["value"]
