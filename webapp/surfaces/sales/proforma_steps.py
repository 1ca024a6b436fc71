"""What staff do to a proforma: record a payment, take it from the credit, activate, cancel."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.operations import Received
from webapp.reseller.orders import activation, activation_tasks, payments
from webapp.reseller.orders import operations as orders
from webapp.reseller.orders import queries as order_queries
from webapp.reseller.partners.audit import Actor
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from . import long_work
from .blueprint import bp
from .proformas import PaymentForm, proforma_page

Step = Callable[[Session, Actor, int], Proforma]


@bp.post("/proformas/<int:proforma_id>/payments")
@people.idempotent
def record_payment(proforma_id: int) -> ResponseReturnValue:
    """Book money that arrived; with the other button also activate, if the money covers the proforma."""
    form = PaymentForm()
    if not form.accepted():
        return proforma_page(proforma_id, form)
    at_once = request.form.get("then") == "activate"
    try:
        with database().writing() as session:
            document = _receive(session, proforma_id, form, at_once)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return proforma_page(proforma_id, form)
    flash(_outcome(document))
    return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)


def _receive(session: Session, proforma_id: int, form: PaymentForm, at_once: bool) -> Proforma:
    document = billing.proforma(session, proforma_id)
    received = Received(
        amount=int(form.amount.data or 0),
        currency=document.currency,
        received_on=form.received_on.data or document.issue_date,
        method=form.method.data,
        reference=form.reference.data or "",
        key=form.key.data or "",
    )
    if at_once:
        return payments.receive_and_activate(session, actor(), proforma_id, received)
    payments.receive(session, actor(), proforma_id, received)
    return document


def _outcome(document: Proforma) -> str:
    """What came of it, in one sentence."""
    if document.state == "activated":
        return _("The payment is recorded and proforma %(number)s is activated.", number=document.number)
    if document.state == "paid":
        return _("The payment is recorded: proforma %(number)s is paid.", number=document.number)
    return _("The payment is recorded. It does not cover the proforma yet and is kept as the subscriber's credit.")


def take(step: Step, proforma_id: int, done: str) -> ResponseReturnValue:
    """One step without a form: say what came of it, or why it did not, on the proforma's page."""
    with told():
        with database().writing() as session:
            document = step(session, actor(), proforma_id)
        flash(done % {"number": document.number})
    return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)


@bp.post("/proformas/<int:proforma_id>/activate")
@people.idempotent
def activate(proforma_id: int) -> ResponseReturnValue:
    """Switch a paid proforma on: its names go to the registry, what a person provides to the task list."""
    return take(
        activation.activate, proforma_id, _("Proforma %(number)s is activated. Its items say what happens now.")
    )


@bp.post("/proformas/<int:proforma_id>/from-credit")
@people.idempotent
def pay_from_credit(proforma_id: int) -> ResponseReturnValue:
    """Settle it from money that the subscriber has with us."""
    return take(payments.pay_from_credit, proforma_id, _("Proforma %(number)s is paid from the subscriber's credit."))


@bp.route("/proformas/<int:proforma_id>/cancel", methods=["GET", "POST"])
@people.idempotent
def cancel_proforma(proforma_id: int) -> ResponseReturnValue:
    """Say what will be lost, ask, cancel."""
    if request.method == "POST":
        return take(orders.cancel, proforma_id, _("Proforma %(number)s is cancelled."))
    with database().reading() as session:
        document = billing.proforma(session, proforma_id)
        lines = order_queries.progress(session, document)
        paid = sum(payment.amount for payment in billing.payments_of(session, proforma_id))
    if document.state != "issued":
        return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)
    title = _("Cancel proforma %(number)s?", number=document.number)
    return render("sales/proforma_cancel.html", title=title, proforma=document, lines=lines, paid=paid)


@bp.post("/proformas/activate")
@people.idempotent
def activate_many() -> ResponseReturnValue:
    """Activate the ticked proformas in the background, each for itself: one that cannot be holds up no other."""
    ids = [number for text in request.form.getlist("id") if (number := whole_number(text)) is not None]
    try:
        with database().writing() as session:
            work = activation_tasks.start(session, actor(), ids)
    except Refusal as refusal:
        flash(said(refusal), "warn")
        return redirect(url_for("sales.proformas", state="paid"), 303)
    return long_work.show(work)
