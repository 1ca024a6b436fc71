"""Promotions and discount codes from the cart to the proforma (H-44, H-45)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_partner, make_subscriber
from tests.harness.statements import counted
from tests.selling import SELLER, Shop
from webapp.foundation import clock, tenancy
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import codes, lowest, promotions, reductions, uses, why
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import queries as catalog_queries
from webapp.reseller.catalog.conditions import Conditions, Thing
from webapp.reseller.catalog.models import DiscountCode, DiscountUse, Price, Product, Promotion
from webapp.reseller.catalog.quoted import Item
from webapp.reseller.orders import carts, operations, pricing
from webapp.reseller.orders.models import Cart

PERCENT_20 = {"kind": "percent", "value": 2000}


@contextmanager
def writing(shop: Shop) -> Iterator[Session]:
    with shop.scope(), shop.database.writing() as session:
        yield session


def today(shop: Shop) -> date:
    return clock.today(shop.partner.timezone)


def promote(shop: Shop, *, conditions: Conditions | None = None, **facts: Any) -> int:
    """A running promotion of 20 % for a week, or what `facts` say."""
    first = today(shop)
    values: dict[str, Any] = PERCENT_20 | {
        "valid_from": first,
        "valid_to": first + timedelta(days=6),
        "names": {"en": "Autumn"},
    }
    with writing(shop) as session:
        draft = promotions.Draft(**(values | {"conditions": conditions or Conditions()} | facts))
        return promotions.activate(session, SELLER, promotions.create(session, SELLER, draft).id).id


def code_for(shop: Shop, word: str = "WELCOME", *, conditions: Conditions | None = None, **facts: Any) -> int:
    values: dict[str, Any] = {
        "kind": "amount",
        "value": 500,
        "valid_from": today(shop),
        "conditions": conditions or Conditions(),
    }
    values |= {"below_cost": True}
    with writing(shop) as session:
        return codes.create(session, SELLER, codes.Draft(word, **(values | facts))).id


def product_id(shop: Shop, tld: str) -> int:
    with writing(shop) as session:
        product = catalog_queries.product_for_tld(session, tld)
        assert product is not None
        return product.id


def use(shop: Shop, token: str, word: str, account_id: int | None = None) -> tuple[str, int, int]:
    """Put a code on the cart; what a checkout then confirms."""
    with writing(shop) as session:
        cart = carts.use_code(session, token, word, account_id)
        return token, cart.revision, carts.to_pay(session, cart, account_id)


def why_not(shop: Shop, token: str, word: str, account_id: int | None = None) -> str:
    with pytest.raises(Refusal) as refused:
        use(shop, token, word, account_id)
    return refused.value.code


def items(shop: Shop, token: str) -> list[tuple[int | None, int]]:
    """(price before or None, price) of what is in a cart."""
    with shop.scope(), shop.database.reading() as session:
        cart = carts.cart_for(session, token)
        assert cart is not None
        return [(item.list_amount, item.amount) for item in cart.items]


# --- promotions ----------------------------------------------------------------------------------------------


def test_h44_a_promotion_reduces_the_cart_and_stands_on_the_proforma(shop: Shop) -> None:
    promotion = promote(shop, conditions=Conditions(products=frozenset({product_id(shop, "com")})))
    token, revision, total = shop.fill_cart("acme.com", "acme.pl")
    assert items(shop, token) == [(4999, 3999), (None, 1999)]
    proforma = shop.proforma(shop.confirm(token, revision, total).proforma_id)
    assert proforma.gross == 3999 + 1999
    assert [(line.amount, line.discount, line.discount_text) for line in proforma.lines] == [
        (3999, 1000, "Promocja: Autumn" if "Promocja" in proforma.lines[0].discount_text else "Promotion: Autumn"),
        (1999, 0, ""),
    ]
    with writing(shop) as session:
        (row,) = promotions.rows(session)
        assert (row.promotion.id, row.state, row.uses, row.taken_off) == (promotion, "running", 1, 1000)
        order = session.scalars(select(DiscountUse.order_id)).one()
    with writing(shop) as session:
        operations.cancel(session, SELLER, proforma.id)
        uses.give_back(session, order)
    with writing(shop) as session:
        assert promotions.rows(session)[0].uses == 0
        assert promotions.promotion(session, promotion).used == 0, "given back once"


def test_h44_the_best_promotion_wins_and_they_do_not_add_up(shop: Shop) -> None:
    promote(shop)
    promote(shop, kind="amount", value=2500)
    promote(shop, kind="price", value=9900, conditions=Conditions(years=frozenset({1})))
    token, *_ = shop.fill_cart("acme.com")
    assert items(shop, token) == [(4999, 2499)]


def test_h44_the_first_year_only(shop: Shop) -> None:
    """Three years: the first one at the price of the promotion, the others as they are."""
    with writing(shop) as session:
        product = catalog_queries.product_for_tld(session, "com")
        assert product is not None
        catalog.set_price(session, SELLER, product.id, "register", 3, 16_997, "PLN", today(shop))
    promote(shop, kind="price", value=999, conditions=Conditions(first_year=True))
    token, *_ = shop.fill_cart("acme.com", years=3)
    assert items(shop, token) == [(16_997, 16_997 - 4000)]


def test_h44_group_new_subscribers_and_minimum_show_in_the_cart_of_those_who_meet_them(shop: Shop) -> None:
    account = shop.subscriber.account_id
    promote(shop, conditions=Conditions(new_only=True))
    with shop.scope(), shop.database.reading() as session:
        (offer,) = [one for one in catalog_queries.offers(session, "PLN", today(shop)) if one.tld == "com"]
        assert offer.was == {}, "not a price for everybody"
    token, *_ = shop.fill_cart("acme.com")
    assert items(shop, token) == [(None, 4999)]
    with writing(shop) as session:
        (change,) = carts.refresh_prices(session, token, account)
        assert (change.before, change.after) == (4999, 3999)
        cart = carts.cart_for(session, token)
        assert cart is not None
        shown = (token, cart.revision, carts.to_pay(session, cart, account))
    shop.confirm(*shown)
    with shop.scope(), shop.database.reading() as session:
        assert not pricing.buyer_of(session, account).is_new
        assert pricing.priced(session, [Item(1, product_id(shop, "com"), "register", 1)], account).total == 4999


def test_h44_a_minimum_order_counts_what_the_visitor_puts_in_and_takes_out(shop: Shop) -> None:
    promote(shop, conditions=Conditions(minimum=6000))
    token, *_ = shop.fill_cart("acme.com")
    assert items(shop, token) == [(None, 4999)]
    with writing(shop) as session:
        cart, _ = carts.add_to_cart(session, token, "acme.pl")
        assert carts.price_changes(session, cart) == []
        second = cart.items[1].id
    assert items(shop, token) == [(4999, 3999), (1999, 1599)]
    with writing(shop) as session:
        carts.remove_from_cart(session, token, second)
    assert items(shop, token) == [(None, 4999)]


def test_a_promotion_that_ends_between_cart_and_order_is_said_and_asked(shop: Shop) -> None:
    promotion = promote(shop)
    shown = shop.fill_cart("acme.com")
    with writing(shop) as session:
        promotions.stop(session, SELLER, promotion)
    with pytest.raises(Refusal, match="promotion has ended") as refused:
        shop.confirm(*shown)
    assert refused.value.code == "price_changed"
    with writing(shop) as session:
        carts.add_to_cart(session, shown[0], "acme.pl")
        (change,) = carts.refresh_prices(session, shown[0])
        assert (change.before, change.after, change.ended) == (3999, 4999, True), "not raised unseen by another step"


def test_h44_what_a_promotion_takes_off_is_fixed_once_it_is_active(shop: Shop) -> None:
    promotion = promote(shop)
    first = today(shop)
    with writing(shop) as session:
        longer = promotions.Draft({"pl": "Jesień"}, "percent", 2000, first, first + timedelta(days=9), limit_total=5)
        assert promotions.change(session, SELLER, promotion, longer).limit_total == 5
        for draft in (
            promotions.Draft({"pl": "Jesień"}, "percent", 3000, first, first + timedelta(days=9)),
            promotions.Draft({"pl": "Jesień"}, "percent", 2000, first + timedelta(days=1), first + timedelta(days=9)),
        ):
            with pytest.raises(Refusal) as refused:
                promotions.change(session, SELLER, promotion, draft)
            assert refused.value.code == "fixed"
        copied = promotions.copy(session, SELLER, promotion)
        assert (copied.state, copied.value, copied.used) == ("draft", 2000, 0)


ABSURD: tuple[dict[str, Any], ...] = (
    {"names": {"pl": "  "}},
    {"value": 0},
    {"value": 10_001},
    {"kind": "amount", "value": -5},
    {"kind": "amount", "value": 10**40},
    {"kind": "price", "value": 999},
    {"kind": "gift"},
    {"valid_to": date(2020, 1, 1)},
    {"valid_to": date(9999, 12, 31)},
    {"limit_total": 0},
    {"limit_account": 10**12},
)


def test_absurd_promotions_are_refused(shop: Shop) -> None:
    for facts in ABSURD:
        with pytest.raises(Refusal):
            promote(shop, **facts)
    with shop.scope(), shop.database.reading() as session:
        assert promotions.rows(session) == []


def test_h44_every_row_of_the_shop_shows_the_price_before_and_the_lowest_of_thirty_days(shop: Shop) -> None:
    """Directive 98/6/EC, article 6a: the lowest price of the 30 days before, an earlier promotion's included."""
    com, day = product_id(shop, "com"), today(shop)
    past = (day - timedelta(days=40), day - timedelta(days=25))
    with writing(shop) as session:
        register = (Price.product_id == com, Price.operation == "register", Price.years == 1)
        base = session.scalars(select(Price).where(*register)).one()
        base.valid_from = day - timedelta(days=100)
        base.valid_to = day - timedelta(days=6)
        session.add(_price(com, 5499, day - timedelta(days=5)))
        session.add(
            Promotion(names={"en": "Before"}, state="stopped", kind="amount", value=700, conditions={}, used=0,
                      valid_from=past[0], valid_to=past[1], created_at=clock.now())
        )  # fmt: skip
    promote(shop, kind="price", value=2999, conditions=Conditions(years=frozenset({1}), products=frozenset({com})))
    with shop.scope(), shop.database.reading() as session:
        offers = {one.tld: one for one in catalog_queries.offers(session, "PLN", day)}
        assert (offers["com"].register[1], offers["com"].was, offers["com"].lowest) == (2999, {1: 5499}, {1: 4299})
        assert (offers["pl"].was, offers["pl"].lowest) == ({}, {})
        assert catalog_queries.next_price_change(session, day) == day + timedelta(days=7), "a page shows it no longer"
        line = pricing.priced(session, [Item("x", com, "register", 1)], None).lines["x"]
        assert (line.list_amount, line.amount, line.lowest_30) == (5499, 2999, 4299)
        for ago, expected in ((20, 4299), (60, 4999), (200, None)):
            wanted = {"x": lowest.Reduced(Thing(com, "domain", "register", 1), day - timedelta(days=ago))}
            assert lowest.before(session, wanted, "PLN") == {"x": expected}


