"""Checking up to 500 names at once: paste, leave, come back within an hour, add what is free, take the list along."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from redis import RedisError

from webapp.foundation import clock, i18n
from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.money import to_decimal
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import to_unicode
from webapp.foundation.web import the_app
from webapp.providers.registry.port import Availability
from webapp.reseller.catalog import premium
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.premium import PremiumRule
from webapp.reseller.catalog.queries import Offer
from webapp.reseller.orders import bulk as orders
from webapp.reseller.orders import carts
from webapp.reseller.orders.search import Shopper
from webapp.surfaces.shared.current import availability, cart_token, database, keep_cart, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.people import idempotent, tokenless
from webapp.surfaces.shared.rendering import notice, render, warnings
from webapp.surfaces.shared.shopping.asking import ask
from webapp.surfaces.shared.shopping.buyer import account_id
from webapp.surfaces.shared.shopping.premium_names import refuse_premium

from .blueprint import bp
from .bulk_jobs import Check, Checks

#: Seconds that a page without Redis waits for the registry: it can be kept nowhere else.
WAIT = 8.0
#: What a spreadsheet would take for a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class BulkRow:
    """One name of the list. `price`: of the first period, in minor units; None where there is none to show."""

    name: str
    unicode: str
    state: str
    price: int | None
    then: int | None
    years: int = 1

    @property
    def id(self) -> str:
        """Of its element."""
        return f"b-{self.name}"


@bp.get("/<lang:lang>/domains/bulk")
def bulk() -> str:
    """The field to paste into."""
    return _form("", number_in(request.args, "group"))


@bp.post("/<lang:lang>/domains/bulk")
@tokenless
@idempotent
def check_bulk() -> ResponseReturnValue:
    """Understand the text, begin to ask, and go to the list. Blocks on cached pages send their form here too."""
    text, group = request.form.get("names", ""), number_in(request.form, "group")
    try:
        the_app().limiter.check("bulk", account=None, ip=request.remote_addr, tenant=site().partner_id)
        planned = _planned(text, group)
    except Refusal as refusal:
        return _form(text, group, said(refusal)), 429 if refusal.code == "too_many_tries" else 422
    checks = _checks()
    try:
        ticket = checks.begin(planned, group)
        checks.run(availability(), Check(ticket, planned, group, ()))
    except RedisError:
        return _at_once(planned, group)
    return redirect(url_for("storefront.bulk_list", ticket=ticket), 303)


@bp.get("/<lang:lang>/domains/bulk/<ticket>")
def bulk_list(ticket: str) -> str:
    """The list as far as it is answered."""
    return _list(_found(ticket))


@bp.get("/<lang:lang>/domains/bulk/<ticket>/progress")
def bulk_progress(ticket: str) -> str:
    """How far it is, and the rows that were answered since `?seen=` answers; asked for again until all are there."""
    check = _found(ticket)
    seen = min(number_in(request.args, "seen") or 0, len(check.answers))
    news = {answer.name for answer in check.answers[seen:]}
    rows = [row for row in _rows(check, account_id()) if row.name in news]
    return render("storefront/_bulk_progress.html", rows=rows, **_progress(check))


@bp.post("/<lang:lang>/domains/bulk/<ticket>/add")
def add_bulk(ticket: str) -> ResponseReturnValue:
    """Put the ticked names, or every free one, into the basket: as many as it holds."""
    free = [row.name for row in _rows(_found(ticket), account_id()) if row.state == "free" and row.price is not None]
    ticked = set(request.form.getlist("name"))
    wanted = free if request.form.get("all") == "1" else [name for name in free if name in ticked]
    if not wanted:
        flash(_("Tick the names that you want first."), "warn")
        return redirect(url_for("storefront.bulk_list", ticket=ticket), 303)
    try:
        _add(wanted[: carts.MAX_ITEMS])
    except Refusal as refusal:
        flash(said(refusal), "warn")
        return redirect(url_for("storefront.bulk_list", ticket=ticket), 303)
    if len(wanted) > carts.MAX_ITEMS:
        flash(_("A basket holds %(most)s names: these are the first ones.", most=carts.MAX_ITEMS))
    return redirect(url_for("storefront.cart"), 303)


@bp.get("/<lang:lang>/domains/bulk/<ticket>/export")
def bulk_export(ticket: str) -> Response:
    """The list for a spreadsheet, with what was no name."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerows([_plain(cell) for cell in line] for line in _lines(_found(ticket)))
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="domains.csv"'
    return answer


# --- parts ---------------------------------------------------------------------------------------------------


