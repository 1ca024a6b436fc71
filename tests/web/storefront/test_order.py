"""Basket and order: one order whatever is clicked twice, nothing typed is lost, no price that was not shown."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.web.client import Client, Page
from tests.web.storefront.conftest import JAN, POLISH, SHOP, Shops, add, registered
from webapp.foundation import tenancy
from webapp.reseller.accounts.models import Consent, Contact
from webapp.reseller.billing.models import Proforma
from webapp.reseller.cms import legal
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders.models import Order
from webapp.reseller.partners.audit import SYSTEM

CONSENTS = {"terms": "y", "at_once": "y"}


def _all(shops: Shops, model: Any) -> list[Any]:
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        return list(session.scalars(select(model)))


def _ready(shops: Shops, *names: str, shop: str = SHOP) -> tuple[Client, Page]:
    """A registered visitor with names in the basket, before the last page."""
    visitor = shops.visitor()
    add(visitor, *(names or ("kwiaty.pl", "kwiaty.com")), shop=shop)
    return visitor, registered(visitor, shop)


def _fields(page: Page, **more: str) -> dict[str, str]:
    """What the order's form sends."""
    form = page.form("revision", "total")
    hidden = {each.attrs["name"]: each.attrs["value"] for each in form.all("input") if each.attrs["type"] == "hidden"}
    return {**hidden, **more}


def test_two_names_become_an_order_with_a_proforma(shops: Shops) -> None:
    """H-24, H-54: from the basket to the proforma."""
    visitor, page = _ready(shops, shop=POLISH)
    assert page.h1 == "Sprawdź i zamów"
    assert "Zamawiam z obowiązkiem zapłaty" in [button.text for button in page.all("button")]
    thanks = visitor.follow(visitor.submit(page, CONSENTS))
    proforma = _all(shops, Proforma)[0]
    assert proforma.number in thanks.words
    assert "PL61 1090 1014 0000 0712 1981 2874" in thanks.words
    assert "88,98 zł" in thanks.words.replace("\xa0", " ")
    assert any(img.attrs["src"].startswith("data:image/png") for img in thanks.all("img"))
    assert f"/account/proformas/{proforma.id}?lang=pl" in [a.attrs["href"] for a in thanks.all("a")]
    assert [line.subject for line in proforma.lines] == ["kwiaty.pl", "kwiaty.com"]
    assert "Twój koszyk jest pusty" in visitor.get(f"{POLISH}/cart").words
    assert {message.kind for message in _all(shops, Message)} == {"welcome", "proforma"}


def test_the_consents_are_written_down_with_the_version_that_was_shown(shops: Shops) -> None:
    """H-55."""
    visitor, page = _ready(shops, shop=POLISH)
    visitor.submit(page, CONSENTS)
    assert {consent.source for consent in _all(shops, Consent) if consent.kind != "newsletter"} == {"order"}
    given = {(consent.kind, consent.version) for consent in _all(shops, Consent)}
    assert given == {("terms", "terms pl 1"), ("immediate_performance", "terms pl 1")}


def test_without_consents_nothing_is_ordered(shops: Shops) -> None:
    visitor, page = _ready(shops)
    again = visitor.post(f"{SHOP}/checkout", _fields(page), 422)
    assert "Please accept the documents" in again.words
    assert _all(shops, Order) == []
    visitor.submit(again, CONSENTS)
    assert len(_all(shops, Order)) == 1


def test_back_button_double_click_and_a_second_tab_are_one_order(shops: Shops) -> None:
    visitor, page = _ready(shops)
    fields = _fields(page, **CONSENTS)
    answers = [visitor.post(f"{SHOP}/checkout", fields).location for _ in range(3)]
    assert len(set(answers)) == 1
    assert len(_all(shops, Order)) == 1
    visitor.follow(visitor.post(f"{SHOP}/checkout", fields))


def test_two_clicks_at_the_same_moment_are_one_order(shops: Shops) -> None:
    visitor, page = _ready(shops)
    fields, cookie = _fields(page, **CONSENTS), visitor.cookies()[0]
    found: list[str] = []

    def click() -> None:
        other = shops.visitor()
        other.http.set_cookie("s", cookie, domain=other.host.split(":")[0])
        found.append(other.post(f"{SHOP}/checkout", fields).location)

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(_all(shops, Order)) == 1


def test_a_basket_that_another_tab_changed_is_shown_once_more(shops: Shops) -> None:
    visitor, page = _ready(shops)
    add(visitor, "drzewa.pl")
    again = visitor.post(f"{SHOP}/checkout", _fields(page, **CONSENTS), 422)
    assert "Your cart was changed in another window" in again.words
    assert "drzewa.pl" in again.words
    assert _all(shops, Order) == []
    visitor.submit(again, CONSENTS)
    assert len(_all(shops, Proforma)[0].lines) == 3


