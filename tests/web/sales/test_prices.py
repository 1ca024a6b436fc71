"""Prices beside what they cost, changed in place, in the shop at once (H-41, H-54)."""

from __future__ import annotations

import pytest

from tests.web.sales.conftest import Desk, token
from webapp.foundation import clock
from webapp.reseller.catalog import queries


def _product(desk: Desk, tld: str) -> int:
    with desk.shop.scope(), desk.web.database.reading() as session:
        product = queries.product_for_tld(session, tld)
        assert product is not None
        return product.id


def _price(desk: Desk, tld: str, operation: str, years: int) -> int | None:
    product = _product(desk, tld)
    with desk.shop.scope(), desk.web.database.reading() as session:
        return queries.price(session, product, operation, years, "PLN", clock.today("Europe/Warsaw"))


def test_a_row_is_changed_in_place_and_longer_periods_follow(desk_on_both: Desk) -> None:
    desk = desk_on_both
    product = _product(desk, "com")
    form = desk.owner.fragment(f"/prices/{product}/row?edit=1")
    typed = {f"{name}_1": value for name, value in {"register": "39,00", "renew": "61.00"}.items()}
    desk.owner.submit(form, {**typed, "in_step": "y"})
    assert (_price(desk, "com", "register", 1), _price(desk, "com", "register", 2)) == (3900, 10000)
    assert (_price(desk, "com", "renew", 1), _price(desk, "com", "renew", 2)) == (6100, 12200)
    assert "39.00" in desk.owner.get("/prices").words


def test_an_empty_price_is_no_offer(desk: Desk) -> None:
    page = desk.owner.get(f"/prices/{_product(desk, 'pl')}")
    desk.owner.submit(page, {"register_2": "", "renew_1": "88,00"})
    assert _price(desk, "pl", "register", 2) is None
    assert _price(desk, "pl", "register", 1) == 1999


def test_below_cost_is_marked(desk: Desk) -> None:
    page = desk.owner.get(f"/prices/{_product(desk, 'com')}")
    desk.owner.submit(page, {"register_1": "1,00"})
    assert any(each.attrs.get("aria-label") == "Below cost:" for each in desk.owner.get("/prices").all("svg"))


@pytest.mark.parametrize("typed", ["-1", "gratis", "99999999999", "1.001"])
def test_a_wrong_price_keeps_what_was_typed(desk: Desk, typed: str) -> None:
    product = _product(desk, "com")
    page = desk.owner.submit(desk.owner.get(f"/prices/{product}"), {"register_1": typed}, 422)
    field = next(each for each in page.all("input") if each.attrs.get("name") == "register_1")
    assert field.attrs["value"] == typed
    assert _price(desk, "com", "register", 1) == 4999


def test_the_shop_changes_within_its_next_page(desk: Desk) -> None:
    with desk.shop.scope(), desk.web.database.reading() as session:
        from webapp.reseller.partners import queries as partners

        before = partners.partner(session).content_version
    desk.owner.submit(desk.owner.get("/prices"), {}, action=f"/prices/{_product(desk, 'org')}/sale")
    with desk.shop.scope(), desk.web.database.reading() as session:
        assert partners.partner(session).content_version > before
        assert [offer.tld for offer in queries.offers(session, "PLN", clock.today("Europe/Warsaw"))] == ["com", "pl"]


def test_the_order_moves_step_by_step_and_says_so(desk: Desk) -> None:
    pl = _product(desk, "pl")
    with desk.shop.scope(), desk.web.database.reading() as session:
        group = queries.groups(session)[0].id
    csrf = token(desk.owner.get(f"/site/groups/{group}"))

    def step(action: str, status: int = 303) -> str:
        answer = desk.owner.post(f"/site/groups/{group}/endings/{pl}", {"csrf_token": csrf, "action": action}, status)
        return desk.owner.follow(answer).words if status == 303 else ""

    assert ".pl is number 1 now." in step("up")
    assert ".pl is number 1 now." in step("up")
    assert "does not stand under the search" in step("no_spotlight")
    assert "not in the group any more" in step("remove")
    assert "at the end of the list" in step("add")
    step("fly", 404)
    step("add", 404)
