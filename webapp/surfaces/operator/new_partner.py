"""A new partner from a starter: one form, and a shop that is open when it is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import EmailField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.foundation import clock, tenancy, theming
from webapp.foundation.i18n import LANGUAGE_NAMES, current_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.palette import Roles, roles
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens
from webapp.reseller.catalog import wholesale
from webapp.reseller.desk.operations import Answers, create_bare, create_from_template
from webapp.reseller.desk.starter import Starter, starters
from webapp.reseller.partners import operations, passwords, queries, validate
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import NewPartner, NewStaff
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import RateField
from webapp.surfaces.shared.current import actor, database, settings
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.starter_words import starter_words

from .blueprint import bp
from .partners import FreshPassword, addresses

#: Among the starters: no pages yet, the partner begins by itself with the guided start.
LATER = "later"
_REQUIRED = InputRequired(lazy("Please fill in this field."))
_HEX = Regexp(r"^#[0-9a-fA-F]{6}$", message=lazy("Write a colour like #1f5eff, or leave it empty."))
#: A form that is sent twice within this time meant one shop.
SAME_FORM = timedelta(minutes=10)


class NewPartnerForm(Form):
    """Everything that a shop needs to open. The rest is in the partner's own settings."""

    starter = RadioField(lazy("Template"), [_REQUIRED])
    name = StringField(
        lazy("Name of the shop"), [_REQUIRED, Length(max=200)], description=lazy("As its customers will read it.")
    )
    theme = RadioField(lazy("Theme"), [Optional()])
    brand = StringField(
        lazy("Brand colour"), [Optional(), _HEX], render_kw={"placeholder": "#0f766e", "spellcheck": "false"},
        description=lazy("Empty: the template's own colours."),
    )  # fmt: skip
    locales = SelectMultipleField(
        lazy("Languages of the shop"), [_REQUIRED], option_widget=CheckboxInput(), widget=ListWidget()
    )
    default_locale = SelectField(lazy("First language"))
    currency = SelectField(lazy("Currency"), description=lazy("One with wholesale prices; it stays for good."))
    legal_name = StringField(lazy("Company as registered"), [_REQUIRED, Length(max=200)])
    country = SelectField(lazy("Country"))
    tax_id = StringField(lazy("Tax number"), [Optional(), Length(max=40)], description=lazy("Can follow later."))
    email = EmailField(
        lazy("E-mail address of the shop"), [_REQUIRED, Length(max=254)],
        description=lazy("Sender of everything that its customers get."),
    )  # fmt: skip
    tax_rate_bp = RateField(lazy("Tax rate in percent"), [InputRequired(lazy("Write a rate, like 23."))])
    timezone = SelectField(lazy("Time zone"))
    owner_name = StringField(lazy("Name"), [_REQUIRED, Length(max=200)], render_kw={"autocomplete": "off"})
    owner_email = EmailField(
        lazy("E-mail address"), [_REQUIRED, Length(max=254)], render_kw={"autocomplete": "off"},
        description=lazy("To sign in to the Sales Panel. The password is made for you and shown once."),
    )  # fmt: skip

    def __init__(self, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.starter.choices = [(key, starter_words(one)[0]) for key, one in starters().items()]
        self.starter.choices.append((LATER, _("The partner chooses")))
        self.theme.choices = [("", _("As the template")), *((one.name, one.label) for one in theming.themes().values())]
        self.locales.choices = self.default_locale.choices = list(LANGUAGE_NAMES.items())
        self.currency.choices = [(code, code) for code in currencies]
        self.country.choices = list(validate.countries(current_locale()))
        zones = sorted(zone for zone in available_timezones() if zone.startswith(("Europe/", "Atlantic/")))
        self.timezone.choices = [(zone, zone.replace("_", " ")) for zone in zones]


_FIRST = {
    "starter": "domain_shop",
    "theme": "",
    "locales": ["pl", "en"],
    "default_locale": "pl",
    "currency": "PLN",
    "country": "PL",
    "tax_rate_bp": 2300,
    "timezone": "Europe/Warsaw",
}


@bp.route("/partners/new", methods=["GET", "POST"])
@people.idempotent
def new_partner() -> ResponseReturnValue:
    """The form, and what it sends. The owner's e-mail serves one person only, so that sent twice is one shop."""
    with database().reading() as session:
        currencies = wholesale.currencies(session)
    form = NewPartnerForm(currencies, data=_FIRST)
    if form.accepted():
        try:
            return _finished(*_open(form))
        except Refusal as refusal:
            if (before := _just_opened(form, refusal)) is not None:
                return redirect(url_for("operator.opened", partner_id=before), 303)
            form.refuse(refusal)
    return respond(
        "operator/new_partner.html",
        form,
        title=_("New partner"),
        starter_cards=[_starter_card(one) for one in starters().values()],
        theme_cards=[_theme_card(one) for one in theming.themes().values()],
    )


def _starter_card(one: Starter) -> dict[str, Any]:
    label, idea = starter_words(one)
    colours = _colours(theming.theme(one.theme), one.brand)
    return {"value": one.key, "label": label, "idea": idea, "theme": one.theme, "colours": colours}


def _theme_card(one: theming.Theme) -> dict[str, Any]:
    return {"value": one.name, "label": one.label, "theme": one.name, "colours": _colours(one, {})}


def _colours(theme: theming.Theme, brand: dict[str, Any]) -> Roles:
    tokens = BrandTokens(**brand)
    return roles(tokens.brand, tokens.accent or tokens.brand, "base", False, theme.recipe)


def _open(form: NewPartnerForm) -> tuple[int, FreshPassword]:
    """Make shop and owner in one transaction: the partner's id, how its owner signs in.

    Raises Refusal, and then nothing was made.
    """
    password = passwords.generated()
    hashed = passwords.hash_password(password)
    with database().writing() as session:
        later = form.starter.data == LATER
        answers = _answers(form)
        partner = (
            create_bare(session, actor(), answers)
            if later
            else create_from_template(session, actor(), form.starter.data, answers)
        )
        _add_owner(session, partner, form, hashed)
    return partner.id, FreshPassword((form.owner_email.data or "").strip(), password)


def _answers(form: NewPartnerForm) -> Answers:
    facts = ("name", "legal_name", "country", "currency", "email", "timezone", "default_locale", "tax_id")
    typed: dict[str, Any] = {name: form[name].data or "" for name in facts} | {"tax_rate_bp": form.tax_rate_bp.data}
    languages = _first_first(form.locales.data or [], form.default_locale.data)
    new = NewPartner(platform_host=settings().platform_host, locales=languages, **typed)
    brand = BrandTokens(brand=form.brand.data) if form.brand.data else None
    return Answers(partner=new, theme=form.theme.data or None, brand=brand)


def _first_first(chosen: list[str], first: str) -> tuple[str, ...]:
    """The languages with the first one in front, whether or not it was ticked: nobody means a shop without it."""
    return tuple(dict.fromkeys([first, *chosen]))


def _add_owner(session: Session, partner: Partner, form: NewPartnerForm, hashed: str) -> None:
    owner = NewStaff(
        email=form.owner_email.data or "",
        name=form.owner_name.data or "",
        password_hash=hashed,
        locale=partner.default_locale,
    )
    try:
        operations.add_staff(session, actor(), owner, partner_id=partner.id)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field=f"owner_{refusal.field}", **refusal.params) from None


def _just_opened(form: NewPartnerForm, refusal: Refusal) -> int | None:
    """The partner that the same form made a moment ago: a double click must not look like an error."""
    if refusal.code != "email_taken":
        return None
    with database().reading(tenancy.Platform("operator")) as session:
        found = queries.staff_by_email(session, validate.email_key(form.owner_email.data or ""))
        partner = queries.partner(session, found[0].partner_id) if found else None
    if partner is None or partner.name != form.name.data or partner.created_at < clock.now() - SAME_FORM:
        return None
    return partner.id


@bp.get("/partners/<int:partner_id>/opened")
def opened(partner_id: int) -> str:
    """The finished shop, looked at later or after a double click: without the first password."""
    return _finished(partner_id)


def _finished(partner_id: int, fresh: FreshPassword | None = None) -> str:
    """Where the shop is, who signs in, and the first password in the answer that made it."""
    with database().reading(tenancy.Tenant(partner_id)) as session:
        partner = queries.partner(session)
        hosts = queries.hosts(session)
        owners = queries.staff_list(session)
    return render(
        "operator/opened.html",
        title=_("%(name)s is open", name=partner.name),
        partner=partner,
        owners=owners,
        fresh=fresh,
        **addresses(hosts[0].name),
    )
