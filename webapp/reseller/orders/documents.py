"""Which legal documents somebody has accepted, with an order or when asked again, and which ones wait for it (H-55)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts.models import Consent
from webapp.reseller.billing.models import ProformaLine
from webapp.reseller.cms import legal
from webapp.reseller.cms.legal import LegalView
from webapp.reseller.partners.audit import Actor, record

from .models import Order, OrderAcceptance, OrderLine

#: How a consent to a document is called when it was asked for outside of an order.
CONSENT = "document"


@dataclass(frozen=True)
class Acceptance:
    """A document as it was accepted: title, "kind locale version", instant and network address."""

    title: str
    kind: str
    locale: str
    version: int
    accepted_at: datetime
    ip: str


def references(documents: Iterable[LegalView]) -> str:
    """What a page shows to be accepted, in one line: "terms pl 3, registry-policies pl 1"."""
    return ", ".join(one.reference for one in documents)


def accept_with_order(session: Session, order: Order, shown: str, *locales: str) -> None:
    """Write down what an order accepts: each document that it must accept, in the version that the page showed.

    Raises Refusal("terms_changed") when another version came into force in the meantime.
    """
    wanted = legal.required(session, *locales)
    if references(wanted) != shown:
        raise Refusal("terms_changed", N_("Our terms have changed since you saw them. Please read them again."))
    session.add_all(_accepted(order, document) for document in wanted)
    session.flush()


def _accepted(order: Order, document: LegalView) -> OrderAcceptance:
    return OrderAcceptance(
        order_id=order.id,
        document_id=document.id,
        user_id=order.user_id,
        title=document.title,
        reference=document.reference,
        accepted_at=order.placed_at,
        ip=order.ip,
    )


def of_proforma(session: Session, proforma_id: int) -> list[Acceptance]:
    """What was accepted with the order behind a proforma; both sides see it."""
    columns = (
        OrderAcceptance.title,
        OrderAcceptance.reference,
        OrderAcceptance.accepted_at,
        OrderAcceptance.ip,
    )
    rows = session.execute(
        select(*columns)
        .join(Order, Order.id == OrderAcceptance.order_id)
        .where(or_(Order.proforma_id == proforma_id, Order.id.in_(_orders_on(proforma_id))))
        .order_by(OrderAcceptance.id)
    )
    return [_acceptance(title, reference, at, ip) for title, reference, at, ip in rows]


def _orders_on(proforma_id: int) -> Select[int]:
    """Orders whose lines a proforma asks for now: those that were split or merged came from another one."""
    joined = select(OrderLine.order_id).join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
    return joined.where(ProformaLine.proforma_id == proforma_id)


def of_account(session: Session, account_id: int) -> list[Acceptance]:
    """Everything that an account has accepted, newest first."""
    ordered = session.execute(
        select(OrderAcceptance.title, OrderAcceptance.reference, OrderAcceptance.accepted_at, OrderAcceptance.ip)
        .join(Order, Order.id == OrderAcceptance.order_id)
        .where(Order.account_id == account_id)
    )
    asked = session.execute(
        select(Consent.version, Consent.given_at, Consent.ip).where(
            Consent.account_id == account_id, Consent.kind == CONSENT, Consent.withdrawn_at.is_(None)
        )
    )
    found = [_acceptance(title, reference, at, ip) for title, reference, at, ip in ordered]
    found += [_acceptance("", reference, at, ip) for reference, at, ip in asked]
    return sorted(found, key=lambda one: one.accepted_at, reverse=True)


def _acceptance(title: str, reference: str, at: datetime, ip: str) -> Acceptance:
    kind, locale, version = reference.split(" ")
    return Acceptance(title, kind, locale, int(version), at, ip)


def waiting(session: Session, account_id: int) -> list[LegalView]:
    """Documents that an account is asked to accept again, because a newer version than the one it knows asks for it."""
    known: dict[tuple[str, str], int] = {}
    for reference in _references_of(session, account_id):
        kind, locale, version = reference.split(" ")
        known[kind, locale] = max(known.get((kind, locale), 0), int(version))
    if not known:
        return []
    return [view for view in legal.newest(session) if _asks(session, view, known.get((view.kind, view.locale)))]


def _references_of(session: Session, account_id: int) -> list[str]:
    """Each version that an account has accepted, once."""
    ordered = (
        select(OrderAcceptance.reference)
        .join(Order, Order.id == OrderAcceptance.order_id)
        .where(Order.account_id == account_id)
    )
    asked = select(Consent.version).where(
        Consent.account_id == account_id, Consent.kind == CONSENT, Consent.withdrawn_at.is_(None)
    )
    return list(session.scalars(ordered.union(asked)))


def _asks(session: Session, view: LegalView, accepted: int | None) -> bool:
    if accepted is None or view.withdrawn or accepted >= view.version:
        return False
    between: Sequence[LegalView] = legal.versions(session, view.kind, view.locale)
    return any(one.ask_again and one.version > accepted for one in between)


def accept_again(session: Session, actor: Actor, account_id: int, user_id: int, shown: str) -> int:
    """Accept everything that waits, as the page showed it. Returns how many documents that was; twice is none.

    Refusals: terms_changed.
    """
    wanted = waiting(session, account_id)
    if not wanted:
        return 0
    if references(wanted) != shown:
        raise Refusal("terms_changed", N_("Our terms have changed since you saw them. Please read them again."))
    for document in wanted:
        accounts.record_consent(session, account_id, user_id, CONSENT, document.reference, actor.ip, "panel")
        record(session, actor, "legal.accepted", "legal_document", document.id, document.reference)
    return len(wanted)


def times_accepted(session: Session, kind: str, locale: str, version: int) -> int:
    """How many orders and subscribers accepted a version: for the partner's page of it."""
    reference = f"{kind} {locale} {version}"
    ordered = select(func.count()).select_from(OrderAcceptance).where(OrderAcceptance.reference == reference)
    asked = select(func.count()).select_from(Consent).where(Consent.kind == CONSENT, Consent.version == reference)
    return (session.scalar(ordered) or 0) + (session.scalar(asked) or 0)
