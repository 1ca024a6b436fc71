"""Corrections of issued invoices: a document of its own with what stood before, what stands after, and the difference.

A correction starts from the state after those before it, so that the invoice and all its corrections add up to what
holds now. Tax is computed on the whole document after and before; its rows are the differences (Directive 2006/112/EC,
article 219; Poland: article 106j).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners import validate
from webapp.reseller.partners.audit import Actor

from . import foreign, tax
from .invoice_facts import differences, tax_rows_of, totals
from .invoice_models import Invoice, InvoiceLine
from .invoices import CORRECTION, invoice, seal
from .operations import MAX_AMOUNT

PARTIES = ("buyer", "payer", "correspondence")
PARTY_FIELDS = ("name", "organisation", "street", "postcode", "city", "country", "tax_id")
#: What of a line a correction may change, and what it says about the line before and after.
CHANGEABLE = ("description", "quantity", "unit_amount", "tax_rate_bp")
_STATED = (*CHANGEABLE, "amount", "discount", "tax_category")
_MOST_PIECES = 1_000_000
#: Code of a legal note -> the tax category that it explains.
_ABOUT = {"reverse_charge": "AE", "exempt": "E", "export": "O"}


@dataclass(frozen=True)
class Changes:
    """What shall stand on the document: position -> {field of CHANGEABLE: value}, party -> {field: text}."""

    lines: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    parties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """What holds after an invoice and its corrections so far: position -> line as in `_STATED`, and the parties."""

    lines: Mapping[int, Mapping[str, Any]]
    parties: Mapping[str, Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]  # tax of the whole document
    numbers: tuple[str, ...] = ()  # of the corrections so far


@dataclass(frozen=True)
class Difference:
    """What a correction would say. `rows` and `totals` are differences."""

    original: Invoice
    before: State
    after: State
    rows: Sequence[Mapping[str, Any]]
    totals: Mapping[str, int]

    @property
    def changed(self) -> list[int]:
        """Positions of the lines that change."""
        return [position for position, line in self.before.lines.items() if line != self.after.lines[position]]


def correct(session: Session, actor: Actor, invoice_id: int, changes: Changes, reason: str) -> Invoice:
    """Issue a correction of an invoice (or of what its corrections have made of it).

    Raises Refusal when nothing would change, for values that cannot be, and without a reason.
    """
    original = original_of(session, invoice_id, lock=True)
    said = validate.line(reason, "reason", longest=500)
    found = difference(session, original, changes)
    if found.before.lines == found.after.lines and found.before.parties == found.after.parties:
        raise Refusal("unchanged", N_("Nothing is different: change what was wrong first."))
    partner = partners.partner(session)
    facts = _copied(original) | dict(found.after.parties) | dict(found.totals)
    local = _local_differences(original, found)
    facts |= {"tax_rows": list(found.rows), "local_rows": local, "reason": said}
    facts["notes"] = _still_true(original.notes, found.after)
    document = Invoice(issue_date=clock.today(partner.timezone), **facts)
    document.lines = [_line(original, found, position) for position in found.changed]
    return seal(session, actor, partner, document)


def cancel(session: Session, actor: Actor, invoice_id: int, reason: str) -> Invoice:
    """A correction to zero: nothing of the invoice holds any more."""
    original = original_of(session, invoice_id, lock=True)
    zero = {line.position: {"quantity": 0} for line in original.lines}
    return correct(session, actor, original.id, Changes(zero), reason)


def difference(session: Session, original: Invoice, changes: Changes) -> Difference:
    """What the changes would make of an invoice, without writing it. Raises Refusal for values that cannot be."""
    before = state_of(session, original)
    after = _changed(before, changes, gross=original.tax_mode == "gross")
    rows = differences(after.rows, before.rows)
    return Difference(original, before, after, rows, totals(rows))


def original_of(session: Session, invoice_id: int, *, lock: bool = False) -> Invoice:
    """The invoice itself, also when one of its corrections is named."""
    found = invoice(session, invoice_id)
    return invoice(session, found.corrects_id or found.id, lock=lock)


def corrections_of(session: Session, invoice_id: int) -> Sequence[Invoice]:
    """Corrections of an invoice, in the order in which they were issued."""
    return session.scalars(select(Invoice).where(Invoice.corrects_id == invoice_id).order_by(Invoice.id)).all()


def state_of(session: Session, original: Invoice, until: int | None = None) -> State:
    """What holds of an invoice now, or held before the correction with the id `until`."""
    lines: dict[int, Mapping[str, Any]] = {line.position: _stated(line) for line in original.lines}
    chain = [each for each in corrections_of(session, original.id) if until is None or each.id < until]
    for correction in chain:
        lines |= {line.position: line.corrects["after"] for line in correction.lines}
    last = chain[-1] if chain else original
    rows = differences([row for each in (original, *chain) for row in each.tax_rows], [])
    return State(lines, {name: getattr(last, name) for name in PARTIES}, rows, tuple(each.number for each in chain))


def _stated(line: InvoiceLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _STATED}


def _changed(before: State, changes: Changes, *, gross: bool) -> State:
    lines = {position: _new_line(line, changes.lines.get(position, {})) for position, line in before.lines.items()}
    # One person in several roles stays one.
    buyer, changed = before.parties["buyer"], changes.parties.get("buyer", {})
    wanted = {
        name: changes.parties.get(name, changed if party == buyer else {}) for name, party in before.parties.items()
    }
    parties = {name: _new_party(party, wanted[name]) for name, party in before.parties.items()}
    if sum(line["amount"] for line in lines.values()) > MAX_AMOUNT:
        raise Refusal("amount", N_("The total would be larger than one that can be paid."))
    return replace(before, lines=lines, parties=parties, rows=_taxed_anew(before, lines, gross=gross))


def _taxed_anew(before: State, lines: Mapping[int, Mapping[str, Any]], *, gross: bool) -> Sequence[Mapping[str, Any]]:
    """Tax of what changes; the rest stays as it was issued, be it a cent off (a part of a split proforma)."""
    was, now = (tax_rows_of(each.values(), gross=gross) for each in (before.lines, lines))
    stays = [(row["rate_bp"], row["category"]) for row in now if row in was]
    kept = [row for row in before.rows if (row["rate_bp"], row["category"]) in stays]
    return [*kept, *(row for row in now if row not in was)]


def _new_line(before: Mapping[str, Any], change: Mapping[str, Any]) -> Mapping[str, Any]:
    after = {**before, **{name: change[name] for name in CHANGEABLE if name in change}}
    if after == before:
        return before
    after["description"] = validate.line(str(after["description"]), "description", longest=500)
    quantity, unit, rate = after["quantity"], after["unit_amount"], after["tax_rate_bp"]
    if not 0 <= quantity <= _MOST_PIECES or not 0 <= unit <= MAX_AMOUNT or not 0 <= rate <= 10_000:
        message = N_("“%(what)s” has no possible quantity, price or tax rate.")
        raise Refusal("line", message, what=after["description"][:60])
    # What was taken off the items together stays off them, as long as there is one.
    off = before["quantity"] * before["unit_amount"] - before["amount"]
    after["amount"] = max(quantity * unit - off, 0)
    after["discount"] = before["discount"] if quantity else 0
    if rate != before["tax_rate_bp"]:
        after["tax_category"] = tax.domestic(rate).category
    return after


def _new_party(before: Mapping[str, Any], change: Mapping[str, str]) -> Mapping[str, Any]:
    names = [name for name in PARTY_FIELDS if name in change and change[name].strip() != before.get(name, "")]
    if not names:
        return before
    after = {**before, **{name: validate.line(change[name], name, required=False) for name in names}}
    after["country"] = validate.country(str(after.get("country", "")))
    after["tax_id"] = validate.tax_id(str(after.get("tax_id", "")), after["country"])
    if not (after.get("name") or after.get("organisation")):
        raise Refusal("name", N_("A document needs the name of its buyer."), "name")
    return after


def _copied(original: Invoice) -> dict[str, Any]:
    """What a correction has in common with its invoice."""
    names = ("account_id", "proforma_id", "locale", "currency", "sale_date", "due_date", "paid_on", "tax_mode")
    facts = {name: getattr(original, name) for name in (*names, "tax_regime", "rate", "issuer", "bank", "notes")}
    return facts | {"kind": CORRECTION, "series": CORRECTION, "origin": "manual", "corrects_id": original.id}


def _still_true(notes: Sequence[str], after: State) -> list[str]:
    """The sentences of the law without those about a treatment that no line has any more."""
    categories = {line["tax_category"] for line in after.lines.values()}
    return [note for note in notes if _ABOUT.get(note) in (None, *categories)]


def _local_differences(original: Invoice, found: Difference) -> list[dict[str, Any]]:
    """The invoice's own rate holds for its corrections: their cause was there when it was issued."""
    sides = (found.after.rows, found.before.rows)
    local = [foreign.local_rows(side, original.currency, original.rate) for side in sides]
    return differences(*local)


def _line(original: Invoice, found: Difference, position: int) -> InvoiceLine:
    before, after = found.before.lines[position], found.after.lines[position]
    source = next(line for line in original.lines if line.position == position)
    kept = ("kind", "operation", "subject", "period_from", "period_to", "unit")
    return InvoiceLine(
        position=position,
        corrects={"before": dict(before), "after": dict(after)},
        **{name: getattr(source, name) for name in kept},
        **{**after, "amount": after["amount"] - before["amount"]},
    )