def test_a_price_that_changed_is_shown_and_asked_again(shops: Shops) -> None:
    visitor, page = _ready(shops, shop=POLISH)
    shops.set_price("pl", 2222)
    again = visitor.post(f"{POLISH}/checkout", _fields(page, **CONSENTS), 422)
    words = again.words.replace("\xa0", " ")
    assert "kwiaty.pl kosztuje teraz 22,22 zł zamiast 16,99 zł" in words
    assert "94,21 zł" in words
    assert _all(shops, Order) == []
    visitor.submit(again, CONSENTS)
    assert _all(shops, Proforma)[0].gross == 9421


def test_a_forged_sum_is_no_price(shops: Shops) -> None:
    visitor, page = _ready(shops)
    visitor.post(f"{SHOP}/checkout", {**_fields(page, **CONSENTS), "total": "1"}, 422)
    assert _all(shops, Order) == []


def test_the_basket_says_when_a_price_changed_and_goes_on_when_told(shops: Shops) -> None:
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl", shop=POLISH)
    shops.set_price("pl", 2222)
    page = visitor.get(f"{POLISH}/cart")
    assert "kwiaty.pl kosztuje teraz 22,22 zł zamiast 16,99 zł" in page.words.replace("\xa0", " ")
    assert visitor.get(f"{POLISH}/checkout", 303).location == f"{POLISH}/cart"
    after = visitor.follow(visitor.submit(page, {}, action="/prices"))
    assert "zamiast" not in after.words
    assert "22,22 zł" in after.words.replace("\xa0", " ")


def test_new_terms_between_reading_and_ordering_are_shown_first(shops: Shops) -> None:
    visitor, page = _ready(shops, shop=POLISH)
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        legal.publish(session, SYSTEM, "terms", "pl", "Nowy regulamin", "<p>Nowe zasady.</p>")
    again = visitor.post(f"{POLISH}/checkout", _fields(page, **CONSENTS), 422)
    assert "Regulamin zmienił się od czasu, gdy był wyświetlony" in again.words
    assert "Nowy regulamin" in again.words
    assert _all(shops, Order) == []


def test_ordering_for_somebody_elses_account_is_refused(shops: Shops) -> None:
    other = factories.make_subscriber(shops.database, shops.acme, "other@example.com")
    visitor, page = _ready(shops)
    visitor.post(f"{SHOP}/checkout", {**_fields(page, **CONSENTS), "account": str(other.account_id)}, 422)
    assert _all(shops, Order) == []


def test_somebody_elses_thank_you_page_is_not_there(shops: Shops) -> None:
    visitor, page = _ready(shops)
    address = visitor.submit(page, CONSENTS).location
    stranger = shops.visitor()
    assert stranger.get(address, 303).location.startswith("/account/sign-in")
    factories.make_subscriber(shops.database, shops.acme, "other@example.com")
    stranger.sign_in("other@example.com")
    stranger.get(address, 404)


def test_an_expired_form_comes_back_with_a_button_that_sends_it(shops: Shops) -> None:
    visitor, page = _ready(shops)
    stale = {**_fields(page, **CONSENTS), "csrf_token": "expired"}
    again = visitor.post(f"{SHOP}/checkout", stale, 400)
    assert "nothing you typed is lost" in again.words
    visitor.submit(again, {})
    assert len(_all(shops, Order)) == 1


def test_registering_shows_every_problem_at_once_and_loses_nothing(shops: Shops) -> None:
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl")
    page = visitor.get(f"{SHOP}/checkout")
    wrong = {**JAN, "postcode": "1", "phone": "x", "email": "jan@", "password": "short"}
    again = visitor.submit(page, wrong, 422, action="register")
    for said in ("looks like 12-345", "with its country code", "not a complete e-mail", "at least 10 characters"):
        assert said in again.words
    values = {i.attrs.get("name"): i.attrs.get("value", "") for i in again.form("postcode").all("input")}
    assert (values["name"], values["phone"], values["password"]) == ("Jan Żuraw", "x", "")
    assert "kwiaty.pl" in again.words
    visitor.submit(again, JAN, action="register")
    contact = _all(shops, Contact)[0]
    assert (contact.postcode, contact.phone) == ("00-950", "+48.221234567")


def test_a_company_is_registered_with_its_tax_number(shops: Shops) -> None:
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl")
    company = {**JAN, "kind": "company", "organisation": "Żuraw sp. z o.o.", "tax_id": "526-025-02-75"}
    again = visitor.submit(visitor.get(f"{SHOP}/checkout"), company, 422, action="register")
    assert "has a wrong digit" in again.words
    after = visitor.follow(visitor.submit(again, {**company, "tax_id": "PL 526-025-02-74"}, action="register"))
    assert "Żuraw sp. z o.o." in after.words
    assert "5260250274" in after.words


def test_an_address_that_is_known_may_sign_in_right_there_and_keeps_the_basket(shops: Shops) -> None:
    factories.make_subscriber(shops.database, shops.acme, JAN["email"])
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl")
    again = visitor.submit(visitor.get(f"{SHOP}/checkout"), JAN, 422, action="register")
    assert "There is an account with this e-mail address already" in again.words
    before = visitor.cookies()
    known = {"known-email": JAN["email"], "known-password": factories.PASSWORD}
    page = visitor.follow(visitor.submit(again, known))
    assert page.h1 == "Check and order"
    assert "kwiaty.pl" in page.words
    assert visitor.cookies() != before


