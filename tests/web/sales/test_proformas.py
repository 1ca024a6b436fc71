"""Orders become registered names: payment, activation, what the registry said (H-28, H-29, H-32)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.sales.conftest import Desk, token
from webapp.foundation.db import change
from webapp.foundation.i18n import use_locale
from webapp.reseller.billing.models import Proforma
from webapp.surfaces.shared.amounts import read_amount


def test_a_paid_proforma_is_first_on_the_start_page_and_gone_when_done(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    assert proforma.number in desk.owner.get("/").words
    assert "awaits payment until" in desk.owner.get("/").words
    desk.shop.pay(proforma)
    start = desk.owner.get("/")
    assert start.words.index("waiting to be activated") < start.words.index("Shortcuts")
    assert "awaits payment until" not in start.words
    desk.shop.activate(proforma)
    desk.shop.work()
    assert proforma.number not in desk.owner.get("/").words


def test_what_is_paid_is_said_to_be_paid_wherever_it_stands(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    account, domain = desk.shop.subscriber.account_id, desk.shop.domains()["rowery.com"].id
    lists = ("/domains", f"/domains/{domain}", f"/subscribers/{account}?tab=services")
    assert all('data-state="awaiting_payment"' in desk.owner.get(address).text for address in lists)
    payment = desk.shop.pay(proforma)
    for address in (*lists, f"/settlements/payments/{payment.id}"):
        page = desk.owner.get(address).text
        assert 'data-state="paid"' in page, address
        assert 'data-state="awaiting_payment"' not in page, address


def test_payment_then_activation_then_registered(desk_on_both: Desk) -> None:
    desk = desk_on_both
    proforma = desk.shop.order("rowery.com", "kwiaty.pl")
    page = desk.owner.follow(desk.pay(proforma, reference="WB 12"))
    assert "is paid" in page.words
    assert "WB 12" in page.words
    page = desk.owner.follow(desk.owner.submit(page, {}, action="/activate"))
    assert "The registry is being asked" in page.words
    assert any("progress" in each.attrs.get("hx-get", "") for each in page.all("section"))
    desk.shop.work()
    fragment = desk.owner.fragment(f"/proformas/{proforma.id}/progress")
    assert fragment.words.count("Registered.") == 2
    assert not any(each.attrs.get("hx-trigger") for each in fragment.all("section"))
    assert desk.shop.line_states() == ["done", "done"]


def test_both_in_one_go(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    page = desk.owner.follow(desk.pay(proforma, button="then"))
    assert "is activated" in page.words
    assert desk.shop.proforma(proforma.id).state == "activated"


def test_a_part_payment_is_not_activated_but_kept(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    page = desk.owner.follow(desk.pay(proforma, "10,00", button="then"))
    assert "does not cover the proforma yet" in page.words
    assert "still open" in page.words
    assert desk.shop.proforma(proforma.id).state == "issued"
    assert desk.shop.credit() == 1000


def test_a_double_click_is_one_payment(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    page = desk.page(proforma)
    for _ in range(2):
        desk.owner.submit(page, {"reference": "", "amount": "60,00"})
    assert desk.shop.credit() == 6000 - proforma.gross
    # The first table of the page lists what can be activated.
    rows = [row.text for row in desk.owner.get("/settlements").all("tr") if proforma.number in row.text]
    payments = [text for text in rows if "60.00" in text]
    thanks = [a for a in desk.owner.get("/notifications?kind=payment_received").all("a") if proforma.number in a.text]
    assert (len(payments), len(thanks)) == (1, 1)


def test_a_second_activation_changes_nothing(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    page = desk.owner.follow(desk.pay(proforma))
    for _ in range(2):
        desk.owner.submit(page, {}, action="/activate")
    desk.shop.work()
    assert len(desk.shop.operations()) == 1


def test_activation_before_payment_is_refused_in_words(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    csrf = token(desk.page(proforma))
    answer = desk.owner.post(f"/proformas/{proforma.id}/activate", {"csrf_token": csrf})
    assert "Record the payment first" in desk.owner.follow(answer).words
    assert desk.shop.proforma(proforma.id).state == "issued"


@pytest.mark.parametrize("typed", ["", "abc", "-5", "0", "1e9", "NaN", "49.999", "9" * 30, "12,34,56", "٣"])
def test_a_wrong_amount_keeps_what_was_typed(desk: Desk, typed: str) -> None:
    proforma = desk.shop.order("rowery.com")
    page = desk.owner.submit(
        desk.page(proforma), {"amount": typed, "reference": "mój <tytuł>", "received_on": "2026-11-20"}, 422
    )
    values = {each.attrs.get("name"): each.attrs.get("value") for each in page.all("input")}
    assert values["reference"] == "mój <tytuł>"
    assert values["received_on"] == "2026-11-20"
    assert values["amount"] == typed
    assert desk.shop.proforma(proforma.id).state == "issued"


@pytest.mark.parametrize(
    ("locale", "typed", "minor"),
    [
        ("pl", "49,99", 4999),
        ("pl", "1 234,50 zł", 123450),
        ("de", "1.234,50 €", 123450),
        ("de", "1.234", 123400),
        ("en", "1,234.5", 123450),
        ("en", "1,234", 123400),
        ("pl", "49.99", 4999),
        ("pl", "1.234.567", 123456700),
        ("en", "7", 700),
        ("pl", "1 234", 123400),
    ],
)
def test_amounts_are_read_as_people_write_them(locale: str, typed: str, minor: int) -> None:
    with use_locale(locale):
        assert read_amount(typed, "EUR" if "€" in typed else "PLN") == minor


def test_an_amount_is_not_that_of_another_currency() -> None:
    assert [read_amount(text, "PLN") for text in ("10 PLN", "10 zl", "10 ZŁ", "10")] == [1000] * 4
    for typed in ("10 EUR", "$10", "10 kč", "10 Ft", "98,5O", "l0", "ca. 10"):
        with pytest.raises(ValueError, match="currency"):
            read_amount(typed, "PLN")


def test_cancelling_names_what_is_lost_and_asks_first(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    desk.shop.pay(proforma, 1000)
    question = desk.owner.get(f"/proformas/{proforma.id}/cancel")
    assert "rowery.com" in question.words
    assert "stay on the subscriber's credit" in question.words
    assert desk.shop.proforma(proforma.id).state == "issued"
    page = desk.owner.follow(desk.owner.submit(question, {}, action="/cancel"))
    assert "is cancelled" in page.words
    assert desk.shop.domains()["rowery.com"].state == "cancelled"
    assert desk.shop.credit() == 1000


def test_credit_pays_what_it_covers(desk: Desk) -> None:
    first, second = desk.shop.order("rowery.com"), desk.shop.order("kwiaty.pl")
    desk.shop.pay(first, first.gross + second.gross)
    page = desk.page(second)
    assert "credit covers this proforma" in page.words
    page = desk.owner.follow(desk.owner.submit(page, {}, action="/from-credit"))
    assert "is paid from the subscriber's credit" in page.words
    assert desk.shop.credit() == 0


def test_a_lost_name_is_told_in_words_with_the_money_on_the_credit(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    desk.registry.take("rowery.com")
    desk.pay(proforma, button="then")
    desk.shop.work()
    assert "the name is lost" in desk.page(proforma).words
    assert desk.shop.credit() == proforma.gross
    assert "name lost" in desk.owner.get("/domains?state=lost").words


def test_without_funds_the_line_waits_and_says_so(desk: Desk) -> None:
    with desk.shop.scope(), desk.web.database.writing() as session:
        from webapp.reseller.billing import ledger

        assert ledger.hold_wholesale(session, "spent", "PLN", 1_000_000)
    proforma = desk.shop.order("rowery.com")
    page = desk.owner.follow(desk.pay(proforma, button="then"))
    assert "Waits for your balance with the operator" in page.words
    assert "1 paid service waits for your balance" in desk.owner.get("/").words


def test_several_are_activated_at_once_each_for_itself(desk: Desk) -> None:
    good, unpaid = desk.shop.order("rowery.com"), desk.shop.order("kwiaty.pl")
    desk.shop.pay(good)
    page = desk.owner.get("/proformas?state=paid")
    csrf = token(page)
    answer = desk.owner.post("/proformas/activate", {"csrf_token": csrf, "id": [str(good.id), str(unpaid.id), "x"]})
    page = desk.owner.follow(answer)
    assert "0 / 2" in page.words
    assert any(each.attrs.get("hx-trigger") == "every 1s" for each in page.all("section"))
    desk.shop.work()
    words = desk.owner.get(answer.location).words
    assert "Done" in words
    assert "2 / 2" in words
    assert unpaid.number in words
    assert "Record the payment first" in words


def test_lists_filter_by_state_and_text_and_bear_any_page(desk: Desk) -> None:
    rowery, kwiaty = desk.shop.order("rowery.com"), desk.shop.order("kwiaty.pl")
    desk.shop.pay(rowery)
    paid = desk.owner.get("/proformas?state=paid").words
    assert rowery.number in paid
    assert kwiaty.number not in paid
    found = desk.owner.get("/proformas?q=KWIATY").words
    assert kwiaty.number in found
    assert rowery.number not in found
    for odd in ("page=0", "page=-1", "page=x", "page=999999999999", "state=nonsense", "q=%00%25_", "q=" + "x" * 5000):
        desk.owner.get(f"/proformas?{odd}")
    assert "No proforma fits" in desk.owner.get("/proformas?q=nichts").words


def test_overdue_ones_have_a_chip_of_their_own(desk: Desk) -> None:
    late, fresh = desk.shop.order("rowery.com"), desk.shop.order("kwiaty.pl")
    with desk.shop.scope(), desk.web.database.writing() as session:
        change(session, Proforma, Proforma.id == late.id, due_date=late.issue_date - timedelta(days=1))
    words = desk.owner.get("/proformas?state=overdue").words
    assert late.number in words
    assert fresh.number not in words
    assert "was due on" in desk.owner.get("/").words


def test_an_empty_desk_says_what_will_be_there(desk: Desk) -> None:
    for path, words in {
        "/proformas": "No proformas yet",
        "/domains": "No domains yet",
        "/settlements": "No payments yet",
        "/settlements/credit": "Nobody has credit",
        "/search": "What are you looking for?",
        "/": "Nothing waits for you",
    }.items():
        assert words in desk.owner.get(path).words
