"""Proformas by hand: free items, no activation (H-30, H-31)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tests.web.sales.conftest import Desk
from webapp.foundation.db import change
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing.models import Proforma

ITEM = {"lines-0-description": "Przeniesienie strony", "lines-0-quantity": "2", "lines-0-unit_amount": "100,00"}


def _written(desk: Desk, status: int = 303, **fields: Any) -> Any:
    form = desk.owner.get(f"/proformas/new?account={desk.shop.subscriber.account_id}")
    return desk.owner.submit(form, {**ITEM, **fields}, status)


def test_it_is_issued_mailed_and_has_nothing_to_activate(desk_on_both: Desk) -> None:
    desk = desk_on_both
    page = desk.owner.follow(_written(desk, note="Dziękujemy"))
    assert "written by hand" in page.words
    assert "200.00" in page.words
    page = desk.owner.follow(desk.owner.submit(page, {"reference": ""}))
    assert "Nothing to activate" in page.words
    assert not [form for form in page.all("form") if "/activate" in form.attrs["action"]]
    desk.shop.work()
    assert any("Proforma" in mail.subject for mail in desk.shop.worker.mailer.sent)


def test_the_tax_of_the_buyer_is_proposed_and_said(desk: Desk) -> None:
    """A business of another member with its VAT number accounts for the tax itself: 23 % would be taken for nothing."""
    assert 'value="23"' in desk.owner.get(f"/proformas/new?account={desk.shop.subscriber.account_id}").text
    with desk.shop.scope(), desk.web.database.writing() as session:
        change(session, Contact, country="AT", organisation="Alpenwolle GmbH", tax_id="ATU12345675")
    form = desk.owner.get(f"/proformas/new?account={desk.shop.subscriber.account_id}")
    assert "Reverse charge" in form.words
    assert 'value="23"' not in form.text
    page = desk.owner.follow(desk.owner.submit(form, ITEM))
    assert "200.00" in page.words
    with desk.shop.scope(), desk.web.database.reading() as session:
        issued = session.scalars(select(Proforma)).one()
    assert (issued.tax, issued.tax_regime) == (0, "reverse")


def test_a_double_click_writes_one(desk: Desk) -> None:
    form = desk.owner.get(f"/proformas/new?account={desk.shop.subscriber.account_id}")
    assert desk.owner.submit(form, ITEM).location == desk.owner.submit(form, ITEM).location


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"lines-0-description": ""}, "Say what it is for."),
        ({"lines-0-unit_amount": ""}, "Enter a price."),
        ({"lines-0-unit_amount": "-5"}, "A price cannot be negative."),
        ({"lines-0-unit_amount": "tanio"}, "Write an amount like"),
        ({"lines-0-quantity": "-3"}, "Write a whole number"),
        ({"lines-0-tax_rate": "230"}, "Write a rate from 0 to 100"),
        ({"lines-0-unit_amount": "0"}, "The total must be greater than zero"),
        ({"lines-0-unit_amount": "999999999999999"}, "no possible quantity or price"),
        ({"lines-0-description": "", "lines-0-unit_amount": ""}, "at least one item"),
    ],
)
def test_a_wrong_item_is_said_and_nothing_typed_is_lost(desk: Desk, fields: dict[str, str], says: str) -> None:
    page = _written(desk, 422, note="zostaje", **fields)
    assert says in page.words
    assert "zostaje" in page.words
    typed = {each.attrs.get("name"): each.attrs.get("value") for each in page.all("input")}
    for name, value in {**ITEM, **fields}.items():
        assert typed[name] == value


def test_another_item_is_one_more_row(desk: Desk) -> None:
    form = desk.owner.get(f"/proformas/new?account={desk.shop.subscriber.account_id}")
    page = desk.owner.submit(form, ITEM, 200, button="more")
    rows = [each for each in page.all("input") if each.attrs.get("name", "").endswith("-description")]
    assert len(rows) == 4
    assert rows[0].attrs["value"] == "Przeniesienie strony"


def test_first_one_says_for_whom(desk: Desk) -> None:
    page = desk.owner.get("/proformas/new?q=żółk")
    assert "Anna Żółkiewska" in page.words
    desk.owner.get("/proformas/new?account=99999", 404)
