"""VAT invoices: from a paid proforma, once, gapless, never changed (H-33)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from tests.factories import make_subscriber
from tests.reseller.billing.test_races import at_once
from tests.selling import SELLER, Shop
from webapp.foundation import tenancy
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import corrections, invoices
from webapp.reseller.billing.corrections import Changes
from webapp.reseller.billing.invoice_facts import hash_of, tax_rows_of
from webapp.reseller.billing.invoice_models import Invoice, InvoiceLine
from webapp.reseller.billing.invoice_settings import change_settings, checked_pattern, number_of, settings_of
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import exchange
from webapp.reseller.orders import manual
from webapp.reseller.partners.models import Partner


def paid(shop: Shop, *names: str) -> Proforma:
    """A paid proforma for these names."""
    proforma = shop.order(*names)
    shop.pay(proforma)
    return shop.proforma(proforma.id)


def issue(shop: Shop, proforma: Proforma, issue_date: date | None = None) -> Invoice:
    """Its VAT invoice, by hand."""
    with shop.scope(), shop.database.writing() as session:
        return invoices.issue_for_proforma(session, SELLER, proforma.id, issue_date=issue_date)


def stored(shop: Shop, invoice_id: int) -> Invoice:
    """An invoice as it comes out of the database."""
    with shop.scope(), shop.database.reading() as session:
        return invoices.invoice(session, invoice_id)


def by_hand(shop: Shop, *lines: manual.FreeLine, account_id: int = 0) -> Proforma:
    """A paid proforma with these items."""
    with shop.scope(), shop.database.writing() as session:
        account = account_id or shop.subscriber.account_id
        proforma = manual.write_proforma(session, SELLER, account, lines, "", f"k{lines}{account}")
    shop.pay(proforma)
    return shop.proforma(proforma.id)


def correct(shop: Shop, invoice: Invoice, changes: Changes) -> Invoice:
    """Issue a correction."""
    with shop.scope(), shop.database.writing() as session:
        return corrections.correct(session, SELLER, invoice.id, changes, "Wrong on the first one")


def settings(shop: Shop, **wanted: Any) -> None:
    """Change the partner's rules for invoices."""
    with shop.scope(), shop.database.writing() as session:
        change_settings(session, SELLER, wanted)


@pytest.mark.parametrize(("country", "begins"), [("PL", "FV/"), ("DE", "RE/"), ("AT", "RE/"), ("FR", "INV/")])
def test_numbers_begin_as_is_usual_in_the_issuers_country_until_the_partner_says_otherwise(
    shop: Shop, country: str, begins: str
) -> None:
    with shop.scope(), shop.database.writing() as session:
        partner = session.scalars(select(Partner)).one()
        partner.country = country
        usual = settings_of(partner)
        assert checked_pattern(usual.pattern) != checked_pattern(usual.corrections)
        assert number_of(usual.pattern, 2026, 7) == f"{begins}2026/00007"
        changed = change_settings(session, SELLER, {"pattern": "A-{year}-{number}"})
    assert (changed.pattern, changed.corrections) == ("A-{year}-{number}", usual.corrections)


def test_a_paid_proforma_becomes_one_invoice_with_its_parties_and_totals(shop: Shop) -> None:
    proforma = paid(shop, "acme.com", "acme.pl")
    first, again = issue(shop, proforma), issue(shop, proforma)
    assert first.id == again.id
    found = stored(shop, first.id)
    assert found.number == f"FV/{found.issue_date.year}/00001"
    assert (found.net, found.tax, found.gross) == (proforma.net, proforma.tax, proforma.gross)
    assert (found.buyer, found.issuer["tax_id"]) == (proforma.buyer, "5260250274")
    assert [line.subject for line in found.lines] == ["acme.com", "acme.pl"]
    assert [row["category"] for row in found.tax_rows] == ["S"]
    assert found.paid_on == found.sale_date == date(2026, 11, 21)
    assert found.hash == hash_of(found), "the hash is the same after a round through the database"


def test_an_unpaid_proforma_gets_no_invoice(shop: Shop) -> None:
    proforma = shop.order("acme.com")
    with pytest.raises(Refusal, match="paid proforma"):
        issue(shop, proforma)


def test_many_windows_issue_one_invoice_and_failures_leave_no_gap(shop: Shop) -> None:
    proformas = [paid(shop, f"acme{number}.com") for number in range(4)]

    def issue_or_fail(number: int) -> int | None:
        try:
            with shop.scope(), shop.database.writing() as session:
                invoice = invoices.issue_for_proforma(session, SELLER, proformas[number % 4].id)
                if number % 3 == 0:
                    raise Refusal("test", "rolled back")
                return invoice.id
        except Refusal:
            return None

    ids = {found for found in at_once(issue_or_fail, 24) if found}
    assert len(ids) == 4
    with shop.scope(), shop.database.reading() as session:
        assert sorted(session.scalars(select(Invoice.sequence))) == [1, 2, 3, 4]


