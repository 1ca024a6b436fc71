"""Prices and endings as a partner sets them and a visitor sees them (H-41, H-54)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_partner, make_subscriber
from tests.harness.statements import counted
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import facts, operations, queries
from webapp.reseller.catalog.models import Price, PriceGroup, PriceGroupMember, Product, Tld, WholesalePrice
from webapp.reseller.catalog.price_table import price_rows
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import AuditEvent, Partner

PLATFORM = tenancy.Platform("operator")
STAFF = Actor("staff", 1, "ewa@acme.example")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def partner(database: Database) -> Iterator[Partner]:
    with clock.frozen(NOW):
        with database.writing(PLATFORM) as session:
            operations.ensure_tlds(session)
        yield make_partner(database)


@contextmanager
def as_partner(database: Database, partner: Partner) -> Iterator[Session]:
    with tenancy.tenant(partner.id), database.writing() as session:
        yield session


def sell(session: Session, *endings: str) -> list[Product]:
    products = []
    for ending in endings:
        tld = queries.tld_by_name(session, ending)
        assert tld is not None
        products.append(operations.add_product(session, STAFF, tld.id))
    return products


def charge(
    session: Session,
    product: Product,
    amount: int,
    operation: str = "register",
    years: int = 1,
    start: date = TODAY,
    group: int | None = None,
) -> Price:
    return operations.set_price(session, STAFF, product.id, operation, years, amount, "PLN", start, group)


def test_the_install_knows_sixty_endings_with_wholesale_prices_in_two_currencies(
    database: Database, partner: Partner
) -> None:
    with as_partner(database, partner) as session:
        endings = queries.tlds(session)
        assert len(endings) >= 60
        assert {tld.registry_key for tld in endings} == {"sandbox"}
        for tld in endings:
            for currency in ("PLN", "EUR"):
                first = queries.wholesale(session, tld.id, "register", 1, currency, TODAY)
                yearly = queries.wholesale(session, tld.id, "renew", 1, currency, TODAY)
                longest = queries.wholesale(session, tld.id, "register", tld.max_years, currency, TODAY)
                assert first is not None
                assert yearly is not None
                assert longest == first + (tld.max_years - 1) * yearly


def test_every_ending_comes_with_what_its_seller_must_know(database: Database, partner: Partner) -> None:
    """H-47: facts are stated in words that we have, and reach installs that had none."""
    with database.writing(PLATFORM) as session:
        for tld in queries.tlds(session):
            assert tld.facts["registry"]
            assert set(tld.facts["required"]) <= set(facts.REQUIREMENTS), tld.name
            assert tld.facts["transfer"]["confirmed_by"] in facts.CONFIRMATIONS, tld.name
        pl, de, uk = (queries.tld_by_name(session, name) for name in ("pl", "de", "uk"))
        assert pl is not None
        assert de is not None
        assert uk is not None
        assert facts.day_periods(pl.facts)[0] == 30, "renewal to a day: from 30 days on"
        assert (facts.day_periods(de.facts), de.facts["required"]) == ((), ["german_recipient"])
        assert uk.facts["transfer"] == {"code": False, "adds_year": False, "confirmed_by": "losing_registrar"}
        pl.facts, de.facts = {}, {"registry": "changed by the operator"}
    with database.writing(PLATFORM) as session:
        assert operations.ensure_tlds(session) == 0
        found = {tld.name: tld.facts["registry"] for tld in queries.tlds(session)}
    assert (found["pl"], found["de"]) == ("NASK", "changed by the operator")


def test_what_the_operator_changed_survives_the_next_start(database: Database, partner: Partner) -> None:
    with database.writing(PLATFORM) as session:
        com = queries.tld_by_name(session, "com")
        assert com is not None
        com.grace_days = 7
    with database.writing(PLATFORM) as session:
        assert operations.ensure_tlds(session) == 0
        assert session.scalar(select(Tld.grace_days).where(Tld.name == "com")) == 7


def test_an_operators_later_price_applies_from_its_day(database: Database, partner: Partner) -> None:
    with database.writing(PLATFORM) as session:
        com = queries.tld_by_name(session, "com")
        assert com is not None
        before = queries.wholesale(session, com.id, "renew", 1, "PLN", TODAY)
        later = TODAY + timedelta(days=10)
        session.add(
            WholesalePrice(tld_id=com.id, operation="renew", years=1, currency="PLN", amount=5555, valid_from=later)
        )
        session.flush()
        assert queries.wholesale(session, com.id, "renew", 1, "PLN", later - timedelta(days=1)) == before
        assert queries.wholesale(session, com.id, "renew", 1, "PLN", later) == 5555
        assert queries.wholesale_amounts(session, "PLN", later)[com.id, "renew", 1] == 5555


def test_a_visitor_sees_endings_in_the_partners_order(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, pl, eu = sell(session, "com", "pl", "eu")
        for product in (com, pl):
            charge(session, product, 4999)
        charge(session, pl, 5999, "renew")
        operations.set_tld_group(session, STAFF, [eu.id, pl.id, com.id], [pl.id])
        shown = queries.offers(session, "PLN", TODAY)
        assert [offer.tld for offer in shown] == ["pl", "com"], "an ending without a register price is not shown"
        assert [offer.spotlight for offer in shown] == [True, False]
        assert shown[0].register == {1: 4999}
        assert shown[0].renew == {1: 5999}
        assert shown[0].max_years == 10


def test_all_offers_take_three_statements(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        products = sell(session, "com", "pl", "eu", "net", "org")
        for product in products:
            charge(session, product, 4999)
        operations.set_tld_group(session, STAFF, [product.id for product in products])
    with counted(database) as statements, tenancy.tenant(partner.id), database.reading() as session:
        assert len(queries.offers(session, "PLN", TODAY)) == 5
    assert len([text for text in statements if text.lstrip().startswith("SELECT") and "set_config" not in text]) == 3


def test_an_ending_taken_off_the_shelf_is_not_offered(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        charge(session, com, 4999)
        operations.set_tld_group(session, STAFF, [com.id])
        assert queries.offer_for(session, "com", "PLN", TODAY) is not None
        operations.set_on_sale(session, STAFF, com.id, False)
        assert queries.offers(session, "PLN", TODAY) == []
        assert queries.offer_for(session, "com", "PLN", TODAY) is None


def test_the_latest_start_wins_and_a_future_price_waits(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        charge(session, com, 4999)
        charge(session, com, 3999, start=TODAY + timedelta(days=5))
        assert queries.price(session, com.id, "register", 1, "PLN", TODAY) == 4999
        assert queries.price(session, com.id, "register", 1, "PLN", TODAY + timedelta(days=4)) == 4999
        assert queries.price(session, com.id, "register", 1, "PLN", TODAY + timedelta(days=5)) == 3999
        assert queries.next_price_change(session, TODAY) == TODAY + timedelta(days=5)
        assert queries.price(session, com.id, "register", 2, "PLN", TODAY) is None, "only exactly this period"
        assert queries.price(session, com.id, "register", 1, "EUR", TODAY) is None


def test_the_same_day_again_corrects_the_amount(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        first = charge(session, com, 4999)
        assert charge(session, com, 4599).id == first.id
        assert queries.price(session, com.id, "register", 1, "PLN", TODAY) == 4599


def test_a_members_price_beats_a_newer_common_one(database: Database, partner: Partner) -> None:
    """H-41: a group's price is for its members only."""
    friend, stranger = make_subscriber(database, partner), make_subscriber(database, partner, email="b@example.com")
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        group = PriceGroup(name="Friends")
        session.add(group)
        session.flush()
        session.add(PriceGroupMember(group_id=group.id, account_id=friend.account_id))
        charge(session, com, 2999, group=group.id)
        charge(session, com, 4999)
        charge(session, com, 4499, start=TODAY + timedelta(days=3))
        operations.set_tld_group(session, STAFF, [com.id])
        later = TODAY + timedelta(days=3)
        assert queries.price(session, com.id, "register", 1, "PLN", later, friend.account_id) == 2999
        assert queries.price(session, com.id, "register", 1, "PLN", later, stranger.account_id) == 4499
        assert queries.price(session, com.id, "register", 1, "PLN", later) == 4499
        assert queries.offers(session, "PLN", TODAY, friend.account_id)[0].register == {1: 2999}
        assert queries.offers(session, "PLN", TODAY)[0].register == {1: 4999}


