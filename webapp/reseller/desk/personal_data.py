"""What we hold about a subscriber, room by room, as a file to take along (GDPR articles 15 and 20)."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, inspect, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, gettext
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account, AccountNote, Consent, Contact, Membership, User, UserSignIn
from webapp.reseller.billing.gateway_models import GatewayPayment
from webapp.reseller.billing.invoice_models import Invoice, InvoiceCopy, InvoiceLine
from webapp.reseller.billing.models import CreditBalance, LedgerPosting, MoneyDocument, Payment, Proforma, ProformaLine
from webapp.reseller.catalog.models import DiscountUse, PriceGroupMember
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders.models import Cart, CartItem, Order, OrderAcceptance, OrderLine
from webapp.reseller.partners import audit
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import AuditEvent
from webapp.reseller.services.models import (
    Domain,
    NameWatch,
    ProvisioningOperation,
    RegistrantHandle,
    Service,
    ServiceFile,
    ServiceTask,
)

from . import mail_of

#: Keys to something, and bytes of files that are there for themselves: never in a file that travels.
LEFT_OUT = frozenset(
    (
        *("partner_id", "password_hash", "token_hash", "auth_info", "access", "pay_token", "html", "attachments"),
        *("stored_as", "payload", "pdf"),
    )
)
#: Rows of one table in a file; more are counted. Nobody reads a log of a million lines.
MOST = 50_000


@dataclass(frozen=True)
class Holder:
    """Whose data: an account (and those that were merged into it), its people, and addresses that led to them.

    `user_ids`: whose sign-ins, baskets and deeds are this account's: not those of people who work in others too.
    """

    account_id: int
    former: tuple[int, ...]
    people: tuple[int, ...]
    user_ids: tuple[int, ...]
    emails: tuple[str, ...]

    @property
    def account_ids(self) -> tuple[int, ...]:
        """The account and the former ones: accounting history and the log stay where they were written."""
        return (self.account_id, *self.former)


def holder(session: Session, account_id: int, user_id: int | None = None) -> Holder:
    """Everything of an account; with `user_id` (a person asks, not the partner) sign-ins and baskets of that person."""
    account = accounts.account(session, account_id)
    people = [each.user for each in accounts.people_of(session, account.id) if user_id in (None, each.user.id)]
    own = people if user_id is not None else accounts.alone(session, account_id)
    contacts = [] if user_id is not None else accounts.contacts(session, account_id)
    emails = dict.fromkeys((*(user.email for user in people), *(each.email for each in contacts)))
    return Holder(
        account_id,
        tuple(accounts.former(session, account_id)),
        tuple(user.id for user in people),
        tuple(user.id for user in own),
        tuple(filter(None, emails)),
    )


#: Tables of a room: (model, title, condition of one's own rows).
_Tables = tuple[tuple[Any, str, ColumnElement[bool]], ...]


def _rooms(who: Holder) -> dict[str, _Tables]:
    written = mail_of.written_to(who.account_id, who.emails)
    return {
        "subscriber": _subscriber(who),
        "orders": _orders(who),
        "services": _services(who.account_id),
        "money": _money(who),
        "messages": ((Message, N_("Messages"), written),),
        "log": ((AuditEvent, N_("Log"), deeds(who.account_ids, who.user_ids)),),
    }


def _subscriber(who: Holder) -> _Tables:
    mine, users = who.account_id, who.user_ids
    return (
        (Account, N_("Account"), Account.id == mine),
        (Contact, N_("Contacts"), Contact.account_id == mine),
        (User, N_("People who sign in"), User.id.in_(who.people)),
        (Membership, N_("Their rights"), Membership.account_id == mine),
        (UserSignIn, N_("Sign-ins"), UserSignIn.user_id.in_(users)),
        (Consent, N_("Consents"), Consent.account_id == mine),
        (AccountNote, N_("Notes of the staff"), AccountNote.account_id == mine),
        (PriceGroupMember, N_("Price group"), PriceGroupMember.account_id == mine),
    )


def _orders(who: Holder) -> _Tables:
    orders = select(Order.id).where(Order.account_id == who.account_id)
    carts = select(Cart.id).where(Cart.user_id.in_(who.user_ids))
    return (
        (Order, N_("Orders"), Order.account_id == who.account_id),
        (OrderLine, N_("Ordered items"), OrderLine.order_id.in_(orders)),
        (OrderAcceptance, N_("Accepted documents"), OrderAcceptance.order_id.in_(orders)),
        (Cart, N_("Baskets"), Cart.user_id.in_(who.user_ids)),
        (CartItem, N_("Items in baskets"), CartItem.cart_id.in_(carts)),
        (DiscountUse, N_("Uses of codes and promotions"), DiscountUse.account_id == who.account_id),
    )


def _services(mine: int) -> _Tables:
    contacts = select(Contact.id).where(Contact.account_id == mine)
    domains = select(Domain.id).where(Domain.account_id == mine)
    services = select(Service.id).where(Service.account_id == mine)
    return (
        (Domain, N_("Domains"), Domain.account_id == mine),
        (RegistrantHandle, N_("Names at registries"), RegistrantHandle.contact_id.in_(contacts)),
        (ProvisioningOperation, N_("Work at registries"), ProvisioningOperation.domain_id.in_(domains)),
        (Service, N_("Services"), Service.account_id == mine),
        (ServiceTask, N_("Work on services"), ServiceTask.service_id.in_(services)),
        (ServiceFile, N_("Files of services"), ServiceFile.service_id.in_(services)),
        (NameWatch, N_("Watched names"), NameWatch.account_id == mine),
    )


def _money(who: Holder) -> _Tables:
    mine = who.account_id
    proformas = select(Proforma.id).where(Proforma.account_id == mine)
    invoices = select(Invoice.id).where(Invoice.account_id == mine)
    return (
        (Proforma, N_("Proformas"), Proforma.account_id == mine),
        (ProformaLine, N_("Lines of proformas"), ProformaLine.proforma_id.in_(proformas)),
        (Invoice, N_("Invoices"), Invoice.account_id == mine),
        (InvoiceLine, N_("Lines of invoices"), InvoiceLine.invoice_id.in_(invoices)),
        (InvoiceCopy, N_("Copies of invoices"), InvoiceCopy.invoice_id.in_(invoices)),
        (Payment, N_("Payments"), Payment.account_id == mine),
        (GatewayPayment, N_("Online payments"), GatewayPayment.account_id == mine),
        (MoneyDocument, N_("Other papers"), MoneyDocument.account_id == mine),
        (CreditBalance, N_("Credit"), CreditBalance.account_id == mine),
        (LedgerPosting, N_("Credit, line by line"), LedgerPosting.account_id.in_(who.account_ids)),
    )


def deeds(account_ids: Sequence[int], user_ids: Sequence[int]) -> ColumnElement[bool]:
    """Condition on AuditEvent: done by these people, or to the accounts or them."""
    done = (AuditEvent.actor_kind == "user") & AuditEvent.actor_id.in_(user_ids)
    about = (AuditEvent.object_kind == "account") & AuditEvent.object_id.in_(account_ids)
    return or_(done, about, (AuditEvent.object_kind == "user") & AuditEvent.object_id.in_(user_ids))


def collect(session: Session, who: Holder) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Room -> table -> rows as plain values; a reading session."""
    return {
        room: {model.__tablename__: list(_rows(session, model, where)) for model, _title, where in tables}
        for room, tables in _rooms(who).items()
    }


