"""My proformas: the list, the paper itself, its QR code, and paying from credit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, format_percent
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders import documents, payments
from webapp.reseller.orders import queries as orders
from webapp.surfaces.shared import badges, people
from webapp.surfaces.shared.amounts import write_amount
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from . import mine, words
from .blueprint import bp

STATES = {
    "": N_("All"),
    "issued": N_("To pay"),
    "paid": N_("Paid"),
    "activated": N_("Activated"),
    "cancelled": N_("Cancelled"),
}


@bp.get("/proformas")
@mine.needs(*mine.PAPERS)
def proformas() -> str:
    """The list, by state."""
    state, account_id = wanted("state", STATES), mine.account_id()
    with database().reading() as session:
        found = billing.proformas(session, account_id=account_id, state=state or None, page=page_number())
    return render(
        "account/proformas.html",
        title=_("Proformas"),
        found=found,
        badge_of=badges.proforma_badge,
        state=state,
        filters=chips_of("account.proformas", "state", state, {value: _(label) for value, label in STATES.items()}),
        page_url=pages_of("account.proformas", state=state),
    )


@bp.get("/proformas/<int:proforma_id>")
def proforma(proforma_id: int) -> str:
    """The paper."""
    with database().reading() as session:
        document = _opened(session, proforma_id)
        facts = _progress(session, document)
        facts |= {
            "payments": billing.payments_of(session, document.id),
            "credit": billing.credit(session, document.account_id, document.currency),
            "accepted": documents.of_proforma(session, document.id),
        }
    code = transfer_qr.transfer_code(document, facts["open_amount"]) if mine.may("pay") else None
    return render(
        "account/proforma.html",
        title=_("Proforma %(number)s", number=document.number),
        has_code=code is not None,
        grouped=grouped,
        plain_amount=write_amount(facts["open_amount"], document.currency),
        method_said=words.method_said,
        rate=rate,
        **facts,
    )


@bp.get("/proformas/<int:proforma_id>/progress")
def proforma_progress(proforma_id: int) -> str:
    """Where it stands, asked for again and again while something is under way."""
    with database().reading() as session:
        facts = _progress(session, _opened(session, proforma_id))
    return render("account/_proforma_state.html", **facts)


@bp.get("/proformas/<int:proforma_id>/transfer.png")
def proforma_code(proforma_id: int) -> ResponseReturnValue:
    """The QR code of the transfer, for a banking app."""
    with database().reading() as session:
        document = _opened(session, proforma_id, "pay")
        amount = billing.open_amount(session, document)
    code = transfer_qr.transfer_code(document, amount)
    if code is None:
        raise NotFound
    return Response(transfer_qr.png(code), mimetype="image/png")


@bp.post("/proformas/<int:proforma_id>/credit")
@people.idempotent
def proforma_from_credit(proforma_id: int) -> ResponseReturnValue:
    """Pay from my credit."""
    with database().reading() as session:
        _opened(session, proforma_id, "pay")
    try:
        with database().writing() as session:
            document = payments.pay_from_credit(session, actor(), proforma_id)
        flash(_("Proforma %(number)s is paid from your credit.", number=document.number))
    except Refusal as refusal:
        flash(said(refusal), "warn")
    return redirect(url_for("account.proforma", proforma_id=proforma_id), 303)


def _opened(session: Session, proforma_id: int, *rights: str) -> Proforma:
    """A proforma of one of my accounts, in which I have one of the rights (PAPERS if none is named)."""
    document = billing.proforma(session, proforma_id)
    mine.enter(document.account_id, *(rights or mine.PAPERS))
    return document


def _progress(session: Session, document: Proforma) -> dict[str, Any]:
    items = orders.progress(session, document)
    open_amount = billing.open_amount(session, document)
    today = clock.today(site().timezone)
    return {
        "proforma": document,
        "items": items,
        "open_amount": open_amount,
        "state_said": words.proforma_said(document, items, open_amount, today),
        "item_said": words.item_said,
        "moving": any(item.state in orders.MOVING for item in items),
        "badge_state": badges.proforma_badge(document, today),
    }


def grouped(iban: str) -> str:
    """An account number in groups of four, as it is printed (ISO 13616)."""
    compact = "".join(iban.split())
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def rate(basis_points: int) -> str:
    """2300 -> "23%", as the language writes it."""
    return format_percent(Decimal(basis_points) / 10_000)
