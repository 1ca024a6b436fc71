"""Which payment is a movement of the bank (H-27, H-32): by itself only what is certain, each movement once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories import make_subscriber
from tests.reseller.billing import statement_files as files
from tests.reseller.billing.test_races import at_once
from tests.selling import SELLER, Shop
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import bank, statements
from webapp.reseller.billing.bank_models import BankLine
from webapp.reseller.billing.models import LedgerPosting, MoneyDocument, Payment, Proforma
from webapp.reseller.desk.books import check
from webapp.reseller.orders import manual, matching
from webapp.reseller.orders.numbers_in_titles import mentions, symbols
from webapp.reseller.partners.models import Partner

N12 = "PRO/2026/00012"
TITLES = [
    ("PRO/2026/00012", [N12]),
    ("pro/2026/00012", [N12]),
    ("Zapłata za PRO/2026/00012 domena acme.pl", [N12]),
    ("PRO 2026 12", [N12]),
    ("PRO-2026-00012", [N12]),
    ("PRO.2026.12", [N12]),
    ("PRO2026/12", [N12]),
    ("PRO202600012", [N12]),
    ("PRO / 2026 / 00012", [N12]),
    ("(PRO/2026/00012)", [N12]),
    ("proforma nr 12/2026", [N12]),
    ("Proforma PRO/2026/00012", [N12]),
    ("pro forma 2026/12", [N12]),
    ("za proformę: PRO/2026/12.", [N12]),
    ("PRO/2026/000 12", [N12]),
    ("PRO/2026/ 00012", [N12]),
    ("PRO\\2026\\00012", [N12]),
    ("/VAT/9,35/IDC/5250000000/INV/PRO/2026/00012/TXT/domena", [N12]),
    ("/VAT/9,35/IDC/5250000000/INV/PRO 2026 12/TXT/", [N12]),
    ("2026/00012", [N12]),
    ("PRO/2026/00012 21.11.2026", [N12]),
    ("PRO/2026/00012 49,99 PLN", [N12]),
    ("PRO/2026/00012, PRO/2026/00013", [N12, "PRO/2026/00013"]),
    ("PRO/2026/00012 i 00013", [N12, "PRO/2026/00013"]),
    ("PRO/2026/00012;00013,00014", [N12, "PRO/2026/00013", "PRO/2026/00014"]),
    ("PRO/2026/00012 PRO/2026/00012", [N12]),
    ("PRO/2026/123456", ["PRO/2026/123456"]),
    ("2026/12", []),
    ("FV/2026/00012", []),
    ("PROMOCJA 2026 12", []),
    ("REPRO 2026 12", []),
    ("zapłata za domenę acme.pl", []),
    ("PRO/2026/00000", []),
    ("PRO/1999/00012", []),
    ("12/2026", []),
    ("", []),
]


@pytest.mark.parametrize(("title", "numbers"), TITLES)
def test_numbers_in_titles(title: str, numbers: list[str]) -> None:
    assert [sorted(each.readings) for each in mentions(title)] == [[number] for number in numbers]


def test_a_space_that_may_be_the_bank_s_is_two_readings() -> None:
    (mention,) = mentions("PRO/2026/12 100 zl")
    assert mention.readings == {N12, "PRO/2026/12100"}


@pytest.mark.parametrize(
    ("title", "end_to_end"), [("VS:202600012", ""), ("/VS/0202600012 x", ""), ("", "202600012"), ("vs 202600012", "X")]
)
def test_variable_symbols(title: str, end_to_end: str) -> None:
    assert symbols(title, end_to_end) == [N12]
    assert symbols("VS:2026", "20260001") == []


# --- with a database ---------------------------------------------------------------------------------------------


@pytest.fixture
def own(shop: Shop) -> Iterator[Shop]:
    """The shop, whose bank account is that of the files. Its books are in order in the end."""
    with shop.scope(), shop.database.writing() as session:
        session.scalars(select(Partner).where(Partner.id == shop.partner.id)).one().iban = files.ACCOUNT
    yield shop
    broken = [inv for inv in check(shop.database) if not inv.ok]
    assert not broken, broken


def take_in(shop: Shop, raw: bytes, work: bool = True) -> list[bank.Imported]:
    """Import a file; the worker matches."""
    with shop.scope(), shop.database.writing() as session:
        found = bank.store(session, SELLER, "wyciag.sta", raw, statements.read(raw))
    if work:
        shop.work()
    return found


def line(shop: Shop, title: str, amount: str, ref: str = "1") -> BankLine:
    """Import one movement and say what became of it."""
    take_in(shop, files.statement((amount, title, ref)))
    return lines(shop)[-1]


def lines(shop: Shop) -> list[BankLine]:
    with shop.scope(), shop.database.reading() as session:
        return list(session.scalars(select(BankLine).order_by(BankLine.id)))


def written(shop: Shop, amount: int, account_id: int = 0) -> Proforma:
    """An unpaid proforma over an amount."""
    with shop.scope(), shop.database.writing() as session:
        account = account_id or shop.subscriber.account_id
        count = session.scalar(select(func.count(Proforma.id)))
        free = [manual.FreeLine("Work", 1, amount, 0)]
        return manual.write_proforma(session, SELLER, account, free, "", f"m{count}")


def payments(shop: Shop) -> list[Payment]:
    with shop.scope(), shop.database.reading() as session:
        return list(session.scalars(select(Payment).order_by(Payment.id)))


def assign(shop: Shop, found: BankLine, *proformas: Proforma, account_id: int = 0) -> Payment:
    with shop.scope(), shop.database.writing() as session:
        account = account_id or shop.subscriber.account_id
        return matching.assign(session, SELLER, found.id, account, [each.id for each in proformas])


def undo(shop: Shop, found: BankLine) -> None:
    with shop.scope(), shop.database.writing() as session:
        matching.undo(session, SELLER, found.id)


def test_a_number_with_its_amount_is_booked_by_itself(own: Shop) -> None:
    """H-27, H-32: a transfer to the partner's own account pays the proforma that it names."""
    proforma = written(own, 4999)
    found = line(own, f"Zaplata {proforma.number.replace('/', ' ')}", "49,99")
    assert (found.state, found.rule, own.proforma(proforma.id).state) == ("matched", "number", "paid")
    (payment,) = payments(own)
    assert (payment.bank_line_id, payment.amount, payment.received_on) == (found.id, 4999, found.booked_on)


