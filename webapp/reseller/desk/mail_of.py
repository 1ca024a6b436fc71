"""Which messages are a subscriber's: by whom they went to, and by what they are about.

One mailbox may belong to many subscribers (a bookkeeper's), so that the address alone tells little.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select

from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import Payment, Proforma
from webapp.reseller.notifications.models import Message
from webapp.reseller.services.models import Domain, Service

#: What a message is about -> the table of those things, each of which is one subscriber's.
_THINGS: dict[str, Any] = {
    "proforma": Proforma,
    "invoice": Invoice,
    "payment": Payment,
    "domain": Domain,
    "service": Service,
}


def written_to(account_id: int, emails: Sequence[str]) -> ColumnElement[bool]:
    """To or from these addresses, and about nothing of another subscriber."""
    theirs = or_(Message.recipient.in_(emails), Message.reply_to.in_(emails))
    return and_(theirs, ~_about_others(account_id))


def about(account_id: int) -> ColumnElement[bool]:
    """About the account or something of it, whoever it went to."""
    things = [
        and_(Message.about_kind == kind, Message.about_id.in_(select(model.id).where(model.account_id == account_id)))
        for kind, model in _THINGS.items()
    ]
    return or_(and_(Message.about_kind == "account", Message.about_id == account_id), *things)


def _about_others(account_id: int) -> ColumnElement[bool]:
    things = [
        and_(
            Message.about_kind == kind,
            exists().where(model.id == Message.about_id, model.account_id != account_id),
        )
        for kind, model in _THINGS.items()
    ]
    return or_(and_(Message.about_kind == "account", Message.about_id != account_id), *things)
