"""A partner's business from a price to a correcting invoice (H-26 to H-33, H-41, H-44), in PLN and in EUR.

Set a price, run a promotion, order, import the bank's statement, activate, invoice, correct: each step leaves a
picture in the folder `pictures` beside the demo's data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.journeys.bank_files import Transfer, camt053, mt940
from tests.journeys.conftest import Enter
from tests.journeys.test_buying import COMPANY
from tests.journeys.town import Town, eventually, fresh_word
from tests.journeys.visitor import PHONE, Visitor
from webapp.foundation import clock

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@dataclass(frozen=True)
class Business:
    """One shop, one buyer, and every amount that a person reads on the way."""

    code: str
    who: str
    language: str
    buyer: dict[str, str]
    file: Callable[[Transfer], bytes]
    file_name: str
    #: Typed by the partner.
    price: str
    percent: str
    #: What the shop says.
    before: str
    reduced: str
    #: What the documents say, and minor units of gross and net.
    due: str
    gross: int
    net: int
    net_and_tax: tuple[str, str]
    #: The price that should have been, and what the correction says.
    corrected: str
    difference: tuple[str, str, str]
    words: tuple[str, ...] = ()


PLN = Business(
    code="csp1001",
    who="partner",
    language="pl",
    buyer={
        **COMPANY,
        "country": "PL",
        "organisation": "Żółte Łąki Grażyna Święcicka sp. z o.o.",
        "tax_id": "5250000015",
        "name": "Grażyna Święcicka",
        "street": "ul. Świętojańska 12/4",
        "postcode": "80-840",
        "city": "Gdańsk",
        "phone": "+48 58 300 10 00",
    },
    file=mt940,
    file_name="wyciag.sta",
    price="60,00",
    percent="25",
    before="60,00 zł",
    reduced="45,00 zł",
    due="45,00 zł",
    gross=4500,
    net=3659,
    net_and_tax=("36,59 zł", "8,41 zł"),
    corrected="40,00",
    difference=("-4,07 zł", "-0,93 zł", "-5,00 zł"),
    words=("23%",),
)
EUR = Business(
    code="csp1002",
    who="partner2",
    language="de",
    buyer={
        **COMPANY,
        "country": "AT",
        "organisation": "Donaudampfschifffahrtsgesellschaft m.b.H.",
        "tax_id": "ATU12345675",
        "postcode": "1010",
        "city": "Wien",
        "phone": "+43 1 5000000",
    },
    file=camt053,
    file_name="umsaetze.xml",
    price="23,80",
    percent="50",
    before="23,80 €",
    reduced="11,90 €",
    due="10,00 €",
    gross=1000,
    net=1000,
    net_and_tax=("10,00 €", "0,00 €"),
    corrected="9,00",
    difference=("-1,00 €", "0,00 €", "-1,00 €"),
    words=("0 %", "ATU12345675"),
)


def test_a_business_in_zloty(town: Town, enter: Enter) -> None:
    _run(Walk(town, enter, PLN))


@pytest.mark.full
def test_a_business_in_euro(town: Town, enter: Enter) -> None:
    _run(Walk(town, enter, EUR))


class Walk:
    """A partner at the panel, a buyer with a phone, and their pictures."""

    def __init__(self, town: Town, enter: Enter, business: Business) -> None:
        self.town, self.business, self.word = town, business, fresh_word()
        self.name, self.shop = f"{self.word}.org", town.shops[business.code]
        locale = {"pl": "pl-PL", "de": "de-DE"}[business.language]
        self.partner, self.buyer = enter(locale=locale), enter(PHONE, locale=locale)
        self.pictures = town.folder / "pictures" / business.code
        self.number = ""

    def picture(self, visitor: Visitor, name: str) -> None:
        """Keep what is seen now."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        visitor.page.screenshot(path=self.pictures / f"{name}.png")

    def told(self, visitor: Visitor, *facts: str) -> None:
        """The page says every one of them."""
        said = _plain(visitor.words)
        missing = [fact for fact in facts if _plain(fact) not in said]
        assert not missing, f"{visitor.page.url} does not say {missing}: {visitor.words}"


def _plain(text: str) -> str:
    """One kind of space and of minus."""
    return re.sub(r"\s+", " ", text).replace("\N{MINUS SIGN}", "-")


@contextmanager
def _in_passing(visitor: Visitor) -> Iterator[Visitor]:
    """Pages that other journeys look at closely: this one only walks by."""
    visitor.looks = False
    yield visitor
    visitor.looks = True


def _run(walk: Walk) -> None:
    with _in_passing(walk.partner) as partner:
        partner.sign_in(f"{walk.town.panel}/", *walk.town.sign_in(walk.business.who))
    for step in (_set_the_price, _run_the_promotion, _order, _import, _activate, _invoice, _correct, _read_it):
        step(walk)


def _set_the_price(walk: Walk) -> None:
    page = walk.partner.go(f"{walk.town.panel}/prices?q=org").page
    with page.expect_navigation():
        page.locator("main a", has_text=re.compile(r"^\s*\.org\s*$")).first.click()
    form = page.locator("main form", has=page.locator("[name=register_1]"))
    walk.partner.fill(form, register_1=walk.business.price)
    walk.partner.send(form, ".form-actions button")
    assert walk.partner.page.locator("[name=register_1]").input_value() == walk.business.price
    walk.picture(walk.partner, "1-price")


