"""Paying several proformas at once, online: choose them, then one payment."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders import online
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.paying import pay_link
from webapp.surfaces.shared.rendering import render

from . import mine
from .blueprint import bp


@bp.get("/pay")
@mine.needs("pay")
def pay_several() -> str:
    """What is unpaid, every line ticked."""
    with database().reading() as session:
        unpaid = _unpaid(session)
        credit = billing.credit(session, mine.account_id(), unpaid[0].currency) if unpaid else 0
        offered = bool(pay_link(session, unpaid[:1]))
    return render(
        "account/pay.html",
        title=_("Pay online"),
        unpaid=unpaid,
        credit=credit,
        offered=offered,
        today=clock.today(site().timezone),
    )


@bp.get("/pay/on")
@mine.needs("pay")
def pay_chosen() -> ResponseReturnValue:
    """On to the page with the gateways."""
    chosen = {whole_number(each) for each in request.args.getlist("id")}
    with database().reading() as session:
        link = pay_link(session, [each for each in _unpaid(session) if each.id in chosen])
    if not link:
        flash(_("Choose at least one proforma."), "warn")
        return redirect(url_for("account.pay_several"), 303)
    return redirect(link, 303)


def _unpaid(session: Session) -> list[Proforma]:
    """Of the account at hand, the oldest first, as many as one payment takes."""
    wanted = (Proforma.account_id == mine.account_id(), Proforma.state == "issued", Proforma.pay_token != "")
    return list(session.scalars(select(Proforma).where(*wanted).order_by(Proforma.due_date).limit(online.MOST)))