def test_a_search_reads_the_shortest_period_and_the_yearly_renewal_in_three_statements(
    database: Database, partner: Partner
) -> None:
    with as_partner(database, partner) as session:
        com, net = sell(session, "com", "net")
        for years in range(1, 11):
            charge(session, com, 4999 * years, years=years)
            charge(session, com, 5999 * years, "renew", years=years)
        charge(session, com, 9999, "transfer")
        charge(session, net, 4999)
        operations.set_tld_group(session, STAFF, [com.id, net.id])
    with counted(database) as statements, tenancy.tenant(partner.id), database.reading() as session:
        brief = queries.brief_offers(session, "PLN", TODAY)
    assert [(offer.tld, offer.register, offer.renew, offer.transfer) for offer in brief] == [
        ("com", {1: 4999}, {1: 5999}, {}),
        ("net", {1: 4999}, {}, {}),
    ]
    assert len([text for text in statements if text.lstrip().startswith("SELECT") and "set_config" not in text]) == 3


def test_a_search_shows_what_is_for_sale_for_two_years_only(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        com, net = sell(session, "com", "net")
        charge(session, com, 4999)
        for years in (3, 2):
            charge(session, net, 5000 * years, years=years)
        charge(session, net, 5999, "renew")
        operations.set_tld_group(session, STAFF, [com.id, net.id])
        brief = queries.brief_offers(session, "PLN", TODAY)
        assert [(offer.tld, offer.register, offer.renew) for offer in brief] == [
            ("com", {1: 4999}, {}),
            ("net", {2: 10000, 3: 15000}, {1: 5999}),
        ]


def test_an_ended_price_does_not_bring_an_older_one_back(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        charge(session, com, 4999)
        charge(session, com, 3999, start=TODAY + timedelta(days=2))
        charge(session, com, 9999, start=TODAY + timedelta(days=20))
        last = TODAY + timedelta(days=5)
        operations.end_price(session, STAFF, com.id, "register", 1, "PLN", last)
        assert queries.price(session, com.id, "register", 1, "PLN", last) == 3999
        assert queries.price(session, com.id, "register", 1, "PLN", last + timedelta(days=1)) is None
        assert queries.price(session, com.id, "register", 1, "PLN", TODAY + timedelta(days=30)) is None
        assert queries.next_price_change(session, last) == last + timedelta(days=1)


def test_the_price_table_stands_beside_its_costs(database: Database, partner: Partner) -> None:
    """H-41: the partner sees each price, what it costs, and its next change."""
    with as_partner(database, partner) as session:
        com, pl = sell(session, "com", "pl")
        charge(session, com, 4999)
        charge(session, com, 5499, start=TODAY + timedelta(days=9))
        operations.set_tld_group(session, STAFF, [com.id])
        rows = {row.tld: row for row in price_rows(session, "PLN", TODAY)}
        cell = rows["com"].cell("register")
        assert (cell.amount, cell.next_amount, cell.next_from) == (4999, 5499, TODAY + timedelta(days=9))
        assert cell.wholesale == 4290
        assert rows["com"].position == 1
        assert rows["pl"].position is None
        assert rows["pl"].cell("register").amount is None
        assert pl.on_sale


def test_an_ending_that_its_registry_sells_for_two_years_and_more_has_no_price_for_one(
    database: Database, partner: Partner
) -> None:
    """H-47: .ai is registered and renewed for two years at least; a transfer is one transfer."""
    with as_partner(database, partner) as session:
        (ai,) = sell(session, "ai")
        (row,) = price_rows(session, "PLN", TODAY)
        assert (row.first_key("register"), row.first_key("transfer")) == (("register", 2, 0), ("transfer", 1, 0))
        assert [row.first_cell(name).wholesale for name in facts.OPERATIONS] == [71800, 71800, 35900, 59900]
        assert row.cell("register").wholesale is None
        charge(session, ai, 50000, "transfer")
        with pytest.raises(Refusal):
            charge(session, ai, 50000)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": -1}, "amount"),
        ({"amount": 10**12}, "amount"),
        ({"years": 0}, "years"),
        ({"years": 11}, "years"),
        ({"operation": "gift"}, "operation"),
        ({"start": TODAY - timedelta(days=1)}, "in_past"),
    ],
)
def test_a_wrong_price_is_refused_with_a_reason(
    database: Database, partner: Partner, changed: dict[str, object], code: str
) -> None:
    with as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        with pytest.raises(Refusal) as refused:
            charge(session, com, **{"amount": 4999, **changed})  # type: ignore[arg-type]
        assert refused.value.code == code
        assert session.scalars(select(Price)).all() == []


