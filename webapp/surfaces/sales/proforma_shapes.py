"""Unpaid proformas in another shape: to another buyer, split, merged; a reminder; and the paper itself."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField
from wtforms.validators import InputRequired

from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import paper_data
from webapp.reseller.billing import queries as billing
from webapp.reseller.orders import papers, readdressing, reminders, restructure
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site, storage
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.numbers import whole_number

from .blueprint import bp
from .proforma_steps import take


@bp.get("/proformas/<int:proforma_id>/pdf")
def proforma_paper(proforma_id: int) -> Response:
    """The paper, as the subscriber gets it."""
    with database().reading() as session:
        document = billing.proforma(session, proforma_id)
        sheet = papers.proforma_paper(session, document)
    return _paper(papers.with_logo(sheet, site().logo, storage()), document.number)


def _paper(sheet: paper_data.Paper, number: str) -> Response:
    disposition = f'inline; filename="{paper_data.file_name(number)}"'
    return Response(sheet.pdf(), mimetype="application/pdf", headers={"Content-Disposition": disposition})


@bp.post("/proformas/<int:proforma_id>/remind")
@people.idempotent
def remind_of_proforma(proforma_id: int) -> ResponseReturnValue:
    """A reminder at once."""
    return take(reminders.remind_now, proforma_id, _("A reminder of %(number)s is on its way."))


@bp.post("/proformas/<int:proforma_id>/split")
@people.idempotent
def split_proforma(proforma_id: int) -> ResponseReturnValue:
    """A proforma of its own for each item (O-16)."""
    with told():
        with database().writing() as session:
            made = restructure.split(session, actor(), proforma_id)
        flash(ngettext("Split into %(num)s proforma.", "Split into %(num)s proformas.", len(made)))
    return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)


@bp.post("/proformas/merge")
@people.idempotent
def merge_proformas() -> ResponseReturnValue:
    """One proforma for the ticked ones."""
    ids = [number for text in request.form.getlist("id") if (number := whole_number(text)) is not None]
    with told():
        with database().writing() as session:
            made = restructure.merge(session, actor(), ids)
        flash(_("They are one proforma now: %(number)s.", number=made.number))
        return redirect(url_for("sales.proforma", proforma_id=made.id), 303)
    return redirect(url_for("sales.proformas", state="issued"), 303)


class BuyerForm(Form):
    """Which contact of the subscriber the proforma is written to."""

    contact_id = RadioField(lazy("Write it to"), [InputRequired(lazy("Choose a contact."))], coerce=int)

    def __init__(self, contacts: list[Contact], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contact_id.choices = [(each.id, buyer_label(each)) for each in contacts]


def buyer_label(contact: Contact) -> str:
    """A contact in a line: name, town and tax number."""
    parts = (
        contact.organisation or contact.name,
        f"{contact.postcode} {contact.city}",
        contact.country,
        contact.tax_id,
    )
    return ", ".join(part.strip() for part in parts if part.strip())


@bp.route("/proformas/<int:proforma_id>/buyer", methods=["GET", "POST"])
@people.idempotent
def readdress_proforma(proforma_id: int) -> ResponseReturnValue:
    """Choose another buyer and payer (O-15); the tax follows."""
    with database().reading() as session:
        document = billing.proforma(session, proforma_id)
        contacts = list(accounts.contacts(session, document.account_id))
    if document.state != "issued":
        return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)
    form = BuyerForm(contacts)
    if form.accepted() and _readdressed(form, proforma_id):
        return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)
    title = _("Another buyer for %(number)s", number=document.number)
    return respond("sales/proforma_buyer.html", form, title=title, proforma=document)


def _readdressed(form: BuyerForm, proforma_id: int) -> bool:
    try:
        with database().writing() as session:
            document = readdressing.readdress(session, actor(), proforma_id, form.contact_id.data)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    flash(_("Proforma %(number)s is written to the new buyer and was sent again.", number=document.number))
    return True


@bp.post("/proformas/<int:proforma_id>/buyer/approve")
@people.idempotent
def approve_buyer(proforma_id: int) -> ResponseReturnValue:
    """The subscriber asked for a contact who was never invoiced: agree."""
    return take(readdressing.approve, proforma_id, _("Proforma %(number)s is written to the new buyer."))


@bp.post("/proformas/<int:proforma_id>/buyer/decline")
@people.idempotent
def decline_buyer(proforma_id: int) -> ResponseReturnValue:
    """... or not."""
    return take(readdressing.decline, proforma_id, _("Proforma %(number)s stays as it was."))
