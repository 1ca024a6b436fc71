"""VAT invoices of paid proformas. An issued one never changes: what was wrong is corrected by another document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

from . import foreign
from .invoice_facts import hash_of, legal_notes, totals
from .invoice_models import Invoice, InvoiceCopy, InvoiceLine
from .invoice_settings import number_of, settings_of
from .models import Proforma, ProformaLine
from .numbers import next_number
from .operations import locked_proforma
from .queries import payments_of

SERIES = INVOICE, CORRECTION = "invoice", "correction"


def issue_for_proforma(
    session: Session, actor: Actor, proforma_id: int, origin: str = "manual", issue_date: date | None = None
) -> Invoice:
    """The VAT invoice of a paid proforma; the same one when it was issued before.

    `origin`: manual | automatic. Raises Refusal for an unpaid proforma, for a day that does not fit into the series,
    and when the tax must be told in a currency whose rate is not known.
    """
    proforma = locked_proforma(session, proforma_id)
    before = of_proforma(session, proforma.id)
    if before is not None:
        return before
    if proforma.state not in ("paid", "activated"):
        raise Refusal("unpaid", N_("A VAT invoice is issued for a paid proforma only."))
    partner = partners.partner(session)
    today = clock.today(partner.timezone)
    day = issue_date or today
    if not proforma.issue_date <= day <= today:
        message = N_("Choose a day from that of the proforma until today.")
        raise Refusal("issue_date", message, "issue_date")
    invoice = Invoice(**_facts(session, partner, proforma, day, origin))
    invoice.lines = [_line(line) for line in proforma.lines]
    return seal(session, actor, partner, invoice)


def of_proforma(session: Session, proforma_id: int) -> Invoice | None:
    """The invoice that was issued for a proforma."""
    return session.scalar(select(Invoice).where(Invoice.proforma_id == proforma_id, Invoice.kind == INVOICE))


def _facts(session: Session, partner: Partner, proforma: Proforma, day: date, origin: str) -> dict[str, Any]:
    paid_on = _paid_on(session, partner, proforma)
    copied = ("account_id", "locale", "currency", "tax_mode", "tax_regime", "issuer", "buyer", "payer")
    facts = {name: getattr(proforma, name) for name in (*copied, "correspondence", "bank")}
    rows = _asked_for(proforma)
    rate = _rate(session, partner, proforma.currency, min(day, paid_on), totals(rows)["tax"])
    local = foreign.local_rows(rows, proforma.currency, rate)
    facts |= {"kind": INVOICE, "series": INVOICE, "origin": origin, "proforma_id": proforma.id, "corrects_id": None}
    facts |= {"issue_date": day, "sale_date": paid_on, "due_date": proforma.due_date, "paid_on": paid_on}
    facts |= {"tax_rows": rows, "local_rows": local, "rate": rate, **totals(rows)}
    notes = legal_notes(proforma.tax_regime, proforma.buyer, _in_pln(partner, rows, local), settings_of(partner))
    return facts | {"notes": notes, "reason": ""}


def _asked_for(proforma: Proforma) -> list[dict[str, Any]]:
    """The tax as it was computed when the money was asked for: what was paid is what is invoiced, to the cent, also for
    a part of a split proforma. Old ones do not name the category."""
    categories = {line.tax_rate_bp: line.tax_category for line in proforma.lines}
    return [{"category": categories[row["rate_bp"]], **row} for row in proforma.tax_rows]


def _paid_on(session: Session, partner: Partner, proforma: Proforma) -> date:
    """The business day on which the money arrived: with a payment in advance that makes the tax due (article 65).

    What came for a proforma that was paid already has nothing to do with it.
    """
    settled = proforma.paid_at or clock.now()
    its = [each for each in payments_of(session, proforma.id) if each.recorded_at <= settled]
    last = max((each.received_on for each in its), default=None)
    return last or settled.astimezone(ZoneInfo(partner.timezone)).date()


def _rate(session: Session, partner: Partner, currency: str, day: date, tax: int) -> dict[str, Any]:
    """The rate of the table before the day; {} when the document is in the country's own currency."""
    local = foreign.local_currency(partner.country)
    if not local or local == currency:
        return {}
    rate = foreign.rate_before(session, partner.country, currency, day)
    if tax and not rate:
        message = N_("The exchange rate of %(currency)s from before %(day)s is not known yet: try again later.")
        raise Refusal("rate", message, currency=currency, day=day)
    return rate


