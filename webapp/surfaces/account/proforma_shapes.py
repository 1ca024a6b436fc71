"""My unpaid proformas in another shape: to another buyer (O-15), one for each item (O-16), several in one; the PDF."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import EmailField, RadioField

from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.accounts import validate
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import paper_data
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders import papers, readdressing, restructure
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site, storage
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import lazy, respond
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.subscribers import ContactForm

from . import mine
from .blueprint import bp

#: Who pays may split and merge what is to be paid; who keeps names and addresses may write it to another of them.
_SHAPE, _ADDRESS = ("pay", "order"), ("manage",)


@bp.get("/proformas/<int:proforma_id>/pdf")
def proforma_paper(proforma_id: int) -> Response:
    """The paper."""
    with database().reading() as session:
        document = _opened(session, proforma_id, *mine.PAPERS)
        sheet = papers.proforma_paper(session, document)
    made = papers.with_logo(sheet, site().logo, storage()).pdf()
    disposition = f'inline; filename="{paper_data.file_name(document.number)}"'
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": disposition})


def _opened(session: Session, proforma_id: int, *rights: str) -> Proforma:
    document = billing.proforma(session, proforma_id)
    mine.enter(document.account_id, *rights)
    return document


@bp.post("/proformas/<int:proforma_id>/split")
@people.idempotent
def split_proforma(proforma_id: int) -> ResponseReturnValue:
    """A proforma for each item; amounts and due date stay."""
    with database().reading() as session:
        _opened(session, proforma_id, *_SHAPE)
    with told():
        with database().writing() as session:
            made = restructure.split(session, actor(), proforma_id)
        flash(ngettext("Split into %(num)s proforma.", "Split into %(num)s proformas.", len(made)))
    return redirect(url_for("account.proforma", proforma_id=proforma_id), 303)


@bp.post("/proformas/merge")
@mine.needs(*_SHAPE)
@people.idempotent
def merge_proformas() -> ResponseReturnValue:
    """One proforma for the ticked ones of this account."""
    ids = [number for text in request.form.getlist("id") if (number := whole_number(text)) is not None]
    account_id = mine.account_id()
    with told():
        with database().writing() as session:
            for proforma_id in ids[: restructure.MOST_MERGED]:
                billing.proforma(session, proforma_id, account_id)
            made = restructure.merge(session, actor(), ids)
        flash(_("They are one proforma now: %(number)s.", number=made.number))
        return redirect(url_for("account.proforma", proforma_id=made.id), 303)
    return redirect(url_for("account.proformas", state="issued"), 303)


class BuyerForm(ContactForm):
    """Whom the proforma is written to: one of my contacts, or somebody new."""

    contact_id = RadioField(lazy("Write it to"), coerce=int, default=0)
    email = EmailField(lazy("E-mail address"), render_kw={"autocomplete": "email", "maxlength": "200"})

    def __init__(self, contacts: list[Contact], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = [(each.id, f"{each.organisation or each.name}, {each.city}") for each in contacts]
        self.contact_id.choices = [*named, (0, _("somebody new"))]

    def contact(self) -> dict[str, str]:
        """What was typed, by the names of accounts.validate."""
        return {name: getattr(self, name).data or "" for name in validate.CONTACT_FIELDS}


@bp.route("/proformas/<int:proforma_id>/buyer", methods=["GET", "POST"])
@people.idempotent
def readdress_proforma(proforma_id: int) -> ResponseReturnValue:
    """Choose who pays; somebody who was never invoiced waits for the shop's word."""
    with database().reading() as session:
        document = _opened(session, proforma_id, *_ADDRESS)
        contacts = list(account_queries.contacts(session, document.account_id))
    if document.state != "issued":
        return redirect(url_for("account.proforma", proforma_id=proforma_id), 303)
    form = BuyerForm(contacts, data={"contact_id": contacts[0].id if contacts else 0, "kind": "company"})
    if form.accepted() and _readdressed(form, document):
        return redirect(url_for("account.proforma", proforma_id=proforma_id), 303)
    title = _("Another buyer for %(number)s", number=document.number)
    return respond("account/proforma_buyer.html", form, title=title, proforma=document)


def _readdressed(form: BuyerForm, document: Proforma) -> bool:
    try:
        with database().writing() as session:
            contact_id = form.contact_id.data
            if not contact_id:
                contact_id = accounts.add_contact(session, actor(), document.account_id, form.contact()).id
            changed = readdressing.readdress(session, actor(), document.id, contact_id)
            asked = bool(changed.asked)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    if asked:
        flash(_("We look at the new buyer and write to you. Until then the proforma stays as it is."))
    else:
        flash(_("Proforma %(number)s is written to the new buyer and was sent again.", number=document.number))
    return True