def _form(text: str, group: int | None, refused: str = "") -> str:
    return render("storefront/bulk.html", title=_("Check many names"), text=text, group=group, refused=refused)


def _checks() -> Checks:
    return Checks(the_app().redis, site().partner_id)


def _found(ticket: str) -> Check:
    """The check, set going again if it has stopped. Raises NotFound when it is gone, or cannot be reached."""
    try:
        check = _checks().find(ticket)
        if check is None:
            raise NotFound
        _checks().run(availability(), check)
    except RedisError:
        raise NotFound from None
    return check


def _shopper(group: int | None, account: int | None) -> Shopper:
    return Shopper(site().currency, clock.today(site().timezone), account, i18n.current_locale(), group)


def _planned(text: str, group: int | None) -> orders.BulkPlan:
    """Raises Refusal for a text without a single piece."""
    if not orders.pieces(text):
        raise Refusal("empty", i18n.N_("Paste at least one name."), "names")
    with database().reading() as session:
        return orders.plan(session, text, _shopper(group, None))


def _at_once(planned: orders.BulkPlan, group: int | None) -> str:
    """Without Redis: the finished page, as far as the registry answers in time."""
    answers = ask(availability(), planned.names).within(WAIT)
    known = {answer.name: answer for answer in answers if answer}
    every = tuple(known.get(name, Availability(name, "unknown")) for name in planned.names)
    # The form is sent without a token, so nobody is asked for: these are everybody's prices.
    return _list(Check("", planned, group, every), kept=False)


def _rows(check: Check, account: int | None) -> list[BulkRow]:
    answers = {answer.name: answer for answer in check.answers}
    endings = {name.partition(".")[2] for name in check.plan.names}
    with database().reading() as session:
        shopper = _shopper(check.group, account)
        offers = catalog.offers_by_ending(session, endings, shopper.currency, shopper.on, account)
        rule = premium.rule(session)
    return [_row(name, answers.get(name), offers.get(name.partition(".")[2]), rule) for name in check.plan.names]


def _row(name: str, answer: Availability | None, offer: Offer | None, rule: PremiumRule | None) -> BulkRow:
    state = answer.state if answer else "waiting"
    if state == "premium":
        quote = answer.quote if answer else None
        price = rule.price(quote.amount, quote.currency) if rule and quote else None
        return BulkRow(name, to_unicode(name), state, price, None)
    if state != "free" or offer is None:
        return BulkRow(name, to_unicode(name), state, None, None)
    years = min(offer.register)
    return BulkRow(name, to_unicode(name), state, offer.register[years], offer.renew.get(1), years)


def _list(check: Check, *, kept: bool = True) -> str:
    rows = _rows(check, account_id() if kept else None)
    refused = [{"text": each.text, "why": _(each.message, **each.params)} for each in check.plan.refused]
    values: dict[str, Any] = {"rows": rows, "refused": refused, "plan": check.plan, "group": check.group, "kept": kept}
    values |= {"in_basket": cart_token() is not None, "notice": notice(), "warnings": warnings()} if kept else {}
    return render("storefront/bulk_list.html", title=_("Your names"), **values, **_progress(check))


def _progress(check: Check) -> dict[str, Any]:
    total, done = len(check.plan.names), len(check.answers)
    states = [answer.state for answer in check.answers]
    text = ngettext("%(done)s of %(num)s name checked", "%(done)s of %(num)s names checked", total, done=done)
    free = _("%(count)s free", count=states.count("free"))
    finished = done >= total
    return {"ticket": check.ticket, "total": total, "done": done, "finished": finished, "text": f"{text}, {free}"}


def _add(names: Sequence[str]) -> None:
    refuse_premium(names)
    token, account = cart_token(), account_id()
    with database().writing() as session:
        for name in names:
            _cart, token = carts.add_to_cart(session, token, name, None, account, searched=True)
    keep_cart(token)


def _lines(check: Check) -> Iterator[Sequence[str]]:
    currency = site().currency
    yield _("Name"), _("State"), _("First year"), _("Each year afterwards"), _("Currency")
    for row in _rows(check, account_id()):
        amounts = [str(to_decimal(each, currency)) if each is not None else "" for each in (row.price, row.then)]
        yield row.unicode, row.state, *amounts, currency
    yield from ((name, _("not sold here"), "", "", "") for name in check.plan.not_sold)
    yield from ((each.text, _("not a name"), "", "", "") for each in check.plan.refused)
    yield from ((text, _("not checked"), "", "", "") for text in check.plan.left)


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
