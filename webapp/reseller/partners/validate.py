"""Single fields as people type them: each function returns the normal form or raises a Refusal that names the field.

Used by every room that takes names and addresses. Empty input is fine where `required` is False: it gives "".
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from babel import Locale
from email_validator import EmailNotValidError, validate_email
from stdnum import bic as stdnum_bic
from stdnum import get_cc_module
from stdnum import iban as stdnum_iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

from . import formats

LONGEST_LINE = 200
#: RFC 5321 4.5.3.1.3 (256 octets with the angle brackets).
LONGEST_EMAIL = 254


def line(value: str, field: str, *, required: bool = True, longest: int = LONGEST_LINE) -> str:
    """One line of text: spaces collapsed, NFC, no control characters (so nothing can break out of a mail header)."""
    if len(value) > longest * 10:  # before any work that grows with it
        raise _too_long(field, longest)
    text = unicodedata.normalize("NFC", value).strip()
    # U+FFFD stands for what could not be read (a NUL among it).
    if any(char == "\ufffd" or unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") for char in text):
        raise Refusal("control_characters", N_("Write this on one line, without special characters."), field=field)
    text = " ".join(text.split())
    if required and not text:
        raise Refusal("required", N_("Please fill in this field."), field=field)
    if len(text) > longest:
        raise _too_long(field, longest)
    return text


def _too_long(field: str, longest: int) -> Refusal:
    return Refusal("too_long", N_("Use at most %(longest)d characters here."), field=field, longest=longest)


def email(value: str, field: str = "email") -> str:
    """An e-mail address in lower case (two people never share an address that differs in case only)."""
    text = line(value, field, longest=LONGEST_EMAIL)
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        message = N_("This is not a complete e-mail address; one looks like anna@example.com.")
        raise Refusal("email", message, field=field) from None


def email_key(value: str) -> str:
    """The normal form under which an address would be stored, "" for what cannot be one.

    Never refuses: a sign-in answers all alike.
    """
    try:
        return email(value)
    except Refusal:
        return ""


def country(value: str, field: str = "country") -> str:
    """An ISO 3166-1 alpha-2 code."""
    code = value.strip().upper()
    if code not in country_codes():
        raise Refusal("country", N_("Choose a country from the list."), field=field)
    return code


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """All codes of ISO 3166-1 (the locale data know some more, such as EU and the Canary Islands)."""
    known = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code.isalpha()) - formats.NOT_COUNTRIES


@lru_cache(maxsize=16)
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, by name in the language."""
    names = Locale(locale).territories
    pairs = [(code, names.get(code) or code) for code in country_codes()]
    return tuple(sorted(pairs, key=lambda pair: _without_accents(pair[1])))


def _without_accents(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L"))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def postcode(value: str, country_code: str, field: str = "postcode") -> str:
    """A postal code as its country writes it: "00950" or "PL-00 950" in Poland becomes "00-950".

    Countries without a mask in formats.POSTCODES take any short line, and none at all.
    """
    text = line(value, field, required=country_code in formats.POSTCODES, longest=16).upper()
    masks = formats.POSTCODES.get(country_code)
    if masks is None:
        return text
    typed = re.sub(r"[\s.–-]", "", text)
    for candidate in (typed, typed.removeprefix(country_code), typed.removeprefix(country_code[:1])):
        for mask in masks.split("|"):
            if (written := _masked(candidate, mask)) is not None:
                return written
    message = N_("A postal code of this country looks like %(example)s.")
    raise Refusal("postcode", message, field=field, example=formats.example(masks.split("|")[0]))


def _masked(typed: str, mask: str) -> str | None:
    """`typed` in the mask's writing (9 a digit, A a letter, other signs stand for themselves), or None."""
    signs = [sign for sign in mask if sign not in " -"]
    if len(typed) != len(signs) or not all(_fits(char, sign) for char, sign in zip(typed, signs, strict=True)):
        return None
    chars = iter(typed)
    return "".join(sign if sign in " -" else next(chars) for sign in mask)


def _fits(char: str, sign: str) -> bool:
    if sign == "9":
        return char.isascii() and char.isdigit()
    return "A" <= char <= "Z" if sign == "A" else char == sign


def tax_id(value: str, country_code: str, field: str = "tax_id", *, required: bool = False) -> str:
    """A VAT or tax number with its check digits, without spaces: "526-025-02-74" -> "5260250274".

    A number of the EU's VAT system (Directive 2006/112/EC, article 215) gets its country's prefix, "DE136695976",
    which is a part of it wherever it is written; only a Polish NIP stands without one. Numbers of countries that
    python-stdnum does not know are taken as typed, in one line.
    """
    text = line(value, field, required=required, longest=30)
    module = get_cc_module(country_code.lower(), "vat")
    if not text or module is None:
        return text
    try:
        number = str(module.validate(text.upper()))
    except ValidationError:
        message = N_("This tax number is not complete or has a wrong digit: please compare it with your papers.")
        raise Refusal("tax_id", message, field=field) from None
    prefix = _vat_prefix(country_code)
    return prefix + number.removeprefix(prefix)  # some countries' checks leave it there


def _vat_prefix(country_code: str) -> str:
    member = country_code != "PL" and country_code.lower() in vat.MEMBER_STATES
    return {"GR": "EL"}.get(country_code, country_code) if member else ""


def phone(value: str, country_code: str, field: str = "phone", *, required: bool = True) -> str:
    """A telephone number as EPP writes it (RFC 5733 2.5): "22 123 45 67" in Poland -> "+48.221234567".

    Numbers without "+" or "00" belong to `country_code`, if we know its calling code.
    """
    text = line(value, field, required=required, longest=40)
    if not text:
        return ""
    digits = re.sub(r"[\s()/.–-]", "", text)
    international = re.fullmatch(r"(?:\+|00)([0-9]{7,15})", digits)
    if international:
        return _dotted(international[1], field)
    code = formats.CALLING_CODES.get(country_code)
    if code is None or not re.fullmatch(r"[0-9]{5,14}", digits) or len(code + digits) > 15:
        raise _not_a_phone(field)
    national = digits if country_code in formats.KEEPS_TRUNK_ZERO else digits.removeprefix("0")
    return f"+{code}.{national}"


def _dotted(digits: str, field: str) -> str:
    length = 1 if digits[0] in "17" else 2 if digits[:2] in formats.TWO_DIGIT_CODES else 3
    if digits[0] == "0" or len(digits) - length < 4:
        raise _not_a_phone(field)
    return f"+{digits[:length]}.{digits[length:]}"


def _not_a_phone(field: str) -> Refusal:
    message = N_("Write the telephone number with its country code, for example +48 22 123 45 67.")
    return Refusal("phone", message, field=field)


def iban(value: str, field: str = "iban", *, required: bool = False) -> str:
    """A bank account number (ISO 13616), compact: its check digits and its country's structure must be right."""
    text = line(value, field, required=required, longest=50)
    try:
        return str(stdnum_iban.validate(text)) if text else ""
    except ValidationError:
        message = N_(
            "This account number is not complete or has a wrong digit. It starts with the country, as in PL61 …"
        )
        raise Refusal("iban", message, field=field) from None


def bic(value: str, field: str = "bic") -> str:
    """A bank's code (ISO 9362), or ""."""
    text = line(value, field, required=False, longest=20)
    try:
        return str(stdnum_bic.validate(text)) if text else ""
    except ValidationError:
        raise Refusal("bic", N_("A BIC has 8 or 11 letters and digits."), field=field) from None
