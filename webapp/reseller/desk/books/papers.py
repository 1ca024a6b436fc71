"""I6: numbers without gaps in the order of their dates, documents and the log as they were written."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, extract, func, inspect, literal, select
from sqlalchemy.orm import Session

from webapp.foundation.walls import column_of
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.invoices import check_hashes
from webapp.reseller.billing.models import MoneyDocument, NumberSeries, Proforma
from webapp.reseller.partners.log_chain import START, link
from webapp.reseller.partners.models import AuditEvent, AuditSeal, Partner

from .rules import Check


class _Numbered(NamedTuple):
    """A table of numbered documents: which series and which year a row belongs to."""

    model: Any
    series: Any
    year: Any


_PROFORMAS = _Numbered(Proforma, literal("proforma"), extract("year", Proforma.issue_date))
_INVOICES = _Numbered(Invoice, Invoice.series, Invoice.year)
_MONEY = _Numbered(MoneyDocument, MoneyDocument.kind, extract("year", MoneyDocument.issue_date))


def proformas_are_gapless(session: Session) -> Iterable[str]:
    """Proformas: see `_problems`."""
    return _problems(session, _PROFORMAS, NumberSeries.series == "proforma")


def invoices_are_gapless(session: Session) -> Iterable[str]:
    """Invoices and corrections: see `_problems`."""
    return _problems(session, _INVOICES, NumberSeries.series.in_(("invoice", "correction")))


def money_papers_are_gapless(session: Session) -> Iterable[str]:
    """Refunds, chargebacks ...: see `_problems`."""
    others = NumberSeries.series.not_in(("proforma", "invoice", "correction"))
    return _problems(session, _MONEY, others)


def _problems(session: Session, documents: _Numbered, mine: Any) -> Iterable[str]:
    """Per issuer, series and year 1, 2, 3 ... in the order of their dates, and the counter stands at the last one.

    The series carries the partner's code: a company that changes its name goes on counting.
    """
    row = NumberSeries
    counters: Any = select(row.partner_id, row.issuer, row.series, row.year, row.last).where(mine)
    last = {tuple(each[:4]): each[4] for each in session.execute(counters)}
    for partner, issuer, series, year, count, different, lowest, highest in session.execute(_series(documents)):
        label = f"{issuer} {series} {int(year)}"
        if (different, lowest, highest) != (count, 1, count):
            yield f"{label} has gaps or doubles"
        stands = last.pop((partner, issuer, series, int(year)), 0)
        if stands != count:
            yield f"{label} counts {stands} for {count} documents"
    yield from (
        f"series {' '.join(map(str, key))} stands at {number} without a document"
        for key, number in last.items()
        if number
    )
    for number, partner in session.execute(_backwards(documents)):
        yield f"{number} of partner {partner} has a date that runs backwards"


def _series(documents: _Numbered) -> Select[Any]:
    model = documents.model
    number = model.sequence
    key = (model.partner_id, Partner.code, documents.series.label("series"), documents.year.label("year"))
    figures = (func.count(number), func.count(number.distinct()), func.min(number), func.max(number))
    return select(*key, *figures).join(Partner, Partner.id == model.partner_id).group_by(*key)


def _backwards(documents: _Numbered) -> Select[Any]:
    model = documents.model
    before = func.lag(model.issue_date).over(
        partition_by=(model.partner_id, documents.series, documents.year), order_by=model.sequence
    )
    dated = select(model.number, model.partner_id, model.issue_date, before.label("before")).subquery()
    number, owner, day, earlier = (column_of(dated, name) for name in ("number", "partner_id", "issue_date", "before"))
    return select(number, owner).where(day < earlier)


def invoices_are_as_issued(session: Session) -> Iterable[str]:
    """The hash of each invoice is still that of what stands on it."""
    return (f"{number} is not what was issued" for number in check_hashes(session))


def the_log_is_unbroken(session: Session) -> Iterable[str]:
    """Each partner's chain: links 1, 2, 3 ..., each over the one before and its event.

    Events that wait for their link are not looked at here: that is `flask log check` and the job that seals.
    """
    event, seal = AuditEvent, AuditSeal
    facts = (each.class_attribute for each in inspect(event).column_attrs)
    links = select(seal.partner_id.label("owner"), seal.sequence, seal.hash, seal.event_id, *facts)
    joined = links.outerjoin(event, (event.id == seal.event_id) & (event.partner_id == seal.partner_id))
    rows = session.execute(joined.order_by(seal.partner_id, seal.sequence).execution_options(yield_per=500))
    for partner, chain in groupby(rows, key=attrgetter("owner")):
        yield from _first_fault(partner, chain)


def _first_fault(partner: int, chain: Iterable[Any]) -> Iterable[str]:
    previous = START
    for number, row in enumerate(chain, 1):
        if row.sequence != number or row.id is None or link(previous, row) != row.hash:
            yield f"the log of partner {partner} is broken at link {number} (event {row.event_id})"
            return
        previous = row.hash


CHECKS: dict[str, Check] = {
    "I6 proforma numbers are gapless and in order": proformas_are_gapless,
    "I6 invoice numbers are gapless and in order": invoices_are_gapless,
    "I6 numbers of money papers are gapless and in order": money_papers_are_gapless,
    "I6 each invoice is what was issued": invoices_are_as_issued,
    "I6 the chain of the log is unbroken": the_log_is_unbroken,
}