def _price(product: int, amount: int, first: date) -> Price:
    key = {"product_id": product, "operation": "register", "years": 1, "days": 0, "currency": "PLN", "group_id": None}
    return Price(**key, amount=amount, source="own", made_of={}, valid_from=first)


def test_h44_limits_in_total_and_per_subscriber_count_pieces(shop: Shop) -> None:
    promote(shop, limit_total=3, limit_account=2)
    account = shop.subscriber.account_id
    shop.confirm(*shop.fill_cart("one.com", "two.com", "three.com"))
    token, *_ = shop.fill_cart("four.com", "five.com")
    assert items(shop, token) == [(4999, 3999), (None, 4999)], "one use is left in total"
    with writing(shop) as session:
        (change,) = carts.refresh_prices(session, token, account)
        assert (change.before, change.after) == (3999, 4999), "none for this subscriber"


# --- codes ---------------------------------------------------------------------------------------------------


def test_h45_the_proforma_shows_what_a_code_took_off(shop: Shop) -> None:
    code = code_for(shop, "Welcome-5", value=600)
    token, *_ = shop.fill_cart("acme.com", "acme.pl")
    shown = use(shop, token, " welcome-5 ")
    assert shown[2] == 4999 + 1999 - 600
    proforma = shop.proforma(shop.confirm(*shown).proforma_id)
    assert proforma.gross == 4999 + 1999 - 600
    assert [line.discount for line in proforma.lines] == [429, 171]
    assert all("WELCOME-5" in line.discount_text for line in proforma.lines)
    with writing(shop) as session:
        (row,) = codes.rows(session)
        assert (row.code.used, row.taken_off, row.state) == (1, 600, "running")
        assert [each.order_id for each in codes.uses_of(session, code)]
    with writing(shop) as session:
        operations.cancel(session, SELLER, proforma.id)
    with writing(shop) as session:
        assert codes.rows(session)[0].code.used == 0