def test_dates_follow_numbers(shop: Shop) -> None:
    first, second = paid(shop, "a1.com"), paid(shop, "a2.com")
    with shop.scope(), shop.database.writing() as session:
        for proforma in session.scalars(select(Proforma)):
            proforma.issue_date -= timedelta(days=5)
    today = first.issue_date
    issue(shop, first, today - timedelta(days=1))
    with pytest.raises(Refusal, match="choose that day or a later one"):
        issue(shop, second, today - timedelta(days=2))
    with pytest.raises(Refusal, match="until today"):
        issue(shop, second, today + timedelta(days=1))
    assert issue(shop, second).sequence == 2


FORGERIES: dict[str, Any] = {
    "number": update(Invoice).values(number="FV/1"),
    "line": update(InvoiceLine).values(amount=1),
    "drop": delete(Invoice),
    "drop a line": delete(InvoiceLine),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_database_itself_refuses_to_change_an_issued_invoice(shop: Shop, forgery: str) -> None:
    issue(shop, paid(shop, "acme.com"))
    with pytest.raises(DBAPIError, match="never changed"), shop.scope(), shop.database.writing() as session:
        session.execute(FORGERIES[forgery])


def test_only_whose_list_it_is_in_may_change(shop: Shop) -> None:
    """Two accounts become one: the paper and its hash stay."""
    invoice = issue(shop, paid(shop, "acme.com"))
    other = make_subscriber(shop.database, shop.partner, "ola@example.com")
    with shop.scope(), shop.database.writing() as session:
        session.execute(update(Invoice).where(Invoice.id == invoice.id).values(account_id=other.account_id))
        assert not list(invoices.check_hashes(session))


def test_the_books_name_an_invoice_that_is_not_what_was_issued(shop: Shop) -> None:
    invoice = issue(shop, paid(shop, "acme.com"))
    with shop.scope(), shop.database.reading() as session:
        assert list(invoices.check_hashes(session)) == []
        forged = session.scalars(select(Invoice)).one()
        forged.buyer["name"] = "Somebody else"
        assert list(invoices.check_hashes(session, size=1)) == [invoice.number]
        session.expunge_all()


def test_a_duplicate_has_its_own_date_and_leaves_the_invoice_alone(shop: Shop) -> None:
    """H-33: a duplicate is made of an issued invoice; the invoice stays."""
    invoice = issue(shop, paid(shop, "acme.com"))
    with shop.scope(), shop.database.writing() as session:
        copy = invoices.duplicate(session, SELLER, invoice.id)
    assert (copy.kind, copy.made_on, copy.made_by) == ("duplicate", invoice.issue_date, SELLER.label)
    assert stored(shop, invoice.id).hash == invoice.hash


def test_corrections_add_up_to_what_holds(shop: Shop) -> None:
    invoice = issue(shop, by_hand(shop, manual.FreeLine("Work", 3, 10_01, 2300), manual.FreeLine("Book", 1, 2000, 500)))
    first = correct(shop, invoice, Changes({1: {"quantity": 2}}))
    second = correct(shop, first, Changes({1: {"unit_amount": 9_99}, 2: {"description": "A book"}}))
    assert (first.number[:3], first.sequence, second.sequence) == ("FK/", 1, 2)
    assert first.corrects_id == second.corrects_id == invoice.id
    assert (first.lines[0].amount, first.gross) == (-1001, -1001)
    assert second.lines[0].corrects["before"]["quantity"] == 2
    assert [line.position for line in second.lines] == [1, 2]
    with shop.scope(), shop.database.reading() as session:
        state = corrections.state_of(session, invoices.invoice(session, invoice.id))
    rows = tax_rows_of(state.lines.values(), gross=True)
    assert rows == state.rows
    for name in ("net", "tax", "gross"):
        added = sum(getattr(document, name) for document in (invoice, first, second))
        assert added == sum(row[name] for row in rows)
    assert state.lines[2]["description"] == "A book"


def test_a_cancelled_invoice_comes_to_nothing(shop: Shop) -> None:
    invoice = issue(shop, paid(shop, "acme.com", "acme.pl"))
    with shop.scope(), shop.database.writing() as session:
        zero = corrections.cancel(session, SELLER, invoice.id, "Ordered by mistake")
    assert (zero.net, zero.tax, zero.gross) == (-invoice.net, -invoice.tax, -invoice.gross)
    with pytest.raises(Refusal, match="Nothing is different"), shop.scope(), shop.database.writing() as session:
        corrections.cancel(session, SELLER, zero.id, "Once more")


def test_a_typing_error_in_the_buyer_is_corrected_without_amounts(shop: Shop) -> None:
    invoice = issue(shop, paid(shop, "acme.com"))
    found = correct(shop, invoice, Changes(parties={"buyer": {"city": "Wieliczka"}}))
    assert (found.gross, found.lines, found.tax_rows) == (0, [], [])
    assert found.buyer == invoice.buyer | {"city": "Wieliczka"}
    with pytest.raises(Refusal, match="Nothing is different"):
        correct(shop, invoice, Changes(parties={"buyer": {"city": "Wieliczka"}}))


@pytest.mark.parametrize(
    "line",
    [{"quantity": -1}, {"unit_amount": -1}, {"unit_amount": 10**40}, {"tax_rate_bp": 10_001}, {"description": "a\nb"}],
)
def test_corrections_refuse_what_cannot_be(shop: Shop, line: dict[str, Any]) -> None:
    invoice = issue(shop, paid(shop, "acme.com"))
    with pytest.raises(Refusal):
        correct(shop, invoice, Changes({1: line}))


def test_a_document_in_euro_tells_the_tax_in_zloty_at_the_rate_of_the_day_before(shop: Shop) -> None:
    with shop.database.writing(tenancy.Platform("system")) as session:
        session.scalars(select(Partner)).one().currency = "EUR"
        for day, rate in ((date(2026, 11, 20), "4.2000"), (date(2026, 11, 21), "9.9999")):
            exchange.store(session, "nbp", f"{day:%j}/A/NBP/2026", day, {"EUR": Decimal(rate)})
    proforma = by_hand(shop, manual.FreeLine("Work", 1, 12_300, 2300))
    found = stored(shop, issue(shop, proforma).id)
    assert found.rate == {
        "source": "nbp", "number": "324/A/NBP/2026", "day": "2026-11-20", "rate": found.rate["rate"], "currency": "PLN"
    }  # fmt: skip
    assert Decimal(found.rate["rate"]) == Decimal("4.2")
    assert [(row["net"], row["tax"]) for row in found.local_rows] == [(42_000, 9_660)]
    half = correct(shop, found, Changes({1: {"unit_amount": 6_150}}))
    assert [(row["net"], row["tax"]) for row in half.local_rows] == [(-21_000, -4_830)]


def test_without_a_rate_no_foreign_document_is_issued(shop: Shop) -> None:
    with shop.database.writing(tenancy.Platform("system")) as session:
        session.scalars(select(Partner)).one().currency = "EUR"
    proforma = by_hand(shop, manual.FreeLine("Work", 1, 12_300, 2300))
    with pytest.raises(Refusal, match="exchange rate of EUR"):
        issue(shop, proforma)


def test_reverse_charge_is_said_on_the_invoice(shop: Shop) -> None:
    german = make_subscriber(
        shop.database, shop.partner, "max@example.de", kind="company", organisation="Nordlicht GmbH", country="DE",
        postcode="10115", tax_id="DE136695976",
    )  # fmt: skip
    proforma = by_hand(shop, manual.FreeLine("Work", 1, 10_000, 0), account_id=german.account_id)
    found = issue(shop, proforma)
    assert (found.tax_regime, found.notes, found.lines[0].tax_category) == ("reverse", ["reverse_charge"], "AE")


@pytest.mark.parametrize(("amount", "noted"), [(15_000_00, False), (15_000_01, True)])
def test_split_payment_is_named_above_its_limit(shop: Shop, amount: int, noted: bool) -> None:
    settings(shop, split_payment=True)
    firm = make_subscriber(
        shop.database, shop.partner, "firma@example.pl", kind="company", organisation="Firma", tax_id="5260250274"
    )
    proforma = by_hand(shop, manual.FreeLine("Work", 1, amount, 2300), account_id=firm.account_id)
    assert ("split_payment" in issue(shop, proforma).notes) is noted


@pytest.mark.broken_books
def test_the_partners_pattern_makes_the_number_and_a_double_one_is_refused(shop: Shop) -> None:
    settings(shop, pattern="{number}/{year}")
    first = issue(shop, paid(shop, "a1.com"))
    assert first.number == f"1/{first.year}"
    with shop.scope(), shop.database.writing() as session:
        twin = Invoice(**{**_columns(first), "sequence": 9, "number": f"2/{first.year}"})
        session.add(replace_lines(twin))
    with pytest.raises(Refusal, match="change the pattern"):
        issue(shop, paid(shop, "a2.com"))


def replace_lines(invoice: Invoice) -> Invoice:
    """A document without lines and proforma, to stand in the way of a number."""
    invoice.lines, invoice.proforma_id = [], None
    return invoice


def _columns(invoice: Invoice) -> dict[str, Any]:
    return {column.key: getattr(invoice, column.key) for column in Invoice.__table__.columns if column.key != "id"}
