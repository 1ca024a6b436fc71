"""A proforma by hand (H-30): whom for, what, how much. It asks for money and has nothing to activate (H-31)."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import FieldList, FormField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing.tax import EXEMPT, EXPORT, OSS, REVERSE, Treatment
from webapp.reseller.orders import manual
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import AmountField, RateField
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import Form, MayBeEmpty, lazy, respond
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

ROWS = 3


#: Regime of tax -> why the proposed rate is another one than at home.
REGIMES = {
    REVERSE: N_("Reverse charge: the buyer accounts for the tax."),
    OSS: N_("Tax of the buyer's country, paid through the one-stop shop (OSS)."),
    EXPORT: N_("Not subject to VAT in the seller's country: the place of supply is the buyer's country."),
    EXEMPT: N_("The seller is exempt from VAT."),
}


class LineForm(PlainForm):
    """One item; a row without a description is no item."""

    class Meta:
        """Part of a form whose request is checked as a whole."""

        csrf = False

    description = StringField(lazy("What for"), [Length(max=200, message=lazy("Use at most 200 characters."))])
    quantity = IntegerField(
        lazy("Pieces"),
        [MayBeEmpty(), NumberRange(1, manual.MOST_PIECES, lazy("Write a whole number, 1 or more."))],
        render_kw={"inputmode": "numeric"},
    )
    unit_amount = AmountField(
        lazy("Price each"), [MayBeEmpty(), NumberRange(min=0, message=lazy("A price cannot be negative."))]
    )
    tax_rate = RateField(lazy("Tax in %"))

    @property
    def blank(self) -> bool:
        """True when nobody typed into this row."""
        return not (self.description.data or "").strip() and self.unit_amount.data is None

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that the row is blank or a whole item; says what is missing."""
        fine = bool(super().validate(extra_validators))
        if self.blank:
            return fine
        if not (self.description.data or "").strip():
            self.description.errors = [*self.description.errors, _("Say what it is for.")]
        if self.unit_amount.data is None and not self.unit_amount.errors:
            self.unit_amount.errors = [*self.unit_amount.errors, _("Enter a price.")]
        return fine and not self.errors


class ManualForm(Form):
    """A proforma in the partner's own words. `key` makes a double click one proforma."""

    lines = FieldList(FormField(LineForm), min_entries=1, max_entries=manual.MOST_LINES)
    note = TextAreaField(
        lazy("Note for the subscriber"),
        [Optional(), Length(max=2000, message=lazy("Use at most 2000 characters."))],
        description=lazy("Stands on the proforma, below the items."),
    )
    key = HiddenField(validators=[InputRequired(), Length(max=64)])

    def accepted(self) -> bool:
        """Also that some row is an item."""
        if not super().accepted():
            return False
        if all(entry.form.blank for entry in self.lines):
            self.form_errors.append(_("Write at least one item."))
            return False
        return True


@bp.route("/proformas/new", methods=["GET", "POST"])
@people.idempotent
def new_proforma() -> ResponseReturnValue:
    """First whom for, then what."""
    number = whole_number(request.args.get("account", ""))
    if number is None:
        return _choose()
    with database().reading() as session:
        account = accounts.account(session, number)
        usual = manual.treatment_of(session, number)
    form = ManualForm() if request.method == "POST" else _blank(usual)
    if "more" in request.form:
        form.lines.append_entry(_row(usual))
        return _page(account, form, usual)
    if form.accepted() and (answer := _written(account, form, usual)):
        return answer
    return _page(account, form, usual)


def _choose() -> str:
    text = wanted("q")
    with database().reading() as session:
        found = accounts.search_accounts(session, text, page_number())
    page_url = pages_of("sales.new_proforma", q=text)
    return render("sales/new_proforma_for.html", title=_("Write a proforma"), found=found, text=text, page_url=page_url)


def _page(account: Account, form: ManualForm, usual: Treatment) -> ResponseReturnValue:
    why = _(REGIMES[usual.regime]) if usual.regime in REGIMES else ""
    return respond("sales/new_proforma.html", form, title=_("Write a proforma"), account=account, tax_note=why)


def _row(usual: Treatment) -> dict[str, Any]:
    """An empty item with the tax that this buyer's purchases usually bear."""
    return {"quantity": 1, "tax_rate": usual.rate_bp}


def _blank(usual: Treatment) -> ManualForm:
    return ManualForm(data={"lines": [_row(usual) for _number in range(ROWS)], "key": secrets.token_urlsafe(18)})


def _written(account: Account, form: ManualForm, usual: Treatment) -> ResponseReturnValue | None:
    lines = [_line(entry.form, usual) for entry in form.lines if not entry.form.blank]
    try:
        with database().writing() as session:
            proforma = manual.write_proforma(
                session, actor(), account.id, lines, form.note.data or "", form.key.data or ""
            )
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    flash(_("Proforma %(number)s is issued and on its way by mail.", number=proforma.number))
    return redirect(url_for("sales.proforma", proforma_id=proforma.id), 303)


def _line(row: LineForm, usual: Treatment) -> manual.FreeLine:
    rate = row.tax_rate.data
    return manual.FreeLine(
        description=row.description.data or "",
        quantity=row.quantity.data or 1,
        unit_amount=int(row.unit_amount.data or 0),
        tax_rate_bp=usual.rate_bp if rate is None else int(rate),
    )
