"""Settlements in the panel: one payment for many, refunds, chargebacks, write-offs, their papers (H-32)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.reseller.billing.test_matching import payments, written
from tests.web.sales.conftest import Desk
from webapp.reseller.billing.models import MoneyDocument
from webapp.reseller.orders import money_papers


def papers(desk: Desk) -> dict[str, MoneyDocument]:
    with desk.shop.scope(), desk.web.database.reading() as session:
        return {each.kind: each for each in session.scalars(select(MoneyDocument))}


def home(desk: Desk) -> str:
    return f"/settlements/subscribers/{desk.shop.subscriber.account_id}"


def test_one_payment_for_two_proformas_and_the_rest_is_credit_that_goes_back(desk_on_both: Desk) -> None:
    desk = desk_on_both
    first, second = written(desk.shop, 1000), written(desk.shop, 2000)
    path = home(desk)
    page = desk.owner.get(path)
    typed = {"id": [str(first.id), str(second.id)], "amount": "35,00", "reference": ""}
    page = desk.owner.follow(desk.owner.submit(page, typed, action=f"{path}/payments"))
    assert "The payment is recorded" in page.words
    assert [desk.shop.proforma(each.id).state for each in (first, second)] == ["paid", "paid"]
    (payment,) = payments(desk.shop)
    at = f"/settlements/payments/{payment.id}"
    refused = desk.owner.submit(desk.owner.get(at), {"amount": "6,00", "reason": "x"}, 422, action=f"{at}/refund")
    assert "less on the subscriber's credit" in refused.words
    page = desk.owner.follow(desk.owner.submit(refused, {"amount": "5,00", "reason": "za dużo"}, action=f"{at}/refund"))
    assert "REF/" in page.words
    assert desk.shop.credit() == 0
    assert set(papers(desk)) == {"overpayment", "refund"}
    listed = desk.owner.get("/settlements/papers?kind=refund")
    assert papers(desk)["refund"].number in listed.words
    answer = desk.owner.get(f"/settlements/papers/{papers(desk)['refund'].id}.pdf")
    assert answer.response.data.startswith(b"%PDF-")


def test_a_chargeback_asks_a_person_or_suspends(desk: Desk) -> None:
    desk.shop.sell("acme.com")
    (payment,) = payments(desk.shop)
    at = f"/settlements/payments/{payment.id}"
    page = desk.owner.get(at)
    assert "acme.com" in page.words
    page = desk.owner.follow(desk.owner.submit(page, {"reason": "spór"}, action=f"{at}/chargeback"))
    assert desk.shop.domains()["acme.com"].state == "active", "a person is asked"
    page = desk.owner.follow(desk.owner.submit(page, {"subject": "1", "kind": "domain"}, action=f"{at}/services"))
    assert desk.shop.domains()["acme.com"].state == "suspended"
    desk.owner.follow(desk.owner.submit(page, {"subject": "1", "kind": "domain"}, action=f"{at}/services"))
    assert desk.shop.domains()["acme.com"].state == "active"
    page = desk.owner.get(home(desk))
    assert "A bank has taken money back" in page.words
    page = desk.owner.follow(
        desk.owner.submit(page, {"reason": "bankrupt"}, action=f"{home(desk)}/owed", button="then")
    )
    assert set(papers(desk)) == {"chargeback", "write_off"}


def test_the_balance_with_the_operator_names_what_was_paid_from_it(desk_on_both: Desk) -> None:
    desk = desk_on_both
    desk.shop.sell("acme.com")
    page = desk.owner.get("/settlements/balance")
    assert "Ordered at the registry: acme.com" in page.words
    assert f"/domains/{desk.shop.domains()['acme.com'].id}" in page.text
    assert page.words.count("acme.com") == 1, "a top-up names nothing"


def test_a_rule_suspends_at_once(desk: Desk) -> None:
    desk.shop.sell("acme.com")
    (payment,) = payments(desk.shop)
    at = f"/settlements/payments/{payment.id}"
    desk.owner.submit(desk.owner.get(at), {"services": "suspend"}, action=f"{at}/policy")
    desk.owner.submit(desk.owner.get(at), {"reason": "spór"}, action=f"{at}/chargeback")
    assert desk.shop.domains()["acme.com"].state == "suspended"


def test_the_price_of_a_service_goes_back_to_the_credit_once(desk: Desk) -> None:
    sold = desk.shop.sell("acme.com")
    (payment,) = payments(desk.shop)
    at = f"/settlements/payments/{payment.id}"
    page = desk.owner.get(at)
    for amount, credit in (("9999,00", 0), ("10,00", 1000)):
        typed = {"amount": amount, "reason": "nie działało"}
        desk.owner.submit(page, typed, action=f"{at}/credit/{sold.id}")
        desk.owner.submit(page, typed, action=f"{at}/credit/{sold.id}")
        assert desk.shop.credit() == credit


def test_what_nothing_was_made_of_awaits_payment_again(desk: Desk) -> None:
    proforma = desk.shop.order("acme.com")
    desk.shop.pay(proforma)
    (payment,) = payments(desk.shop)
    at = f"/settlements/payments/{payment.id}"
    desk.owner.submit(desk.owner.get(at), {}, action=f"{at}/credit/{proforma.id}", button="then")
    assert desk.shop.proforma(proforma.id).state == "issued"
    assert desk.shop.credit() == proforma.gross


def test_a_rest_and_a_credit_are_written_off(desk: Desk) -> None:
    proforma = written(desk.shop, 1000)
    desk.shop.pay(proforma, 999)
    path = home(desk)
    page = desk.owner.get(path)
    assert "Paid in part" in page.words
    desk.owner.submit(page, {"reason": "a cent"}, action=f"/settlements/proformas/{proforma.id}/write-off")
    assert desk.shop.proforma(proforma.id).state == "paid"
    desk.shop.pay(proforma, 7, "more")
    typed = {"amount": "0,08", "reason": "cents"}
    page = desk.owner.submit(desk.owner.get(path), typed, 422, action=f"{path}/write-off")
    assert "There is less" in page.words
    desk.owner.submit(page, {**typed, "amount": "0,07"}, action=f"{path}/write-off")
    assert desk.shop.credit() == 0


@pytest.mark.parametrize("way", ["undo", "credit"])
def test_what_was_let_go_is_owed_again_when_its_payment_is_taken_back(desk: Desk, way: str) -> None:
    """No cent of credit is left that nobody paid: the paper of the write-off says that it was taken back."""
    proforma = written(desk.shop, 1000)
    desk.shop.pay(proforma, 998)
    page = desk.owner.get(home(desk))
    desk.owner.submit(page, {"reason": "two cents"}, action=f"/settlements/proformas/{proforma.id}/write-off")
    (payment,) = payments(desk.shop)
    at = f"/settlements/payments/{payment.id}"
    action, button = (f"{at}/undo", "") if way == "undo" else (f"{at}/credit/{proforma.id}", "then")
    page = desk.owner.get(at)
    for _again in range(2):
        desk.owner.submit(page, {}, action=action, button=button)
    assert desk.shop.proforma(proforma.id).state == "issued"
    assert desk.shop.credit() == (0 if way == "undo" else 998)
    assert "taken back" in desk.owner.get("/settlements/papers?kind=write_off").words
    assert "Write-off taken back" in desk.owner.get(home(desk)).words
    answer = desk.owner.get(f"/settlements/papers/{papers(desk)['write_off'].id}.pdf")
    assert answer.response.data.startswith(b"%PDF-")
    with desk.shop.scope(), desk.web.database.reading() as session:
        said = money_papers.money_paper(session, papers(desk)["write_off"]).data["notes"]
    assert "Nikt już nie oczekuje tej kwoty." not in said
    leads = {each.attrs.get("href") for each in desk.owner.get(f"/proformas/{proforma.id}").all("a")}
    assert (at in leads) == (way == "credit"), "a payment that counts is one click away"
    desk.shop.pay(proforma, 1000 if way == "undo" else 2, "again")
    assert (desk.shop.proforma(proforma.id).state, desk.shop.credit()) == ("paid", 0)


def test_only_what_a_person_recorded_is_struck_out_and_not_once_something_came_of_it(desk: Desk) -> None:
    proforma = desk.shop.order("acme.com")
    desk.shop.pay(proforma)
    desk.shop.activate(proforma)
    (payment,) = payments(desk.shop)
    at = f"/settlements/payments/{payment.id}"
    page = desk.owner.follow(desk.owner.submit(desk.owner.get(at), {}, action=f"{at}/undo"))
    assert "activated or invoiced already" in page.words
    (payment,) = payments(desk.shop)
    assert payment.undone_at is None


def test_empty_pages_say_what_will_be_there(desk: Desk) -> None:
    assert "No papers yet" in desk.owner.get("/settlements/papers").words
    assert "Nothing awaits payment" in desk.owner.get(home(desk)).words
    for path in ("/settlements/payments/999", "/settlements/papers/999.pdf", "/settlements/subscribers/999"):
        desk.owner.get(path, 404)