def _in_pln(partner: Partner, rows: list[dict[str, Any]], local: list[dict[str, Any]]) -> int:
    return totals(local or rows)["gross"] if partner.country == "PL" else 0


def _line(line: ProformaLine) -> InvoiceLine:
    copied = ("position", "kind", "operation", "description", "subject", "period_from", "period_to", "quantity")
    amounts = ("unit_amount", "amount", "discount", "tax_rate_bp", "tax_category")
    return InvoiceLine(unit="C62", corrects={}, **{name: getattr(line, name) for name in (*copied, *amounts)})


def seal(session: Session, actor: Actor, partner: Partner, invoice: Invoice) -> Invoice:
    """Give a document its number and its hash and write it down, for good."""
    rules, year = settings_of(partner), invoice.issue_date.year
    invoice.year, invoice.sequence = year, next_number(session, partner.code, invoice.series, year)
    _in_order(session, invoice)
    pattern = rules.pattern if invoice.series == INVOICE else rules.corrections
    invoice.number = number_of(pattern, year, invoice.sequence)
    if session.scalar(select(Invoice.id).where(Invoice.number == invoice.number)) is not None:
        message = N_("There is a document %(number)s already: change the pattern of the numbers in the settings.")
        raise Refusal("number", message, number=invoice.number)
    invoice.issued_at = clock.now()
    invoice.hash = hash_of(invoice)
    session.add(invoice)
    session.flush()
    facts: dict[str, Any] = {"gross": invoice.gross, "currency": invoice.currency}
    record(session, actor, f"{invoice.kind}.issued", "invoice", invoice.id, invoice.number, **facts)
    return invoice


def _in_order(session: Session, invoice: Invoice) -> None:
    """Dates follow numbers. The counter is ours until the end of the transaction, so nobody comes in between."""
    mine = (Invoice.series == invoice.series, Invoice.year == invoice.year)
    before = session.scalar(select(Invoice.issue_date).where(*mine, Invoice.sequence == invoice.sequence - 1))
    if before is not None and before > invoice.issue_date:
        message = N_("The number before has the date %(day)s: choose that day or a later one.")
        raise Refusal("issue_date", message, "issue_date", day=before)


def invoice(session: Session, invoice_id: int, account_id: int | None = None, *, lock: bool = False) -> Invoice:
    """An invoice or correction with its lines; with `account_id`, only if it is that account's. Raises NotFound."""
    query = select(Invoice).where(Invoice.id == invoice_id)
    query = query if account_id is None else query.where(Invoice.account_id == account_id)
    found = session.scalar(query.with_for_update(of=Invoice) if lock else query)
    if found is None:
        raise NotFound
    return found


def duplicate(session: Session, actor: Actor, invoice_id: int) -> InvoiceCopy:
    """A duplicate (H-33): the same document with the word and the day on which it was made."""
    return _copy(session, actor, invoice(session, invoice_id), "duplicate")


def note_sent(session: Session, actor: Actor, document: Invoice, recipient: str) -> InvoiceCopy:
    """Write down that the document went to somebody."""
    return _copy(session, actor, document, "sent", recipient)


def _copy(session: Session, actor: Actor, document: Invoice, kind: str, recipient: str = "") -> InvoiceCopy:
    today = clock.today(partners.partner(session).timezone)
    facts = {"made_on": today, "made_at": clock.now(), "made_by": actor.label, "recipient": recipient}
    copy = InvoiceCopy(invoice_id=document.id, kind=kind, **facts)
    session.add(copy)
    session.flush()
    record(session, actor, f"invoice.{kind}", "invoice", document.id, document.number, to=recipient)
    return copy


def check_hashes(session: Session, size: int = 500) -> Iterator[str]:
    """Numbers of documents that are not what was issued any more."""
    last = 0
    while True:
        rows = session.scalars(select(Invoice).where(Invoice.id > last).order_by(Invoice.id).limit(size)).all()
        yield from (row.number for row in rows if hash_of(row) != row.hash)
        if not rows:
            return
        last = rows[-1].id
