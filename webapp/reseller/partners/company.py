"""The facts of a partner that somebody may type in, each with its check: the explicit list of writable fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import list_currencies

from webapp.foundation import i18n, theming
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

from . import validate

#: The order matters: an earlier field may decide how a later one is read (country before postcode).
FIELDS = (
    *("name", "legal_name", "country", "tax_id", "street", "postcode", "city", "email", "phone"),
    *("bank_name", "iban", "bic", "tax_mode", "tax_rate_bp", "payment_days", "nameservers"),
    *("timezone", "locales", "default_locale"),
)


def checked(fields: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Normal values of the given fields; `known` holds what the partner has already.

    Raises Refusal for the first wrong field, and for one that is not in FIELDS.
    """
    stray = sorted(set(fields) - set(FIELDS))
    if stray:
        raise Refusal("unknown_field", N_("“%(name)s” cannot be changed here."), name=stray[0])
    merged = {**known, **fields}
    values: dict[str, Any] = {}
    for name in (name for name in FIELDS if name in fields):
        if name in _CHECKS:
            values[name] = _CHECKS[name](fields[name])
        else:
            values[name] = _DEPENDENT[name](fields[name], {**merged, **values})
    return values


def _line(field: str, required: bool) -> Callable[[Any], str]:
    return lambda value: validate.line(str(value), field, required=required)


def _postcode(value: Any, known: Mapping[str, Any]) -> str:
    return validate.postcode(str(value), known["country"]) if str(value).strip() else ""


def _whole(field: str, low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        text = str(value).strip()
        if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high:
            message = N_("Write a whole number from %(low)d to %(high)d.")
            raise Refusal("number", message, field=field, low=low, high=high)
        return int(text)

    return check


def _tax_mode(value: Any) -> str:
    if value not in ("gross", "net"):
        raise Refusal("tax_mode", N_("Choose whether prices include tax."), field="tax_mode")
    return str(value)


def _timezone(value: Any) -> str:
    if value not in available_timezones():
        raise Refusal("timezone", N_("Choose a time zone from the list."), field="timezone")
    return ZoneInfo(value).key


def _locales(value: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(value))
    if not chosen or set(chosen) - set(i18n.SUPPORTED):
        raise Refusal("locales", N_("Choose at least one of the languages that we speak."), field="locales")
    return chosen


def _default_locale(value: Any, known: Mapping[str, Any]) -> str:
    if value not in known["locales"]:
        message = N_("The first language must be one of the shop's languages.")
        raise Refusal("default_locale", message, field="default_locale")
    return str(value)


def _nameservers(value: Iterable[str]) -> list[str]:
    names = [validate.line(str(name), "nameservers", longest=253).lower().rstrip(".") for name in value]
    if any("." not in name or not all(_is_label(label) for label in name.split(".")) for name in names):
        message = N_("A name server looks like ns1.example.com.")
        raise Refusal("nameservers", message, field="nameservers")
    return list(dict.fromkeys(names))


def _is_label(label: str) -> bool:
    plain = label.replace("-", "")
    return 0 < len(label) < 64 and plain.isascii() and plain.isalnum() and label[0] != "-" and label[-1] != "-"


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _line("name", True),
    "legal_name": _line("legal_name", True),
    "country": lambda value: validate.country(str(value)),
    "street": _line("street", False),
    "city": _line("city", False),
    "email": lambda value: validate.email(str(value)),
    "bank_name": _line("bank_name", False),
    "iban": lambda value: validate.iban(str(value)),
    "bic": lambda value: validate.bic(str(value)),
    "tax_mode": _tax_mode,
    "tax_rate_bp": _whole("tax_rate_bp", 0, 10_000),
    "payment_days": _whole("payment_days", 0, 120),
    "nameservers": _nameservers,
    "timezone": _timezone,
    "locales": _locales,
}

#: Fields that are read in the light of others.
_DEPENDENT: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "tax_id": lambda value, known: validate.tax_id(str(value), known["country"]),
    "postcode": _postcode,
    "phone": lambda value, known: validate.phone(str(value), known["country"], required=False),
    "default_locale": _default_locale,
}


def theme(name: str) -> str:
    """The name of a theme that exists."""
    try:
        return theming.theme(name).name
    except theming.UnknownTheme:
        raise Refusal("theme", N_("Choose a theme from the list."), field="theme") from None


def currency(code: str) -> str:
    """A currency code (ISO 4217) that we can format."""
    if code not in list_currencies():
        raise Refusal("currency", N_("Choose a currency from the list."), field="currency")
    return code
