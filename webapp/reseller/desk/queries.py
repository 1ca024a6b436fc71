"""What a partner's start page shows: what is not set up yet, and what needs somebody today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing.models import Proforma, WholesaleBalance
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms.models import LegalDocument
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders.models import OrderLine
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Host, Partner
from webapp.reseller.services.models import Domain

#: How far ahead the start page looks for domains that end.
SOON = timedelta(days=30)
RECENTLY = timedelta(days=7)


@dataclass(frozen=True)
class Task:
    """One thing to set up (H-01). `title` is a msgid; `url_key` names the form, which the panel knows."""

    key: str
    title: str
    url_key: str
    done: bool


@dataclass(frozen=True)
class Figure:
    """One number of the start page. `amount` is in minor units of `currency`, for figures that count money too.

    `tone`: "" | "warn" | "danger", to be shown only when `count` is not 0.
    """

    key: str
    label: str
    count: int
    url_key: str
    tone: str = ""
    amount: int | None = None
    currency: str = ""


def todo(session: Session) -> list[Task]:
    """Everything that a shop needs before it sells, each done or not (H-01)."""
    partner = partners.partner(session)
    today = clock.today(partner.timezone)
    issuer = all((partner.legal_name, partner.tax_id, partner.street, partner.postcode, partner.city))
    bank = bool(partner.iban and partner.bank_name)
    return [
        Task("company", N_("Enter your company's address and tax number"), "company", issuer),
        Task("email", N_("Set the e-mail address that your customers get mail from"), "company", bool(partner.email)),
        Task("bank", N_("Enter the bank account that customers pay to"), "bank", bank),
        Task("prices", N_("Set your prices"), "prices", bool(catalog.offers(session, partner.currency, today))),
        Task("logo", N_("Upload your logo"), "brand", bool(partners.brand(session).logo)),
        Task("legal", N_("Publish your own terms and privacy policy"), "legal", _own_documents(session, partner)),
        Task("domain", N_("Connect your own domain to the shop"), "hosts", _has_own_host(session)),
        Task("funds", N_("Pay in advance, so that orders can be carried out"), "funds", _funds(session, partner) > 0),
    ]


def _own_documents(session: Session, partner: Partner) -> bool:
    """The starter's samples are version 1: what the partner publishes itself counts on from there."""
    own = select(LegalDocument.kind, LegalDocument.locale).where(LegalDocument.version > 1).distinct()
    published = {(kind, locale) for kind, locale in session.execute(own)}
    return {(kind, locale) for kind in ("terms", "privacy") for locale in partner.locales} <= published


def _has_own_host(session: Session) -> bool:
    return session.scalar(select(Host.id).where(Host.kind == "custom", Host.state == "live").limit(1)) is not None


def _funds(session: Session, partner: Partner) -> int:
    """What the partner can spend with the operator: its balance and what it may overdraw."""
    spendable = WholesaleBalance.amount + WholesaleBalance.credit_limit
    return session.scalar(select(spendable).where(WholesaleBalance.currency == partner.currency)) or 0


def figures(session: Session) -> list[Figure]:
    """What needs somebody today; each figure leads to the list that it counts."""
    partner = partners.partner(session)
    today = clock.today(partner.timezone)
    proformas = _proformas(session, today)
    return [
        Figure("paid", N_("Paid, to be activated"), proformas["paid"][0], "proformas_paid", "warn"),
        Figure(
            "open", N_("Open proformas"), proformas["issued"][0], "proformas_issued",
            amount=proformas["issued"][1], currency=partner.currency,
        ),
        Figure("overdue", N_("Overdue proformas"), proformas["overdue"][0], "proformas_overdue", "warn"),
        Figure("funds", N_("Orders that wait for funds"), _waiting(session), "awaiting_funds", "danger"),
        Figure("attention", N_("Domains that need attention"), _domains(session), "domains_attention", "danger"),
        Figure("expiring", N_("Domains that end within 30 days"), _expiring(session), "domains_expiring"),
        Figure("failed", N_("Messages that could not be sent"), _failed(session), "messages_failed", "danger"),
        Figure("new", N_("New subscribers in 7 days"), _new_accounts(session), "accounts"),
    ]  # fmt: skip


def _proformas(session: Session, today: date) -> dict[str, tuple[int, int]]:
    """ "paid" (that an activation waits for), "issued" and "overdue" -> (number, gross sum)."""
    sums = (func.count(Proforma.id), func.coalesce(func.sum(Proforma.gross), 0))

    def of(*where: object) -> tuple[int, int]:
        count, gross = session.execute(select(*sums).where(*where)).one()  # type: ignore[arg-type]
        return count, int(gross)

    return {
        "paid": of(Proforma.state == "paid", Proforma.origin != "manual"),
        "issued": of(Proforma.state == "issued"),
        "overdue": of(Proforma.state == "issued", Proforma.due_date < today),
    }


def _waiting(session: Session) -> int:
    return session.scalar(select(func.count(OrderLine.id)).where(OrderLine.state == "awaiting_funds")) or 0


def _domains(session: Session) -> int:
    return session.scalar(select(func.count(Domain.id)).where(Domain.state == "needs_attention")) or 0


def _expiring(session: Session) -> int:
    soon = (Domain.state.in_(("active", "expiring")), Domain.expires_at < clock.now() + SOON)
    return session.scalar(select(func.count(Domain.id)).where(*soon)) or 0


def _failed(session: Session) -> int:
    return session.scalar(select(func.count(Message.id)).where(Message.state == "failed")) or 0


def _new_accounts(session: Session) -> int:
    return session.scalar(select(func.count(Account.id)).where(Account.created_at > clock.now() - RECENTLY)) or 0
