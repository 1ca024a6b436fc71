"""Invoices by themselves, by mail and by the month (H-33)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.reseller.billing.test_invoices import issue, paid, settings
from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing.invoice_models import Invoice, InvoiceCopy
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.operations import Received
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import invoice_files, invoicing, paper_archives, payments
from webapp.reseller.partners import long_works


def pay_for(shop: Shop, proforma: Proforma) -> None:
    """The money arrives, as the partner books it."""
    received = Received(proforma.gross, proforma.currency, date(2026, 11, 21), "transfer", "", f"p{proforma.id}")
    with shop.scope(), shop.database.writing() as session:
        payments.receive(session, SELLER, proforma.id, received)


def test_a_paid_proforma_gets_its_invoice_by_itself_once_and_by_mail(shop: Shop) -> None:
    settings(shop, automatic=True)
    proforma = shop.order("acme.com")
    pay_for(shop, proforma)
    pay_for(shop, proforma)
    shop.work()
    with shop.scope(), shop.database.reading() as session:
        invoice = session.scalars(select(Invoice)).one()
        mail = session.scalars(select(Message).where(Message.kind == "invoice")).one()
        sent = session.scalars(select(InvoiceCopy)).one()
    assert (invoice.origin, invoice.proforma_id) == ("automatic", proforma.id)
    assert (sent.kind, sent.recipient) == ("sent", "anna@example.com")
    assert mail.attachments[0]["made"] == f"invoice:{invoice.id}"
    assert invoice.number in mail.subject


def test_nothing_is_issued_by_itself_unless_the_partner_wants_it(shop: Shop) -> None:
    pay_for(shop, shop.order("acme.com"))
    shop.work()
    with shop.scope(), shop.database.reading() as session:
        assert not session.scalar(select(func.count(Invoice.id)))


def test_sending_again_sends_again(shop: Shop) -> None:
    invoice = issue(shop, paid(shop, "acme.com"))
    for to in ("", "ksiegowosc@example.com"):
        with shop.scope(), shop.database.writing() as session:
            invoicing.send(session, SELLER, invoice, to)
    with shop.scope(), shop.database.reading() as session:
        recipients = session.scalars(select(Message.recipient).where(Message.kind == "invoice").order_by(Message.id))
        assert list(recipients) == ["anna@example.com", "ksiegowosc@example.com"]
        assert session.scalar(select(func.count(InvoiceCopy.id))) == 2


def test_a_month_comes_as_one_file_with_every_paper(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_archives, "CHUNK", 2)
    numbers = [issue(shop, paid(shop, f"acme{n}.com")).number for n in range(3)]
    today = clock.today(shop.partner.timezone)
    with shop.scope(), shop.database.writing() as session:
        work = invoice_files.start(session, SELLER, today)
    shop.work()
    with shop.scope(), shop.database.reading() as session:
        found = long_works.get(session, work.id)
    assert (found.state, found.total, found.done, found.problems) == ("done", 3, 3, [])
    with zipfile.ZipFile(io.BytesIO(shop.worker.storage[found.result])) as archive:
        assert sorted(archive.namelist()) == [f"{number.replace('/', '-')}.pdf" for number in numbers]
        assert all(archive.read(name).startswith(b"%PDF-") for name in archive.namelist())


def test_a_month_without_invoices_is_said_so(shop: Shop) -> None:
    today = clock.today(shop.partner.timezone)
    with pytest.raises(Refusal, match="no invoice"), shop.scope(), shop.database.writing() as session:
        invoice_files.start(session, SELLER, today - timedelta(days=60))
