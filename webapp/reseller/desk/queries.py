"""What a partner's start page shows first: what is not set up yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.reseller.billing import gateways
from webapp.reseller.billing.models import WholesaleBalance
from webapp.reseller.catalog import plans
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms.models import LegalDocument
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Host, Partner

from . import upstream

#: Where the partner's settings keep what was put off.
LATER = "later"
#: Tasks of those who buy from the wholesale side: names only, all else is carried out by the partner's own hand.
_FOR_DOMAINS = ("api", "funds")


@dataclass(frozen=True)
class Task:
    """One thing to set up (H-01). `title` is a msgid; `url_key` names the form, which the panel knows."""

    key: str
    title: str
    url_key: str
    done: bool


def todo(session: Session) -> list[Task]:
    """Everything that a shop needs before it sells, each done or not (H-01)."""
    partner = partners.partner(session)
    issuer = all((partner.legal_name, partner.tax_id, partner.street, partner.postcode, partner.city))
    bank = bool(partner.iban and partner.bank_name)
    tasks = [
        Task("company", N_("Enter your company's address and tax number"), "company", issuer),
        Task("email", N_("Set the e-mail address that your customers get mail from"), "company", bool(partner.email)),
        Task("bank", N_("Enter the bank account that customers pay to"), "bank", bank),
        Task("prices", N_("Set your prices"), "prices", _sells(session, partner)),
        Task("logo", N_("Upload your logo"), "brand", bool(partners.brand(session).logo)),
        Task("legal", N_("Publish your own terms and privacy policy"), "legal", _own_documents(session, partner)),
        Task("domain", N_("Connect your own domain to the shop"), "hosts", _has_own_host(session)),
        Task("api", N_("Connect the wholesale side and test the bridge"), "api", upstream.is_connected(session)),
        Task("vat", N_("Say how your invoices are numbered and taxed"), "vat", "invoices" in partner.settings),
        Task("online", N_("Let subscribers pay online"), "online", bool(gateways.active(session))),
        Task("funds", N_("Pay in advance, so that orders can be carried out"), "funds", _funds(session, partner) > 0),
    ]
    return [task for task in tasks if "domains" in partner.modules or task.key not in _FOR_DOMAINS]


def _sells(session: Session, partner: Partner) -> bool:
    """Is there anything with a price: an ending, or a product where no domains are offered?"""
    today = clock.today(partner.timezone)
    if "domains" in partner.modules:
        return bool(catalog.offers(session, partner.currency, today))
    kinds = [kind for kind, module in plans.MODULES.items() if module in partner.modules]
    return bool(plans.plans_on_sale(session, kinds, partner.currency, today))


def put_off(session: Session, actor: Actor, key: str) -> None:
    """Not now: the task is left out of the list until it is asked for again. An unknown key is nothing."""
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    if key in {task.key for task in todo(session)}:
        partner.settings = {**partner.settings, LATER: sorted({*later(partner), key})}
        record(session, actor, "partner.task_put_off", "partner", partner.id, task=key)
    session.flush()


def take_up(session: Session, actor: Actor) -> None:
    """Show all again that was put off."""
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    partner.settings = {name: value for name, value in partner.settings.items() if name != LATER}
    record(session, actor, "partner.tasks_taken_up", "partner", partner.id)
    session.flush()


def later(partner: Partner) -> frozenset[str]:
    """Keys of the tasks that were put off."""
    stored = partner.settings.get(LATER)
    return frozenset(each for each in stored if isinstance(each, str)) if isinstance(stored, list) else frozenset()


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
