"""Promotions and discount codes at the desk, and what a visitor sees of them (H-44, H-45)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.selling import SELLER
from tests.web.client import Page
from tests.web.sales.conftest import Desk
from webapp.foundation import clock
from webapp.reseller.catalog import codes, promotions, queries
from webapp.reseller.catalog.models import Price
from webapp.reseller.catalog.promotions import PromotionRow

TODAY = clock.today("Europe/Warsaw")
WEEK = {"valid_from": TODAY.isoformat(), "valid_to": (TODAY + timedelta(days=6)).isoformat()}


def _draft(desk: Desk, status: int = 303, **facts: Any) -> Page:
    typed = {"name_pl": "Jesień", "kind": "percent", "percent": "20", **WEEK, **facts}
    return desk.owner.submit(desk.owner.get("/promotions/new"), typed, status, action="/promotions/new")


def _rows(desk: Desk) -> list[PromotionRow]:
    with desk.shop.scope(), desk.web.database.reading() as session:
        return promotions.rows(session)


def _product(desk: Desk, tld: str) -> str:
    with desk.shop.scope(), desk.web.database.reading() as session:
        found = queries.product_for_tld(session, tld)
        assert found is not None
        return str(found.id)


def test_h44_a_promotion_is_drafted_activated_seen_and_stopped(desk: Desk) -> None:
    with desk.shop.scope(), desk.web.database.writing() as session:
        for price in session.scalars(select(Price)):
            price.valid_from = TODAY - timedelta(days=90)
    page = desk.owner.follow(_draft(desk, products=_product(desk, "com")))
    assert "39.99" in page.words, "the preview shows the price with it"
    assert _rows(desk)[0].state == "draft"
    visitor = desk.web.shop(desk.web.acme)
    assert "39,99" not in visitor.get("/pl/domains?q=kwiaty").words
    desk.owner.submit(page, {}, action="/activate")
    shown = visitor.get("/pl/domains?q=kwiaty").words.replace("\xa0", " ")
    assert "39,99" in shown
    assert "49,99" in shown
    assert "30 days" in shown or "30 dni" in shown
    page = desk.owner.get(f"/promotions/{_rows(desk)[0].promotion.id}")
    refused = desk.owner.submit(page, {"percent": "30"}, 422, action=f"/promotions/{_rows(desk)[0].promotion.id}")
    assert "Stop it and make a copy" in refused.words
    desk.owner.submit(page, {}, action="/stop")
    assert "39,99" not in visitor.get("/pl/domains?q=kwiaty").words
    desk.owner.submit(page, {}, action="/copy")
    assert [row.state for row in _rows(desk)] == ["draft", "stopped"]
    assert "Jesień" in desk.owner.get("/promotions").words


ABSURD: tuple[tuple[dict[str, str], str], ...] = (
    ({"name_pl": ""}, "Give it a name"),
    ({"percent": ""}, "percentage must be above 0"),
    ({"percent": "400"}, "Write a rate"),
    ({"kind": "amount", "amount": "9" * 40}, "Write an amount"),
    ({"kind": "amount", "amount": "-5"}, "must be above 0"),
    ({"kind": "price", "amount": "9,99"}, "holds for one period"),
    ({"valid_to": "2020-01-01"}, "before the first one"),
    ({"valid_to": "soon"}, "valid date"),
    ({"valid_to": ""}, "Please fill in"),
    ({"limit_total": "0"}, "from 1 to 1,000,000"),
    ({"products": "999999"}, "not"),
)


def test_absurd_promotions_come_back_with_what_was_typed(desk: Desk) -> None:
    for facts, said in ABSURD:
        page = _draft(desk, 422, **{"name_pl": "Jesień", **facts})
        assert said in page.words, facts
    assert _rows(desk) == []


@pytest.mark.parametrize(("first", "last"), [("9999-12-01", "9999-12-31"), ("0001-01-01", "0001-02-01")])
def test_a_year_that_nobody_means_is_asked_about_and_the_shop_stays_open(desk: Desk, first: str, last: str) -> None:
    typed = {"name_pl": "Kiedyś", "kind": "percent", "percent": "10", "valid_from": first, "valid_to": last}
    page = desk.owner.submit(desk.owner.get("/promotions/new"), typed, 422)
    assert "Please check the year" in page.words
    code = {"word": "EVER", "kind": "percent", "percent": "10", "valid_from": first, "valid_to": last}
    desk.owner.submit(desk.owner.get("/codes/new"), code, action="/codes/new")
    assert "EVER" in desk.owner.get("/codes").words


def test_the_preview_warns_of_prices_below_cost(desk: Desk) -> None:
    page = desk.owner.get("/promotions/new")
    token = next(one.attrs["value"] for one in page.all("input") if one.attrs.get("name") == "csrf_token")
    typed = {"csrf_token": token, "kind": "percent", "percent": "80", "operations": "register", **WEEK}
    words = desk.owner.post("/promotions/preview", typed, 200).words
    assert "less than you pay" in words
    assert "Below what it costs you" in words


def test_h45_a_code_is_made_used_refused_and_switched_off(desk: Desk) -> None:
    made = {"word": "welcome-5", "kind": "amount", "amount": "5", "valid_from": TODAY.isoformat(), "below_cost": "y"}
    desk.owner.submit(desk.owner.get("/codes/new"), made, action="/codes/new")
    assert "WELCOME-5" in desk.owner.get("/codes").words
    assert "already" in desk.owner.submit(desk.owner.get("/codes/new"), made, 422, action="/codes/new").words
    visitor = desk.web.shop(desk.web.acme)
    search = visitor.get("/pl/domains?q=kwiaty")
    csrf = next(one.attrs["value"] for one in search.all("input") if one.attrs.get("name") == "csrf_token")
    visitor.post("/pl/cart/add", {"csrf_token": csrf, "name": "kwiaty.com"}, 303)
    cart = visitor.get("/pl/cart")
    wrong = visitor.follow(visitor.submit(cart, {"code": "NOPE"}, action="/cart/code"))
    assert "no such code" in wrong.words or "Nie ma takiego" in wrong.words
    assert [one.attrs["value"] for one in wrong.all("input") if one.attrs.get("id") == "discount-code"] == ["NOPE"]
    used = visitor.follow(visitor.submit(wrong, {"code": " Welcome-5 "}, action="/cart/code"))
    assert "44,99" in used.words.replace("\xa0", " ")
    with desk.shop.scope(), desk.web.database.reading() as session:
        code = codes.rows(session)[0].code.id
    desk.owner.submit(desk.owner.get(f"/codes/{code}"), {}, action="/active")
    gone = visitor.get("/pl/cart")
    assert "49,99" in gone.words.replace("\xa0", " ")
    assert "WELCOME-5" in gone.words
    away = visitor.follow(visitor.submit(gone, {"code": ""}, action="/cart/code"))
    assert "WELCOME-5" not in away.words


def test_h45_many_codes_at_once_and_a_search_for_them(desk: Desk) -> None:
    made = {"word": "VIP", "count": "12", "kind": "percent", "percent": "10", "valid_from": TODAY.isoformat()}
    desk.owner.submit(desk.owner.get("/codes/new"), made | {"note": "Newsletter"}, action="/codes/new")
    assert desk.owner.get("/codes?q=vip").words.count("VIP-") == 12
    assert desk.owner.get("/codes?q=newsl").words.count("VIP-") == 12
    assert "No code with" in desk.owner.get("/codes?q=zzz").words


def test_another_tenants_promotion_and_code_are_not_found(desk: Desk) -> None:
    other = desk.other_shop()
    first = date(2026, 1, 1)
    with other.scope(), desk.web.database.writing() as session:
        draft = promotions.Draft({"de": "Herbst"}, "percent", 1000, first, first)
        promotion = promotions.create(session, SELLER, draft).id
        code = codes.create(session, SELLER, codes.Draft("FREMD", "percent", 1000, first)).id
    for path in (f"/promotions/{promotion}", f"/codes/{code}"):
        desk.owner.get(path, 404)


def test_h45_a_code_at_the_checkout_stands_on_the_proforma_everybody_reads(desk: Desk) -> None:
    with desk.shop.scope(), desk.web.database.writing() as session:
        codes.create(session, SELLER, codes.Draft("FIVE", "amount", 500, TODAY, below_cost=True))
    anna = desk.web.shop(desk.web.acme)
    csrf = next(
        one.attrs["value"]
        for one in anna.get("/pl/domains?q=kwiaty").all("input")
        if one.attrs.get("name") == "csrf_token"
    )
    anna.post("/pl/cart/add", {"csrf_token": csrf, "name": "kwiaty.com"}, 303)
    anna.sign_in(desk.shop.subscriber.user.email)
    page = anna.get("/pl/checkout")
    page = anna.follow(anna.submit(page, {"code": "five"}, action="/cart/code"))
    assert page.path == "/pl/checkout"
    assert "44,99" in page.words.replace("\xa0", " ")
    placed = anna.submit(page, {"terms": "y", "at_once": "y"}, action="/checkout")
    thanks = anna.follow(placed)
    assert "FIVE" in thanks.words
    number = int(placed.location.rsplit("/", 1)[1])
    assert "FIVE" in anna.get(f"/account/proformas/{number}").words
    assert "FIVE" in desk.owner.get(f"/proformas/{number}").words
    assert desk.shop.proforma(number).gross == 4499
    with desk.shop.scope(), desk.web.database.reading() as session:
        code = codes.rows(session)[0].code.id
    assert desk.shop.proforma(number).number in desk.owner.get(f"/codes/{code}").words
