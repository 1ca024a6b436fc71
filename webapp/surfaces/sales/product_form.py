"""The form of a product without an ending: words per language, prices per period."""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.foundation.i18n import N_, gettext
from webapp.reseller.catalog import plans
from webapp.reseller.catalog.models import Product
from webapp.reseller.catalog.plans import PlanOffer, ProductDraft
from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.current import site
from webapp.surfaces.shared.forms import Form, lazy

KINDS = {"hosting": N_("Hosting plan"), "certificate": N_("Certificate"), "other": N_("Other product")}


class Plain(PlainForm):
    """Part of a form whose request is checked as a whole."""

    class Meta:
        """See the WTForms manual."""

        csrf = False


class WordsForm(Plain):
    """The product in one language. A line of `features` is "what: how much" or just "what"."""

    locale = HiddenField()
    name = StringField(lazy("Name"), [Length(max=plans.LONGEST_NAME, message=lazy("Use at most 80 characters."))])
    summary = StringField(
        lazy("One sentence"), [Length(max=plans.LONGEST_SUMMARY, message=lazy("Use at most 300 characters."))]
    )
    features = TextAreaField(
        lazy("What is in it"),
        [Length(max=3000, message=lazy("Use at most 3000 characters."))],
        description=lazy("One thing in each line, for example: Space: 10 GB"),
        render_kw={"rows": "5"},
    )


class PeriodForm(Plain):
    """What the product costs for so many years; empty: not for so long."""

    years = HiddenField()
    register = AmountField(lazy("New"))
    renew = AmountField(lazy("Renewal"))


class ProductForm(Form):
    """Everything about a product. `kind` and `code` are asked for once."""

    kind = SelectField(lazy("What it is"), validate_choice=False)  # the operation says which there are
    code = StringField(
        lazy("Code"),
        [Length(max=40, message=lazy("Use at most 40 characters."))],
        description=lazy(
            "Stands in the address of its page: small letters, digits and hyphens. It cannot be changed later."
        ),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    words = FieldList(FormField(WordsForm), max_entries=12)
    prices = FieldList(FormField(PeriodForm), max_entries=plans.LONGEST)
    cost = AmountField(
        lazy("What a year costs you"), description=lazy("Without tax. Only you see it; margins are counted with it.")
    )
    due_days = IntegerField(
        lazy("Working days until it is ready"),
        [
            InputRequired(lazy("Write a whole number.")),
            NumberRange(0, plans.LONGEST_DUE, lazy("Write a number from 0 to 60.")),
        ],
        description=lazy("The due date on your task list, and what the shop promises."),
        render_kw={"inputmode": "numeric"},
    )
    position = IntegerField(
        lazy("Place in the list"),
        [Optional(), NumberRange(0, 10_000, lazy("Write a number from 0 to 10000."))],
        render_kw={"inputmode": "numeric"},
    )
    on_sale = BooleanField(lazy("Sell it"))

    def offer_kinds(self) -> None:
        """Fill the list of kinds."""
        self.kind.choices = [(name, gettext(label)) for name, label in KINDS.items()]

    def draft(self, product: Product | None = None) -> ProductDraft:
        """What was typed."""
        rows: list[Any] = [entry.form for entry in self.words]
        cost: Any = self.cost.data  # minor units, whatever WTForms' stubs say of a StringField
        return ProductDraft(
            kind=product.kind if product else self.kind.data or "",
            code=product.code if product else self.code.data or "",
            names={row.locale.data: row.name.data or "" for row in rows},
            summaries={row.locale.data: row.summary.data or "" for row in rows},
            features={row.locale.data: read_features(row.features.data or "") for row in rows},
            cost=cost,
            due_days=self.due_days.data or 0,
            on_sale=bool(self.on_sale.data),
            position=self.position.data or 0,
        )

    def typed_prices(self) -> dict[tuple[str, int], int | None]:
        """(operation, years) -> amount or None, for the rows that the page showed."""
        rows: list[Any] = [entry.form for entry in self.prices if (entry.form.years.data or "").isdecimal()]
        wanted = {("register", int(row.years.data)): row.register.data for row in rows}
        wanted |= {("renew", int(row.years.data)): row.renew.data for row in rows}
        return {key: amount for key, amount in wanted.items() if 1 <= key[1] <= plans.LONGEST}


def read_features(text: str) -> list[dict[str, str]]:
    """Lines as {"label", "value"}; the first colon parts them."""
    made = (line.partition(":") for line in text.splitlines() if line.strip())
    return [{"label": label.strip(), "value": value.strip()} for label, _colon, value in made]


def values_of(offer: PlanOffer | None) -> dict[str, Any]:
    """What the form shows first: the languages of the shop, and every period."""
    shop, product = site(), offer.product if offer else None
    languages = (shop.locale, *(locale for locale in shop.locales if locale != shop.locale))
    register, renew = (offer.register, offer.renew) if offer else ({}, {})
    periods = range(1, plans.LONGEST + 1)
    values: dict[str, Any] = {
        "words": [_words(product, locale) for locale in languages],
        "prices": [{"years": n, "register": register.get(n), "renew": renew.get(n)} for n in periods],
    }
    if product is None:
        return values | {"due_days": 2, "on_sale": True, "position": 0}
    return values | {name: getattr(product, name) for name in ("cost", "due_days", "position", "on_sale")}


def _words(product: Product | None, locale: str) -> dict[str, str]:
    if product is None:
        return {"locale": locale}
    return {
        "locale": locale,
        "name": product.names.get(locale, ""),
        "summary": product.summaries.get(locale, ""),
        "features": "\n".join(plans.features_in(product, locale)) if product.features.get(locale) else "",
    }
