"""The audit log: who did what and when."""

from __future__ import annotations

from datetime import date, timedelta

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .events import object_links

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
    "proforma.": N_("Proformas"),
    "payment.": N_("Payments"),
    "order.": N_("Orders"),
    "domain.": N_("Domains"),
    "price.": N_("Prices"),
    "account.": N_("Subscribers"),
    "staff.": N_("Staff"),
    "partner.": N_("Settings"),
    "page.": N_("Pages"),
}


@bp.get("/log")
def log() -> str:
    """The newest first, by actor, family of deeds, text and days."""
    who, family, text = wanted("who", ACTORS), wanted("what", FAMILIES), wanted("q")
    first, last = _day("from"), _day("to")
    with database().reading() as session:
        found = partners.audit_events(
            session,
            actor_kind=who,
            action=family,
            text=text,
            since=clock.midnight(first, site().timezone) if first else None,
            until=clock.midnight(last + timedelta(days=1), site().timezone) if last and last < date.max else None,
            page=page_number(),
        )
    days = {"from": first.isoformat() if first else "", "to": last.isoformat() if last else ""}
    return render(
        "sales/log.html",
        title=_("Log"),
        found=found,
        text=text,
        who_now=who,
        what_now=family,
        days=days,
        families={value: _(label) for value, label in FAMILIES.items()},
        chips_list=chips_of(
            "sales.log", "who", who, {value: _(label) for value, label in ACTORS.items()}, None,
            what=family, q=text, **days,
        ),
        link=object_links(),
        page_url=pages_of("sales.log", who=who, what=family, q=text, **days),
    )  # fmt: skip


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(wanted(name))
    except ValueError:
        return None
