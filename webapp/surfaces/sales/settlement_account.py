"""The settlements of one subscriber: what they have, owe and should pay; one payment for many proformas; papers."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import money_documents, money_queries
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.operations import Received
from webapp.reseller.orders import money_papers, payments
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .money_forms import ReasonForm, WriteOffForm
from .proformas import METHODS, PaymentForm, payment_form


@bp.get("/settlements/subscribers/<int:account_id>")
def settlement(account_id: int) -> ResponseReturnValue:
    """Everything between the partner and a subscriber that is money."""
    return _page(account_id)


def _page(account_id: int, form: PaymentForm | None = None, off: WriteOffForm | None = None) -> ResponseReturnValue:
    with database().reading() as session:
        facts = _facts(session, account_id)
    asked = next((each for each in (form, off) if each is not None and each.errors), None)
    page = render(
        "sales/settlement.html",
        form=form or payment_form(max(facts["unpaid_sum"] - facts["credit"], 0)),
        off=off or WriteOffForm.fresh(facts["credit"]),
        owed_form=ReasonForm.fresh(mark="owed"),
        rest_form=ReasonForm.fresh(mark="rest"),
        ticked=set(request.form.getlist("id")),
        **facts,
    )
    return page, asked.status if asked else 200


def _facts(session: Session, account_id: int) -> dict[str, Any]:
    account, currency = accounts.account(session, account_id), site().currency
    unpaid = billing.proformas(session, state="issued", account_id=account_id).items
    paid = billing.proformas(session, state="paid", account_id=account_id).items
    return {
        "title": _("Settlements with %(name)s", name=account.name),
        "account": account,
        "currency": currency,
        "credit": billing.credit(session, account_id, currency),
        "owed": money_documents.owed(session, account_id, currency),
        "unpaid": unpaid,
        "unpaid_sum": sum(each.gross for each in unpaid),
        "paid": [each for each in paid if each.origin != "manual"],
        "payments": money_queries.payments_of(session, account_id),
        "papers": money_queries.papers(session, account_id=account_id).items,
        "kinds": {kind: _(word) for kind, word in money_papers.KINDS.items()},
        "methods": {value: _(label) for value, label in METHODS},
        "postings": billing.postings_of(session, account_id),
        "today": clock.today(site().timezone),
    }


@bp.post("/settlements/subscribers/<int:account_id>/payments")
@people.idempotent
def settlement_payment(account_id: int) -> ResponseReturnValue:
    """Book one payment for the ticked proformas; for none it becomes credit."""
    form = PaymentForm()
    if not form.accepted():
        return _page(account_id, form)
    ids = [number for text in request.form.getlist("id") if (number := whole_number(text)) is not None]
    received = Received(
        amount=int(form.amount.data or 0),
        currency=site().currency,
        received_on=form.received_on.data or clock.today(site().timezone),
        method=form.method.data or "",
        reference=form.reference.data or "",
        key=form.key.data or "",
    )
    try:
        with database().writing() as session:
            payments.receive_for_many(session, actor(), account_id, ids[:200], received)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(account_id, form)
    flash(_("The payment is recorded.") if ids else _("The money is kept as the subscriber's credit."))
    return _back(account_id)


@bp.post("/settlements/subscribers/<int:account_id>/write-off")
@people.idempotent
def settlement_write_off(account_id: int) -> ResponseReturnValue:
    """Keep a small credit that nobody will ask back."""
    form = WriteOffForm()
    if not form.accepted():
        return _page(account_id, off=form)
    amount, reason, key = int(form.amount.data or 0), form.reason.data or "", form.key.data or ""
    try:
        with database().writing() as session:
            accounts.account(session, account_id)
            money_documents.write_off_credit(session, actor(), account_id, site().currency, amount, reason, key)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(account_id, off=form)
    flash(_("The credit is written off."))
    return _back(account_id)


@bp.post("/settlements/subscribers/<int:account_id>/owed")
@people.idempotent
def settlement_owed(account_id: int) -> ResponseReturnValue:
    """What is owed since a chargeback: pay it from the credit, or let it go."""
    form = ReasonForm()
    with told(), database().writing() as session:
        accounts.account(session, account_id)
        if request.form.get("then") == "repay":
            money_documents.repay(session, actor(), account_id, site().currency)
        elif form.accepted():
            reason, key = form.reason.data or "", form.key.data or ""
            money_documents.write_off_owed(session, actor(), account_id, site().currency, reason, key)
        else:
            flash(_("Say why, in a few words."), "warn")
    return _back(account_id)


@bp.post("/settlements/proformas/<int:proforma_id>/write-off")
@people.idempotent
def settlement_rest(proforma_id: int) -> ResponseReturnValue:
    """Let go what is missing of a proforma that was paid in part: it becomes paid."""
    form = ReasonForm()
    with database().reading() as session:
        account_id = billing.proforma(session, proforma_id).account_id
    if not form.accepted():
        flash(_("Say why, in a few words."), "warn")
        return _back(account_id)
    try:
        with database().writing() as session:
            key = form.key.data or ""
            payments.write_off_rest(session, actor(), proforma_id, form.reason.data or "", key)
        flash(_("The rest is written off: the proforma is paid."))
    except Refusal as refusal:
        flash(said(refusal), "warn")
    return _back(account_id)


def _back(account_id: int) -> ResponseReturnValue:
    return redirect(url_for("sales.settlement", account_id=account_id), 303)
