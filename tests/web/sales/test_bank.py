"""Statements of the bank in the panel: bring a file, decide about the rest (H-27, H-32)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from tests.reseller.billing import statement_files as files
from tests.reseller.billing.test_matching import lines, payments, written
from tests.web.client import Page
from tests.web.sales.conftest import Desk
from webapp.foundation import clock
from webapp.foundation.i18n import format_date
from webapp.reseller.partners.models import Partner


def set_account(desk: Desk, iban: str) -> None:
    with desk.shop.scope(), desk.web.database.writing() as session:
        session.scalars(select(Partner).where(Partner.id == desk.shop.partner.id)).one().iban = iban


@pytest.fixture
def bank(desk: Desk) -> Desk:
    """The desk of a partner whose account is that of the files."""
    set_account(desk, files.ACCOUNT)
    return desk


def bring(desk: Desk, raw: bytes, status: int = 303, path: str = "/bank", **typed: Any) -> Page:
    """Choose a file and send it."""
    page = desk.owner.get(path)
    return desk.owner.submit(page, {"file": (io.BytesIO(raw), "wyciag.sta"), **typed}, status, action=path)


def test_what_is_certain_is_booked_and_the_rest_is_asked(bank: Desk) -> None:
    """H-32: import, one booked by its number, one decided by hand from the suggestion, one left out."""
    sure, asked = written(bank.shop, 4999), written(bank.shop, 1000)
    raw = files.statement(
        ("49,99", sure.number, "1"), ("10,00", "bez numeru", "2"), ("7,00", "inne", "3"), ("-5,00", "prowizja", "4")
    )
    page = bank.owner.follow(bring(bank, raw))
    assert "4 new movements" in page.words
    assert sure.number in page.words
    assert bank.shop.proforma(sure.id).state == "paid"
    assert "bez numeru" in bank.owner.get("/bank").words
    suggested, other = (each for each in lines(bank.shop) if each.state == "open")
    page = bank.owner.get(f"/bank/lines/{suggested.id}")
    assert "The amount is right" in page.words
    bank.owner.follow(bank.owner.submit(page, {"id": str(asked.id)}, action=f"/bank/lines/{suggested.id}"))
    assert bank.shop.proforma(asked.id).state == "paid"
    path = f"/bank/lines/{other.id}"
    page = bank.owner.submit(bank.owner.get(path), {"reason": ""}, 422, action=f"{path}/ignore")
    assert "Say why" in page.words
    page = bank.owner.follow(bank.owner.submit(page, {"reason": "Tax office"}, action=f"{path}/ignore"))
    assert "Tax office" in page.words
    assert "Nothing to decide" in bank.owner.get("/bank").words
    for which, says in (("matched", "by hand"), ("ignored", "money that went out")):
        assert says in bank.owner.get(f"/bank?list={which}").words


def test_a_person_searches_books_and_decides_anew(bank: Desk) -> None:
    first, second = written(bank.shop, 4999), written(bank.shop, 1000)
    bring(bank, files.statement(("59,99", "dzien dobry", "1")))
    (line,) = lines(bank.shop)
    path = f"/bank/lines/{line.id}"
    assert "Anna Żółkiewska" in bank.owner.get(f"{path}?q=żółk").words
    account = bank.shop.subscriber.account_id
    page = bank.owner.get(f"{path}?account={account}")
    bank.owner.submit(page, {"id": [str(first.id), str(second.id)], "account": str(account)}, action=path)
    assert [bank.shop.proforma(each.id).state for each in (first, second)] == ["paid", "paid"]
    page = bank.owner.get(path)
    page = bank.owner.follow(bank.owner.submit(page, {}, action=f"{path}/undo"))
    assert "You can decide anew" in page.words
    assert [bank.shop.proforma(each.id).state for each in (first, second)] == ["issued", "issued"]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"<html><body>login</body></html>", "web page"),
        (files.statement(("1,00", "x", "1"), account=files.ANNA), "not about yours"),
        (files.statement(("1,00", "x", "1"))[:110], "ends in the middle"),
        (b"", "empty"),
    ],
)
def test_a_wrong_file_is_said_and_nothing_is_stored(bank: Desk, raw: bytes, says: str) -> None:
    assert says in bring(bank, raw, 422).words
    assert lines(bank.shop) == []
    assert payments(bank.shop) == []


def test_the_same_file_twice_says_so(bank: Desk) -> None:
    raw = files.statement(("1,00", "x", "1"))
    bring(bank, raw)
    today = format_date(clock.today(bank.shop.partner.timezone), "en")
    assert f"imported before, on {today} by" in bring(bank, raw, 422).words


def test_without_an_account_and_without_a_file(desk: Desk) -> None:
    set_account(desk, "")
    assert "Your bank account is missing" in desk.owner.get("/bank").words
    page = desk.owner.get("/bank")
    assert "Choose a file" in desk.owner.submit(page, {"encoding": ""}, 422, action="/bank").words
    assert "Enter your bank account" in bring(desk, files.statement(("1,00", "x", "1")), 422).words
    assert "No statement yet" in desk.owner.get("/bank/statements").words


def test_the_csv_of_another_bank_is_described_tried_kept_and_read(bank: Desk) -> None:
    raw = b"Buchung|Text|Betrag|Wer\n21.11.2026|hallo|1.234,50|Nord GmbH\n"
    assert "Describe its columns" in bring(bank, raw.replace(b"|", b";"), 422).words
    typed = {
        "delimiter": "|",
        "date": "1",
        "amount": "3",
        "title": "2",
        "name": "4",
        "date_format": "%d.%m.%Y",
        "skip": "1",
    }
    page = bring(bank, raw, 200, "/bank/columns", **typed)
    assert "Nord GmbH" in page.words
    assert "1,234.50" in page.words
    page = bring(bank, raw, 422, "/bank/columns", **{**typed, "amount": "2"})
    assert "no amount of money" in page.words
    bank.owner.submit(bank.owner.get("/bank/columns"), typed, action="/bank/columns")
    bring(bank, raw)
    assert [line.amount for line in lines(bank.shop)] == [123_450]
