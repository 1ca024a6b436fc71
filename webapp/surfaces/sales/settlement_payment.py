"""One payment: what it was for, what went back of it, and the steps that send money back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation.i18n import format_money
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import money_documents, money_queries
from webapp.reseller.billing import queries as billing
from webapp.reseller.desk import lists
from webapp.reseller.orders import money_papers, payments, refunds, reversals, settlement
from webapp.reseller.orders.subjects import kind_of, name_of
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import done, told
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .money_forms import ChargebackForm, RefundForm, WriteOffForm
from .proformas import METHODS

Deed = Callable[[Session], Any]


@bp.get("/settlements/payments/<int:payment_id>")
def payment(payment_id: int) -> ResponseReturnValue:
    """One payment."""
    return _page(payment_id)


def _page(payment_id: int, refund: RefundForm | None = None, back: ChargebackForm | None = None) -> ResponseReturnValue:
    with database().reading() as session:
        facts = _facts(session, payment_id)
    found = facts["payment"]
    asked = next((form for form in (refund, back) if form is not None and form.errors), None)
    page = render(
        "sales/payment.html",
        title=_("Payment of %(amount)s", amount=format_money(found.amount, found.currency)),
        refund=refund or RefundForm.fresh(min(facts["left"], facts["credit"])),
        back=back or ChargebackForm.fresh(facts["left"]),
        **facts,
    )
    return page, asked.status if asked else 200


def _facts(session: Session, payment_id: int) -> dict[str, Any]:
    found = money_queries.payment(session, payment_id)
    subjects = reversals.subjects_of(session, found)
    proformas = reversals.proformas_of(session, found)
    return {
        "payment": found,
        "account": accounts.account(session, found.account_id),
        "credit": billing.credit(session, found.account_id, found.currency),
        "left": money_documents.left_of(session, found),
        "proformas": [
            (each, each.gross - settlement.given_back(session, each), WriteOffForm.fresh(mark=f"give-{each.id}"))
            for each in proformas
        ],
        "paid": lists.paid_subjects(session, subjects),
        "subjects": [(kind_of(each), each.id, name_of(each), each.state) for each in subjects],
        "papers": money_queries.papers(session, payment_id=payment_id).items,
        "kinds": {kind: _(word) for kind, word in money_papers.KINDS.items()},
        "methods": {value: _(label) for value, label in METHODS},
        "policy": reversals.settings_of(partners.partner(session).settings).services,
    }


@bp.post("/settlements/payments/<int:payment_id>/refund")
@people.idempotent
def payment_refund(payment_id: int) -> ResponseReturnValue:
    """Send money back, out of the credit."""
    form = RefundForm()
    if not form.accepted():
        return _page(payment_id, refund=form)
    typed = (int(form.amount.data or 0), form.reason.data or "", form.key.data or "")
    deed = done(form, lambda session: refunds.refund(session, actor(), payment_id, *typed))
    return _back(payment_id, _("The refund is booked.")) if deed else _page(payment_id, refund=form)


@bp.post("/settlements/payments/<int:payment_id>/chargeback")
@people.idempotent
def payment_chargeback(payment_id: int) -> ResponseReturnValue:
    """The payer's bank took money back."""
    form = ChargebackForm()
    if not form.accepted():
        return _page(payment_id, back=form)
    typed = (int(form.amount.data or 0), form.reason.data or "", form.key.data or "")
    deed = done(form, lambda session: reversals.charge_back(session, actor(), payment_id, *typed))
    return _back(payment_id, _("The chargeback is booked.")) if deed else _page(payment_id, back=form)


@bp.post("/settlements/payments/<int:payment_id>/undo")
@people.idempotent
def payment_undo(payment_id: int) -> ResponseReturnValue:
    """It was recorded by mistake."""
    return _step(payment_id, lambda session: payments.undo_by_hand(session, actor(), payment_id))


@bp.post("/settlements/payments/<int:payment_id>/services")
@people.idempotent
def payment_service(payment_id: int) -> ResponseReturnValue:
    """Suspend a service that was paid with it, or let it run again."""
    kind, subject = request.form.get("kind", ""), number_in(request.form, "subject") or 0
    return _step(payment_id, lambda session: reversals.hold_or_release(session, actor(), payment_id, kind, subject))


@bp.post("/settlements/payments/<int:payment_id>/policy")
@people.idempotent
def payment_policy(payment_id: int) -> ResponseReturnValue:
    """What happens to services after a chargeback, from now on."""
    with database().reading() as session:
        money_queries.payment(session, payment_id)
    return _step(payment_id, lambda session: reversals.set_policy(session, actor(), request.form.get("services", "")))


@bp.post("/settlements/payments/<int:payment_id>/credit/<int:proforma_id>")
@people.idempotent
def payment_to_credit(payment_id: int, proforma_id: int) -> ResponseReturnValue:
    """Give the price back to the credit: all of it where nothing was made of it yet, else the amount that is typed."""
    with database().reading() as session:
        found = money_queries.payment(session, payment_id)
        if proforma_id not in (each.id for each in reversals.proformas_of(session, found)):
            raise NotFound
    if request.form.get("then") == "all":
        return _step(payment_id, lambda session: reversals.take_back(session, actor(), proforma_id))
    form = WriteOffForm()
    if not form.accepted():
        flash(_("Enter an amount and the reason."), "warn")
        return _back(payment_id)
    typed = (int(form.amount.data or 0), form.reason.data or "", form.key.data or "")
    return _step(payment_id, lambda session: reversals.give_back(session, actor(), proforma_id, *typed))


def _step(payment_id: int, deed: Deed) -> ResponseReturnValue:
    with told():
        with database().writing() as session:
            deed(session)
        return _back(payment_id, _("Done."))
    return _back(payment_id)


def _back(payment_id: int, word: str = "") -> ResponseReturnValue:
    if word:
        flash(word)
    return redirect(url_for("sales.payment", payment_id=payment_id), 303)
