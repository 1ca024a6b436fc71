"""Correcting an issued invoice (H-33): what should have stood there, what differs, why; then a document of its own."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import FieldList, FormField, IntegerField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, NumberRange

from webapp.foundation import i18n
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing import corrections
from webapp.reseller.billing.corrections import CHANGEABLE, Changes, Difference, State
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.orders import invoicing
from webapp.reseller.partners import validate
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import AmountField, RateField
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import Form, MayBeEmpty, lazy, respond

from .blueprint import bp

_REQUIRED = InputRequired(lazy("Please fill in this field."))
_BUYER = ("organisation", "name", "street", "postcode", "city", "country", "tax_id")


class CorrectedLine(PlainForm):
    """One item as it should have been. Quantity 0: it should not be there."""

    class Meta:
        """Part of a form whose request is checked as a whole."""

        csrf = False

    description = StringField(lazy("What for"), [_REQUIRED, Length(max=500)])
    quantity = IntegerField(
        lazy("Pieces"),
        [_REQUIRED, NumberRange(0, 1_000_000, lazy("Write a whole number, 0 or more."))],
        render_kw={"inputmode": "numeric"},
    )
    unit_amount = AmountField(lazy("Price each"), [_REQUIRED])
    tax_rate_bp = RateField(lazy("Tax in %"), [_REQUIRED])


def _text(label: str) -> StringField:
    return StringField(label, [MayBeEmpty(), Length(max=200, message=lazy("Use at most 200 characters."))])


class CorrectionForm(Form):
    """The document as it should have been, and why it was not."""

    lines = FieldList(FormField(CorrectedLine), max_entries=500)
    organisation = _text(lazy("Company"))
    name = _text(lazy("Name"))
    street = _text(lazy("Street and number"))
    postcode = _text(lazy("Postal code"))
    city = _text(lazy("Town"))
    country = SelectField(lazy("Country"), validate_choice=False)
    tax_id = _text(lazy("Tax number"))
    reason = TextAreaField(
        lazy("Reason"),
        [_REQUIRED, Length(max=500, message=lazy("Use at most 500 characters."))],
        description=lazy("Stands on the correcting invoice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = validate.countries(i18n.current_locale())
        # What stands on the document stays, even if no country is called so.
        other = self.country.data or ""
        self.country.choices = [*known, *([] if other in dict(known) else [(other, other)])]

    def changes(self, positions: list[int]) -> Changes:
        """What was typed, by the position of the line."""
        rows = [{name: entry.form[name].data for name in CHANGEABLE} for entry in self.lines]
        buyer = {name: self[name].data or "" for name in _BUYER}
        return Changes(dict(zip(positions, rows, strict=False)), {"buyer": buyer})


def _blank(state: State) -> CorrectionForm:
    lines = [{name: line[name] for name in CHANGEABLE} for line in state.lines.values()]
    buyer = {name: state.parties["buyer"].get(name, "") for name in _BUYER}
    return CorrectionForm(formdata=None, data={"lines": lines, **buyer})


@bp.route("/invoices/<int:invoice_id>/correct", methods=["GET", "POST"])
@people.idempotent
def invoice_correct(invoice_id: int) -> ResponseReturnValue:
    """The form; first what differs is shown, then the correction is issued."""
    with database().reading() as session:
        original = corrections.original_of(session, invoice_id)
        state = corrections.state_of(session, original)
    if request.method != "POST":
        return _page(original, state, _blank(state))
    form, found = CorrectionForm(), None
    if form.accepted():
        try:
            answer, found = _taken(original, form.changes(list(state.lines)), form.reason.data or "")
        except NotFound:
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if answer is not None:
                return answer
    return _page(original, state, form, found)


def _page(
    original: Invoice, state: State, form: CorrectionForm, found: Difference | None = None
) -> ResponseReturnValue:
    title = _("Correct %(number)s", number=original.number)
    facts: dict[str, Any] = {"original": original, "state": state, "difference": found}
    return respond("sales/invoice_correction.html", form, title=title, **facts)


def _taken(original: Invoice, changes: Changes, reason: str) -> tuple[ResponseReturnValue | None, Difference | None]:
    """Issue the correction when that was pressed; else only work out the difference."""
    if request.form.get("then") != "issue":
        with database().reading() as session:
            return None, corrections.difference(session, original, changes)
    with database().writing() as session:
        document = corrections.correct(session, actor(), original.id, changes, reason)
        if send_it := "send" in request.form:
            invoicing.send(session, actor(), document)
    said_so = _("%(number)s is issued and on its way by mail.") if send_it else _("%(number)s is issued.")
    flash(said_so % {"number": document.number})
    return redirect(url_for("sales.invoice", invoice_id=document.id), 303), None


@bp.route("/invoices/<int:invoice_id>/cancel", methods=["GET", "POST"])
@people.idempotent
def invoice_cancel(invoice_id: int) -> ResponseReturnValue:
    """A correction to zero, after a word of what that means."""
    form = CancelForm()
    with database().reading() as session:
        original = corrections.original_of(session, invoice_id)
    if form.accepted():
        try:
            with database().writing() as session:
                document = corrections.cancel(session, actor(), original.id, form.reason.data or "")
        except NotFound:
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("%(number)s is issued.", number=document.number))
            return redirect(url_for("sales.invoice", invoice_id=document.id), 303)
    title = _("Correct %(number)s to zero?", number=original.number)
    return respond("sales/invoice_cancel.html", form, title=title, original=original)


class CancelForm(Form):
    """Why nothing of the invoice holds."""

    reason = TextAreaField(
        lazy("Reason"),
        [_REQUIRED, Length(max=500, message=lazy("Use at most 500 characters."))],
        description=lazy("Stands on the correcting invoice."),
    )