def test_removing_can_be_undone(shops: Shops) -> None:
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl", "kwiaty.com")
    page = visitor.get(f"{SHOP}/cart")
    remove = next(form for form in page.all("form") if form.attrs["action"].endswith("/remove"))
    fields = {each.attrs["name"]: each.attrs["value"] for each in remove.all("input")}
    after = visitor.follow(visitor.post(f"{SHOP}/cart/remove", fields))
    assert "kwiaty.pl was removed" in after.words
    visitor.post(f"{SHOP}/cart/remove", fields)  # another tab, or a double click
    undone = visitor.follow(visitor.submit(after, {}, action="/cart/add"))
    assert "was removed" not in undone.words
    assert [e.text for e in undone.all("span") if e.attrs.get("class") == "name"] == ["kwiaty.com", "kwiaty.pl"]


def test_another_period_costs_another_price(shops: Shops) -> None:
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl", shop=POLISH)
    page = visitor.get(f"{POLISH}/cart")
    after = visitor.follow(visitor.submit(page, {"years": "2"}))
    # What two years cost, with the mark-up, rounded once to the end that the shop likes: not twice 49,99.
    assert "99,99 zł" in after.words.replace("\xa0", " ")
    refused = visitor.follow(visitor.submit(page, {"years": "77"}))
    assert "nie można zamówić na taki okres (lata: 77)" in refused.words


@pytest.mark.parametrize("name", ["", "kwiaty", "kwiaty.museum", "😀.pl", "x" * 300 + ".pl", "../etc.pl"])
def test_what_is_not_for_sale_does_not_get_into_the_basket(shops: Shops, name: str) -> None:
    visitor = shops.visitor()
    token = visitor.get("/account/sign-in").form("email").all("input")[0].attrs["value"]
    page = visitor.follow(visitor.post(f"{SHOP}/cart/add", {"csrf_token": token, "name": name}))
    assert "Your basket is empty" in page.words
    notice = next(each.text for each in page.all("div") if each.attrs.get("class") == "alert warn")
    assert any(said in notice for said in ("cannot", "not sold", "Type a", "long")), notice


def test_htmx_gets_the_button_the_basket_and_word_for_the_header(shops: Shops) -> None:
    visitor = shops.visitor()
    page = visitor.get(f"{SHOP}/domains", query_string={"q": "kwiaty"})
    form = next(form for form in page.all("form") if form.attrs["action"] == f"{SHOP}/cart/add")
    fields = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = visitor.post(f"{SHOP}/cart/add", fields, 200, headers=headers)
    assert answer.response.headers["HX-Trigger"] == "basket-changed"
    assert 'id="r-kwiaty.pl-action"' in answer.text
    assert 'id="basket" hx-swap-oob="true"' in answer.text
    assert 'id="basket-bar" hx-swap-oob="true"' in answer.text
    me = visitor.fragment("/me?lang=en")
    assert "Basket" in me.text
    assert me.response.headers["Cache-Control"] == "private, no-store"
    item = next(i for i in visitor.get(f"{SHOP}/cart").all("input") if i.attrs.get("name") == "item").attrs["value"]
    removed = visitor.post(f"{SHOP}/cart/remove", {**fields, "item": item}, 200, headers=headers)
    assert 'id="r-kwiaty.pl-action"' in removed.text
    assert 'value="kwiaty.pl"' in removed.text


def test_an_empty_basket_leads_back_to_the_search(shops: Shops) -> None:
    visitor = shops.visitor()
    for path in (f"{SHOP}/cart", f"{SHOP}/checkout"):
        page = visitor.get(path)
        assert f"{SHOP}/domains" in [a.attrs["href"] for a in page.all("a")]
    assert visitor.get(f"{SHOP}/checkout/register", 303).location == f"{SHOP}/checkout"


def test_the_order_button_speaks_each_language(shops: Shops) -> None:
    from webapp.foundation.i18n import SUPPORTED
    from webapp.surfaces.shared.shopping.checkout import ORDER_BUTTON

    assert set(ORDER_BUTTON) == set(SUPPORTED)


def test_one_tenants_basket_is_nothing_at_the_other(shops: Shops) -> None:
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl")
    other = shops.visitor(shops.nord)
    for cookie in visitor.cookies():
        other.http.set_cookie("s", cookie, domain=other.host.split(":")[0])
    assert "Ihr Warenkorb ist leer" in other.get("/de/cart").words


def test_counts_match(shops: Shops) -> None:
    """Orders, proformas and numbers after two orders: gapless, one each."""
    visitor, page = _ready(shops, "kwiaty.pl")
    visitor.submit(page, CONSENTS)
    add(visitor, "drzewa.pl")
    visitor.submit(visitor.get(f"{SHOP}/checkout"), CONSENTS)
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 2
        assert sorted(session.scalars(select(Proforma.sequence))) == [1, 2]
