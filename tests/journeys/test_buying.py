"""Points 2 to 4 of the first slice: from a search to active names, in two shops, as a person and as a company."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from babel.dates import format_date
from playwright.sync_api import expect

from tests.journeys.conftest import Enter
from tests.journeys.town import Town, eventually, fresh_word
from tests.journeys.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PERSON = {
    "kind": "person",
    "country": "PL",
    "name": "Zofia Żak-Wiśniewska",
    "street": "ul. Świętej Anny 3/4",
    "postcode": "31-008",
    "city": "Kraków",
    "phone": "601 234 567",
    "password": "trzy cztery słowa",
}
COMPANY = {
    "kind": "company",
    "country": "DE",
    "organisation": "Müller & Söhne GmbH",
    "tax_id": "DE136695976",
    "name": "Jürgen Müller",
    "street": "Große Straße 12",
    "postcode": "20095",
    "city": "Hamburg",
    "phone": "+49 40 30001000",
    "password": "vier kurze Wörter",
}

#: Row by row: name, state, and where it stands.
_ROWS = """() => [...document.querySelectorAll('#results [data-name]')].map(row =>
    [row.dataset.name, row.dataset.state, Math.round(row.offsetTop), Math.round(row.offsetHeight)])"""
#: Sends a form's body from the page at hand, as a browser would.
_SEND = """async ([address, body]) => (await fetch(address, {method: 'POST', body,
    headers: {'Content-Type': 'application/x-www-form-urlencoded'}})).status"""


def _rows(visitor: Visitor) -> list[list[Any]]:
    rows: list[list[Any]] = visitor.page.evaluate(_ROWS)
    return rows


def test_two_shops_are_two_shops(town: Town, enter: Enter) -> None:
    faces = []
    for code in ("csp1001", "csp1002"):
        visitor = enter().go(f"{town.shops[code]}/")
        page = visitor.page
        faces.append(
            {
                "language": page.locator("html").get_attribute("lang"),
                "title": page.title(),
                "brand": page.locator(".site-header").inner_text().split("\n")[0] + visitor.page.url,
                "logo": page.locator(".site-header img").first.get_attribute("src"),
                "colour": page.evaluate("getComputedStyle(document.querySelector('.search button')).backgroundColor"),
                "theme": page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily"),
                "prices": re.findall(r"[\d,.]+\s(?:zł|€|PLN|EUR)", visitor.words)[:5],
                "endings": re.findall(r"\.[a-z]{2,}", visitor.words),
            }
        )
    one, other = faces
    assert one["language"] == "pl"
    assert other["language"] == "de"
    same = [what for what in one if one[what] == other[what]]
    assert not same, f"the shops have the same {same}: {one} {other}"
    assert one["prices"]
    assert all("zł" in price or "PLN" in price for price in one["prices"])
    assert all("€" in price or "EUR" in price for price in other["prices"])


def test_answers_stream_into_fixed_places_and_stand_there_without_scripts(town: Town, enter: Enter) -> None:
    word, shop = fresh_word(), town.shops["csp1001"]
    town.registry("take", f"{word}.com")
    town.registry("delay", "--ms", "1500")
    try:
        visitor = enter().go(f"{shop}/pl/")
        visitor.page.fill("#q", word)
        visitor.page.press("#q", "Enter")
        visitor.page.wait_for_selector("#results [data-name]")
        first = _rows(visitor)
        assert [row for row in first if row[1] == "waiting"], "the list came finished: nothing was streamed"
        expect(visitor.page.locator("#results [data-state=waiting]")).to_have_count(0)
        last = _rows(visitor)
    finally:
        town.registry("delay", "--ms", "0")
    assert len(first) >= 12
    assert [[name, top, height] for name, _, top, height in first] == [
        [name, top, height] for name, _, top, height in last
    ], "rows moved or grew while answers came in"
    states = {name: state for name, state, *_ in last}
    assert states[f"{word}.com"] == "taken"
    assert states[f"{word}.pl"] == "free"
    assert f"q={word}" in visitor.page.url, "the address does not name the search"
    for name, state in states.items():
        row = visitor.page.locator(f"[data-name='{name}']")
        assert (row.locator("form").count() > 0) == (state in ("free", "unknown")), f"{name} is {state}"
        assert state != "free" or re.search(r"\d", row.locator(".price").inner_text()), f"{name} has no price"
    visitor.look()
    plain = enter(java_script_enabled=False)
    plain.page.goto(visitor.page.url)
    finished = [
        (row.get_attribute("data-name"), row.get_attribute("data-state"))
        for row in plain.page.locator("#results [data-name]").all()
    ]
    assert finished == list(states.items())


def _proformas(visitor: Visitor, shop: str) -> list[str]:
    """Addresses of the subscriber's proformas."""
    visitor.go(f"{shop}/account/proformas")
    links = visitor.page.locator("main a[href*='/account/proformas/']").all()
    paths = (urlsplit(link.get_attribute("href") or "").path for link in links)
    return sorted({path for path in paths if re.fullmatch(r"/account/proformas/\d+", path)})


