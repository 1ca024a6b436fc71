"""My payments, my credit and the papers about them (H-27, H-32)."""

from __future__ import annotations

from datetime import date

from tests.selling import SELLER, Shop
from tests.web.account.conftest import Panel
from webapp.reseller.billing import money_queries, operations
from webapp.reseller.orders import payments


def pay(shop: Shop, amount: int, key: str) -> int:
    """Money without a proforma; returns the id of its paper."""
    received = operations.Received(amount, "PLN", date(2026, 11, 21), "transfer", "za domeny", key)
    with shop.scope(), shop.database.writing() as session:
        payments.receive_for_many(session, SELLER, shop.subscriber.account_id, [], received)
        return money_queries.papers(session, account_id=shop.subscriber.account_id).items[0].id


def test_what_arrived_stands_there_with_its_paper(panel: Panel) -> None:
    assert "No payments yet" in panel.get("/account/payments").words
    number = pay(panel.shop, 1234, "a")
    page = panel.get("/account/payments")
    assert "za domeny" in page.words
    assert "12.34" in page.words
    assert "OVP/" in page.words
    answer = panel.get(f"/account/payments/papers/{number}.pdf")
    assert answer.response.data.startswith(b"%PDF-")


def test_a_paper_of_somebody_else_is_not_there(panel: Panel) -> None:
    number = pay(panel.somebody_else(), 500, "b")
    panel.get(f"/account/payments/papers/{number}.pdf", 404)
    panel.rights("order")
    panel.get("/account/payments")
    panel.rights("people")
    panel.get("/account/payments", 403)
