"""One movement of the bank: whose money is it, and what for?"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from webapp.foundation.i18n import format_money
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import bank
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.bank_models import BankLine
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders import matching
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.lists import wanted
from webapp.surfaces.shared.numbers import number_in, whole_number
from webapp.surfaces.shared.rendering import render

from .bank import line_facts
from .blueprint import bp


class IgnoreForm(Form):
    """Why a movement is no payment of a subscriber."""

    reason = TextAreaField(
        lazy("Why it is left out"),
        [
            InputRequired(lazy("Say why it is left out, in a few words.")),
            Length(max=1000, message=lazy("Use at most 1000 characters.")),
        ],
        render_kw={"rows": 2},
    )


@bp.get("/bank/lines/<int:line_id>")
def bank_line(line_id: int) -> ResponseReturnValue:
    """What the bank says, what it may be for."""
    return _page(line_id, IgnoreForm(formdata=None))


def _page(line_id: int, form: IgnoreForm) -> ResponseReturnValue:
    text, account_id = wanted("q"), number_in(request.args, "account")
    with database().reading() as session:
        line = bank.line_of(session, line_id)
        suggested = _suggested(session, line)
        named = [document for document, why in suggested if why == "some" and document.state == "issued"]
        if not text and account_id is None and len({each.account_id for each in named}) == 1:
            account_id = named[0].account_id
        facts = line_facts(session, [line]) | _choice(session, text, account_id)
        facts |= {"suggested": suggested, "named": {each.id for each in named}}
    page = render(
        "sales/bank_line.html",
        title=_("Movement of %(amount)s", amount=format_money(line.amount, line.currency)),
        line=line,
        form=form,
        text=text,
        **facts,
    )
    return page, form.status if form.errors else 200


def _choice(session: Session, text: str, account_id: int | None) -> dict[str, Any]:
    """The subscribers that fit what was typed; of the chosen one its unpaid proformas."""
    chosen = accounts.account(session, account_id) if account_id else None
    unpaid = billing.proformas(session, state="issued", account_id=chosen.id).items if chosen else []
    found = accounts.search_accounts(session, text).items[:8] if text and not chosen else []
    by_proforma = billing.proformas(session, text=text, state="issued").items[:8] if text and not chosen else []
    return {"chosen": chosen, "unpaid": unpaid, "people": found, "papers": by_proforma}


def _suggested(session: Session, line: BankLine) -> list[tuple[Proforma, str]]:
    """Suggestions as they stand now."""
    documents = billing.proformas_by_id(session, [each["proforma_id"] for each in line.suggestions])
    return [(documents[each["proforma_id"]], each["why"]) for each in matching.still_good(line, documents)]


@bp.post("/bank/lines/<int:line_id>")
@people.idempotent
def bank_line_assign(line_id: int) -> ResponseReturnValue:
    """Book it: for the ticked proformas, or as credit of the subscriber."""
    account_id = number_in(request.form, "account")
    ids = [number for text in request.form.getlist("id") if (number := whole_number(text)) is not None]
    if account_id is None:
        with database().reading() as session:
            bank.line_of(session, line_id)
        flash(_("Choose whose money it is first."), "warn")
        return redirect(url_for("sales.bank_line", line_id=line_id), 303)
    with told():
        with database().writing() as session:
            matching.assign(session, actor(), line_id, account_id, ids[:200])
        flash(_("The payment is booked.") if ids else _("The money is kept as the subscriber's credit."))
        return redirect(url_for("sales.bank_page"), 303)
    return redirect(url_for("sales.bank_line", line_id=line_id), 303)


@bp.post("/bank/lines/<int:line_id>/ignore")
@people.idempotent
def bank_line_ignore(line_id: int) -> ResponseReturnValue:
    """It is no payment of a subscriber."""
    form = IgnoreForm()
    if not form.accepted():
        return _page(line_id, form)
    return _do(line_id, lambda session: bank.ignore(session, actor(), line_id, form.reason.data or ""))


@bp.post("/bank/lines/<int:line_id>/undo")
@people.idempotent
def bank_line_undo(line_id: int) -> ResponseReturnValue:
    """Take the decision back."""
    return _do(line_id, lambda session: _undo(session, line_id))


def _undo(session: Session, line_id: int) -> BankLine:
    line = bank.line_of(session, line_id)
    if line.state == "ignored":
        return bank.take_up_again(session, actor(), line_id)
    return matching.undo(session, actor(), line_id)


def _do(line_id: int, deed: Any) -> ResponseReturnValue:
    with told():
        with database().writing() as session:
            line = deed(session)
        flash(_("The movement is left out.") if line.state == "ignored" else _("You can decide anew."))
    return redirect(url_for("sales.bank_line", line_id=line_id), 303)
