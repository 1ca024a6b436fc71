"""Proformas: the list, one proforma with everything about it, and how its services are getting on."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing import invoices
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.notifications import queries as notifications
from webapp.reseller.orders import activation, documents, readdressing, restructure
from webapp.reseller.orders import queries as orders
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

STATES = {
    "": N_("All"),
    "paid": N_("Paid"),
    "issued": N_("Awaiting payment"),
    "activated": N_("Activated"),
    "cancelled": N_("Cancelled"),
    "superseded": N_("Replaced"),
}
ORIGINS = {"order": N_("Ordered"), "renewal": N_("Renewal"), "manual": N_("Written by hand")}
OVERDUE = "overdue"
METHODS = (
    ("transfer", N_("Bank transfer")),
    ("cash", N_("Cash")),
    ("card", N_("Card")),
    ("other", N_("Another way")),
)


class PaymentForm(Form):
    """Money as it stands on the bank statement. `key` makes a double click one payment."""

    amount = AmountField(lazy("Amount"), [InputRequired(lazy("Enter the amount that arrived."))])
    received_on = DateField(
        lazy("Received on"),
        [InputRequired(lazy("Enter the day on which the money arrived."))],
        format=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
    )
    method = SelectField(lazy("How it arrived"))
    reference = StringField(
        lazy("Reference"),
        [Length(max=140, message=lazy("Use at most 140 characters."))],
        description=lazy("Title of the transfer or number of the receipt, if you want to find it again."),
    )
    key = HiddenField(validators=[InputRequired(), Length(max=64)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.method.choices = [(value, _(label)) for value, label in METHODS]


def payment_form(open_amount: int = 0) -> PaymentForm:
    """The form with what is most likely: the whole open amount, today, by transfer."""
    likely = {"amount": open_amount or None, "received_on": clock.today(site().timezone), "method": "transfer"}
    return PaymentForm(data=likely | {"key": secrets.token_urlsafe(18)})


class ListForm(Form):
    """More filters of the list, in its address. What cannot be read narrows nothing and says so at its field."""

    origin = SelectField(lazy("Made by"))
    issued_from = DateField(lazy("Issued from"), [Optional()])
    issued_to = DateField(lazy("Issued until"), [Optional()])
    amount_from = AmountField(lazy("Amount from"))
    amount_to = AmountField(lazy("Amount up to"))

    def __init__(self, args: Any) -> None:
        super().__init__(formdata=args)
        self.origin.choices = [("", _("All")), *((value, _(label)) for value, label in ORIGINS.items())]
        # Words of the address are wrong only where somebody wrote them.
        self._right = {name for name, field in self._fields.items() if field.validate(self)}

    def narrowing(self) -> billing.Narrowing:
        """What the list is narrowed to."""
        right = {name: self._fields[name].data for name in self._right}
        return billing.Narrowing(**{name: value for name, value in right.items() if value not in (None, "")})

    def kept(self) -> dict[str, str]:
        """The filters as they stand in the address."""
        return {name: text for name in self._fields if (text := wanted(name))}


@bp.get("/proformas")
def proformas() -> str:
    """The list, by state and text."""
    state, text = wanted("state", (*STATES, OVERDUE)), wanted("q")
    today = clock.today(site().timezone)
    filters = ListForm(request.args)
    with database().reading() as session:
        narrowed = narrowed_to(state, text, today, filters)
        found = billing.proformas(session, **narrowed, page=page_number())
        counts, overdue = billing.counts_by_state(session), billing.overdue(session, today)
    return render(
        "sales/proformas.html",
        title=_("Proformas"),
        found=found,
        text=text,
        state=state,
        filters=filters,
        chips_list=_chips(state, {"q": text} | filters.kept(), counts, overdue),
        page_url=pages_of("sales.proformas", state=state, q=text, **filters.kept()),
        today=today,
    )


def narrowed_to(state: str, text: str, today: date, filters: ListForm) -> dict[str, Any]:
    """What the list is asked for."""
    late = today if state == OVERDUE else None
    return {"state": None if late else state or None, "text": text, "overdue_on": late} | {
        "narrowing": filters.narrowing()
    }


def _chips(state: str, kept: dict[str, str], counts: dict[str, int], overdue: int) -> list[dict[str, Any]]:
    """A chip per state; overdue ones are a part of those that await payment, and stand behind them."""
    labels = {value: _(label) for value, label in STATES.items()}
    chips = chips_of("sales.proformas", "state", state, labels, counts, **kept)
    late = chips_of("sales.proformas", "state", state, {OVERDUE: _("Overdue")}, {OVERDUE: overdue}, **kept)
    return [*chips[:3], *late, *chips[3:]]


@bp.get("/proformas/<int:proforma_id>")
def proforma(proforma_id: int) -> ResponseReturnValue:
    """One proforma."""
    return proforma_page(proforma_id)


def proforma_page(proforma_id: int, form: PaymentForm | None = None) -> ResponseReturnValue:
    """The page of a proforma; with a form that was refused, 422 and what was typed."""
    with database().reading() as session:
        facts = _facts(session, billing.proforma(session, proforma_id))
    status = form.status if form and form.errors else 200
    shown = form or payment_form(facts["open_amount"])
    return render("sales/proforma.html", form=shown, **facts), status


def _facts(session: Session, document: Proforma) -> dict[str, Any]:
    return {
        "title": document.number,
        "proforma": document,
        "lines": orders.progress(session, document),
        "open_amount": billing.open_amount(session, document),
        "credit": billing.credit(session, document.account_id, document.currency),
        "payments": billing.payments_of(session, document.id),
        "accepted": documents.of_proforma(session, document.id),
        "messages": notifications.messages_about(session, "proforma", document.id),
        "events": partners.audit_events(session, object_kind="proforma", object_id=document.id).items,
        "today": clock.today(site().timezone),
        "methods": {value: _(label) for value, label in METHODS},
        "moving": orders.MOVING,
        "invoice": invoices.of_proforma(session, document.id),
        "relatives": restructure.origins(session, document),
        "asked": readdressing.asked_for(session, document) if document.asked else None,
        "shortage": activation.shortage(session) if document.state == "activated" else None,
    }


@bp.get("/proformas/<int:proforma_id>/progress")
def proforma_progress(proforma_id: int) -> str:
    """The items and what became of them, asked for again and again while something is under way."""
    with database().reading() as session:
        document = billing.proforma(session, proforma_id)
        lines = orders.progress(session, document)
    return render("sales/_proforma_lines.html", proforma=document, lines=lines, moving=orders.MOVING)
