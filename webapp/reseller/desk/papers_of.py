"""What stands on the tabs of a subscriber's page: the newest of each, of this one account."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page, paginate
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import Payment
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners.models import AuditEvent
from webapp.reseller.services.models import Service

from . import mail_of, personal_data

#: As many as one looks through; the lists of the panel have the rest.
SHOWN = 100


def services_of(session: Session, account_id: int) -> Sequence[Service]:
    """Hosting, certificates and other services, the newest first."""
    mine = select(Service).where(Service.account_id == account_id)
    return session.scalars(mine.order_by(Service.id.desc()).limit(SHOWN)).all()


def invoices_of(session: Session, account_id: int) -> Sequence[Invoice]:
    """The newest first."""
    mine = select(Invoice).where(Invoice.account_id == account_id)
    return session.scalars(mine.order_by(Invoice.id.desc()).limit(SHOWN)).all()


def payments_of(session: Session, account_id: int) -> Sequence[Payment]:
    """The newest first."""
    mine = select(Payment).where(Payment.account_id == account_id)
    return session.scalars(mine.order_by(Payment.id.desc()).limit(SHOWN)).all()


def messages_of(session: Session, account_id: int, page: int = 1) -> Page[Message]:
    """What went to the account's people and contacts, the newest first."""
    who = personal_data.holder(session, account_id)
    mine = mail_of.written_to(account_id, who.emails)
    return paginate(session, select(Message).where(mine).order_by(Message.id.desc()), Message.id, page)


def deeds_of(session: Session, account_id: int, user_ids: Sequence[int]) -> Sequence[AuditEvent]:
    """What was done to the account and by its people, the newest first."""
    mine = personal_data.deeds([account_id, *accounts.former(session, account_id)], user_ids)
    return session.scalars(select(AuditEvent).where(mine).order_by(AuditEvent.id.desc()).limit(SHOWN)).all()
