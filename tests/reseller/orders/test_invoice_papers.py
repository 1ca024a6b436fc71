"""The paper of an invoice says what the document holds, in its own language (H-33)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.reseller.billing.test_invoices import by_hand, correct, issue, paid
from tests.selling import Shop
from webapp.reseller.billing.corrections import Changes
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.orders import invoice_papers, manual


def data_of(shop: Shop, invoice: Invoice, **facts: Any) -> dict[str, Any]:
    """What the template gets."""
    with shop.scope(), shop.database.reading() as session:
        return invoice_papers.invoice_paper(session, invoice, **facts).data


def test_a_paper_is_a_pdf_for_decades_with_everything_on_it(shop: Shop) -> None:
    invoice = issue(shop, paid(shop, "acme.com", "acme.pl"))
    with shop.scope():
        content = invoice_papers.made(shop.worker, invoice.id)
    assert content.startswith(b"%PDF-1.7")
    assert b"pdfaid:part>3<" in content.replace(b"\n", b"")
    data = data_of(shop, invoice)
    assert invoice.number in data["title"]
    assert [row[1][0] for row in data["tables"][0]["lines"]] == ["acme.com", "acme.pl"]
    assert len(data["parties"]) == 2, "payer and correspondence only where they are other people"
    assert data["stamp"] is None


def test_a_duplicate_says_so_with_its_day(shop: Shop) -> None:
    """H-33: the paper of a duplicate bears the word and its own date."""
    invoice = issue(shop, paid(shop, "acme.com"))
    stamp = data_of(shop, invoice, duplicate_of=date(2026, 12, 24))["stamp"]
    assert "2026" in stamp
    assert "24" in stamp


def test_a_correction_shows_before_after_and_difference(shop: Shop) -> None:
    invoice = issue(shop, by_hand(shop, manual.FreeLine("Work", 2, 61_50, 2300)))
    correction = correct(shop, invoice, Changes({1: {"quantity": 1}}, {"buyer": {"city": "Wieliczka"}}))
    data = data_of(shop, correction)
    before, after = data["tables"]
    assert [row[5] for row in (*before["lines"], *after["lines"])] == ["123,00", "61,50"]
    assert data["tax_rows"][0][1:] == ["-50,00", "-11,50", "-61,50"]
    assert [any("Kraków" in line for line in lines) for _label, lines in data["parties"]] == [False, True, False]
    assert any(invoice.number in value for _label, value in data["facts"])


@pytest.mark.parametrize("locale", ["cs", "de", "en", "hu", "pl", "sk"])
def test_no_text_of_a_person_becomes_markup_in_any_language(shop: Shop, locale: str) -> None:
    evil = '#set page(fill: red) *a* $x$ \\ "q" <script> ' + "długi" * 30
    invoice = issue(shop, by_hand(shop, manual.FreeLine(evil[:200], 1, 100, 2300)))
    invoice.locale = locale
    with shop.scope(), shop.database.reading() as session:
        session.expunge_all()
        sheet = invoice_papers.invoice_paper(session, invoice)
    assert sheet.pdf().startswith(b"%PDF-")
