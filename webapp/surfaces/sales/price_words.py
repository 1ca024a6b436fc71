"""Words and fields that the pages of prices share: tabs, rules as sentences, periods, percentages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from wtforms import StringField

from webapp.foundation.i18n import N_, format_money, format_number, format_percent, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog.exchange import Rate
from webapp.reseller.catalog.models import PriceRule, Product
from webapp.reseller.catalog.price_table import PriceCell
from webapp.reseller.catalog.rules import COMMON
from webapp.surfaces.shared.current import site

from .discount_form import product_word

OPERATION_WORDS = {
    "register": N_("Registration"),
    "renew": N_("Renewal"),
    "transfer": N_("Transfer"),
    "restore": N_("Recovery"),
    "trade": N_("Change of registrant"),
    "option": N_("Option"),
}
KIND_WORDS = {
    "domain": N_("Domains"),
    "hosting": N_("Hosting"),
    "certificate": N_("Certificates"),
    "other": N_("Others"),
}
BANKS = {"ecb": N_("European Central Bank (ECB)"), "nbp": N_("National Bank of Poland (NBP)")}
TABS = {
    "sales.prices": N_("Endings"),
    "sales.price_rules": N_("Mark-up"),
    "sales.price_groups": N_("Price groups"),
    "sales.wholesale_prices": N_("Wholesale prices"),
    "sales.price_import": N_("Import and export"),
    "sales.price_rates": N_("Exchange rates"),
    "sales.premium_names": N_("Premium names"),
}
_PERCENT = re.compile(r"[-−+]?[0-9]{1,5}([.,][0-9]{1,2})?")


class PercentField(StringField):
    """A percentage with or without a sign ("35", "12,5 %", "-10"); `data` is basis points, or None."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["render_kw"] = {"inputmode": "decimal", "autocomplete": "off", **kwargs.get("render_kw", {})}
        super().__init__(*args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_number(Decimal(int(self.data)) / 100)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """As WTForms asks for it: a ValueError becomes the field's error."""
        self.data = None
        text = re.sub(r"[\s%\u00a0]", "", str(valuelist[0])) if valuelist else ""
        if not text:
            return
        if not _PERCENT.fullmatch(text):
            raise ValueError(_("Write a percentage like 35 or 12.5, with a minus to take something off."))
        plain = text.replace("−", "-").replace(",", ".")
        self.data = int(Decimal(plain) * 100)  # type: ignore[assignment]


def tabs_of(current: str) -> list[dict[str, Any]]:
    """The pages of prices, for the macro `tabs`."""
    return [{"label": _(label), "href": url_for(name), "current": name == current} for name, label in TABS.items()]


def operation_word(operation: str) -> str:
    """Registration, renewal ..."""
    return _(OPERATION_WORDS.get(operation, operation))


def period_word(years: int, days: int) -> str:
    """ "1 year", "30 days"."""
    if days:
        return ngettext("%(num)s day", "%(num)s days", days)
    return ngettext("%(num)s year", "%(num)s years", years)


def money(minor: int | None) -> str:
    """An amount of the shop's currency; what has none is said."""
    return _("not for sale") if minor is None else format_money(minor, site().currency)


def rule_formula(rule: PriceRule) -> str:
    """ "wholesale price + 35% + 5.00 zł a year, rounded up to .99"."""
    said = _("common price") if rule.base == COMMON else _("wholesale price")
    if rule.percent_bp:
        said += f" {_sign(rule.percent_bp)} {_share(abs(rule.percent_bp))}"
    if rule.amount:
        amount = format_money(abs(rule.amount), site().currency)
        said += f" {_sign(rule.amount)} {_('%(amount)s a year', amount=amount)}"
    rounding = _(ENDING_WORDS[rule.ending])
    return f"{said}, {rounding}" if rule.ending >= 0 else said


ENDING_WORDS = {
    -1: N_("not rounded"),
    0: N_("rounded up to .00"),
    90: N_("rounded up to .90"),
    99: N_("rounded up to .99"),
}


def _sign(number: int) -> str:
    return "−" if number < 0 else "+"


def _share(basis_points: int) -> str:
    return f"{format_number(Decimal(basis_points) / 100)}\u00a0%"


def share_text(basis_points: int) -> str:
    """2150 -> "22%", for a margin."""
    return format_percent(Decimal(round(basis_points / 100)) / 100)


def rates_used(cells: Iterable[PriceCell]) -> list[tuple[str, str, str, date]]:
    """(bank, rate, number of the table, day) of every rate that made a cost."""
    found: dict[tuple[str, str], Rate] = {}
    for cell in cells:
        if cell.rate is not None:
            found.setdefault((cell.rate.source, str(cell.rate.rate)), cell.rate)
    return [(_(BANKS[rate.source]), _rate_text(rate.rate), rate.number, rate.day) for rate in found.values()]


def _rate_text(rate: Decimal) -> str:
    return format_number(rate.quantize(Decimal("0.0001")))


def words(**more: Any) -> dict[str, Any]:
    """What the templates of prices speak with."""
    return {
        "operation_word": operation_word,
        "period_word": period_word,
        "share_text": share_text,
        "unicode_tld": to_unicode,
        "rule_formula": rule_formula,
        "banks": {name: _(label) for name, label in BANKS.items()},
        **more,
    }


def ending_word(product: Product) -> str:
    """An ending with its dot, anything else by its name."""
    return product_word(product)
