"""What the reader of a mail sees: the right words in the right language, from the right shop, and nothing that runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_partner
from webapp.foundation import tenancy
from webapp.foundation.colours import contrast
from webapp.foundation.db import Database
from webapp.foundation.outbox import OutboxRow
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens
from webapp.reseller.notifications import operations
from webapp.reseller.notifications.models import Message
from webapp.reseller.notifications.operations import KINDS, queue_mail
from webapp.reseller.notifications.rendering import TEMPLATES
from webapp.reseller.partners import branding
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Host, Partner

PARTY = {
    "name": "Anna Żółkiewska",
    "organisation": "Pracownia sp. z o.o.",
    "street": "Długa 5",
    "postcode": "31-147",
    "city": "Kraków",
    "country": "PL",
    "tax_id": "5260250274",
}
NAME = "żółw.pl"
LINE = SimpleNamespace(
    subject=NAME,
    description="Registration of a domain",
    years=1,
    quantity=1,
    unit_amount=4999,
    amount=4999,
    period_from=date(2026, 11, 21),
    period_to=date(2027, 11, 21),
)
LATE = {"late": True, "origin": "renewal"}
#: kind -> what its callers give.
DATA: dict[str, dict[str, Any]] = {
    "welcome": {"name": "Anna", "email": "anna@example.com", "path": "/account/"},
    "password_reset": {"name": "Anna", "email": "anna@example.com", "minutes": 60, "path": "/account/reset/t0ken"},
    "invitation": {"name": "Anna", "email": "anna@example.com", "days": 7, "path": "/account/reset/t0ken"},
    "proforma": {
        "number": "PRO/2026/00001",
        "currency": "PLN",
        "gross": 4999,
        "net": 4064,
        "tax": 935,
        "tax_mode": "gross",
        "tax_rows": [{"rate_bp": 2300, "net": 4064, "tax": 935, "gross": 4999}],
        "lines": [LINE],
        "origin": "order",
        "issuer": {**PARTY, "organisation": "", "name": "Issuer Ltd"},
        "buyer": {**PARTY, "name": "Buyer Person"},
        "payer": {**PARTY, "organisation": "Payer Ltd"},
        "correspondence": {**PARTY, "street": "Poste restante"},
        "bank": {"name": "Bank", "iban": "PL61109010140000071219812874", "bic": ""},
        "open_amount": 4999,
        "issue_date": date(2026, 11, 21),
        "due_date": date(2026, 12, 5),
        "has_qr": True,
        "path": "/account/proformas/1",
    },
    "low_balance": {
        "balance": 1200,
        "threshold": 5000,
        "currency": "PLN",
        "missing": 3799,
        "waiting": 2,
        "path": "/settlements/balance",
    },
    "payment_received": {"number": "PRO/2026/00001", "gross": 4999, "currency": "PLN", "path": "/account/proformas/1"},
    "invoice": {
        "number": "FV/2026/00001",
        "kind": "invoice",
        "gross": 4999,
        "currency": "PLN",
        "issue_date": date(2026, 11, 21),
        "reason": "",
        "path": "/account/invoices/1",
    },
    "refund": {
        "state": "sent",
        "amount": 4999,
        "currency": "PLN",
        "number": "REF/2026/00001",
        "reason": "Paid twice",
        "proformas": ["PRO/2026/00001"],
        "by": date(2026, 12, 2),
        "gateway": "",
        "account": "2874",
        "path": "/account/payments",
    },
    "buyer_declined": {
        "number": "PRO/2026/00001",
        "before": "Pracownia",
        "buyer": "Nowak sp. z o.o.",
        "tax_id": "5260250274",
        "gross": 4999,
        "currency": "PLN",
        "due_date": date(2026, 12, 5),
        "path": "/account/proformas/1",
    },
    "buyer_asked_partner": {
        "number": "PRO/2026/00001",
        "before": "Pracownia",
        "buyer": "Nowak sp. z o.o.",
        "tax_id": "5260250274",
        "by": "anna@example.com",
        "path": "/proformas/1",
    },
    "domains_active": {
        "domains": [{"name": NAME, "ends_on": date(2027, 11, 21)}],
        "operation": "register",
        "number": "PRO/2026/00001",
        "path": "/account/domains",
    },
    "service_ready": {
        "name": NAME,
        "kind": "hosting",
        "product": "Hosting Start",
        "operation": "register",
        "handed": True,
        "ends_on": date(2027, 11, 21),
        "number": "PRO/2026/00001",
        "path": "/account/services/1",
    },
    "name_lost": {
        "name": NAME,
        "kind": "domain",
        "reason": "",
        "outcome": "lost",
        "amount": 4999,
        "currency": "PLN",
        "number": "PRO/2026/00001",
        "path": "/account/",
    },
    "name_lost_partner": {
        "name": NAME,
        "kind": "domain",
        "reason": "",
        "outcome": "lost",
        "amount": 4999,
        "currency": "PLN",
        "number": "PRO/2026/00001",
        "buyer": "Pracownia",
        "path": "/proformas/1",
    },
    "needs_attention_partner": {"name": NAME, "operation": "renew", "detail": "no answer", "path": "/domains/1"},
    "name_free": {"name": NAME, "path": "/pl/domains?q=example.com"},
    "contact_message": {
        "name": "Ewa Zielińska",
        "email": "ewa@example.org",
        "topic": "A name for a bakery",
        "message": "Good morning,\n\nis it still free?\nThank you",
        "language": "Polski",
        "path": "/notifications?kind=contact_message",
    },
}
HOST = {
    "name": NAME,
    "address": "https://xn--w-uga1v8h.pl/",
    "seen": "192.0.2.9",
    "until": date(2026, 12, 1),
    "txt_name": "_shop-verify.xn--w-uga1v8h.pl",
    "txt_value": "shop-csp1001-t0ken",
    "why": "elsewhere",
    "path": "/site/hosts",
}
DATA["proforma_reminder"] = {**DATA["proforma"], **LATE}
DATA |= {"host_live": {**HOST, "path": "/pl/"}, "host_degraded": HOST, "host_detached": HOST, "host_txt": HOST}
DATA["host_instructions"] = {
    "shop": "Acme",
    "zone": "acme.example",
    "note": "As we said on the phone.\nThank you",
    "by": "Jan Kowalski, jan@acme.example",
    "records": [("A", "@", "acme.example", "192.0.2.1"), ("A", "www", "www.acme.example", "192.0.2.1")],
    "path": "/pl/",
}
QR = {"name": "transfer.png", "type": "image/png", "base64": "iVBORw0KGgo=", "cid": "qr"}


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """Words and looks do not depend on the kind of database."""
    made = Database(sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def partner(database: Database) -> Partner:
    return make_partner(database, phone="+48 22 123 45 67")


@contextmanager
def writing(database: Database, partner: Partner) -> Iterator[Session]:
    with tenancy.tenant(partner.id), database.writing() as session:
        yield session


def mail(database: Database, partner: Partner, kind: str, locale: str = "en", **changes: Any) -> Message:
    with writing(database, partner) as session:
        return queue_mail(session, kind, "anna@example.com", locale, {**DATA[kind], **changes}, f"{kind}:{locale}")


class Page(HTMLParser):
    """The parts of a mail that a test looks at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self._hidden = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self._hidden = tag if tag in ("style", "title") else self._hidden

    def handle_endtag(self, tag: str) -> None:
        self._hidden = "" if tag == self._hidden else self._hidden

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All that is shown, spaces collapsed."""
        return " ".join(" ".join(self.words).split())


def test_every_kind_has_both_twins_and_test_data() -> None:
    for suffix in (".html", ".txt"):
        assert {path.stem for path in TEMPLATES.glob(f"*{suffix}") if path.name[0] != "_"} == set(KINDS)
    assert set(DATA) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", ["en", "pl", "de"])
def test_every_mail_is_one_sentence_one_button_and_the_shops_own(
    database: Database, partner: Partner, kind: str, locale: str
) -> None:
    message = mail(database, partner, kind, locale)
    page = Page(message.html)
    origin = "http://panel.localhost:8000" if KINDS[kind] == "panel" else "http://csp1001.localhost:8000"
    button = origin + DATA[kind]["path"]
    assert (page.tags.count("h1"), page.tags.count("title")) == (1, 1)
    assert page.links.count(button) == 1
    assert message.text.count(button) == 1
    assert set(page.links) <= {button, "http://csp1001.localhost:8000/", "mailto:biuro@acme.example", "cid:qr"}
    assert ("lang", locale) in page.attributes
    for words in ("Acme Domeny sp. z o.o.", "Prosta 1, 00-838 Warszawa", "5260250274", "biuro@acme.example"):
        assert words in page.text
        assert words in message.text
    assert message.subject
    assert "\n" not in message.subject


@pytest.mark.parametrize("kind", KINDS)
def test_the_plain_twin_is_plain_and_tidy(database: Database, partner: Partner, kind: str) -> None:
    text = mail(database, partner, kind).text
    assert not re.search(r"<[a-z/]|&[a-z]+;|\{[{%]", text)
    assert "\n\n\n" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    assert text.endswith("\n")


@pytest.mark.parametrize("kind", KINDS)
def test_facts_stand_in_both_twins(database: Database, partner: Partner, kind: str) -> None:
    message = mail(database, partner, kind)
    shown = Page(message.html).text
    for value in ("PRO/2026/00001", NAME, "49.99", "anna@example.com"):
        assert (value in shown) == (value in message.text), value


def test_a_proforma_says_what_to_pay_where_and_for_what(database: Database, partner: Partner) -> None:
    """H-24, H-34, H-35: correspondence address, issuer, buyer, payer, items, account, period, QR code."""
    with writing(database, partner) as session:
        message = queue_mail(session, "proforma", "a@b.pl", "pl", DATA["proforma"], "p", attachments=[QR])
    page = Page(message.html)
    wanted = ["49,99\u00a0zł", "PL61 1090 1014 0000 0712 1981 2874", "PRO/2026/00001", NAME, "5 grudnia 2026", "23%"]
    wanted += ["40,64\u00a0zł", "9,35\u00a0zł", "Issuer Ltd", "Buyer Person", "Payer Ltd", "Poste restante"]
    wanted += ["21 lis 2026", "21 lis 2027", "31-147 Kraków, Polska"]
    for words in wanted:
        assert " ".join(words.split()) in page.text, words
        assert words in message.text, words
    assert "cid:qr" in page.links
    assert message.attachments == [QR]
    first_half = " ".join(page.text[: len(page.text) // 2].split())
    assert "PL61 1090" in first_half  # the amount and the account come first


def test_a_proforma_that_credit_has_paid_asks_for_nothing(database: Database, partner: Partner) -> None:
    message = mail(database, partner, "proforma", open_amount=0, has_qr=False)
    assert "paid from your credit" in Page(message.html).text
    assert "PL61" not in message.text
    assert "cid:qr" not in message.html


def test_a_name_ends_on_the_registrys_day(database: Database, partner: Partner) -> None:
    message = mail(database, partner, "domains_active")
    assert "21 November 2027" in message.text
    assert "21 November 2027" in Page(message.html).text


def test_one_name_and_many_are_told_apart(database: Database, partner: Partner) -> None:
    one = mail(database, partner, "domains_active")
    many: list[dict[str, Any]] = [{"name": f"name{n}.pl", "ends_on": None} for n in range(300)]
    with writing(database, partner) as session:
        data = {**DATA["domains_active"], "domains": many, "operation": "renew"}
        all_of_them = queue_mail(session, "domains_active", "a@b.pl", "en", data, "many")
    assert one.subject == f"{NAME} is yours"
    assert all_of_them.subject == "Your 300 names are renewed"
    assert all(domain["name"] in all_of_them.text for domain in many)


def test_a_refused_order_does_not_claim_that_somebody_was_faster(database: Database, partner: Partner) -> None:
    for kind in ("name_lost", "name_lost_partner"):
        assert "somebody else" not in mail(database, partner, kind, outcome="refused").text


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "%(name)s %s %",
    "&amp; <b>",
    "a\r\nBcc: all@example.com",
    "\u202egnp.exe",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_name_is_shown_as_it_is_and_never_run(database: Database, partner: Partner, hostile: str) -> None:
    """C16, C17, P25: what people are called is data, in HTML, text and subject."""
    plain = mail(database, partner, "name_lost_partner", locale="pl")
    message = mail(database, partner, "name_lost_partner", name=hostile, buyer=hostile, number=hostile)
    page = Page(message.html)
    assert sorted(page.tags) == sorted(Page(plain.html).tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert " ".join(hostile.split()) in page.text
    assert " ".join(hostile.split())[:20] in message.subject
    assert not set(message.subject) & set("\r\n")


@pytest.mark.parametrize("hostile", [h for h in HOSTILE if "\n" not in h])
def test_a_partners_name_is_shown_as_it_is_and_never_run(database: Database, hostile: str) -> None:
    usual, odd = make_partner(database), make_partner(database, name=hostile, legal_name=hostile, street=hostile)
    page = Page(mail(database, odd, "welcome").html)
    assert sorted(page.tags) == sorted(Page(mail(database, usual, "welcome").html).tags)
    assert hostile in page.text


def test_a_subject_has_an_end(database: Database, partner: Partner) -> None:
    subject = mail(database, partner, "name_lost", name="x" * 5000).subject
    assert len(subject) == 200
    assert subject.endswith("…")


@pytest.mark.parametrize("to", ["", "anna", "anna@example.com\r\nBcc: all@example.com", "a@b.pl, c@d.pl"])
def test_a_recipient_that_is_not_an_address_is_refused_and_nothing_is_queued(
    database: Database, partner: Partner, to: str
) -> None:
    with pytest.raises(Refusal) as refused, writing(database, partner) as session:
        queue_mail(session, "welcome", to, "en", DATA["welcome"], "k")
    assert refused.value.field == "email"
    with tenancy.tenant(partner.id), database.reading() as session:
        assert [*session.scalars(select(Message)), *session.scalars(select(OutboxRow))] == []


def test_asking_twice_is_asking_once(database: Database, partner: Partner) -> None:
    first = mail(database, partner, "welcome")
    again = mail(database, partner, "welcome", name="Somebody else")
    assert first.id == again.id
    with tenancy.tenant(partner.id), database.reading() as session:
        assert len(session.scalars(select(OutboxRow)).all()) == 1


def test_links_follow_the_primary_host_and_the_settings(database: Database, partner: Partner) -> None:
    """P17: the stored primary host decides, whatever the request said."""
    with writing(database, partner) as session:
        session.scalars(select(Host)).one().is_primary = False
        session.flush()
        moment = partner.created_at
        added = {"kind": "custom", "state": "live", "is_primary": True, "created_at": moment, "changed_at": moment}
        session.add(Host(name="shop.example", **added))
    assert "https://shop.example/account/" in mail(database, partner, "welcome").text
    database.origin = lambda host: f"http://{host}:8080"
    assert "http://shop.example:8080/account/" in mail(database, partner, "welcome", "de").text
    assert "http://panel.localhost:8000:8080/domains/1" in mail(database, partner, "needs_attention_partner").text


def test_a_path_never_leads_elsewhere(database: Database, partner: Partner) -> None:
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "/a b", "/a\nb"):
        with pytest.raises(ValueError, match="not a path"):
            mail(database, partner, "welcome", path=path)


# --- looks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brand", ["#ffe600", "#000000", "#ffffff", "#c2410c", "#1f5eff", "#7f7f7f"])
def test_text_can_be_read_on_every_brand(database: Database, brand: str) -> None:
    partner = make_partner(database, brand=BrandTokens(brand=brand))
    with tenancy.tenant(partner.id), database.reading() as session:
        site = partner_queries.site_for_partner(session)
        sender = operations._sender(session, partner_queries.partner(session), site)
    assert sender.dark is not None
    for colours in (sender.light, sender.dark):
        for role in ("text", "muted"):
            assert contrast(colours[role], colours["surface"]) >= 4.5
            assert contrast(colours[role], colours["page"]) >= 4.5
        assert contrast(colours["on-primary"], colours["primary"]) >= 4.5


def test_a_light_brand_stays_light(database: Database) -> None:
    light = make_partner(database, brand=BrandTokens(brand="#c2410c", mode="light"))
    auto = make_partner(database, brand=BrandTokens(brand="#c2410c"))
    assert "prefers-color-scheme" not in mail(database, light, "welcome").html
    assert "prefers-color-scheme: dark" in mail(database, auto, "welcome").html


def test_a_logo_is_shown_with_its_size_and_the_name_for_those_who_cannot_see_it(
    database: Database, partner: Partner
) -> None:
    assert "img" not in Page(mail(database, partner, "welcome").html).tags
    with writing(database, partner) as session:
        branding.set_logo(session, SYSTEM, "abc.png", 140, 36, "abc-dark.png")
    page = Page(mail(database, partner, "welcome", "de").html)
    assert "http://csp1001.localhost:8000/media/abc.png" in page.links
    assert "http://csp1001.localhost:8000/media/abc-dark.png" in page.links
    assert [value for name, value in page.attributes if name == "alt"] == ["Acme Domeny"] * 2
    assert ("width", "140") in page.attributes


def test_a_shop_without_an_account_number_says_whom_to_ask_and_leaves_no_holes(
    database: Database, partner: Partner
) -> None:
    bare = {**PARTY, "organisation": "", "name": "New Shop Ltd", "email": "a@b.example"}
    bare |= {"street": "", "postcode": "", "city": ""}
    bank = {"name": "", "iban": "", "bic": ""}
    sent = mail(database, partner, "proforma", issuer=bare, bank=bank)
    for body in (sent.text, sent.html):
        assert "Please ask us at a@b.example." in body
        assert "to account" not in body
    assert f"Issuer: New Shop Ltd, Poland, Tax number {PARTY['tax_id']}" in sent.text


def test_a_stored_answer_of_ours_is_in_the_readers_language_and_one_of_a_registry_as_it_came(
    database: Database, partner: Partner
) -> None:
    ours = mail(database, partner, "needs_attention_partner", "pl", detail="the registry is still working on it")
    assert "rejestr jeszcze nad tym pracuje" in ours.text
    theirs = mail(database, partner, "needs_attention_partner", "de", detail="100% busy (EPP 2400)")
    assert "100% busy (EPP 2400)" in theirs.text
