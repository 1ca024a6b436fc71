"""My proformas: the list, the paper itself, its QR code, and paying from credit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, format_percent
from webapp.foundation.i18n import gettext as _
from webapp.foundation.paging import Page
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.invoice_queries import InvoiceFilter
from webapp.reseller.billing.models import Proforma
from webapp.reseller.desk import kept_filters
from webapp.reseller.orders import documents, payments, restructure
from webapp.reseller.orders import queries as orders
from webapp.surfaces.shared import badges, people
from webapp.surfaces.shared import invoice_filters as filters
from webapp.surfaces.shared.amounts import write_amount
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.invoice_filters import DocumentFilterForm
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.paying import pay_link
from webapp.surfaces.shared.rendering import render

from . import mine, words
from .blueprint import bp

LIST = "account.proformas"
STATES = {
    "": N_("All"),
    "issued": N_("To pay"),
    "paid": N_("Paid"),
    "activated": N_("Activated"),
    "cancelled": N_("Cancelled"),
}


@bp.get("/proformas")
@mine.needs(*mine.PAPERS)
def proformas() -> ResponseReturnValue:
    """The list, by state, as the person left its filter (W-08)."""
    return _list()


@bp.post("/proformas/filter")
@mine.needs(*mine.PAPERS)
def proforma_filter() -> ResponseReturnValue:
    """Set the filter, or clear it."""
    form = DocumentFilterForm()
    if not filters.set_or_clear(LIST, form, clear="clear" in request.form):
        return _list(form)
    return redirect(url_for("account.proformas", state=wanted("state", STATES) or None), 303)


def _list(form: DocumentFilterForm | None = None) -> ResponseReturnValue:
    state, account_id = wanted("state", STATES), mine.account_id()
    with database().reading() as session:
        kept = kept_filters.values(session, filters.person_key(), LIST)
        found = _found(session, account_id, state, filters.filter_of(kept))
        unpaid = [each for each in found.items if each.state == "issued"]
        several = len(unpaid) > 1 and bool(pay_link(session, unpaid)) and mine.may("pay")
    refused = bool(form and form.errors)
    shown = render(
        "account/proformas.html",
        title=_("Proformas"),
        found=found,
        several=several,
        form=form or filters.form_of(kept, DocumentFilterForm),
        narrowed=bool(kept) or refused,
        badge_of=badges.proforma_badge,
        state=state,
        filters=chips_of("account.proformas", "state", state, {value: _(label) for value, label in STATES.items()}),
        page_url=pages_of("account.proformas", state=state),
    )
    return shown, 422 if refused else 200


def _found(session: Session, account_id: int, state: str, narrow: InvoiceFilter) -> Page[Proforma]:
    days = billing.Narrowing(issued_from=narrow.since, issued_to=narrow.until)
    return billing.proformas(
        session,
        account_id=account_id,
        state=state or None,
        text=narrow.number,
        narrowing=days,
        page=page_number(),
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
            "relatives": restructure.origins(session, document),
            "pay_url": pay_link(session, [document]) if mine.may("pay") else "",
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