def test_several_numbers_whose_sum_fits_are_one_payment(own: Shop) -> None:
    first, second = written(own, 4999), written(own, 1000)
    found = line(own, f"{first.number}, {second.number}", "59,99")
    assert (found.state, [own.proforma(each.id).state for each in (first, second)]) == ("matched", ["paid", "paid"])
    assert [payment.covers for payment in payments(own)] == [[first.id, second.id]]


def test_a_variable_symbol_is_booked_first(own: Shop) -> None:
    proforma = written(own, 4999)
    found = line(own, f"VS:2026{proforma.sequence:05d}", "49,99")
    assert (found.state, found.rule) == ("matched", "symbol")


@pytest.mark.parametrize(
    ("title", "amount", "why"),
    [
        ("{0}", "49,98", ["number"]),
        ("{0}", "50,00", ["number"]),
        ("{0} {1}", "49,99", ["some", "some"]),
        ("{0} PRO/2026/09999", "49,99", ["number"]),
        ("za domene", "49,99", ["amount"]),
        ("za domene", "12,34", []),
        ("{2}", "30,00", ["paid"]),
        ("{0} {3}", "69,99", ["some", "some"]),
    ],
)
def test_everything_else_waits_for_a_person(own: Shop, title: str, amount: str, why: list[str]) -> None:
    stranger = make_subscriber(own.database, own.partner, "ewa@example.com").account_id
    open_, other, paid, foreign = (
        written(own, 4999),
        written(own, 1000),
        written(own, 3000),
        written(own, 2000, stranger),
    )
    own.pay(paid)
    found = line(own, title.format(*(each.number for each in (open_, other, paid, foreign))), amount)
    assert (found.state, found.rule) == ("open", "")
    assert [each["why"] for each in found.suggestions] == why
    assert len(payments(own)) == 1


def test_an_account_that_has_paid_before_is_a_suggestion_only(own: Shop) -> None:
    line(own, written(own, 4999).number, "49,99")
    again = written(own, 4999)
    found = line(own, "jak zwykle", "49,99", "2")
    assert (found.state, found.suggestions) == ("open", [{"proforma_id": again.id, "why": "seen"}])


def test_a_domain_in_the_title_is_a_suggestion(own: Shop) -> None:
    proforma = own.order("acme.com")
    found = line(own, "oplata za Acme.com, dziekuje", "1,00")
    assert found.suggestions == [{"proforma_id": proforma.id, "why": "domain"}]


def test_the_same_file_and_overlapping_ones_book_nothing_twice(own: Shop) -> None:
    proforma = written(own, 4999)
    twin = ("10,00", "kawa", "")
    one = files.statement(("49,99", proforma.number, "77"), twin, twin)
    take_in(own, one)
    with pytest.raises(statements.StatementError, match="imported before"):
        take_in(own, one)
    (again,) = take_in(
        own, files.statement(("49,99", proforma.number, "77"), twin, twin, ("1,00", "new", "78"), number=2)
    )
    assert (again.added, again.known, len(lines(own)), len(payments(own))) == (1, 3, 4, 1)


def test_the_same_movements_in_another_format_are_known_or_wait(own: Shop) -> None:
    proforma = written(own, 4999)
    title = f"Zapłata za PRO/2026/00012 domena acme.pl {proforma.number}"
    take_in(own, files.MT940.replace("~22\r\n", f"~22 {proforma.number}\r\n").encode())
    paid = payments(own)
    (camt,) = take_in(own, files.camt().replace("Zapłata za PRO/2026/00012 domena acme.pl", title).encode())
    assert camt.known >= 1, "Anna's movement has the same day, amount, title and number at the bank"
    take_in(own, files.MBANK.replace('"PRO/2026/00012"', f'"{title}"').encode())
    twins = [each for each in lines(own) if each.rule == "twin"]
    assert [each.amount for each in twins if each.title == title] == [4999]
    assert payments(own) == paid or len(payments(own)) == len(paid)