def test_a_person_buys_two_names(town: Town, enter: Enter) -> None:
    word, shop = fresh_word(), town.shops["csp1001"]
    email, names = f"{word}@kunde.example", (f"{word}.pl", f"{word}.com")
    buyer = _person_at_the_last_step(town, enter, email, word, names)
    sent: list[str] = []
    buyer.page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    form = buyer.agree()
    tab = Visitor(buyer.context, buyer.context.new_page(), buyer.width, buyer.judged)
    tab.go(f"{shop}/pl/checkout")
    other_form = tab.agree()
    with buyer.page.expect_navigation(url=re.compile("/checkout/thanks/")):
        form.locator("button").first.dblclick()
    buyer.look()
    tab.send(other_form, "button")
    assert not tab.troubles
    for name in names:
        assert name in buyer.words
    number = buyer.page.locator("[data-copy]").last.get_attribute("data-copy") or ""
    assert number
    _only_one_order(buyer, shop, sent[0])
    _proforma_arrived(town, buyer, shop, email, number, names)
    seller = enter()
    _pay_and_activate(town, seller, "partner", number)
    _names_are_active(town, buyer, shop, names)
    eventually(lambda: town.mails_to(email, *names)[1:], "the mail about active names")


def _person_at_the_last_step(town: Town, enter: Enter, email: str, word: str, names: tuple[str, ...]) -> Visitor:
    buyer = enter().go(f"{town.shops['csp1001']}/pl/domains?q={word}")
    buyer.put_into_basket(*names)
    buyer.to_checkout(town.shops["csp1001"], "pl")
    # First with a mistake: nothing that was typed may be lost.
    buyer.register_as(**{**PERSON, "email": email, "postcode": "1"})
    form = buyer.form("/checkout/register")
    assert form.locator("[name=city]").input_value() == PERSON["city"]
    assert form.locator("[name=email]").input_value() == email
    buyer.register_as(postcode=PERSON["postcode"], password=PERSON["password"])
    assert buyer.page.locator("[name=terms]").count() == 1, buyer.words
    button = buyer.form("/checkout").locator("button").first.inner_text()
    assert button == "Zamawiam z obowiązkiem zapłaty"
    return buyer


def _only_one_order(buyer: Visitor, shop: str, body: str) -> None:
    """After a double click and a second tab: the back button, and the very same form once more."""
    buyer.page.go_back()
    buyer.look()
    assert buyer.page.locator("[name=terms]").count() == 0, "the order can be confirmed again"
    status = buyer.page.evaluate(_SEND, [f"{shop}/pl/checkout", body])
    assert status in (200, 422), status
    assert len(_proformas(buyer, shop)) == 1


def _proforma_arrived(town: Town, buyer: Visitor, shop: str, email: str, number: str, names: tuple[str, ...]) -> None:
    mail = eventually(lambda: town.mails_to(email, number, *names), "the proforma's mail")[0]
    assert "biuro@acme.example" in str(mail["from"])
    assert "PL61109010140000071219812874" in re.sub(r"\s", "", mail["text"])
    assert mail["attachments"], "the QR code is missing"
    assert mail["html"]
    (path,) = _proformas(buyer, shop)
    buyer.go(shop + path)
    said = buyer.words
    for fact in (number, *names, "Acme Domeny sp. z o.o.", PERSON["name"], PERSON["street"], PERSON["city"]):
        assert fact in said, f"{fact} is not on the proforma"
    assert "PL61109010140000071219812874" in re.sub(r"\s", "", said)
    picture = buyer.page.locator("img[src*='transfer.png']").first
    assert picture.evaluate("each => each.complete && each.naturalWidth > 50"), "the QR code does not show"


