"""Which right opens which page family. A file of views without a row is closed to all but owners, and red in CI.

One of `read` opens a page for looking, one of `write` is needed to send a form; nothing named: everybody who works
here. What a view itself keeps for the owner (`@people.role("owner")`) stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flask import Response, abort, redirect, request, url_for

from webapp.foundation.web import WebApp, the_app
from webapp.reseller.partners.roles import rights_of
from webapp.surfaces.shared.current import person
from webapp.surfaces.shared.people import minimal_role


class Needs(NamedTuple):
    """Rights of which one is enough; `write` as `read` where it is not said."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] | None = None


_EVERYBODY = Needs()
_CONTENT = Needs(("content",))
_SETTINGS = Needs(("settings",))
_PRICES = Needs(("prices",))
_BILLING = Needs(("billing",))
_PAPERS = Needs(("billing", "orders"), ("billing",))
_SUBSCRIBERS = Needs(("subscribers", "billing"), ("subscribers",))
_SERVICES = Needs(("services",))

#: File of views -> what one needs.
MODULES = {
    "bank": _BILLING,
    "bank_columns": _BILLING,
    "bank_lines": _BILLING,
    "banner": _SETTINGS,
    "begin": _SETTINGS,
    "brand": _SETTINGS,
    "brand_files": _SETTINGS,
    "business": Needs(("billing",)),
    "campaigns": _CONTENT,
    "codes": _PRICES,
    "domains": Needs(("services", "subscribers", "billing"), ("services",)),
    "editor": _CONTENT,
    "editor_changes": _CONTENT,
    "editor_publishing": _CONTENT,
    "frames": _CONTENT,
    "gateways": _SETTINGS,
    "groups": _SETTINGS,
    "hosts": _SETTINGS,
    "invoice": _BILLING,
    "invoice_correction": _BILLING,
    "invoice_settings": _SETTINGS,
    "invoices": _BILLING,
    "legal": _CONTENT,
    "log": Needs(("log",)),
    "long_work": _EVERYBODY,
    "manual": Needs(("orders", "billing")),
    "media": _CONTENT,
    "media_file": _CONTENT,
    "messages": Needs(("messages",)),
    "money_papers": _BILLING,
    "offered": _SETTINGS,
    "online_payments": _BILLING,
    "premium": _PRICES,
    "price_groups": _PRICES,
    "price_import": _PRICES,
    "price_page": _PRICES,
    "price_rules": _PRICES,
    "prices": _PRICES,
    "wholesale_prices": _PRICES,
    "products": _PRICES,
    "mail_server": _SETTINGS,
    "proforma_files": Needs(("billing", "orders")),
    "proforma_rules": _SETTINGS,
    "proforma_shapes": _PAPERS,
    "proforma_steps": _BILLING,
    "proformas": _PAPERS,
    "promotions": _PRICES,
    "renewals": Needs(("services", "orders", "billing"), ("orders", "billing")),
    "search": Needs(("subscribers", "services", "orders", "billing")),
    "services": _SERVICES,
    "settings": _EVERYBODY,  # one's own language; the rest is the owner's by the views' own word
    "settlement_account": _BILLING,
    "settlement_payment": _BILLING,
    "settlements": _BILLING,
    "sign_in": _EVERYBODY,
    "site_addresses": _CONTENT,
    "site_history": _CONTENT,
    "site_menus": _CONTENT,
    "site_page": _CONTENT,
    "site_pages": _CONTENT,
    "staff_pages": _EVERYBODY,  # one's own password; the rest is the owner's by the views' own word
    "start": Needs(("subscribers", "services", "orders", "billing")),
    "statistics": _CONTENT,
    "subscriber_acts": Needs(("subscribers",)),
    "subscriber_data": Needs(("subscribers",)),
    "subscriber_entry": Needs(("subscribers",)),
    "subscriber_orders": Needs(("orders",)),
    "subscribers": _SUBSCRIBERS,
    "tasks": _SERVICES,
    "upstream": _SETTINGS,
    "tld_facts": Needs(("prices",)),
}
#: Where somebody lands for whom the first page is closed: the first of these that is open.
_LANDINGS = ("sales.site_pages", "sales.messages", "sales.log", "sales.me")
_UNSAFE = frozenset(("POST", "PUT", "PATCH", "DELETE"))


def needed(app: WebApp, endpoint: str, method: str = "GET") -> tuple[str, ...]:
    """Rights of which one opens the endpoint; () for everybody who works here."""
    if minimal_role(app, endpoint) == "owner":
        return ("settings",)
    module = getattr(app.view_functions.get(endpoint), "__module__", "").rpartition(".")[2]
    needs = MODULES.get(module, _SETTINGS)
    return needs.read if method not in _UNSAFE or needs.write is None else needs.write


def may(*rights: str) -> bool:
    """Whether the person has one of these rights; templates ask for buttons by it."""
    someone = person()
    return someone is not None and not rights_of(someone.role).isdisjoint(rights)


def may_open(endpoint: str, method: str = "GET") -> bool:
    """Whether the person may open a page or send its form: menus and links ask before they show it."""
    rights = needed(the_app(), endpoint, method)
    return not rights or may(*rights)


def first_open(endpoints: Iterable[str] = _LANDINGS) -> str:
    """The first of these pages that is open to the person."""
    return next(endpoint for endpoint in endpoints if may_open(endpoint))


def check() -> Response | None:
    """403 for those who have none of the rights; from the first page they are led to one of theirs."""
    endpoint = request.endpoint or ""
    if minimal_role(the_app(), endpoint) == "visitor" or may_open(endpoint, request.method):
        return None
    if endpoint == "sales.start":
        return redirect(url_for(first_open()), 303)  # type: ignore[return-value]
    return abort(403)
