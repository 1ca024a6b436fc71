"""What is being ordered becomes lines of a proforma and of an order, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.clock import add_years
from webapp.foundation.i18n import gettext, use_locale
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import tax
from webapp.reseller.billing.models import Proforma
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import Domain

from .models import Order, OrderLine
from .parties import party
from .subjects import Known, Subject, is_domain, name_of


@dataclass(frozen=True)
class Ordered:
    """One thing that is being ordered, for so many years or, with years 0, days.

    `amount` is what is charged, `list_amount` what it costs without a discount (None: there is none), both in minor
    units and the partner's tax mode. `title`: the product's name in the document's language; "" for a domain.
    """

    subject: Subject | Known
    operation: str
    years: int
    days: int
    amount: int
    starts: date
    list_amount: int | None = None
    discount: int = 0
    discount_text: str = ""
    title: str = ""

    @property
    def ends(self) -> date:
        """The last day on the paper: the day of the expiry for a domain, the last one that is paid for a service."""
        after = add_years(self.starts, self.years) + timedelta(days=self.days)
        return after if is_domain(self.subject) else after - timedelta(days=1)


@dataclass(frozen=True)
class NewOrder:
    """Who confirmed what, for the order's row. `key` makes the same confirmation one order."""

    key: str
    account_id: int
    user_id: int | None
    terms_version: str = ""
    ip: str = ""


def issue(
    session: Session, actor: Actor, holder: Contact, origin: str, locale: str, wanted: Sequence[Ordered]
) -> Proforma:
    """The proforma that asks the holder for the money, in its language."""
    draft = draft_of(partners.partner(session), holder.account_id, party(holder), origin, locale, wanted)
    return billing.issue_proforma(session, actor, draft)


def draft_of(
    partner: Partner, account_id: int, who: dict[str, Any], origin: str, locale: str, wanted: Sequence[Ordered]
) -> billing.ProformaDraft:
    """What stands on the proforma that asks one party for the money, with today's tax. Reads nothing."""
    treatment = tax.tax_for(partner, who, clock.today(partner.timezone))
    with use_locale(locale):
        lines = tuple(_line(partner, treatment, thing) for thing in wanted)
    return billing.ProformaDraft(
        account_id, origin, locale, lines, buyer=who, payer=who, correspondence=who, tax_regime=treatment.regime
    )


def _line(partner: Partner, treatment: tax.Treatment, thing: Ordered) -> billing.LineDraft:
    return billing.LineDraft(
        kind="domain" if isinstance(thing.subject, Domain) else thing.subject.kind,
        operation=thing.operation,
        description=_description(thing),
        subject=_subject(thing),
        years=thing.years,
        unit_amount=tax.price(partner, treatment, thing.amount),
        tax_rate_bp=treatment.rate_bp,
        tax_category=treatment.category,
        period_from=thing.starts,
        period_to=thing.ends,
        discount=tax.price(partner, treatment, thing.discount),
        discount_text=thing.discount_text,
    )


def _description(thing: Ordered) -> str:
    renewal = thing.operation == "renew"
    if is_domain(thing.subject):
        return gettext("Renewal of a domain") if renewal else gettext("Registration of a domain")
    return gettext("%(product)s, renewal", product=thing.title) if renewal else thing.title


def _subject(thing: Ordered) -> str:
    """What a service is for; "" where that is no more than the product's name, which stands in the description."""
    name = name_of(thing.subject)
    return "" if name == thing.title else name


def write_order(session: Session, new: NewOrder, proforma: Proforma, wanted: Sequence[Ordered]) -> Order:
    """The order behind a proforma that `issue` made of the same things."""
    order = Order(**order_values(new, proforma.id, proforma.currency))
    session.add(order)
    session.flush()
    order.lines = [
        OrderLine(**order_line_values(order.id, line.id, thing))
        for line, thing in zip(proforma.lines, wanted, strict=True)
    ]
    session.flush()
    return order


def order_values(new: NewOrder, proforma_id: int, currency: str) -> dict[str, Any]:
    """Every column of an order that is placed now, but its id and its partner's."""
    return {
        "key": new.key,
        "account_id": new.account_id,
        "user_id": new.user_id,
        "proforma_id": proforma_id,
        "currency": currency,
        "terms_version": new.terms_version,
        "placed_at": clock.now(),
        "ip": new.ip,
    }


def order_line_values(order_id: int, proforma_line_id: int, thing: Ordered) -> dict[str, Any]:
    """Every column of a line of an order, but its id and its partner's."""
    mine = is_domain(thing.subject)
    return {
        "order_id": order_id,
        "proforma_line_id": proforma_line_id,
        "domain_id": thing.subject.id if mine else None,
        "service_id": None if mine else thing.subject.id,
        "operation": thing.operation,
        "years": thing.years,
        "days": thing.days,
        "amount": thing.amount,
        "state": "awaiting_payment",
    }
