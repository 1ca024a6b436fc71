"""Name, address, password and sign-ins of the person; what the shop mailed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tests import factories
from tests.factories import PASSWORD
from tests.web.account.conftest import ANNA, Panel
from tests.web.account.test_names import token_of
from tests.web.client import Page
from webapp.foundation import tenancy
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries
from webapp.reseller.accounts.models import Contact
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners.audit import Actor

PROFILE = "/account/profile"
NEW = "another horse battery"


def contact_of(panel: Panel) -> Contact:
    with panel.shop.scope(), panel.web.database.reading() as session:
        return queries.default_contact(session, panel.shop.subscriber.account_id)


def send(panel: Panel, values: dict[str, Any], status: int = 303) -> Page:
    """Fill in the form of the profile that has these fields."""
    return panel.anna.submit(panel.get(PROFILE), values, status)


# --- name and language ---------------------------------------------------------------------------------------


def test_a_new_name_and_language_hold_at_once(panel: Panel) -> None:
    page = panel.anna.follow(send(panel, {"me-name": "  Anna   Nowa ", "me-locale": "pl"}))
    assert 'value="Anna Nowa"' in page.text
    assert page.all("html")[0].attrs["lang"] == "pl"
    assert panel.get("/account/").all("html")[0].attrs["lang"] == "pl"


def test_a_name_that_is_none_is_refused_and_kept(panel: Panel) -> None:
    for name in ("", " ", "x" * 201, "Anna\nBcc: x@example.com", "A\x00", "\u2028"):
        assert "Please check these entries" in send(panel, {"me-name": name}, 422).words, repr(name)
    assert panel.get("/account/").h1 == "Hello, Anna Żółkiewska"


def test_a_language_that_the_shop_does_not_speak_is_refused(panel: Panel) -> None:
    send(panel, {"me-locale": "de"}, 422)


# --- address -------------------------------------------------------------------------------------------------


def test_address_and_telephone_are_written_as_the_country_does(panel: Panel) -> None:
    values = {"contact-street": "Prosta 1", "contact-postcode": "00950", "contact-city": "Warszawa"}
    page = panel.anna.follow(send(panel, values | {"contact-phone": "22 123 45 67"}))
    assert "Your address and telephone number are changed" in page.words
    contact = contact_of(panel)
    assert (contact.postcode, contact.phone) == ("00-950", "+48.221234567")


def test_name_e_mail_and_tax_number_of_a_holder_do_not_change_here(panel: Panel) -> None:
    """H-23: only telephone and address; and the page says why."""
    page = panel.get(PROFILE)
    assert "A registry changes them only on a signed request" in page.words
    stray = {"name": "Hacker", "email": "h@example.com", "tax_id": "5260250274", "organisation": "H", "kind": "company"}
    sent = {f"contact-{name}": value for name, value in stray.items()} | stray
    token = token_of(page)
    address = {"contact-part": "contact", "contact-country": "PL", "contact-street": "Prosta 1"}
    address |= {"contact-postcode": "00-950", "contact-city": "Warszawa", "contact-phone": "+48 22 123 45 67"}
    panel.anna.post(PROFILE, sent | address | {"csrf_token": token})
    contact = contact_of(panel)
    assert contact.street == "Prosta 1"
    assert (contact.name, contact.email, contact.tax_id, contact.kind) == ("Anna Żółkiewska", ANNA, "", "person")


WRONG = {
    "postcode": ("1", "A postal code of this country looks like"),
    "phone": ("abc", "Write the telephone number with its country code"),
    "street": ("", "Please fill in this field"),
    "city": ("Kraków\r\nBcc: x", "without special characters"),
    "country": ("XX", "Not a valid choice"),
}


def test_a_wrong_address_is_refused_with_what_was_typed(panel: Panel) -> None:
    before = contact_of(panel)
    for field, (value, words) in WRONG.items():
        page = send(panel, {"contact-city": "Nowe Miasto", f"contact-{field}": value}, 422)
        assert words in page.words, field
        assert field == "city" or 'value="Nowe Miasto"' in page.text
    assert contact_of(panel).city == before.city


def test_moving_abroad_is_checked_by_the_new_country(panel: Panel) -> None:
    german = {"contact-country": "DE", "contact-street": "Prosta 1", "contact-city": "Berlin"}
    send(panel, german | {"contact-postcode": "1"}, 422)
    send(panel, german | {"contact-postcode": "10115", "contact-phone": "030 123456"})
    assert contact_of(panel).phone == "+49.30123456"


def test_a_companys_country_stays_since_its_tax_number_belongs_to_it(panel: Panel) -> None:
    facts = {"kind": "company", "organisation": "Firma sp. z o.o.", "tax_id": "5260250274"}
    factories.make_subscriber(panel.web.database, panel.web.acme, "firma@example.com", locale="en", **facts)
    client = panel.web.shop(panel.web.acme)
    client.sign_in("firma@example.com")
    page = client.get(PROFILE)
    assert "contact-country" not in page.text
    assert "5260250274" in page.words
    client.submit(page, {"contact-city": "Łódź"})


# --- password ------------------------------------------------------------------------------------------------


def test_a_new_password_ends_every_other_sign_in_and_keeps_this_one(panel: Panel) -> None:
    elsewhere = panel.web.shop(panel.web.acme)
    elsewhere.sign_in(ANNA)
    page = panel.anna.follow(send(panel, {"secret-old": PASSWORD, "secret-password": NEW}))
    assert "Your password is changed" in page.words
    assert len([each for each in page.all("li") if "sign-in" in each.attrs.get("class", "")]) == 1
    elsewhere.get("/account/", 303)
    fresh = panel.web.shop(panel.web.acme)
    assert fresh.sign_in(ANNA, NEW).h1.startswith("Hello")


def test_a_password_that_will_not_do_changes_nothing(panel: Panel) -> None:
    for old, new, words in (
        ("wrong", NEW, "This is not your present password"),
        ("", NEW, "Enter your present password"),
        (PASSWORD, "short", "at least 10 characters"),
        (PASSWORD, ANNA, "Your e-mail address cannot be your password"),
        (PASSWORD, "x" * 300, "at most 256 characters"),
    ):
        page = send(panel, {"secret-old": old, "secret-password": new}, 422)
        assert words in page.words
        assert not old or old not in page.text
    assert panel.web.shop(panel.web.acme).sign_in(ANNA).status == 200


def test_the_old_password_cannot_be_tried_without_end(panel: Panel) -> None:
    """An open panel is no way around the limit of the sign-in."""
    for _ in range(10):
        send(panel, {"secret-old": "wrong", "secret-password": NEW}, 422)
    assert "Too many tries" in send(panel, {"secret-old": PASSWORD, "secret-password": NEW}, 429).words


# --- sign-ins ------------------------------------------------------------------------------------------------


def test_another_sign_in_is_listed_and_ended(panel: Panel) -> None:
    elsewhere = panel.web.shop(panel.web.acme)
    elsewhere.http.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    elsewhere.sign_in(ANNA)
    page = panel.get(PROFILE)
    assert "Firefox, Windows" in page.words
    assert page.words.count("here and now") == 1
    ends = [each for each in page.all("form") if each.attrs["action"].endswith("/end")]
    assert len(ends) == 1
    panel.anna.post(ends[0].attrs["action"], {"csrf_token": token_of(page)})
    elsewhere.get("/account/", 303)
    panel.anna.post(ends[0].attrs["action"], {"csrf_token": token_of(page)})  # the back button
    assert panel.get("/account/").status == 200


def test_all_other_sign_ins_end_together(panel: Panel) -> None:
    others = [panel.web.shop(panel.web.acme) for _ in range(2)]
    for client in others:
        client.sign_in(ANNA)
    panel.anna.submit(panel.get(PROFILE), {}, action="end-others")
    for client in others:
        client.get("/account/", 303)
    assert panel.get("/account/").status == 200


def test_a_sign_in_of_somebody_else_cannot_be_ended(panel: Panel) -> None:
    panel.somebody_else()
    stranger = panel.web.shop(panel.web.acme)
    stranger.sign_in("obcy@example.com")
    token = token_of(panel.get(PROFILE))
    for sign_in_id in range(1, 6):
        own = sign_in_id == 1
        panel.anna.post(f"{PROFILE}/sign-ins/{sign_in_id + 1 if own else sign_in_id}/end", {"csrf_token": token}, 404)
    assert stranger.get("/account/").status == 200


def test_a_form_that_says_nothing_is_refused(panel: Panel) -> None:
    token = token_of(panel.get(PROFILE))
    for data in ({}, {"me-par": "name"}, {"part": "name"}):
        panel.anna.post(PROFILE, data | {"csrf_token": token}, 400)


# --- messages ------------------------------------------------------------------------------------------------


def test_what_was_mailed_can_be_read_again(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    page = panel.get("/account/messages")
    link = next(each for each in page.all("a") if proforma.number in each.text)
    message = panel.get(link.attrs["href"])
    assert proforma.number in message.h1
    assert "acme.com" in message.words
    assert f"/account/proformas/{proforma.id}" in [each.attrs.get("href") for each in message.all("a")]


def test_mails_to_the_partner_and_to_others_are_not_mine(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    panel.shop.pay(proforma)
    panel.registry.take("acme.com")
    panel.shop.activate(proforma)
    panel.shop.work()
    panel.somebody_else().order("strange.com")
    panel.somebody_else("fremd@example.com", panel.web.nord).order("fremd.com")
    listed = panel.get("/account/messages").words
    assert "acme.com" in listed
    seen = {
        each.attrs["href"] for each in panel.get("/account/messages").all("a") if "/messages/" in each.attrs["href"]
    }
    for message in _every_message(panel):
        mine = f"/account/messages/{message.id}" in seen
        assert mine == (message.recipient == ANNA), message.subject
        panel.get(f"/account/messages/{message.id}", 200 if mine else 404)


def test_a_private_link_is_not_shown_again(panel: Panel) -> None:
    with panel.shop.scope(), panel.web.database.writing() as session:
        accounts.request_password_reset(session, Actor("visitor", None, "visitor"), ANNA)
    panel.shop.work()
    reset = next(each for each in _every_message(panel) if each.kind == "password_reset")
    page = panel.get(f"/account/messages/{reset.id}")
    assert "held a private link" in page.words
    assert "/account/reset/" not in page.text
    assert "message-text" not in page.text


def _every_message(panel: Panel) -> list[Message]:
    found: list[Message] = []
    for partner in (panel.web.acme, panel.web.nord):
        with tenancy.tenant(partner.id), panel.web.database.reading() as session:
            found += session.scalars(select(Message)).all()
    return found