def test_h45_codes_are_refused_with_the_reason(shop: Shop) -> None:
    token, *_ = shop.fill_cart("acme.com")
    day, only_pl = today(shop), Conditions(products=frozenset({product_id(shop, "pl")}))
    code_for(shop, "LATER", valid_from=day + timedelta(days=3))
    code_for(shop, "GONE", valid_from=day - timedelta(days=9), valid_to=day - timedelta(days=1))
    code_for(shop, "ONLY-PL", conditions=only_pl)
    code_for(shop, "BIG", conditions=Conditions(minimum=100_000))
    code_for(shop, "NEW", conditions=Conditions(new_only=True))
    code_for(shop, "HALF", kind="percent", value=5000, below_cost=False)
    switched_off = code_for(shop, "OFF")
    with writing(shop) as session:
        codes.switch(session, SELLER, switched_off, active=False)
    expected = {"NOSUCH": "unknown", "LATER": "not_yet", "GONE": "over", "OFF": "off", "ONLY-PL": "products"}
    expected |= {"BIG": "minimum", "NEW": "sign_in", "HALF": "below_cost"}
    assert {word: why_not(shop, token, word) for word in expected} == expected
    assert items(shop, token) == [(None, 4999)]


def test_h45_another_shops_code_is_unknown_here(shop: Shop) -> None:
    other = make_partner(shop.database)
    with tenancy.tenant(other.id), shop.database.writing() as session:
        codes.create(session, SELLER, codes.Draft("THEIRS", "amount", 500, today(shop)))
    code_for(shop, "OURS")
    token, *_ = shop.fill_cart("acme.com")
    assert why_not(shop, token, "THEIRS") == "unknown"


