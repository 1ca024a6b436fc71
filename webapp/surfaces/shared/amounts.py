"""A form field for money, read as people write it: "49,99", "1 234,50", "1.234,50 zł", "1234.5"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import get_group_symbol
from wtforms import StringField

from webapp.foundation import i18n
from webapp.foundation.money import exponent, to_decimal, to_minor

from .current import site

_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[.,][0-9]{3})+")
#: How people call the currencies of the shops: what is typed in one is no amount of another.
_CURRENCIES = {
    **dict.fromkeys(("pln", "zł", "zl"), "PLN"),
    **dict.fromkeys(("eur", "€", "euro"), "EUR"),
    **dict.fromkeys(("czk", "kč", "kc"), "CZK"),
    **dict.fromkeys(("huf", "ft"), "HUF"),
    **dict.fromkeys(("ron", "lei"), "RON"),
    **dict.fromkeys(("usd", "$", "us$"), "USD"),
    **dict.fromkeys(("gbp", "£"), "GBP"),
}
#: More digits than any amount has.
_LONGEST = 24


def read_amount(text: str, currency: str) -> int:
    """Minor units of what somebody typed. Raises ValueError for what is no amount of this currency."""
    letters = re.sub(r"[\s'’\u00a0\u202f]", "", text[: _LONGEST * 2]).replace("−", "-")
    word = re.sub(r"[\d.,-]", "", letters).casefold()
    if word not in ("", currency.casefold()) and _CURRENCIES.get(word) != currency:
        raise ValueError("an amount of another currency, or a slip of the finger: 98,5O")
    letters = re.sub(r"^[^\d.,-]+|[^\d.,]+$", "", letters)
    plain = _one_point(letters, currency)
    if len(plain) > _LONGEST or not _NUMBER.fullmatch(plain):
        raise ValueError("not an amount")
    return to_minor(Decimal(plain.replace(",", ".")), currency)


def _one_point(text: str, currency: str) -> str:
    """The text without the signs that group thousands; a wrong grouping stays, and is no number then."""
    marks = [sign for sign in text if sign in ".,"]
    if len(set(marks)) == 2:  # 1.234,50 and 1,234.50: the last sign is the point
        whole, point, rest = text.rpartition(marks[-1])
        return _ungrouped(whole) + point + rest
    if len(marks) > 1:  # 1.234.567
        return _ungrouped(text)
    grouped = bool(marks) and len(text.rpartition(marks[0])[2]) == 3 and exponent(currency) < 3
    return _ungrouped(text) if grouped and marks[0] == _group_sign() else text


def _ungrouped(text: str) -> str:
    same_sign = len({sign for sign in text if sign in ".,"}) == 1
    return re.sub("[.,]", "", text) if same_sign and _GROUPED.fullmatch(text) else text


def _group_sign() -> str:
    return get_group_symbol(Locale.parse(i18n.current_locale()))


def write_amount(minor: int, currency: str) -> str:
    """4999 -> "49,99" where a comma is usual; without grouping, so that it can be edited."""
    digits = exponent(currency)
    text = f"{to_decimal(minor, currency):.{digits}f}"
    return text if i18n.current_locale() == "en" else text.replace(".", ",")


class AmountField(StringField):
    """`data` is in minor units of the partner's currency, or None when nothing was typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["render_kw"] = {"inputmode": "decimal", "autocomplete": "off", **kwargs.get("render_kw", {})}
        super().__init__(*args, **kwargs)

    def currency(self) -> str:
        """Whose minor units `data` is in."""
        return site().currency

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else write_amount(int(self.data), self.currency())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """As WTForms asks for it: a ValueError becomes the field's error."""
        self.data = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            self.data = read_amount(str(valuelist[0]), self.currency())  # type: ignore[assignment]
        except (ValueError, ArithmeticError):
            example = i18n.format_money(4999, self.currency())
            raise ValueError(i18n.gettext("Write an amount like %(example)s.", example=example)) from None


class RateField(StringField):
    """A percentage as people write it ("23", "8,5 %"); `data` is basis points, or None when nothing was typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["render_kw"] = {"inputmode": "decimal", "autocomplete": "off", **kwargs.get("render_kw", {})}
        super().__init__(*args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else i18n.format_number(Decimal(int(self.data)) / 100)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """As WTForms asks for it: a ValueError becomes the field's error."""
        self.data = None
        text = re.sub(r"[\s%\u00a0]", "", str(valuelist[0])) if valuelist else ""
        if not text:
            return
        if not re.fullmatch(r"[0-9]{1,3}([.,][0-9]{1,2})?", text) or Decimal(text.replace(",", ".")) > 100:
            raise ValueError(i18n.gettext("Write a rate from 0 to 100, like 23."))
        self.data = int(Decimal(text.replace(",", ".")) * 100)  # type: ignore[assignment]
