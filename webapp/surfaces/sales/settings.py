"""Settings: company and bank, sender, languages; who one is oneself. Brand and staff have files of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.foundation import i18n, urls
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.cms import queries as cms
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners import staff, validate
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import RateField
from webapp.surfaces.shared.current import actor, database, signed_in
from webapp.surfaces.shared.deeds import done
from webapp.surfaces.shared.forms import Form, lazy, respond

from . import rights
from .blueprint import bp

TABS = (
    (N_("Company and bank"), "sales.settings"),
    (N_("Sending mail"), "sales.mail_server"),
    (N_("Proformas"), "sales.proforma_rules"),
    (N_("Renewals"), "sales.renewal_rules"),
    (N_("Invoices and VAT"), "sales.invoice_rules"),
    (N_("Brand"), "sales.brand"),
    (N_("Offered services"), "sales.offered_services"),
    (N_("Online payments"), "sales.gateways_page"),
    (N_("API settings"), "sales.bridge"),
    (N_("Banner"), "sales.banner"),
    (N_("Languages"), "sales.languages"),
    (N_("Staff"), "sales.staff_list"),
    (N_("Your sign-in"), "sales.me"),
)
_REQUIRED = InputRequired(lazy("Please fill in this field."))


def settings_tabs(here: str = "") -> list[dict[str, Any]]:
    """The pages of the settings that this person may see; `here` is the one to which a page below it belongs."""
    return [
        {"label": _(label), "href": url_for(endpoint), "current": endpoint == (here or request.endpoint), "count": 0}
        for label, endpoint in TABS
        if endpoint != "sales.settings" or rights.may("settings")
        if rights.may_open(endpoint)
    ]


class CompanyForm(Form):
    """The facts of the partner; each is checked by the partners room."""

    name = StringField(lazy("Name of the shop"), [_REQUIRED])
    legal_name = StringField(
        lazy("Company as registered"), [_REQUIRED], render_kw={"autocomplete": "organization"},
        description=lazy("Issuer of your proformas."),
    )  # fmt: skip
    country = SelectField(lazy("Country"), render_kw={"autocomplete": "country"})
    tax_id = StringField(lazy("Tax number"), [Optional()], description=lazy("Spaces and dashes are fine."))
    street = StringField(lazy("Street and number"), [Optional()], render_kw={"autocomplete": "street-address"})
    postcode = StringField(lazy("Postal code"), [Optional()], render_kw={"autocomplete": "postal-code"})
    city = StringField(lazy("Town"), [Optional()], render_kw={"autocomplete": "address-level2"})
    phone = StringField(
        lazy("Telephone"), [Optional()], render_kw={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}
    )
    email = EmailField(
        lazy("E-mail, also the sender of all mails"), [_REQUIRED],
        render_kw={"autocomplete": "email", "inputmode": "email"},
        description=lazy("Subscribers see it as the sender, and their answers come here."),
    )  # fmt: skip
    bank_name = StringField(lazy("Bank"), [Optional()])
    iban = StringField(
        lazy("Account number (IBAN)"), [Optional()], render_kw={"autocomplete": "off", "spellcheck": "false"},
        description=lazy("Stands on proformas and in their QR code. Spaces are fine."),
    )  # fmt: skip
    bic = StringField(lazy("BIC"), [Optional()], render_kw={"autocomplete": "off", "spellcheck": "false"})
    tax_mode = RadioField(lazy("Your prices"))
    tax_rate_bp = RateField(lazy("Usual tax rate in %"), [_REQUIRED])
    payment_days = IntegerField(
        lazy("Days to pay a proforma"), [_REQUIRED, NumberRange(0, 120, lazy("Write a number from 0 to 120."))],
        render_kw={"inputmode": "numeric"},
    )  # fmt: skip
    timezone = SelectField(lazy("Time zone"), description=lazy("Decides which day it is on your documents."))
    nameservers = TextAreaField(
        lazy("Name servers of new domains"), [Optional(), Length(max=2000)],
        description=lazy("One a line, for example ns1.example.com. Empty: none."), render_kw={"rows": 3},
    )  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.country.choices = list(validate.countries(i18n.current_locale()))
        self.timezone.choices = [(name, name) for name in sorted(available_timezones())]
        self.tax_mode.choices = [("gross", _("include tax")), ("net", _("are without tax"))]


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> ResponseReturnValue:
    """Company, bank account, sender. Staff who are no owners see their own sign-in only."""
    if not rights.may("settings"):
        return redirect(url_for("sales.me"), 303)
    with database().reading() as session:
        partner = partner_queries.partner(session)
    form = CompanyForm(data=_shown(partner))
    if form.accepted() and _saved(form, _typed(form)):
        flash(_("Saved. Documents and mails from now on carry the new data."))
        return redirect(url_for("sales.settings"), 303)
    return respond("sales/settings.html", form, title=_("Settings"), tab_list=settings_tabs())


def _shown(partner: Any) -> dict[str, Any]:
    plain = {name: getattr(partner, name) for name in CompanyForm()._fields if hasattr(partner, name)}
    return plain | {"nameservers": "\n".join(partner.nameservers), "phone": partner.phone.replace(".", " ")}


def _typed(form: CompanyForm) -> dict[str, Any]:
    names = {name: field.data for name, field in form._fields.items() if field.data is not None}
    lines = [line.strip() for line in (form.nameservers.data or "").splitlines()]
    return names | {"nameservers": [line for line in lines if line]}


def _saved(form: Form, fields: Mapping[str, Any]) -> bool:
    return done(form, lambda session: partners.update_company(session, actor(), fields))


class LanguagesForm(Form):
    """Which languages the shop speaks, and which comes first."""

    locales = SelectMultipleField(
        lazy("Languages of your shop"), [InputRequired(lazy("Choose at least one language."))],
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False),
    )  # fmt: skip
    default_locale = RadioField(
        lazy("First language"), description=lazy("For visitors whose language you do not speak.")
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.locales.choices = list(i18n.LANGUAGE_NAMES.items())
        self.default_locale.choices = list(i18n.LANGUAGE_NAMES.items())


@bp.route("/settings/languages", methods=["GET", "POST"])
@people.role("owner")
def languages() -> ResponseReturnValue:
    """The shop's languages; one without a home page is pointed out."""
    with database().reading() as session:
        partner = partner_queries.partner(session)
        with_home = {page.locale for page in cms.public_pages(session, cms.HOME)}
    form = LanguagesForm(data={"locales": partner.locales, "default_locale": partner.default_locale})
    if form.accepted() and _saved(form, {"locales": form.locales.data, "default_locale": form.default_locale.data}):
        flash(_("Saved. Your shop speaks these languages now."))
        return redirect(url_for("sales.languages"), 303)
    bare = [i18n.LANGUAGE_NAMES[code] for code in partner.locales if code not in with_home]
    return respond("sales/languages.html", form, title=_("Settings"), tab_list=settings_tabs(), bare=bare)


@bp.post("/language")
def language() -> ResponseReturnValue:
    """The language in which I see the panel; back to where I was."""
    with database().writing() as session:
        staff.set_language(session, actor(), signed_in().id, request.form.get("locale", ""))
    return redirect(urls.safe_next(request.form.get("next"), url_for("sales.start")), 303)