def test_h45_a_code_may_go_below_cost_where_the_partner_says_so(shop: Shop) -> None:
    code_for(shop, "HALF", kind="percent", value=5000, below_cost=True)
    token, *_ = shop.fill_cart("acme.com")
    assert use(shop, token, "HALF")[2] == 4999 - 2500


def test_h45_a_code_takes_something_off_what_a_promotion_left_unless_it_says_not(shop: Shop) -> None:
    promote(shop, kind="amount", value=500, conditions=Conditions(products=frozenset({product_id(shop, "com")})))
    code_for(shop, "TEN", kind="percent", value=1000, below_cost=True)
    code_for(shop, "FULL", kind="percent", value=1000, below_cost=True, conditions=Conditions(full_price_only=True))
    token, *_ = shop.fill_cart("acme.com", "acme.pl")
    assert use(shop, token, "TEN")[2] == 4499 + 1999 - 650
    assert use(shop, token, "FULL")[2] == 4499 + 1999 - 200


def test_h45_a_code_once_per_subscriber(shop: Shop) -> None:
    code_for(shop, "ONCE", limit_account=1)
    account = shop.subscriber.account_id
    first, *_ = shop.fill_cart("one.com")
    shop.confirm(*use(shop, first, "ONCE", account))
    second, *_ = shop.fill_cart("two.com")
    assert why_not(shop, second, "ONCE", account) == "used_up_for_you"
    assert use(shop, second, "ONCE")[2] == 4499, "who is not signed in is told after signing in"
    shown = use(shop, second, "ONCE")
    with pytest.raises(Refusal, match="discount code") as refused:
        shop.confirm(*shown)
    assert refused.value.code == "price_changed"
    with writing(shop) as session:
        carts.refresh_prices(session, second, account)
        cart = carts.cart_for(session, second)
        assert cart is not None
        assert (cart.code, carts.to_pay(session, cart, account)) == ("", 4999)


def test_h45_a_code_is_for_one_order_and_not_for_the_next_one(shop: Shop) -> None:
    code_for(shop)
    token, _, _ = shop.fill_cart("ours.com")
    shop.confirm(*use(shop, token, "WELCOME"))
    with writing(shop) as session:
        cart, _ = carts.add_to_cart(session, token, "next.com", 1)
        assert (cart.code, carts.to_pay(session, cart, None)) == ("", 4999)


