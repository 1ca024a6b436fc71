"""The contact form: what people send reaches the partner, what machines and mischief send does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.web.client import Client, Page
from tests.web.storefront.conftest import SHOP, Shops
from webapp.foundation import clock, tenancy
from webapp.reseller.notifications.models import Message

FORM = f"{SHOP}/contact"
LETTER = {
    "name": "Ewa Zielińska",
    "email": "Ewa@Example.org",
    "subject": "A name for a bakery",
    "message": "Good morning,\r\n\r\nis it <b>still</b> free?",
}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our clock is ten seconds ahead of the one that signs tickets: as if one had written for so long."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=10))


def messages(shops: Shops) -> list[Message]:
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        return list(session.scalars(select(Message).where(Message.kind == "contact_message")))


def ticket(visitor: Client) -> str:
    page = visitor.fragment(f"{FORM}/ticket")
    return str(page.all("input")[0].attrs["value"])


def send(visitor: Client, status: int = 303, **changes: Any) -> Page:
    return visitor.post(FORM, {**LETTER, "leave_empty": "", "ticket": ticket(visitor), **changes}, status)


def test_a_message_reaches_the_partner_and_answers_go_to_its_writer(shops: Shops, later: None) -> None:
    visitor = shops.visitor()
    thanks = visitor.follow(send(visitor))
    assert "Thank you for your message" in thanks.h1
    (message,) = messages(shops)
    assert (message.recipient, message.reply_to) == (shops.acme.email, "ewa@example.org")
    assert message.locale == shops.acme.default_locale
    assert "A name for a bakery" in message.subject
    assert "is it <b>still</b> free?" in message.text
    assert "&lt;b&gt;still" in message.html
    assert visitor.cookies() == [], "nothing is known of who writes"


def test_without_javascript_one_looks_it_over_once_more(shops: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = shops.visitor()
    page = visitor.get(FORM)
    assert page.response.headers["Cache-Control"] == "no-cache", "kept for everybody"
    again = visitor.submit(page, LETTER, 422)
    assert "look over your message" in again.words
    assert "is it &lt;b&gt;still" in again.text, "what was typed is there"
    at_once = visitor.submit(again, {}, 422, action="contact")
    assert "That was very quick" in at_once.words
    assert messages(shops) == []
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=10))
    visitor.submit(at_once, {}, 303, action="contact")
    assert len(messages(shops)) == 1


def test_the_same_letter_goes_once_and_another_one_goes_too(shops: Shops, later: None) -> None:
    visitor = shops.visitor()
    given = ticket(visitor)
    for subject in ("first", "first", "second"):
        send(visitor, subject=subject, ticket=given)
    assert len(messages(shops)) == 2


HOSTILE = {
    "a header in the address": {"email": "a@b.pl\r\nBcc: all@example.com"},
    "two addresses": {"email": "a@b.pl, c@d.pl"},
    "a header in the name": {"name": "Ewa\r\nBcc: all@example.com"},
    "a header in the subject": {"subject": "Hello\nBcc: all@example.com"},
    "nothing": {"name": "", "email": "", "subject": " ", "message": "\n"},
    "a very long message": {"message": "x" * 300_000},
    "a very long name": {"name": "x" * 10_000},
    "a machine that fills in everything": {"leave_empty": "http://spam.example"},
    "a forged ticket": {"ticket": "IkZha2Ui.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"},
    "no text at all": {"message": "\x07\x08"},
}


def test_what_cannot_be_sent_comes_back_as_it_was_typed(shops: Shops, later: None) -> None:
    visitor = shops.visitor()
    for what, changes in HOSTILE.items():
        page = send(visitor, 422, **changes)
        inputs = page.form("subject", "message").all("input")
        shown = {each.attrs["name"]: each.attrs.get("value", "") for each in inputs}
        for name in ("name", "email", "subject"):
            typed = changes.get(name, LETTER[name])
            assert shown[name].replace("\r\n", "\n") == typed.replace("\r\n", "\n"), what
        assert messages(shops) == [], what


BODIES: list[tuple[dict[str, Any], int]] = [
    ({"data": {"message": "x" * 2**20}}, 413),
    ({"json": LETTER}, 422),
    ({"data": b"\xff\xfe\x00", "content_type": "application/x-www-form-urlencoded"}, 422),
    ({"data": {**LETTER, "name": ["a", "b"], "message": ["x"]}}, 422),
]


def test_bodies_of_other_kinds_are_refused_plainly(shops: Shops) -> None:
    visitor = shops.visitor()
    for body, status in BODIES:
        assert visitor.open("POST", FORM, headers={"Origin": visitor.origin}, **body).status == status
    assert messages(shops) == []


FOREIGN: list[dict[str, str]] = [
    {},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://csp1002.localhost:8000"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


def test_only_our_own_pages_may_send(shops: Shops, later: None) -> None:
    visitor = shops.visitor()
    data = {**LETTER, "ticket": ticket(visitor)}
    for headers in FOREIGN:
        assert visitor.open("POST", FORM, data=data, headers=headers).status == 403, headers
    assert messages(shops) == []


def test_a_ticket_of_another_shop_is_none(shops: Shops, later: None) -> None:
    at_acme, at_nord = shops.visitor(), shops.visitor(shops.nord)
    page = send(at_nord, 422, ticket=ticket(at_acme))
    assert "look over your message" in page.words


def test_nobody_floods_a_partner(shops: Shops, later: None) -> None:
    visitor = shops.visitor()
    for number in range(5):
        send(visitor, subject=str(number))
    over = send(visitor, 429, subject="one more")
    assert "Too many tries" in over.words
    assert LETTER["name"] in over.text
    for number in range(4):
        send(visitor, subject=str(number), email=f"anna{number}@example.org")
    send(visitor, 429, email="tina@example.org")  # the network's limit
    assert len(messages(shops)) == 9


def test_htmx_gets_the_form_or_the_thanks_alone(shops: Shops, later: None) -> None:
    visitor = shops.visitor()
    wanted = {"HX-Request": "true", "HX-Request-Type": "partial"}
    data = {**LETTER, "ticket": ticket(visitor)}
    wrong = visitor.post(FORM, data | {"email": "nobody"}, 422, headers=wanted)
    assert "<html" not in wrong.text
    assert "not a complete e-mail address" in wrong.words
    sent = visitor.post(FORM, data, 200, headers=wanted)
    assert "<html" not in sent.text
    assert "Thank you" in sent.words