def _pay_and_activate(town: Town, seller: Visitor, who: str, number: str) -> None:
    """The partner finds the proforma from the start page, records the payment, then activates."""
    seller.sign_in(f"{town.panel}/", *town.sign_in(who))
    assert seller.page.locator("main a[href*='/proformas']").count(), "the start page does not lead to proformas"
    seller.go(f"{town.panel}/proformas?state=issued")
    with seller.page.expect_navigation():
        seller.page.locator("main a", has_text=number).first.click()
    seller.look()
    seller.send(seller.form("/payments"))
    activate = seller.form("/activate")
    expect(activate).to_be_visible()
    seller.send(activate, "button")


def _names_are_active(town: Town, buyer: Visitor, shop: str, names: tuple[str, ...]) -> None:
    for name in names:
        facts = eventually(lambda name=name: town.registered(name), f"the registration of {name}")  # type: ignore[misc]
        buyer.go(f"{shop}/account/domains")
        with buyer.page.expect_navigation():
            buyer.page.locator("main a", has_text=name).first.click()
        active = buyer.page.locator("#domain .badge.ok, #domain .badge.active, #domain .alert.ok").first
        expect(active).to_be_visible(timeout=45_000)
        buyer.look()
        assert _said_date(facts) in buyer.words, f"{_said_date(facts)} is not on the page of {name}: {buyer.words}"


def _said_date(facts: dict[str, Any]) -> str:
    stamp = next(value for key, value in facts.items() if "expir" in key or key in ("ex_date", "exDate"))
    at = datetime.fromisoformat(str(stamp).replace("Z", "+00:00")).astimezone(UTC)
    return format_date(at.date(), "long", locale="pl")


def test_a_company_loses_one_of_two_names_to_somebody_faster(town: Town, enter: Enter) -> None:
    word, shop = fresh_word(), town.shops["csp1002"]
    email, kept, lost = f"{word}@firma.example", f"{word}.de", f"{word}.com"
    buyer = enter(PHONE, locale="de-DE").go(f"{shop}/de/domains?q={word}")
    buyer.put_into_basket(kept, lost)
    buyer.to_checkout(shop, "de").register_as(**COMPANY, email=email)
    assert COMPANY["organisation"] in buyer.words
    with buyer.page.expect_navigation(url=re.compile("/checkout/thanks/")):
        buyer.agree().locator("button").first.click()
    buyer.look()
    number = buyer.page.locator("[data-copy]").last.get_attribute("data-copy") or ""
    price = buyer.page.locator(".order-line", has_text=lost).locator("> .num").inner_text()
    town.registry("take", lost)
    seller = enter(locale="de-DE")
    _pay_and_activate(town, seller, "partner2", number)
    expect(seller.page.locator(".line-row.danger")).to_have_count(1, timeout=45_000)
    expect(seller.page.locator(".line-row.ok")).to_have_count(1, timeout=45_000)
    seller.look()
    eventually(lambda: town.mails_to(email, lost)[1:], "the subscriber's mail about the lost name")
    eventually(lambda: town.mails_to("service@nordhost.example", lost), "the partner's mail about the lost name")
    assert town.registered(kept)
    buyer.go(f"{shop}/account/")
    assert lost in buyer.words, "the subscriber's first page does not tell of the lost name"
    assert _squeezed(price) in _squeezed(buyer.words), f"the credit of {price} is not shown: {buyer.words}"


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_one_can_buy_without_scripts(town: Town, enter: Enter) -> None:
    word, shop = fresh_word(), town.shops["csp1001"]
    buyer = enter(java_script_enabled=False)
    buyer.page.goto(f"{shop}/pl/")
    buyer.page.fill("#q", word)
    with buyer.page.expect_navigation():
        buyer.page.press("#q", "Enter")
    buyer.send(buyer.page.locator(f"[data-name='{word}.pl'] form"), "button")
    buyer.to_checkout(shop, "pl").register_as(**PERSON, email=f"{word}@kunde.example")
    buyer.send(buyer.agree(), "button")
    assert "/checkout/thanks/" in buyer.page.url
    assert f"{word}.pl" in buyer.words
    eventually(lambda: town.mails_to(f"{word}@kunde.example", f"{word}.pl"), "the proforma's mail")
