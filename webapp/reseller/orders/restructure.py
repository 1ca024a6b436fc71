"""Unpaid proformas take another shape: another buyer (O-15), one for each item (O-16), or several become one.

No paper is rewritten in silence: split and merged ones are new proformas with new numbers, and the old ones stay,
superseded, with what stood on them. The order lines follow the money. To the cent nothing is gained or lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.foundation.i18n import N_
from webapp.foundation.money import tax_row
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing import reminding
from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.billing.numbers import dated_number
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record

from . import mails
from .models import OrderLine

#: More than anybody wants on one paper; also what one transaction should lock.
MOST_MERGED, MOST_LINES = 50, 500
#: What two proformas must have in common to become one.
_COMMON = ("account_id", "currency", "tax_mode", "tax_regime", "issuer", "bank", "buyer", "payer")
_FROZEN = ("account_id", "locale", "currency", "tax_mode", "tax_regime", "issuer", "buyer", "payer", "correspondence",
           "bank", "note")  # fmt: skip
_NEW = ("id", "partner_id", "proforma_id")


def split(session: Session, actor: Actor, proforma_id: int) -> list[Proforma]:
    """A proforma of its own for each item; amounts and due date stay. Raises Refusal when there is nothing to split."""
    old = _unpaid(session, proforma_id)
    if len(old.lines) < 2:
        raise Refusal("one_line", N_("There is only one item on this proforma: nothing to split."))
    shares = billing_queries.gross_shares(old)
    if min(shares.values()) <= 0:
        raise Refusal("no_price", N_("An item without a price cannot stand alone: nobody could pay it."))
    made = [_write(session, old, [line], [_row(old, line, shares[line.id])], old.due_date) for line in old.lines]
    _supersede(session, actor, [old], made, "proforma.split")
    for proforma in made:
        mails.proforma_issued(session, proforma)
    return made


def merge(session: Session, actor: Actor, proforma_ids: Sequence[int]) -> Proforma:
    """One proforma for what stood on several of the same subscriber; due when the first of them was.

    Raises Refusal for ones that differ in currency, buyer, payer or tax treatment, and for fewer than two.
    """
    ids = sorted(set(proforma_ids))
    if not 2 <= len(ids) <= MOST_MERGED:
        raise Refusal("how_many", N_("Choose between two and %(most)s proformas."), most=MOST_MERGED)
    old = [_unpaid(session, proforma_id) for proforma_id in ids]
    _check_alike(old)
    lines = [line for each in old for line in each.lines]
    if len(lines) > MOST_LINES:
        raise Refusal("too_long", N_("Together they have more than %(most)s items."), most=MOST_LINES)
    made = _write(session, old[0], lines, _summed(old), min(each.due_date for each in old))
    made.origin = "order" if any(each.origin == "order" for each in old) else old[0].origin
    _supersede(session, actor, old, [made], "proforma.merged")
    mails.proforma_issued(session, made)
    return made


def _unpaid(session: Session, proforma_id: int) -> Proforma:
    proforma = billing.locked_proforma(session, proforma_id)
    if proforma.state != "issued":
        raise Refusal("state", N_("%(number)s is not unpaid any more: only an unpaid proforma can be changed."),
                      number=proforma.number)  # fmt: skip
    return proforma


def _check_alike(old: Sequence[Proforma]) -> None:
    first = old[0]
    if any(each.account_id != first.account_id for each in old):
        raise Refusal("account", N_("These proformas belong to different subscribers."))
    if any(each.currency != first.currency for each in old):
        raise Refusal("currency", N_("These proformas are in different currencies."))
    if any(getattr(each, name) != getattr(first, name) for each in old for name in _COMMON):
        raise Refusal("differ", N_("These proformas differ in buyer, payer, bank account or tax: they stay apart."))
    if len({each.origin == "manual" for each in old}) > 1:
        raise Refusal("manual", N_("One that was written by hand has nothing to activate and stays apart."))


def _row(old: Proforma, line: ProformaLine, gross: int) -> dict[str, Any]:
    """The tax of an item alone. Its gross is its share of the old total, so that the shares give the total again."""
    inclusive = old.tax_mode == "gross"
    row = tax_row(line.tax_rate_bp, gross if inclusive else line.amount, gross=inclusive)
    net = row.net
    return {"rate_bp": row.rate_bp, "category": line.tax_category, "net": net, "tax": gross - net, "gross": gross}


def _summed(old: Iterable[Proforma]) -> list[dict[str, Any]]:
    """The tax rows of several documents, added up per rate and category."""
    sums: dict[tuple[int, str], dict[str, Any]] = {}
    for row in (row for each in old for row in each.tax_rows):
        key = (row["rate_bp"], row.get("category", ""))
        found = sums.setdefault(key, {**row, "net": 0, "tax": 0, "gross": 0})
        found.update({name: found[name] + row[name] for name in ("net", "tax", "gross")})
    return [sums[key] for key in sorted(sums, reverse=True)]


def _write(
    session: Session, like: Proforma, lines: Sequence[ProformaLine], rows: list[dict[str, Any]], due: Any
) -> Proforma:
    """A new proforma with copies of these lines; the order lines behind them now ask for their money here."""
    partner = partners.partner(session)
    sequence, today = dated_number(session, partner, "proforma")
    made = Proforma(
        **{name: getattr(like, name) for name in _FROZEN},
        number=billing.number_of(today.year, sequence),
        sequence=sequence,
        origin=like.origin,
        state="issued",
        issue_date=today,
        due_date=due,
        issued_at=clock.now(),
        pay_token=secrets.token_urlsafe(16),
        remind_on=reminding.next_day(reminding.schedule_of(partner), due, today),
        tax_rows=rows,
        **{name: sum(row[name] for row in rows) for name in ("net", "tax", "gross")},
    )
    session.add(made)
    session.flush()
    made.lines = [_copied(line, made.id, position) for position, line in enumerate(lines, start=1)]
    session.flush()
    for before, after in zip(lines, made.lines, strict=True):
        change(session, OrderLine, OrderLine.proforma_line_id == before.id, proforma_line_id=after.id)
    return made


def _copied(line: ProformaLine, proforma_id: int, position: int) -> ProformaLine:
    facts = {each.key: getattr(line, each.key) for each in inspect(ProformaLine).column_attrs if each.key not in _NEW}
    return ProformaLine(**{**facts, "proforma_id": proforma_id, "position": position})


def _supersede(session: Session, actor: Actor, old: Sequence[Proforma], made: Sequence[Proforma], action: str) -> None:
    before, after = [each.id for each in old], [each.id for each in made]
    numbers = ", ".join(each.number for each in made)
    for each in old:
        billing.move_proforma(session, each, "issued", "superseded", replaced_by=after, remind_on=None)
        record(session, actor, action, "proforma", each.id, each.number, into=numbers)
    came_from = ", ".join(each.number for each in old)
    for each in made:
        each.made_of = before
        record(session, actor, "proforma.issued", "proforma", each.id, each.number, gross=each.gross, of=came_from)
    session.flush()


def origins(session: Session, proforma: Proforma) -> dict[int, str]:
    """id -> number of the proformas that this one came from, and that took its place."""
    ids = [*proforma.made_of, *proforma.replaced_by]
    if not ids:
        return {}
    rows = session.execute(select(Proforma.id, Proforma.number).where(Proforma.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
