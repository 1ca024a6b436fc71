"""Online payments: what subscribers began at gateways, what became of it, and giving money back (H-27, H-32)."""

from __future__ import annotations

import uuid

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.providers.errors import ProviderError
from webapp.reseller.billing import gateway_queries as queries
from webapp.reseller.billing import gateways as room
from webapp.reseller.billing import money_documents
from webapp.reseller.billing.gateway_models import GatewayPayment
from webapp.reseller.orders import online, refunds
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.current import actor, database, gateways, settings, site
from webapp.surfaces.shared.deeds import done
from webapp.surfaces.shared.forms import Form, lazy, said
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

FILTERS = {
    "": N_("All"),
    "look": N_("Need a look"),
    "open": N_("Under way"),
    "paid": N_("Paid"),
    "ended": N_("Not paid"),
    "back": N_("Given back"),
}
EVENT_STATES = {"new": N_("waiting"), "done": N_("taken in"), "dead": N_("of no use")}


class RefundForm(Form):
    """What goes back to the payer. The key makes sending it twice harmless."""

    key = HiddenField(default=lambda: uuid.uuid4().hex, validators=[InputRequired(), Length(max=64)])
    amount = AmountField(lazy("Amount to give back"))
    reason = StringField(
        lazy("Reason"), [Length(max=200)], description=lazy("Stands on the paper."), render_kw={"autocomplete": "off"}
    )


@bp.get("/payments/online")
def online_payments() -> str:
    """The list, by what became of them."""
    chosen = wanted("state", FILTERS)
    with database().reading() as session:
        found = queries.payments(session, chosen, page_number())
        numbers = queries.numbers(session, found.items)
        offered = room.active(session)
    return render(
        "sales/online_payments.html",
        title=_("Online payments"),
        found=found,
        numbers=numbers,
        offered=offered,
        state=chosen,
        labels=_labels(),
        problems=online.PROBLEMS,
        filters=chips_of("sales.online_payments", "state", chosen, {key: _(text) for key, text in FILTERS.items()}),
        page_url=pages_of("sales.online_payments", state=chosen),
    )


@bp.get("/payments/online/<int:online_payment_id>")
def online_payment(online_payment_id: int) -> ResponseReturnValue:
    """One of them, with everything that we heard."""
    return _page(online_payment_id, RefundForm(formdata=None))


@bp.post("/payments/online/<int:online_payment_id>/ask")
@people.idempotent
def ask_online_payment(online_payment_id: int) -> ResponseReturnValue:
    """Ask the gateway now."""
    try:
        with database().reading() as session:
            payment = queries.payment(session, online_payment_id)
            what = online.question(session, payment, settings().secret_key)
        status = online.asked(gateways(), what)
        with database().writing() as session:
            online.settle(session, online_payment_id, status)
    except NotFound:
        raise
    except Refusal as refusal:
        flash(said(refusal), "warn")
    except ProviderError as problem:
        flash(_("The gateway gave no answer: %(problem)s", problem=str(problem)), "warn")
    return _back(online_payment_id)


@bp.post("/payments/online/<int:online_payment_id>/seen")
@people.idempotent
def see_to_online_payment(online_payment_id: int) -> ResponseReturnValue:
    """Somebody has looked after it."""
    with database().writing() as session:
        online.seen_to(session, actor(), online_payment_id)
    return _back(online_payment_id)


@bp.post("/payments/online/<int:online_payment_id>/refund")
@people.idempotent
def refund_online_payment(online_payment_id: int) -> ResponseReturnValue:
    """Give money back through the gateway, out of the subscriber's credit."""
    form = RefundForm()
    if not form.accepted() or not _refunded(online_payment_id, form):
        return _page(online_payment_id, form)
    flash(_("The gateway is asked to give the money back."))
    return _back(online_payment_id)


def _refunded(online_payment_id: int, form: RefundForm) -> bool:
    with database().reading() as session:
        payment_id = queries.payment(session, online_payment_id).payment_id
    if payment_id is None:
        raise NotFound
    typed = (int(form.amount.data or 0), form.reason.data or "", form.key.data or "")
    return done(form, lambda session: refunds.refund(session, actor(), payment_id, *typed))


def _back(online_payment_id: int) -> ResponseReturnValue:
    return redirect(url_for("sales.online_payment", online_payment_id=online_payment_id), 303)


def _page(online_payment_id: int, form: RefundForm) -> ResponseReturnValue:
    with database().reading() as session:
        payment = queries.payment(session, online_payment_id)
        money = queries.money_of(session, payment)
        values = {
            "numbers": queries.numbers(session, [payment]),
            "events": queries.events_of(session, payment),
            "refunds": queries.refunds_of(session, payment),
            "left": money_documents.left_of(session, money) if money is not None else 0,
        }
    page = render(
        "sales/online_payment.html",
        title=_title(payment),
        payment=payment,
        booked=money,
        form=form,
        label=_labels().get(payment.gateway, payment.gateway),
        problem=_problem(payment),
        open_states=room.OPEN,
        event_states=EVENT_STATES,
        zone=site().timezone,
        **values,
    )
    return page, form.status if form.errors else 200


def _title(payment: GatewayPayment) -> str:
    return _("Online payment %(number)s", number=payment.id)


def _problem(payment: GatewayPayment) -> str:
    """Why it needs a person, or what the gateway said."""
    known = online.PROBLEMS.get(payment.problem)
    return _(known) if known else payment.problem


def _labels() -> dict[str, str]:
    return {name: each.label for name, each in room.GATEWAYS.items()}
