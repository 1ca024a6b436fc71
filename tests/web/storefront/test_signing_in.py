"""Sign in, register, sign out and reset at a shop."""

from __future__ import annotations

import re

from tests import factories
from tests.web.storefront.conftest import JAN, Shops, add
from webapp.foundation import tenancy
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM


def _reset_path(shops: Shops, email: str) -> str:
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        user = queries.user_by_email(session, email)
        assert user is not None
        return f"/account/reset/{accounts.make_reset_token(session, SYSTEM, user)}"


def test_signing_in_renews_the_cookie_and_keeps_the_basket(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, "anna@example.com")
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl")
    before = visitor.cookies()
    visitor.sign_in("anna@example.com")
    assert visitor.cookies() != before
    assert "kwiaty.pl" in visitor.get("/pl/cart").words
    assert "Anna" in visitor.fragment("/me?lang=pl").words


def test_wrong_passwords_and_unknown_addresses_are_answered_alike_and_slowed_down(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, "anna@example.com")
    visitor = shops.visitor()
    page = visitor.get("/account/sign-in")
    known = visitor.submit(page, {"email": "anna@example.com", "password": "wrong wrong"}, 422).words
    unknown = visitor.submit(page, {"email": "nobody@example.com", "password": "wrong wrong"}, 422).words
    assert known == unknown
    statuses = [
        visitor.open(
            "POST",
            "/account/sign-in",
            data={"csrf_token": _token(page), "email": "anna@example.com", "password": "wrong wrong"},
            headers={"Origin": visitor.origin, "Sec-Fetch-Site": "same-origin"},
        ).status
        for _ in range(12)
    ]
    assert statuses[-1] == 429


def _token(page: object) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]  # type: ignore[attr-defined,no-any-return]


def test_registering_leads_into_the_account(shops: Shops) -> None:
    visitor = shops.visitor()
    page = visitor.get("/account/register?lang=en")
    after = visitor.submit(page, JAN)
    assert after.location.startswith("/account/")
    visitor.follow(after)
    visitor.get("/account/register", 303)


def _consents(shops: Shops, email: str) -> list[tuple[str, str, bool, str]]:
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        user = queries.user_by_email(session, email)
        assert user is not None
        [mine] = queries.accounts_of(session, user.id)
        found = queries.consents(session, mine.account.id)
        return sorted((each.channel, each.source, each.user_id == user.id, each.recorded_by) for each in found)


def test_offers_are_asked_for_by_channel_and_never_a_condition(shops: Shops) -> None:
    """H-22: unticked boxes; who ticks none registers all the same, who ticks some is written down as having said so."""
    jan, ola = shops.visitor(), shops.visitor()
    page = jan.get("/account/register?lang=en")
    boxes = [each.attrs for each in page.all("input") if each.attrs.get("name") == "channel"]
    assert [each["value"] for each in boxes] == ["mail", "sms", "phone"]
    assert not any({"checked", "required"} & set(each) for each in boxes)
    jan.submit(page, JAN)
    assert _consents(shops, "jan@example.com") == []
    refused = ola.submit(ola.get("/account/register?lang=en"), JAN | {"email": "x", "channel": ["sms", "mail"]}, 422)
    kept = [each.attrs["value"] for each in refused.all("input") if "checked" in each.attrs]
    assert {"mail", "sms"} < set(kept)
    ola.submit(refused, JAN | {"email": "ola@example.com", "channel": ["sms", "mail"]})
    said = [(channel, "registration", True, "") for channel in ("mail", "sms")]
    assert _consents(shops, "ola@example.com") == said
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        deeds = partners.audit_events(session, action="consent.given").items
    assert {(each.actor_kind, each.actor_label) for each in deeds} == {("user", "ola@example.com")}


def test_an_unknown_channel_registers_nobody(shops: Shops) -> None:
    visitor = shops.visitor()
    visitor.submit(visitor.get("/account/register?lang=en"), JAN | {"channel": ["fax"]}, 422)
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        assert queries.user_by_email(session, "jan@example.com") is None


def test_next_never_leads_away(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, "anna@example.com")
    for bad in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        visitor = shops.visitor()
        page = visitor.get("/account/sign-in", query_string={"next": bad})
        data = {"email": "anna@example.com", "password": factories.PASSWORD}
        assert visitor.submit(page, data).location.startswith("/account/")


def test_signing_out_ends_it_at_once(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, "anna@example.com")
    visitor = shops.visitor()
    visitor.sign_in("anna@example.com")
    stolen = visitor.cookies()[0]
    page = visitor.get("/account/")
    left = visitor.post("/account/sign-out?lang=en", {"csrf_token": _token(page)})
    assert "You are signed out" in visitor.follow(left).words
    thief = shops.visitor()
    thief.http.set_cookie("s", stolen, domain=thief.host.split(":")[0])
    thief.get("/account/", 303)


def test_asking_for_a_link_tells_nobody_who_is_known(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, "anna@example.com")
    visitor = shops.visitor()
    page = visitor.get("/account/reset?lang=en")
    answers = [visitor.submit(page, {"email": email}, 200).words for email in ("anna@example.com", "eve@example.com")]
    assert answers[0].replace("anna@", "eve@") == answers[1]
    for _ in range(2):
        visitor.submit(page, {"email": "anna@example.com"}, 200)
    assert "Too many tries" in visitor.submit(page, {"email": "anna@example.com"}, 429).words


def test_a_link_sets_a_new_password_once(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, "anna@example.com")
    path = _reset_path(shops, "anna@example.com")
    visitor = shops.visitor()
    page = visitor.get(f"{path}?lang=en")
    short = visitor.submit(page, {"password": "short"}, 422)
    assert "at least 10 characters" in short.words
    done = visitor.follow(visitor.submit(short, {"password": "a new long password"}))
    assert "Your new password is set" in done.words
    visitor.sign_in("anna@example.com", "a new long password")
    assert "does not work any more" in shops.visitor().get(f"{path}?lang=en", 410).words
    shops.visitor().get("/account/reset/nonsense", 410)


def test_a_link_of_one_shop_is_nothing_at_another(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, "anna@example.com")
    path = _reset_path(shops, "anna@example.com")
    shops.visitor(shops.nord).get(path, 410)
