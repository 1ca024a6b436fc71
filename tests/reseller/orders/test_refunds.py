"""Who gets money back is told: how much, for what, where it goes, by when; once, and not before it is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.harness.databases import TemplateDatabases
from tests.harness.paying import Till, open_till
from tests.reseller.billing import statement_files as files
from tests.selling import SELLER, Shop, enter_shop
from webapp.foundation import clock
from webapp.foundation.db import Database
from webapp.foundation.i18n import format_date
from webapp.foundation.refusal import Refusal
from webapp.providers.payments.port import RefundStatus
from webapp.reseller.billing import bank, statements
from webapp.reseller.billing.models import MoneyDocument, Payment
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import online_tasks, refunds, reversals
from webapp.reseller.partners import queries as partners


def told(shop: Shop) -> list[Message]:
    with shop.scope(), shop.database.reading() as session:
        return list(session.scalars(select(Message).where(Message.kind == "refund").order_by(Message.id)))


def refund(shop: Shop, payment: Payment, amount: int, key: str = "k1") -> MoneyDocument:
    with shop.scope(), shop.database.writing() as session:
        return refunds.refund(session, SELLER, payment.id, amount, "Paid twice", key)


def test_a_subscriber_is_told_once_and_gets_the_paper(shop: Shop) -> None:
    proforma = shop.order("one.com")
    payment = shop.pay(proforma, proforma.gross + 1000)
    with pytest.raises(Refusal):
        refund(shop, payment, 1001)
    document = refund(shop, payment, 1000)
    assert refund(shop, payment, 1000).id == document.id
    (message,) = told(shop)
    day = format_date(clock.today("Europe/Warsaw") + timedelta(days=7), "pl", length="long")
    assert message.recipient == "anna@example.com"
    for fact in ("10,00", proforma.number, document.number, "Paid twice", day, "/account/payments"):
        assert fact in message.text, message.text
    shop.work()
    (sent,) = [each for each in shop.worker.mailer.sent if each.subject == message.subject]
    (paper,) = sent.attachments
    assert (paper.name, paper.data[:5]) == (f"{document.number.replace('/', '-')}.pdf", b"%PDF-")


def test_where_it_goes_is_the_account_that_it_came_from(shop: Shop) -> None:
    """Its last digits only: who reads the mail need not be who paid."""
    with shop.scope(), shop.database.writing() as session:
        partners.partner(session).iban = files.ACCOUNT
    proforma = shop.order("one.com")
    paid = f"{proforma.gross // 100},{proforma.gross % 100:02d}"
    with shop.scope(), shop.database.writing() as session:
        raw = files.statement((paid, proforma.number, "1"))
        bank.store(session, SELLER, "a.sta", raw, statements.read(raw))
    shop.work()
    with shop.scope(), shop.database.reading() as session:
        payment = session.scalars(select(Payment)).one()
    assert payment.bank_line_id
    with shop.scope(), shop.database.writing() as session:
        reversals.take_back(session, SELLER, proforma.id)
    refund(shop, payment, 500)
    (message,) = told(shop)
    assert files.ANNA[-4:] in message.text
    assert files.ANNA[-8:] not in message.text.replace(" ", "")


@pytest.fixture
def till(stocked_databases: TemplateDatabases) -> Iterator[Till]:
    with (
        stocked_databases.fresh("sqlite") as url,
        enter_shop(Database(url)) as shop,
        open_till(shop, ("stripe",)) as opened,
    ):
        yield opened


def online_money(till: Till) -> Payment:
    payment = till.begin("stripe", till.shop.order("a.com"))
    till.peers["stripe"].paid(payment.session_key, amount=100)
    till.come_back(payment)
    return till.money[0]


def test_nothing_is_said_before_the_gateway_has_taken_it_on(till: Till) -> None:
    money = online_money(till)
    refund(till.shop, money, 100)
    assert told(till.shop) == []
    till.work()
    till.work()
    (message,) = told(till.shop)
    assert "Stripe" in message.text


def test_what_was_said_and_then_fails_is_said_too(till: Till) -> None:
    document = refund(till.shop, online_money(till), 100)
    for state in ("sent", "failed", "failed"):
        with till.shop.scope(), till.database.writing() as session:
            online_tasks._refunded(session, document.id, RefundStatus(state, "re_1"))
    first, second = told(till.shop)
    assert (first.attachments != [], second.attachments) == (True, [])
    assert first.subject != second.subject
    assert till.credit() == 100


def test_a_refund_that_is_refused_at_once_is_not_spoken_of(till: Till) -> None:
    money = online_money(till)
    till.peers["stripe"].book.give_back(
        till.peers["stripe"].entry(till.payment(1).session_key), "by hand at the gateway", 100
    )
    refund(till.shop, money, 100)
    till.work()
    assert told(till.shop) == []
    assert till.credit() == 100
