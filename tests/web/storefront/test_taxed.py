"""What a checkout says before the order: the tax of the one who buys, at home, elsewhere in the EU and outside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.factories import make_partner
from tests.harness.databases import TemplateDatabases
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.money import TaxRow, tax_row
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import invoice_settings
from webapp.reseller.partners.audit import SYSTEM
from webapp.surfaces.shared.shopping.baskets import Basket, Line
from webapp.surfaces.shared.shopping.taxed import taxed_for

#: 123.00 and 49.20 with 23 %; a code takes 12.30 off the first, a promotion took 12.30 off the second.
LINES = (
    Line(1, "acme.com", "acme.com", "", True, 1, 12_300, 24_600, (), 11_070),
    Line(2, "acme.pl", "acme.pl", "", True, 1, 4920, None, (), 4920, was=6150),
)
BASKET = Basket(LINES, 1, 15_990, "PLN", tax_row(2300, 15_990, gross=True), "gross", code="X", code_off=1230)


@pytest.fixture
def database(databases: TemplateDatabases) -> Iterator[Database]:
    with databases.fresh("sqlite") as url:
        made = Database(url)
        yield made
        made.dispose()


def _contact(country: str, tax_id: str = "") -> Contact:
    who = {"name": "Jan", "organisation": "", "email": "jan@example.com", "phone": "", "tax_id": tax_id}
    return Contact(**who, street="Prosta 1", postcode="1", city="Town", country=country)


@pytest.mark.parametrize(
    ("buyer", "oss", "tax", "reverse", "lines"),
    [
        (_contact("PL"), False, BASKET.tax, False, [(12_300, 11_070), (4920, 4920)]),
        (_contact("PL", "5260250274"), True, BASKET.tax, False, [(12_300, 11_070), (4920, 4920)]),
        (_contact("HU"), False, BASKET.tax, False, [(12_300, 11_070), (4920, 4920)]),
        (_contact("HU"), True, TaxRow(2700, 12_591, 3399, 15_990), False, [(12_300, 11_070), (4920, 4920)]),
        (_contact("DE", "DE136695976"), True, TaxRow(0, 13_000, 0, 13_000), True, [(10_000, 9000), (4000, 4000)]),
        (_contact("DE", "DE136695977"), False, BASKET.tax, False, [(12_300, 11_070), (4920, 4920)]),
        (_contact("US"), True, TaxRow(0, 13_000, 0, 13_000), False, [(10_000, 9000), (4000, 4000)]),
    ],
    ids=(
        *("a consumer at home", "a business at home", "a consumer in the EU", "one of a one-stop shop"),
        *("a business in the EU", "one with a wrong number", "outside the EU"),
    ),
)
def test_a_basket_bears_the_tax_of_its_buyer(
    database: Database, buyer: Contact, oss: bool, tax: TaxRow, reverse: bool, lines: list[tuple[int, int]]
) -> None:
    partner = make_partner(database)
    with tenancy.tenant(partner.id), database.writing() as session:
        invoice_settings.change_settings(session, SYSTEM, {"oss": oss})
        found = taxed_for(session, BASKET, buyer)
    assert (found.tax, found.reverse_charge, [(line.amount, line.pays) for line in found.lines]) == (
        tax,
        reverse,
        lines,
    )
    assert found.total == 15_990, "what is confirmed stays the shop's price"
    assert found.pays == tax.gross
    assert found.code_off == sum(amount - pays for amount, pays in lines)
    assert found.lines[1].was == (5000 if tax.rate_bp == 0 else 6150)


def test_a_shop_without_tax_in_its_prices_adds_what_the_buyer_bears(database: Database) -> None:
    partner = make_partner(database, tax_mode="net")
    plain = replace(BASKET, tax_mode="net", tax=tax_row(2300, 15_990, gross=False))
    with tenancy.tenant(partner.id), database.writing() as session:
        at_home, abroad = (taxed_for(session, plain, buyer) for buyer in (_contact("PL"), _contact("US")))
    assert (at_home.pays, abroad.pays) == (19_668, 15_990)