def test_what_is_odd_is_said_and_taken(own: Shop) -> None:
    (first,) = take_in(own, files.statement(("1,00", "a", "1"), number=7))
    assert first.statement.warnings == []
    (second,) = take_in(own, files.statement(("1,00", "b", "2"), number=9, opening=500))
    assert second.statement.warnings == ["gap"]
    wrong = files.statement(("1,00", "c", "3"), number=10, opening=600).replace(b"C261121PLN7,00", b"C261121PLN9,00")
    (third,) = take_in(own, wrong)
    assert third.statement.warnings == ["balance"]
    (early,) = take_in(own, files.statement(("1,00", "d", "4"), number=1, day=date(2026, 1, 5)))
    assert early.statement.warnings == ["early"]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (files.statement(("1,00", "a", "1"), account=files.ANNA), "not about yours"),
        (files.statement(("1,00", "a", "1"), currency="EUR"), "in EUR, you sell in PLN"),
    ],
)
def test_a_statement_of_another_account_or_currency_stores_nothing(own: Shop, raw: bytes, says: str) -> None:
    with pytest.raises(statements.StatementError, match=says):
        take_in(own, raw)
    assert lines(own) == []


def test_money_that_went_out_is_listed_as_such(own: Shop) -> None:
    proforma = written(own, 500)
    found = line(own, proforma.number, "-5,00")
    assert (found.state, found.rule, own.proforma(proforma.id).state) == ("ignored", "outgoing", "issued")


def test_a_person_decides_undoes_and_decides_anew(own: Shop) -> None:
    wrong, right = written(own, 4999), written(own, 4999)
    found = line(own, "dzien dobry", "49,99")
    assign(own, found, wrong)
    assert own.proforma(wrong.id).state == "paid"
    undo(own, found)
    assert (own.proforma(wrong.id).state, own.credit(), lines(own)[0].state) == ("issued", 0, "open")
    assign(own, lines(own)[0], right)
    undo(own, found)
    assign(own, lines(own)[0], wrong)
    assert [own.proforma(each.id).state for each in (wrong, right)] == ["paid", "issued"]
    assert [bool(each.undone_at) for each in payments(own)] == [True, True, False]


def test_what_is_activated_cannot_be_undone(own: Shop) -> None:
    proforma = own.order("acme.com")
    found = line(own, proforma.number, f"{proforma.gross // 100},{proforma.gross % 100:02d}")
    own.activate(proforma)
    with pytest.raises(Refusal, match="activated or invoiced"):
        undo(own, found)
    assert own.proforma(proforma.id).state == "activated"


def test_a_movement_left_out_needs_a_reason_and_can_come_back(own: Shop) -> None:
    found = line(own, "zwrot z urzedu", "49,99")
    with own.scope(), own.database.writing() as session, pytest.raises(Refusal, match="why"):
        bank.ignore(session, SELLER, found.id, "  ")
    with own.scope(), own.database.writing() as session:
        assert bank.ignore(session, SELLER, found.id, "tax office").state == "ignored"
        assert bank.take_up_again(session, SELLER, found.id).state == "open"


def test_one_movement_given_to_many_at_once_is_one_payment(own: Shop) -> None:
    proforma = written(own, 4999)
    found = line(own, "bez numeru", "49,99")

    def give(_: int) -> Any:
        try:
            return bool(assign(own, found, proforma))
        except Refusal:
            return False

    assert Counter(at_once(give, 12)) == {True: 1, False: 11}
    assert len(payments(own)) == 1


def test_many_workers_match_a_statement_once(own: Shop) -> None:
    proformas = [written(own, 1000 + n) for n in range(6)]
    rows = [(f"10,{n:02d}", each.number, str(n)) for n, each in enumerate(proformas)]
    (stored,) = take_in(own, files.statement(*rows), work=False)

    def match(_: int) -> int:
        with own.scope(), own.database.writing() as session:
            return matching.match_new(session, SELLER, stored.statement.id)

    at_once(match, 8)
    assert {each.state for each in lines(own)} == {"matched"}
    assert len(payments(own)) == 6


def test_too_much_and_too_little_have_their_papers(own: Shop) -> None:
    proforma = written(own, 4999)
    found = line(own, "za duzo", "60,00")
    assign(own, found, proforma)
    other = written(own, 9000)
    assign(own, line(own, "za malo", "70,00", "2"), other)
    with own.scope(), own.database.reading() as session:
        papers = {each.kind: each.amount for each in session.scalars(select(MoneyDocument))}
        entries = session.execute(select(func.sum(LedgerPosting.amount)).group_by(LedgerPosting.entry)).scalars()
        assert set(entries) == {0}
    assert papers == {"overpayment": 1001, "underpayment": 9000 - 7000 - 1001}
    assert (own.credit(), own.proforma(other.id).state) == (8001, "issued")
