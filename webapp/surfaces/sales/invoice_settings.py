"""Settings of invoices and VAT: the pattern of numbers with an example, issuing by itself, who bears which tax."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing import invoice_settings, numbers, tax
from webapp.reseller.billing.invoice_settings import InvoiceSettings
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import done
from webapp.surfaces.shared.forms import Form, lazy, respond

from .blueprint import bp
from .settings import settings_tabs

_PATTERN = [
    InputRequired(lazy("Please fill in this field.")),
    Length(max=60, message=lazy("Use at most 60 characters.")),
]


class InvoiceSettingsForm(Form):
    """The partner's rules for invoices."""

    pattern = StringField(
        lazy("Numbers of invoices"), _PATTERN, render_kw={"autocomplete": "off", "spellcheck": "false"}
    )
    corrections = StringField(
        lazy("Numbers of correcting invoices"), _PATTERN, render_kw={"autocomplete": "off", "spellcheck": "false"}
    )
    automatic = BooleanField(
        lazy("Issue and send an invoice by itself when a proforma is paid"),
    )
    payer_of_vat = BooleanField(lazy("The company pays VAT"))
    oss = BooleanField(
        lazy("The company is in the one-stop shop (OSS)"),
        description=lazy("Consumers in other EU countries then pay the rate of their own country."),
    )
    split_payment = BooleanField(
        lazy("Name the split payment mechanism"),
        description=lazy("Poland: on invoices to businesses above 15,000 PLN, for services of annex 15."),
    )


@bp.route("/settings/invoices", methods=["GET", "POST"])
@people.role("owner")
def invoice_rules() -> ResponseReturnValue:
    """The rules, with the next numbers as they would be."""
    with database().reading() as session:
        partner = partners.partner(session)
        rules = invoice_settings.settings_of(partner)
        following = _next(session, partner, rules)
    form = InvoiceSettingsForm(obj=rules)
    if form.accepted() and _saved(form):
        flash(_("Saved. It holds for the next document on."))
        return redirect(url_for("sales.invoice_rules"), 303)
    today = clock.today(partner.timezone)
    facts: dict[str, Any] = {"following": following, "today": today, "partner": partner}
    facts["usual_rate"] = tax.standard_rate(partner.country, today)
    title = _("Settings")
    return respond("sales/invoice_settings.html", form, title=title, tab_list=settings_tabs(), **facts)


def _next(session: Session, partner: Partner, rules: InvoiceSettings) -> dict[str, str]:
    """The next number of each series."""
    year = clock.today(partner.timezone).year
    patterns = {"invoice": rules.pattern, "correction": rules.corrections}
    return {
        series: invoice_settings.number_of(pattern, year, numbers.last_number(session, partner.code, series, year) + 1)
        for series, pattern in patterns.items()
    }


def _saved(form: InvoiceSettingsForm) -> bool:
    return done(form, lambda session: invoice_settings.change_settings(session, actor(), dict(form.data)))