def test_today_is_the_partners_today(database: Database, partner: Partner) -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # half past midnight of the 22nd in Warsaw
    with clock.frozen(late), as_partner(database, partner) as session:
        (com,) = sell(session, "com")
        with pytest.raises(Refusal):
            charge(session, com, 4999, start=date(2026, 11, 21))
        charge(session, com, 4999, start=date(2026, 11, 22))


def test_another_partner_can_neither_price_nor_group_our_endings(database: Database, partner: Partner) -> None:
    other = make_partner(database, name="Other", email="other@example.com")
    with as_partner(database, partner) as session:
        (ours,) = sell(session, "com")
    with as_partner(database, other) as session:
        with pytest.raises(NotFound):
            charge(session, ours, 1)
        with pytest.raises(NotFound):
            operations.set_tld_group(session, STAFF, [ours.id])
        with pytest.raises(NotFound):
            operations.set_on_sale(session, STAFF, ours.id, False)
        assert queries.product_for_tld(session, "com") is None


@pytest.mark.parametrize(
    ("pick", "code"),
    [
        (lambda ids: ([], []), "empty"),
        (lambda ids: ([ids[0], ids[0]], []), "twice"),
        (lambda ids: ([ids[0]], [ids[1]]), "spotlight"),
        (lambda ids: ([ids[0]] * 61, []), "too_many"),
        (lambda ids: ([ids[0], 10**9], []), "not_found"),
    ],
)
def test_a_wrong_group_is_refused_and_the_old_one_stays(
    database: Database, partner: Partner, pick: Callable[[list[int]], tuple[list[int], list[int]]], code: str
) -> None:
    """H-54."""
    with as_partner(database, partner) as session:
        products = sell(session, "com", "pl")
        charge(session, products[0], 4999)
        operations.set_tld_group(session, STAFF, [products[0].id])
        chosen, spotlight = pick([product.id for product in products])
        with pytest.raises(Refusal) as refused:
            operations.set_tld_group(session, STAFF, chosen, spotlight)
        assert refused.value.code == code
        assert [offer.tld for offer in queries.offers(session, "PLN", TODAY)] == ["com"]


def test_every_change_makes_cached_pages_stale_and_is_written_down(database: Database, partner: Partner) -> None:
    def version(session: Session) -> int:
        return session.scalar(select(Partner.content_version)) or 0

    with as_partner(database, partner) as session:
        seen = version(session)
        (com,) = sell(session, "com")
        deeds: list[Callable[[], object]] = [
            lambda: charge(session, com, 4999),
            lambda: operations.set_tld_group(session, STAFF, [com.id]),
            lambda: operations.set_on_sale(session, STAFF, com.id, False),
            lambda: operations.end_price(session, STAFF, com.id, "register", 1, "PLN", TODAY),
        ]
        for deed in deeds:
            before = version(session)
            deed()
            assert version(session) > before >= seen
        actions = set(session.scalars(select(AuditEvent.action)))
        assert actions >= {"price.set", "tld_group.set", "product.off_sale", "price.ended", "product.added"}
