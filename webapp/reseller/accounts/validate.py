"""Names and addresses of subscribers: whole forms here; single fields are checked by partners.validate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners.validate import countries, country, email, line, phone, postcode, tax_id

__all__ = ["contact", "contact_errors", "countries", "country", "email", "line", "phone", "postcode", "tax_id"]

#: What a form may send for a contact, in the order of checking: country decides how others are read.
CONTACT_FIELDS = (
    *("kind", "name", "organisation", "country", "tax_id", "street", "postcode", "city", "email", "phone"),
)

_Known = Mapping[str, str]


def contact(fields: Mapping[str, str]) -> dict[str, str]:
    """Normal values of all CONTACT_FIELDS (missing ones count as empty). Raises Refusal for the first wrong one."""
    values, errors = contact_errors(fields)
    if errors:
        raise next(iter(errors.values()))
    return values


def contact_errors(fields: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Refusal]]:
    """(normal values, field -> refusal), for a form that shows every problem at once. Other keys are ignored."""
    values: dict[str, str] = {}
    errors: dict[str, Refusal] = {}
    for name in CONTACT_FIELDS:
        try:
            values[name] = _CHECKS[name](str(fields.get(name) or ""), values)
        except Refusal as refusal:
            errors[name] = refusal
    return values, errors


def _kind(value: str, _: _Known) -> str:
    if value not in ("person", "company"):
        raise Refusal("kind", N_("Choose whether you are a person or a company."), field="kind")
    return value


def _organisation(value: str, known: _Known) -> str:
    return line(value, "organisation") if known.get("kind") == "company" else ""


def _tax_id(value: str, known: _Known) -> str:
    if known.get("kind") != "company" or "country" not in known:
        return ""
    return tax_id(value, known["country"])


def _postcode(value: str, known: _Known) -> str:
    # Without a country nobody can tell whether the code is right; the country's own refusal is enough.
    return postcode(value, known["country"]) if "country" in known else ""


_CHECKS: dict[str, Callable[[str, _Known], str]] = {
    "kind": _kind,
    "name": lambda value, _: line(value, "name"),
    "organisation": _organisation,
    "country": lambda value, _: country(value),
    "tax_id": _tax_id,
    "street": lambda value, _: line(value, "street"),
    "postcode": _postcode,
    "city": lambda value, _: line(value, "city"),
    "email": lambda value, _: email(value),
    "phone": lambda value, known: phone(value, known.get("country", "")),
}
