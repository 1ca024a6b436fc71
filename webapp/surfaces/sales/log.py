"""The log (H-59): who did what and when, in whose name, filtered and exported; nobody changes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.partners import log_queries
from webapp.surfaces.shared import sheets
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import chips_of, wanted
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .events import OBJECTS, object_links, say

ACTORS = {
    "": N_("Everybody"),
    "staff": N_("Staff"),
    "user": N_("Subscribers"),
    "visitor": N_("Visitors"),
    "operator": N_("Operator"),
    "system": N_("By itself"),
}
#: Families of deeds: the part of an action's name before the dot.
FAMILIES = {
    "": N_("All deeds"),
    "account.": N_("Subscribers"),
    "user.": N_("Sign-ins of subscribers"),
    "consent.": N_("Consents"),
    "contact.": N_("Contacts"),
    "order.": N_("Orders"),
    "proforma.": N_("Proformas"),
    "payment.": N_("Payments"),
    "invoice.": N_("Invoices"),
    "money.": N_("Other papers"),
    "bank.": N_("Bank statements"),
    "gateway.": N_("Online payments"),
    "domain.": N_("Domains"),
    "service.": N_("Services"),
    "price.": N_("Prices"),
    "promotion.": N_("Promotions"),
    "code.": N_("Discount codes"),
    "product.": N_("Products"),
    "wholesale.": N_("Balance with the operator"),
    "message.": N_("Messages"),
    "page.": N_("Pages"),
    "host.": N_("Own domains"),
    "staff.": N_("Staff"),
    "partner.": N_("Settings"),
}
_HEADER = ("number", "time (UTC)", "by whom", "name", "through", "deed", "in words", "object", "object number",
           "object name", "address", "data", "link of the hash chain")  # fmt: skip


def _asked() -> log_queries.Wanted:
    first, last = _day("from"), _day("to")
    return log_queries.Wanted(
        actor_kind=wanted("who", ACTORS),
        action=wanted("what", FAMILIES),
        object_kind=wanted("thing", OBJECTS),
        text=wanted("q"),
        since=clock.midnight(first, site().timezone) if first else None,
        until=clock.midnight(last + timedelta(days=1), site().timezone) if last and last < date.max else None,
    )


def _filters(asked: log_queries.Wanted) -> dict[str, str]:
    """The filters as they stand in the address."""
    days = {name: found.isoformat() if (found := _day(name)) else "" for name in ("from", "to")}
    return {"who": asked.actor_kind, "what": asked.action, "thing": asked.object_kind, "q": asked.text, **days}


@bp.get("/log")
def log() -> str:
    """The newest first, by actor, family of deeds, kind of object, text and days."""
    asked, before = _asked(), whole_number(wanted("before"))
    with database().reading() as session:
        found = log_queries.events(session, asked, before)
    filters = _filters(asked)
    kept: dict[str, Any] = {name: value for name, value in filters.items() if value}
    others = {name: value for name, value in filters.items() if name != "who"}
    return render(
        "sales/log.html",
        title=_("Log"),
        found=found,
        filters=filters,
        first=before is None,
        families={value: _(label) for value, label in FAMILIES.items()},
        things={kind: _(word) for kind, (word, *_rest) in OBJECTS.items()},
        chips_list=chips_of("sales.log", "who", asked.actor_kind, {v: _(w) for v, w in ACTORS.items()}, None, **others),
        link=object_links(),
        newest_url=url_for("sales.log", **kept),
        older_url=url_for("sales.log", before=found.older, **kept) if found.older else None,
        export_url=url_for("sales.export_log", **kept),
    )


@bp.get("/log/export")
def export_log() -> Response:
    """What the filters let through, each deed with its link of the chain, as CSV."""
    asked = _asked()
    with database().reading() as session:
        return sheets.csv_file("log", _HEADER, _rows(session, asked))


def _rows(session: Session, asked: log_queries.Wanted) -> Iterator[tuple[Any, ...]]:
    for event, link in log_queries.exported(session, asked):
        who = (event.actor_kind, event.actor_label, event.through)
        thing = (event.object_kind, event.object_id, event.object_label)
        data = json.dumps(event.data, ensure_ascii=False, sort_keys=True)
        yield (event.id, event.at.isoformat(), *who, event.action, say(event), *thing, event.ip, data, link)


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(wanted(name))
    except ValueError:
        return None
