"""What the forms of promotions and of discount codes have in common: how much, when, for what, for whom, how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput

from webapp.foundation.i18n import N_, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import conditions as rules
from webapp.reseller.catalog import plans
from webapp.reseller.catalog.conditions import Conditions
from webapp.reseller.catalog.facts import OPERATIONS
from webapp.reseller.catalog.models import Product
from webapp.reseller.catalog.promotions import LARGEST_LIMIT
from webapp.surfaces.shared.amounts import AmountField, RateField
from webapp.surfaces.shared.current import site
from webapp.surfaces.shared.forms import Form, MayBeEmpty, lazy

REQUIRED = InputRequired(lazy("Please fill in this field."))
OPERATION_WORDS = {
    "register": N_("Registration"),
    "renew": N_("Renewal"),
    "transfer": N_("Transfer"),
    "restore": N_("Recovery"),
}
_LIMIT = [Optional(), NumberRange(1, LARGEST_LIMIT, lazy("Write a number from 1 to 1,000,000, or nothing."))]
_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class ChoicesField(SelectMultipleField):
    """Any number of choices as boxes to tick."""

    option_widget = CheckboxInput()


class DiscountForm(Form):
    """Fields of both; which of `percent` and `amount` counts depends on `kind`."""

    kind = RadioField(lazy("It takes off"), default="percent")
    percent = RateField(lazy("Per cent"), [MayBeEmpty()])
    amount = AmountField(lazy("Amount"), [MayBeEmpty()])
    valid_from = DateField(lazy("First day"), [REQUIRED])
    valid_to = DateField(lazy("Last day"), [Optional()], description=lazy("It still holds on this day."))
    kinds = ChoicesField(lazy("Services"), [Optional()])
    products = ChoicesField(lazy("Products"), [Optional()], coerce=int)
    operations = ChoicesField(lazy("Operations"), [Optional()])
    years = ChoicesField(lazy("Periods"), [Optional()], coerce=int)
    groups = ChoicesField(lazy("Price groups"), [Optional()], coerce=int)
    first_year = BooleanField(
        lazy("Only the first year of a registration"), description=lazy("However long the registration is.")
    )
    new_only = BooleanField(
        lazy("Only the first order of new subscribers"), description=lazy("They see it in the basket once signed in.")
    )
    minimum = AmountField(lazy("Least worth of the order"), [Optional()])
    limit_total = IntegerField(lazy("Uses in total"), _LIMIT, render_kw=_DIGITS)
    limit_account = IntegerField(lazy("Uses per subscriber"), _LIMIT, render_kw=_DIGITS)


def fill_choices(
    form: DiscountForm, products: Sequence[Product], groups: Mapping[int, str], kinds: Iterable[str]
) -> None:
    """Put what this shop has into the choices."""
    kind_words = {"percent": _("per cent"), "amount": _("an amount"), "price": _("down to a fixed price")}
    form.kind.choices = [(kind, kind_words[kind]) for kind in kinds]
    services = {"domain": _("Domains"), "hosting": _("Hosting"), "certificate": _("Certificates"), "other": _("Others")}
    sold = {product.kind for product in products}
    form.kinds.choices = [(kind, word) for kind, word in services.items() if kind in sold or kind == "domain"]
    form.products.choices = [(product.id, product_word(product)) for product in products]
    form.operations.choices = [(name, _(OPERATION_WORDS[name])) for name in OPERATIONS]
    form.years.choices = [(years, ngettext("%(num)s year", "%(num)s years", years)) for years in range(1, 11)]
    form.groups.choices = list(groups.items())


def product_word(product: Product) -> str:
    """An ending with its dot, anything else by its name."""
    return f".{to_unicode(product.code)}" if product.kind == "domain" else plans.name_in(product, site().locale)


def value_of(form: DiscountForm) -> int:
    """Basis points, or minor units; -1 where nothing was typed, which is refused in words."""
    typed = form.percent.data if form.kind.data == "percent" else form.amount.data
    return -1 if typed is None else int(typed)


def conditions_of(form: DiscountForm, **more: bool) -> Conditions:
    """What was chosen."""
    values: dict[str, Any] = {
        name: frozenset(form[name].data or ()) for name in ("kinds", "products", "operations", "years", "groups")
    }
    values |= {"first_year": bool(form.first_year.data), "new_only": bool(form.new_only.data), **more}
    return Conditions(**values, minimum=max(int(form.minimum.data or 0), 0))


def shown(one: Any) -> dict[str, Any]:
    """A stored promotion or code as the form shows it."""
    conditions = rules.read(one.conditions)
    lists = {name: sorted(getattr(conditions, name)) for name in ("kinds", "products", "operations", "years", "groups")}
    flags = {"first_year": conditions.first_year, "new_only": conditions.new_only}
    values = {name: getattr(one, name) for name in ("kind", "valid_from", "valid_to", "limit_total", "limit_account")}
    values |= {"percent" if one.kind == "percent" else "amount": one.value, "minimum": conditions.minimum or None}
    return lists | flags | values


def summary(conditions: Conditions, names: Mapping[int, str], groups: Mapping[int, str]) -> list[str]:
    """The conditions in a few words, for a list."""
    said = [names[product] for product in sorted(conditions.products) if product in names][:4]
    if len(conditions.products) > 4:
        said.append(_("and %(count)s more", count=len(conditions.products) - 4))
    said += [_(OPERATION_WORDS[name]) for name in OPERATIONS if name in conditions.operations]
    said += [ngettext("%(num)s year", "%(num)s years", years) for years in sorted(conditions.years)]
    said += [groups[group] for group in sorted(conditions.groups) if group in groups]
    said += [_("first year")] if conditions.first_year else []
    said += [_("new subscribers")] if conditions.new_only else []
    return said
