"""Renewals in the Sales Panel: what ends soon, why it has no proforma, proformas at once, and the rules."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tests.web.client import Page
from tests.web.markup import Element
from tests.web.sales.conftest import Desk, token
from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.reseller.accounts.models import Contact
from webapp.reseller.catalog.models import Price, Product
from webapp.reseller.notifications.models import Message
from webapp.reseller.services.models import Domain


def _end_soon(desk: Desk, *names: str) -> dict[str, int]:
    """Sell names and let them end in 40 days; name -> id."""
    desk.shop.sell(*names)
    with desk.shop.scope(), desk.web.database.writing() as session:
        change(session, Domain, Domain.name.in_(names), expires_at=clock.now() + timedelta(days=40))
    return {name: domain.id for name, domain in desk.shop.domains().items()}


def test_h_26_the_list_says_when_and_why_not_and_makes_proformas_at_once(desk: Desk) -> None:
    ids = _end_soon(desk, "one.com", "two.org")
    with desk.shop.scope(), desk.web.database.writing() as session:
        change(session, Price, Price.operation == "renew", Price.product_id == _product(ids["two.org"]),
               amount=None)  # fmt: skip
    assert "Nothing ends in this time" in desk.owner.get("/renewals").words
    page = desk.owner.get("/renewals?ends=60")
    day = clock.now().date() + timedelta(days=10)
    assert f"On {day.day} {day:%b} {day.year}" in page.words
    assert "None: there is no price for a year more" in page.words
    assert "next proforma on" in desk.owner.get(f"/domains/{ids['one.com']}").words
    form = {"csrf_token": token(page), "kind": "domain", "id": [str(ids["one.com"]), str(ids["two.org"])]}
    said = desk.owner.follow(desk.owner.post("/renewals", form)).words
    assert "1 renewal proforma is there." in said
    assert "There is no renewal price for 1 years." in said
    desk.shop.work()
    assert "PRO/" in desk.owner.get("/renewals?ends=60").words
    with desk.shop.scope(), desk.web.database.reading() as session:
        mail = session.scalars(select(Message).where(Message.kind == "proforma").order_by(Message.id.desc())).first()
    assert mail is not None
    assert "one.com" in mail.text


def _product(domain_id: int) -> object:
    tld = select(Domain.tld_id).where(Domain.id == domain_id).scalar_subquery()
    return select(Product.id).where(Product.tld_id == tld).scalar_subquery()


def test_what_is_due_without_a_price_stands_on_the_to_do_list(desk: Desk) -> None:
    _end_soon(desk, "one.com")
    with desk.shop.scope(), desk.web.database.writing() as session:
        change(session, Domain, Domain.name == "one.com", expires_at=clock.now() + timedelta(days=9))
        change(session, Price, Price.operation == "renew", amount=None)
    assert "1 renewal has no price" in desk.owner.get("/").words
    assert [each.text for each in _stuck(desk.owner.get("/renewals")).all("a")] == [
        "one.com", "Anna Żółkiewska", "Set a price",
    ]  # fmt: skip
    desk.staff("sales").get("/renewals")


def _stuck(page: Page) -> Element:
    return next(each for each in page.all("section") if each.attrs.get("id") == "stuck")


def test_a_subscriber_without_an_address_is_named_with_the_step_to_take(desk: Desk) -> None:
    """H-26: nobody misses a renewal because an address is missing."""
    ids = _end_soon(desk, "one.com")
    assert "gets no proforma" not in desk.owner.get("/").words

    def street(text: str) -> None:
        with desk.shop.scope(), desk.web.database.writing() as session:
            change(session, Domain, Domain.name == "one.com", expires_at=clock.now() + timedelta(days=9))
            change(session, Contact, Contact.account_id == desk.shop.subscriber.account_id, street=text)

    street("")
    assert "1 renewal has no address" in desk.owner.get("/").words
    page = desk.owner.get("/renewals")
    step = next(each for each in _stuck(page).all("a") if each.text == "Complete the address")
    assert "Anna Żółkiewska" in _stuck(page).text
    assert "Change" in desk.owner.get(step.attrs["href"]).words
    form = {"csrf_token": token(page), "kind": "domain", "id": [str(ids["one.com"])]}
    assert "Name and address are not complete" in desk.owner.follow(desk.owner.post("/renewals", form)).words
    assert "not complete" in desk.owner.get(f"/domains/{ids['one.com']}").words
    street("Długa 5")
    assert "1 renewal has" not in desk.owner.get("/").words
    assert not [each for each in desk.owner.get("/renewals").all("section") if each.attrs.get("id") == "stuck"]


def test_rules_are_kept_and_hold_for_what_is_ordered_from_now_on(desk: Desk) -> None:
    csrf = token(desk.owner.get("/settings/renewals"))
    fine = {"csrf_token": csrf, "days_before": "45"}
    assert "Saved." in desk.owner.follow(desk.owner.post("/settings/renewals", fine)).words
    for wrong in ("0", "91", "1e3", "-5", "9" * 40):
        desk.owner.post("/settings/renewals", {**fine, "days_before": wrong}, status=422)
    desk.shop.order("later.com")
    assert desk.shop.domains()["later.com"].auto_renew is False