def _rows(session: Session, model: Any, where: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    names = [column.key for column in inspect(model).column_attrs if column.key not in LEFT_OUT]
    chosen = select(*(getattr(model, name) for name in names)).where(where).order_by(model.id).limit(MOST)
    for row in session.execute(chosen):
        yield _own(dict(zip(names, map(_plain, row), strict=True)))


def _own(row: dict[str, Any]) -> dict[str, Any]:
    """Without the address of a member of staff: who looked in and what was done is told, not from where."""
    by_staff = row.get("actor_kind") in ("staff", "operator") or row.get("through") or row.get("staff_id")
    return row | dict.fromkeys({"ip", "user_agent", "request_id"} & row.keys(), "") if by_staff else row


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def archive(session: Session, who: Holder) -> bytes:
    """The ZIP: `data.json` for programs, `data.html` for people. Titles in the reader's language."""
    rooms = collect(session, who)
    titles = {model.__tablename__: gettext(title) for tables in _rooms(who).values() for model, title, _ in tables}
    facts = {"account": who.account_id, "made_at": clock.now().isoformat(), "rooms": rooms}
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("data.json", json.dumps(facts, ensure_ascii=False, indent=1))
        pack.writestr("data.html", _readable(rooms, titles))
    return into.getvalue()


def exported(session: Session, actor: Actor, account_id: int) -> None:
    """Write down that somebody took the data along."""
    account = accounts.account(session, account_id)
    audit.record(session, actor, "account.exported", "account", account.id, account.name)


def _readable(rooms: dict[str, dict[str, list[dict[str, Any]]]], titles: dict[str, str]) -> str:
    parts = [_sheet(titles[table], rows) for tables in rooms.values() for table, rows in tables.items() if rows]
    head = '<!doctype html><meta charset="utf-8"><title>data</title>'
    return f"{head}<body>{''.join(parts)}</body>"


def _sheet(title: str, rows: list[dict[str, Any]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    lines = "".join(f"<tr>{_cells(row.values())}</tr>" for row in rows)
    return f'<h2>{html.escape(title)} ({len(rows)})</h2><table border="1"><tr>{head}</tr>{lines}</table>'


def _cells(values: Iterable[Any]) -> str:
    return "".join(f"<td>{html.escape(_text(value))}</td>" for value in values)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
