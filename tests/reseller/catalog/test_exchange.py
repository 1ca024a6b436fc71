"""Rates of a day, of the day before, and across two lines of a table; and the nightly job that fetches them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.factories import make_partner
from tests.selling import Worker, open_shop
from webapp.foundation import clock, jobs, tenancy
from webapp.foundation.db import Database
from webapp.providers.errors import ProviderError
from webapp.providers.rates.port import Table
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.catalog import exchange, operations, queries, rules, tasks, wholesale
from webapp.reseller.catalog.models import ExchangeRate
from webapp.reseller.partners.audit import SYSTEM
from webapp.wiring import TASKS

PLATFORM = tenancy.Platform("operator")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FRIDAY = date(2026, 11, 20)


class Bank:
    """What stands at the end of the wire in tests/providers/test_rates.py, without the wire."""

    def __init__(self, source: str, *tables: tuple[date, dict[str, str]]) -> None:
        self.source = source
        self._tables = tables

    def published(self) -> Sequence[Table]:
        if not self._tables:
            raise ProviderError(f"{self.source} answers with status 503", permanent=False)
        return [
            Table(self.source, f"T/{day}", day, {code: Decimal(rate) for code, rate in rates.items()})
            for day, rates in self._tables
        ]


def put(database: Database, source: str, day: date, **rates: str) -> None:
    with database.writing(PLATFORM) as session:
        exchange.store(session, source, f"T/{day}", day, {code: Decimal(rate) for code, rate in rates.items()})


def test_the_last_table_on_or_before_a_day_counts_and_for_invoices_the_one_before(database: Database) -> None:
    put(database, "nbp", FRIDAY - timedelta(days=1), EUR="4.2600", USD="4.1000")
    put(database, "nbp", FRIDAY, EUR="4.2730", USD="4.1012")
    with database.reading(PLATFORM) as session:

        def rate(day: date, *, strictly_before: bool = False) -> tuple[str, date] | None:
            found = exchange.rate_on(session, "nbp", "EUR", "PLN", day, strictly_before=strictly_before)
            return (str(found.rate), found.day) if found else None

        sunday = FRIDAY + timedelta(days=2)
        assert rate(sunday) == rate(FRIDAY) == ("4.2730", FRIDAY), "no table on a Sunday"
        assert rate(FRIDAY, strictly_before=True) == ("4.2600", FRIDAY - timedelta(days=1))
        assert rate(sunday + timedelta(days=1), strictly_before=True) == ("4.2730", FRIDAY)
        assert rate(FRIDAY - timedelta(days=2)) is None
        assert exchange.rate_on(session, "nbp", "CHF", "PLN", FRIDAY) is None
        assert exchange.rate_on(session, "ecb", "USD", "EUR", FRIDAY) is None


def test_two_currencies_of_one_table_can_be_turned_into_each_other(database: Database) -> None:
    put(database, "ecb", FRIDAY, PLN="4.2500", CZK="25.000")
    put(database, "nbp", FRIDAY, CZK="0.1700", EUR="4.2500")
    with database.reading(PLATFORM) as session:

        def rate(source: str, currency: str, quote: str) -> Decimal:
            found = exchange.rate_on(session, source, currency, quote, FRIDAY)
            assert found is not None
            return found.rate

        assert rate("ecb", "EUR", "CZK") == 25
        assert rate("ecb", "PLN", "CZK") == Decimal(25) / Decimal("4.25")
        assert rate("nbp", "EUR", "CZK") == Decimal("4.25") / Decimal("0.17") == 25
        assert rate("nbp", "PLN", "EUR") == 1 / Decimal("4.25")


@pytest.mark.parametrize(
    ("minor", "currency", "quote", "rate", "wanted"),
    [
        (10_000, "EUR", "PLN", "4.2730", 42_730),
        (1, "EUR", "PLN", "4.5", 5),
        (999, "EUR", "JPY", "163.06", 1629),
        (1629, "JPY", "EUR", "0.0061", 994),
        (0, "EUR", "PLN", "4.2", 0),
    ],
)
def test_amounts_are_converted_half_up_between_their_minor_units(
    minor: int, currency: str, quote: str, rate: str, wanted: int
) -> None:
    assert exchange.convert(minor, currency, quote, Decimal(rate)) == wanted


def test_a_table_is_kept_once_and_as_it_was_published(database: Database) -> None:
    put(database, "ecb", FRIDAY, PLN="4.2500")
    put(database, "ecb", FRIDAY, PLN="9.9999", CZK="25.000")
    with database.reading(PLATFORM) as session:
        kept = {row.currency: row.rate for row in session.scalars(select(ExchangeRate))}
    assert kept == {"PLN": "4.2500", "CZK": "25.000"}


def test_at_night_rates_come_in_and_the_prices_made_of_them_follow(database: Database) -> None:
    """H-46: what follows exchange rates is made anew; a bank that is away is said, and harms nothing."""
    with clock.frozen(NOW):
        with database.writing(PLATFORM) as session:
            operations.ensure_tlds(session)
        partner = make_partner(database, country="CZ", currency="CZK", tax_mode="net", tax_id="", iban="")
        with tenancy.tenant(partner.id), database.writing() as session:
            com = queries.tld_by_name(session, "com")
            assert com is not None
            product = operations.add_product(session, SYSTEM, com.id).id
            rules.set_rule(session, SYSTEM, "domain", rules.RuleDraft(percent_bp=1000, ending=0))

        def tonight(worker: Worker) -> tuple[str, int | None]:
            said = tasks.fetch_rates(worker)
            jobs.drain(worker, database, TASKS)
            with tenancy.tenant(partner.id), database.reading() as session:
                today = clock.today("UTC")
                return said, queries.price(session, product, "register", 1, "CZK", today)

        away = Worker(database, MemoryRegistry(), rates=(Bank("ecb"),))
        assert tonight(away) == (
            "ecb: no new rates (ecb answers with status 503); 1 price lists to go through",
            None,
        )
    with clock.frozen(NOW + timedelta(days=1)):
        back = Worker(database, MemoryRegistry(), rates=(Bank("ecb", (FRIDAY, {"CZK": "25"})),))
        assert tonight(back) == ("ecb: 1 new tables, the latest of 2026-11-20; 1 price lists to go through", 27300)
        assert tonight(back)[0].startswith("ecb: 0 new tables"), "twice is once"
    with clock.frozen(NOW + timedelta(days=2)):
        with database.writing(PLATFORM) as session:
            net = {"register": 2000, "renew": 2000, "transfer": 2000, "restore": 2000}
            wholesale.set_wholesale(session, SYSTEM, com.id, "EUR", net, clock.today("UTC"))
        jobs.drain(back, database, TASKS)
        with tenancy.tenant(partner.id), database.reading() as session:
            assert queries.price(session, product, "register", 1, "CZK", clock.today("UTC")) == 55_000, "at once"
            assert session.scalar(select(func.count(ExchangeRate.id))) == 1


def test_a_shop_in_a_converted_currency_pays_the_converted_wholesale_price(database: Database) -> None:
    """What the operator charges is never nothing because of the currency; another bank stands in for one without it."""
    with clock.frozen(NOW):
        put(database, "nbp", FRIDAY, CZK="0.1700", EUR="4.2500")
        shop = open_shop(database, country="CZ", currency="CZK", tax_mode="net", tax_id="", iban="")
        with database.reading(PLATFORM) as session:
            assert wholesale.currencies(session) == ["CZK", "EUR", "PLN"]
        before = shop.wholesale()
        shop.sell("bohemia.com")
        assert before - shop.wholesale() == 24_750, "9.90 EUR at 4.25 / 0.17"
        assert shop.line_states() == ["done"]
