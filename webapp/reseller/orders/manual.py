"""Proformas that the partner writes by hand (H-30): free items, nothing to activate (H-31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing import tax
from webapp.reseller.billing.models import Proforma
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.validate import line as one_line

from . import mails
from .models import Order
from .parties import locale_of, party

MOST_LINES, MOST_PIECES = 50, 10_000


@dataclass(frozen=True)
class FreeLine:
    """One item in the partner's own words; `unit_amount` in minor units and the partner's tax mode."""

    description: str
    quantity: int
    unit_amount: int
    tax_rate_bp: int


def write_proforma(
    session: Session, actor: Actor, account_id: int, lines: Sequence[FreeLine], note: str, key: str
) -> Proforma:
    """Issue a proforma of free items to a subscriber and mail it. The same `key` again finds the same proforma.

    Raises NotFound for another partner's subscriber, Refusal for a wrong line.
    """
    # Two clicks at once wait for each other here; the second then finds what the first wrote.
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    accounts.living(session, account_id)
    before = session.scalar(select(Order).where(Order.key == f"manual:{key}"))
    if before is not None:
        return billing_queries.proforma(session, before.proforma_id)
    who = party(accounts.default_contact(session, account_id))
    usual = treatment_of(session, account_id)
    drafts = tuple(_draft(line, usual) for line in _checked(lines))
    locale = locale_of(session, account_id)
    draft = billing.ProformaDraft(
        account_id, "manual", locale, drafts, who, who, who, note.strip()[:2000], usual.regime
    )
    proforma = billing.issue_proforma(session, actor, draft)
    session.add(_order(account_id, proforma, f"manual:{key}"))
    session.flush()
    mails.proforma_issued(session, proforma)
    return proforma


def treatment_of(session: Session, account_id: int) -> tax.Treatment:
    """How a sale to this subscriber would be taxed today: what a form proposes."""
    partner, contact = partners.partner(session), accounts.default_contact(session, account_id)
    return tax.tax_for(partner, party(contact), clock.today(partner.timezone))


def _checked(lines: Sequence[FreeLine]) -> Sequence[FreeLine]:
    if not 0 < len(lines) <= MOST_LINES:
        raise Refusal("lines", N_("A proforma needs at least one item and has at most %(most)s."), most=MOST_LINES)
    for line in lines:
        if not 0 < line.quantity <= MOST_PIECES or not 0 <= line.unit_amount <= billing.MAX_AMOUNT:
            raise Refusal("line", N_("“%(what)s” has no possible quantity or price."), what=line.description[:60])
        if not 0 <= line.tax_rate_bp <= 10_000:
            raise Refusal("rate", N_("“%(what)s” has no possible tax rate."), what=line.description[:60])
    if not 0 < sum(line.quantity * line.unit_amount for line in lines) <= billing.MAX_AMOUNT:
        raise Refusal("total", N_("The total must be greater than zero, and one that can be paid."))
    return lines


def _draft(line: FreeLine, usual: tax.Treatment) -> billing.LineDraft:
    ours = line.tax_rate_bp == usual.rate_bp
    return billing.LineDraft(
        kind="free",
        operation="",
        description=one_line(line.description, "lines"),
        subject="",
        years=0,
        unit_amount=line.unit_amount,
        tax_rate_bp=line.tax_rate_bp,
        quantity=line.quantity,
        tax_category=usual.category if ours else tax.domestic(line.tax_rate_bp).category,
    )


def _order(account_id: int, proforma: Proforma, key: str) -> Order:
    """The row that makes a double click one proforma; a manual one has no order lines."""
    return Order(
        key=key,
        account_id=account_id,
        user_id=None,
        proforma_id=proforma.id,
        currency=proforma.currency,
        terms_version="",
        placed_at=clock.now(),
    )