def _run_the_promotion(walk: Walk) -> None:
    partner = walk.partner.go(f"{walk.town.panel}/promotions/new")
    form = partner.page.locator("#promotion-form")
    walk.partner.fill(form, **{f"name_{walk.business.language}": f"Test {walk.word}", "kind": "percent"})
    partner.fill(form, percent=walk.business.percent, valid_to=_today(walk.business).isoformat())
    form.locator("summary").first.click()
    form.locator(".tick-choice", has_text=re.compile(r"^\s*\.org\s*$")).click()
    expect(partner.page.locator("#promotion-preview")).to_contain_text(".org")
    partner.send(form, ".form-actions button")
    partner.send(partner.form("/activate"), "button")
    walk.picture(partner, "2-promotion")


def _order(walk: Walk) -> None:
    business, buyer = walk.business, walk.buyer
    with _in_passing(buyer):
        buyer.go(f"{walk.shop}/{business.language}/domains?q={walk.name}")
        row = buyer.page.locator(f"[data-name='{walk.name}']").first
        expect(row.locator("form button").first).to_be_visible()
        seen = _plain(row.inner_text())
        assert _plain(business.before) in seen, seen
        assert _plain(business.reduced) in seen, seen
        walk.picture(buyer, "3-search")
        buyer.put_into_basket(walk.name)
        buyer.to_checkout(walk.shop, business.language)
        buyer.register_as(**{**business.buyer, "email": f"{walk.word}@firma.example"})
    walk.told(buyer.look(), business.due)
    walk.picture(buyer, "3-order")
    with buyer.page.expect_navigation(url=re.compile("/checkout/thanks/")):
        buyer.agree().locator("button").first.click()
    walk.told(buyer.look(), walk.name, business.due)
    walk.number = buyer.page.locator("[data-copy]").last.get_attribute("data-copy") or ""


def _import(walk: Walk) -> None:
    business, partner = walk.business, walk.partner
    who, tax_id = business.buyer["organisation"], business.buyer["tax_id"]
    file = business.file(Transfer(walk.number, business.gross, business.net, who, tax_id, _today(business)))
    _bring(walk, file)
    walk.told(partner, walk.number, business.due, who[:20])
    walk.picture(partner, "4-statement")
    with _in_passing(partner):
        _bring(walk, file)
    assert walk.number not in partner.words, "the movement was taken in twice"


def _bring(walk: Walk, file: bytes) -> None:
    form = walk.partner.go(f"{walk.town.panel}/bank").form("/bank")
    sent: FilePayload = {"name": walk.business.file_name, "mimeType": "application/octet-stream", "buffer": file}
    form.locator("[name=file]").set_input_files(sent)
    walk.partner.send(form)


def _activate(walk: Walk) -> None:
    partner = walk.partner.go(f"{walk.town.panel}/proformas?state=paid")
    _follow(partner, partner.page.locator("main a", has_text=walk.number))
    partner.send(partner.form("/activate"), "button")
    expect(partner.page.locator(".line-row.ok")).to_have_count(1, timeout=45_000)
    walk.told(partner, walk.name, walk.business.due)
    assert walk.town.registered(walk.name)
    walk.picture(partner, "5-activated")


def _invoice(walk: Walk) -> None:
    partner = walk.partner
    partner.send(partner.form("/invoice"), "button")
    if "/invoices/" not in partner.page.url:
        _follow(partner, partner.page.locator("main a[href*='/invoices/']"))
    walk.told(partner, walk.name, walk.business.due, *walk.business.net_and_tax, *walk.business.words)
    walk.picture(partner, "6-invoice")


def _correct(walk: Walk) -> None:
    partner = walk.partner
    _follow(partner, partner.page.locator("main a[href$='/correct']"))
    form = partner.form("/correct")
    partner.fill(form, **{"lines-0-unit_amount": walk.business.corrected, "reason": "Rabatt / rabat"})
    partner.send(form, "button[value=preview]")
    seen = _plain(partner.page.locator("#difference").inner_text())
    assert all(_plain(amount) in seen for amount in walk.business.difference), seen
    walk.picture(partner, "7-difference")
    partner.send(partner.form("/correct"), "button[value=issue]")
    walk.told(partner, *walk.business.difference)
    walk.picture(partner, "7-correction")


def _read_it(walk: Walk) -> None:
    """Both documents reached the buyer, as PDFs, and stand in the buyer's panel."""
    mails = eventually(lambda: walk.town.mails_to(f"{walk.word}@firma.example")[2:], "the mails of both documents")
    assert any(each["attachments"] for each in mails)
    walk.buyer.go(f"{walk.shop}/account/invoices")
    walk.told(walk.buyer, walk.business.due, walk.business.difference[2])
    walk.picture(walk.buyer, "8-read")


def _follow(visitor: Visitor, link: Locator) -> None:
    with visitor.page.expect_navigation():
        link.first.click()
    visitor.look()


def _today(business: Business) -> date:
    return clock.today({"pl": "Europe/Warsaw", "de": "Europe/Berlin"}[business.language])
