"""Subscribers: the list with its export, and the page of one with everything about it, by tabs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, pgettext
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import consents, notes
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing import queries as billing
from webapp.reseller.catalog import price_groups
from webapp.reseller.desk import lists, papers_of
from webapp.reseller.desk import subscribers as desk
from webapp.reseller.partners import queries as partners
from webapp.reseller.services import queries as services
from webapp.surfaces.shared import sheets
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

KINDS = {"": N_("Persons and companies"), "person": N_("Persons"), "company": N_("Companies")}
STATUSES = {
    "": N_("All"),
    "active": N_("Active"),
    "suspended": N_("Closed"),
    "merged": N_("Merged"),
    "erased": N_("Erased"),
}
CONSENTS = {
    "terms": N_("Terms of the shop"),
    "immediate_performance": N_("Start before the withdrawal period ends"),
    "newsletter": N_("Offers"),
    "document": N_("Legal document"),
}
SOURCES = {
    "registration": N_("when registering"),
    "order": N_("with an order"),
    "panel": N_("in the panel"),
    "partner": N_("written down by the shop"),
    "import": N_("imported"),
}
RIGHTS = {
    "view": N_("see"),
    "order": N_("order"),
    "pay": N_("pay"),
    "manage": N_("manage"),
    "people": N_("invite people"),
}
TABS = {
    "": N_("Overview"),
    "services": N_("Services"),
    "papers": N_("Papers"),
    "contacts": N_("Contacts and people"),
    "notes": N_("Notes"),
    "consents": N_("Consents"),
    "messages": N_("Messages"),
    "log": N_("Log"),
}
_HEADER = ("number", "name", "kind", "status", "since", "company", "contact", "tax number", "e-mail", "telephone",
           "street", "postal code", "town", "country")  # fmt: skip


def _asked() -> desk.Wanted:
    since = _day("since")
    return desk.Wanted(
        text=wanted("q"),
        kind=wanted("kind", KINDS),
        status=wanted("status", STATUSES),
        group_id=number_in(request.args, "group"),
        owing=wanted("owing") == "1",
        since=clock.midnight(since, site().timezone) if since else None,
    )


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(wanted(name))
    except ValueError:
        return None


def _filters(asked: desk.Wanted) -> dict[str, Any]:
    """The filters as they stand in the address."""
    return {"q": asked.text, "kind": asked.kind, "status": asked.status, "group": asked.group_id,
            "owing": "1" if asked.owing else "", "since": wanted("since") if asked.since else ""}  # fmt: skip


@bp.get("/subscribers")
def subscribers() -> str:
    """The list, by any part of name, company, tax number, e-mail, telephone or town, and by filters."""
    asked = _asked()
    with database().reading() as session:
        found = desk.found(session, asked, page_number())
        ids = [account.id for account in found.items]
        contacts = accounts.default_contacts(session, ids)
        on_credit = lists.credit_amounts(session, ids, site().currency)
        open_sums, groups = desk.open_amounts(session, ids), price_groups.groups(session)
    filters = _filters(asked)
    others = {name: value for name, value in filters.items() if name != "status"}
    labels = {value: _(label) for value, label in STATUSES.items()} | {"active": pgettext("subscribers", "Active")}
    return render(
        "sales/subscribers.html",
        title=_("Subscribers"),
        found=found,
        contacts=contacts,
        credits=on_credit,
        open_sums=open_sums,
        groups=groups,
        filters=filters,
        filtered=any(filters.values()),
        kinds={value: _(label) for value, label in KINDS.items()},
        chips_list=chips_of("sales.subscribers", "status", asked.status, labels, None, **others),
        export_url=lambda kind: url_for("sales.export_subscribers", format=kind, **_said(filters)),
        page_url=pages_of("sales.subscribers", **filters),
    )


def _said(filters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value}


@bp.get("/subscribers/export")
def export_subscribers() -> Response:
    """Everybody whom the filters of the list let through, as CSV or XLSX."""
    write: Callable[..., Response] = sheets.xlsx_file if wanted("format") == "xlsx" else sheets.csv_file
    asked = _asked()
    with database().reading() as session:
        return write("subscribers", _HEADER, _rows(session, asked))


def _rows(session: Session, asked: desk.Wanted) -> Iterator[tuple[Any, ...]]:
    for account, contact in desk.exported(session, asked):
        since = account.created_at.astimezone(ZoneInfo(site().timezone)).date()
        head = (account.id, account.name, account.kind, account.status, since.isoformat())
        if contact is None:
            yield head
            continue
        phone = contact.phone.replace(".", " ")
        who = (contact.organisation, contact.name, contact.tax_id, contact.email, phone)
        yield (*head, *who, contact.street, contact.postcode, contact.city, contact.country)


# --- one -----------------------------------------------------------------------------------------------------


@bp.get("/subscribers/<int:account_id>")
def subscriber(account_id: int) -> str:
    """One subscriber: what matters, what comes next, and the tab that was asked for."""
    tab = wanted("tab", TABS)
    with database().reading() as session:
        account = accounts.account(session, account_id)
        facts = desk.facts(session, account, site().currency, clock.today(site().timezone))
        page = _PARTS[tab](session, account)
        people = accounts.people_of(session, account_id)
        group = price_groups.group_of(session, account_id)
    return render(
        "sales/subscriber.html",
        title=account.name,
        account=account,
        facts=facts,
        tab=tab,
        part=f"sales/_subscriber_{tab or 'overview'}.html",
        tab_list=_tabs(account_id, tab),
        people=people,
        group=group,
        **page,
    )


def _tabs(account_id: int, current: str) -> list[dict[str, Any]]:
    address = pages_of("sales.subscriber", account_id=account_id)(1)
    return [
        {"label": _(label), "href": f"{address}?tab={tab}" if tab else address, "current": tab == current, "count": 0}
        for tab, label in TABS.items()
    ]


def _overview(session: Session, account: Account) -> dict[str, Any]:
    return {
        "contacts": accounts.contacts(session, account.id)[:1],
        "proformas": billing.proformas(session, account_id=account.id),
        "notes": notes.of_account(session, account.id)[:3],
        "groups": price_groups.groups(session),
        **_log(session, account),
    }


def _services(session: Session, account: Account) -> dict[str, Any]:
    names = services.domains(session, account_id=account.id, page=page_number())
    others = papers_of.services_of(session, account.id)
    return {
        "domains": names,
        "others": others,
        "paid": lists.paid_subjects(session, [*names.items, *others]),
        "page_url": pages_of("sales.subscriber", account_id=account.id, tab="services"),
    }


def _papers(session: Session, account: Account) -> dict[str, Any]:
    return {
        "proformas": billing.proformas(session, account_id=account.id, page=page_number()),
        "invoices": papers_of.invoices_of(session, account.id),
        "payments": papers_of.payments_of(session, account.id),
        "postings": billing.postings_of(session, account.id),
        "page_url": pages_of("sales.subscriber", account_id=account.id, tab="papers"),
    }


def _contacts(session: Session, account: Account) -> dict[str, Any]:
    found = accounts.contacts(session, account.id)
    return {
        "contacts": found,
        "held": {each.id: desk.names_held_by(session, each.id) for each in found},
        "right_words": {right: _(word) for right, word in RIGHTS.items()},
    }


def _notes(session: Session, account: Account) -> dict[str, Any]:
    return {"notes": notes.of_account(session, account.id)}


def _consents(session: Session, account: Account) -> dict[str, Any]:
    return {
        "given": accounts.consents(session, account.id),
        "now": consents.current(session, account.id),
        "channels": {channel: _(word) for channel, word in consents.CHANNELS.items()},
        "consent_words": {kind: _(word) for kind, word in CONSENTS.items()},
        "source_words": {source: _(word) for source, word in SOURCES.items()},
    }


def _messages(session: Session, account: Account) -> dict[str, Any]:
    return {
        "messages": papers_of.messages_of(session, account.id, page_number()),
        "page_url": pages_of("sales.subscriber", account_id=account.id, tab="messages"),
    }


def _log(session: Session, account: Account) -> dict[str, Any]:
    return {"events": partners.audit_events(session, object_kind="account", object_id=account.id).items}


def _whole_log(session: Session, account: Account) -> dict[str, Any]:
    users = [each.user.id for each in accounts.people_of(session, account.id)]
    return {"events": papers_of.deeds_of(session, account.id, users)}


_PARTS: dict[str, Callable[[Session, Account], dict[str, Any]]] = {
    "": _overview,
    "services": _services,
    "papers": _papers,
    "contacts": _contacts,
    "notes": _notes,
    "consents": _consents,
    "messages": _messages,
    "log": _whole_log,
}