def test_h45_codes_are_unique_whatever_letters_and_stay_for_good(shop: Shop) -> None:
    code = code_for(shop, "spring")
    for word in ("SPRING", "Spring", "-AB", "AB", "A" * 21, "ŻÓŁTY", "A_B", "", "A B"):
        with pytest.raises(Refusal):
            code_for(shop, word)
    with writing(shop) as session:
        assert codes.switch(session, SELLER, code, active=False).code == "SPRING"
        assert codes.switch(session, SELLER, code, active=True).active
        made = codes.generate(session, SELLER, codes.Draft("VIP", "percent", 1000, today(shop)), 50)
        assert len({one.code for one in made}) == 50
        assert all(one.code.startswith("VIP-") for one in made)


def test_the_last_use_is_taken_once_by_two_orders_at_the_same_moment(shop: Shop) -> None:
    """One gets it, the other one hears why not, and nothing of its order is left."""
    code, promotion = code_for(shop, "LAST", limit_total=1), promote(shop, limit_total=2)
    second = make_subscriber(shop.database, shop.partner, email="b@example.com")
    buyers = (shop.subscriber, second)
    shown = [use(shop, shop.fill_cart(f"n{number}.com")[0], "LAST") for number in range(2)]
    start, said = threading.Barrier(2), []

    def order(number: int) -> None:
        start.wait()
        facts: dict[str, Any] = {"account_id": buyers[number].account_id, "user_id": buyers[number].user.id}
        try:
            shop.confirm(*shown[number], **facts)
            said.append("placed")
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=order, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["placed", "price_changed"]
    with shop.scope(), shop.database.reading() as session:
        assert session.scalars(select(DiscountCode.used).where(DiscountCode.id == code)).one() == 1
        assert session.scalars(select(Promotion.used).where(Promotion.id == promotion)).one() == 1
        assert len(session.scalars(select(DiscountUse)).all()) == 2


def test_the_same_code_is_made_once_by_two_people_at_the_same_moment(shop: Shop) -> None:
    start, said = threading.Barrier(2), []

    def make() -> None:
        start.wait()
        try:
            code_for(shop, "SAME")
            said.append("made")
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["made", "taken"]


def test_a_cart_of_500_lines_is_priced_in_at_most_twenty_statements(shop: Shop) -> None:
    promote(shop, limit_account=400)
    promote(shop, kind="amount", value=700, conditions=Conditions(products=frozenset({product_id(shop, "org")})))
    code_for(shop, "TEN", kind="percent", value=500, limit_account=9)
    with shop.scope(), shop.database.reading() as session:
        ids = list(session.scalars(select(Product.id).where(Product.kind == "domain", Product.on_sale)))
        cart = Cart(code="TEN", items=[])
        wanted = [Item(number, ids[number % len(ids)], "register", 1) for number in range(500)]
    with shop.scope(), counted(shop.database) as statements, shop.database.reading() as session:
        quotation = pricing.priced(session, wanted, shop.subscriber.account_id, cart.code)
    assert len([text for text in statements if "set_config" not in text]) <= 20, "\n".join(statements)
    priced = list(quotation.lines.values())
    assert len(priced) >= 300
    assert quotation.code_result is not None
    assert quotation.code_result.ok or quotation.code_result.reason is not None
    assert all(0 <= line.amount <= line.promoted <= line.list_amount for line in priced)


def test_why_this_price_goes_on_to_the_promotion_and_the_code(shop: Shop) -> None:
    com, day, account = product_id(shop, "com"), today(shop), shop.subscriber.account_id
    promote(shop)
    code_for(shop, "FIVE", value=500)
    with shop.scope(), shop.database.reading() as session:
        asked = why.Question(com, "register", 1, 0, account, day)
        plain, steps = why.explain(session, asked), reductions.explain(session, asked, code="five")
        assert steps[: len(plain)] == plain
        assert [(step.kind, step.amount) for step in steps[len(plain) :]] == [("promotion", 3999), ("code", 3499)]
        unknown = reductions.explain(session, asked, code="nope")[-1]
        assert (unknown.kind, unknown.amount) == ("code", 3999)
        assert "no such code" in unknown.text


def test_h44_a_renewal_takes_its_promotion_along(shop: Shop) -> None:
    shop.sell("acme.com")
    promote(shop, conditions=Conditions(operations=frozenset({"renew"})))
    proforma = shop.renew(shop.domains()["acme.com"])
    (line,) = proforma.lines
    assert (line.amount, line.discount) == (4799, 1200)
    assert "Autumn" in line.discount_text
