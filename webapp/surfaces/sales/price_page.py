"""The prices of one ending: every period, what will change, what they were, and why one is what it is (H-41)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.i18n import format_date, format_datetime, format_money
from webapp.foundation.i18n import gettext as _
from webapp.foundation.text import to_unicode
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.catalog import price_history, reductions
from webapp.reseller.catalog.costs import Period
from webapp.reseller.catalog.facts import PRICED, REGISTER, RENEW
from webapp.reseller.catalog.price_table import ProductPrices
from webapp.reseller.catalog.why import Question, Step, Sum
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.lists import wanted
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from . import price_forms, price_words
from .blueprint import bp

#: Subscribers that a search offers.
_MOST_FOUND = 8


@bp.route("/prices/<int:product_id>", methods=["GET", "POST"])
def price_page(product_id: int) -> ResponseReturnValue:
    """Every period of one ending; `?group=` for a price group."""
    group = price_forms.group_of_address()
    row = price_forms.row_of(product_id, group)
    keys = price_forms.all_periods(row)
    form = price_forms.form_of(row, keys)
    if request.method == "POST" and price_forms.saved(form, row, keys, group):
        start = form.valid_from.data or date.min
        later = start > clock.today(site().timezone)
        tld = to_unicode(row.tld)
        flash(
            _("The changed prices of .%(tld)s hold from %(day)s on.", tld=tld, day=format_date(start))
            if later
            else _("The prices of .%(tld)s hold from now on.", tld=tld)
        )
        return redirect(_address(row, group.id if group else None), 303)
    with database().reading() as session:
        today = clock.today(site().timezone)
        history = price_history.history(session, product_id, today, group.id if group else None)
    values = price_words.words(row=row, group=group, group_args={"group": group.id} if group else {}, history=history)
    values |= {"cells": row.every_cell(), "field_name": price_forms.field_name, "keys": keys, "today": today}
    own = {key[0]: None for key, cell in row.every_cell().items() if cell.source == "own"}
    values |= {"set_by": when_and_who, "own": list(own)}
    values |= {"once": [name for name in PRICED if name not in (REGISTER, RENEW)], "choices": _choices(row)}
    title = _("Prices of .%(tld)s", tld=to_unicode(row.tld))
    rates = price_words.rates_used(row.cells.values())
    return respond("sales/price.html", form, title=title, rates=rates, asked=_asked(row), account=None, **values)


def _address(row: ProductPrices, group_id: int | None) -> str:
    return url_for("sales.price_page", product_id=row.product_id, group=group_id)


# --- why this price ------------------------------------------------------------------------------------------


@bp.get("/prices/<int:product_id>/why")
def price_reason(product_id: int) -> str:
    """How a price came about for a subscriber on a day, in steps."""
    row = price_forms.row_of(product_id, None)
    asked = _asked(row)
    found, account = _subscriber(asked["q"], asked["account"])
    steps = _steps(row, asked, account)
    # A search that found several asks which one first.
    ready = account is not None or not asked["q"]
    title = _("Why .%(tld)s costs what it costs", tld=to_unicode(row.tld))
    values = {"row": row, "asked": asked, "found": found, "account": account, "steps": steps if ready else []}
    part = getattr(request, "is_htmx", False)
    template = "sales/_price_reason.html" if part else "sales/price_reason.html"
    return render(template, title=title, said=_said, choices=_choices(row), ready=ready, **price_words.words(**values))


def _choices(row: ProductPrices) -> list[tuple[str, str]]:
    """What can be asked about: "register:1:0" and its words."""
    return [
        (
            f"{operation}:{years}:{days}",
            f"{price_words.operation_word(operation)}, {price_words.period_word(years, days)}",
        )
        for operation, years, days in price_forms.all_periods(row)
    ]


def _asked(row: ProductPrices) -> dict[str, Any]:
    """The question of the address; anything odd becomes the plainest one."""
    allowed = tuple(value for value, _label in _choices(row))
    return {
        "what": wanted("what", allowed) or allowed[0],
        "q": wanted("q"),
        "account": whole_number(wanted("account")),
        "on": _day(wanted("on")),
        "code": wanted("code")[:60],
        "new": wanted("new") == "1",
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return clock.today(site().timezone)


def _subscriber(text: str, account_id: int | None) -> tuple[list[Account], Account | None]:
    """Whom a search finds, and the one who is meant if that is clear."""
    with database().reading() as session:
        if not text:
            return [], None if account_id is None else accounts.account(session, account_id)
        found = accounts.search_accounts(session, text, size=_MOST_FOUND).items
    return found, found[0] if len(found) == 1 else None


def _steps(row: ProductPrices, asked: dict[str, Any], account: Account | None) -> tuple[Step, ...]:
    operation, years, days = _period(asked["what"])
    question = Question(row.product_id, operation, years, days, account.id if account else None, asked["on"])
    with database().reading() as session:
        return reductions.explain(session, question, is_new=asked["new"], code=asked["code"])


def _period(text: str) -> Period:
    operation, years, days = text.split(":")
    return operation, int(years), int(days)


def _said(step: Step) -> str:
    """The sentence of a step, its days and sums as the reader writes them."""
    values = {name: _value(value) for name, value in step.params.items()}
    return _(step.text) % values if values else _(step.text)


def _value(value: Any) -> Any:
    if isinstance(value, Sum):
        return format_money(value.minor, value.currency)
    return format_date(value) if isinstance(value, date) else value


def when_and_who(past: price_history.Past) -> str:
    """Who set a price, and when; what a rule or a file did says so."""
    if past.event is None:
        return _("the rule") if past.price.source == "rule" else _("from a file, or at the start")
    day = format_datetime(past.event.at, site().timezone, length="short")
    return f"{past.event.actor_label}, {day}"
