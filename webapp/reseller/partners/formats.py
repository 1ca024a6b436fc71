"""Tables about countries: what their postal codes look like and how one calls them."""

from __future__ import annotations

#: Codes of the locale data (CLDR) that are not countries of ISO 3166-1.
NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})

#: Masks of postal codes (UPU addressing guides): 9 a digit, A a letter, "|" between alternatives.
POSTCODES = {
    "AT": "9999",
    "BE": "9999",
    "BG": "9999",
    "CA": "A9A 9A9",
    "CH": "9999",
    "CY": "9999",
    "CZ": "999 99",
    "DE": "99999",
    "DK": "9999",
    "EE": "99999",
    "ES": "99999",
    "FI": "99999",
    "FR": "99999",
    "GB": "AA9 9AA|A9 9AA|A99 9AA|AA99 9AA|A9A 9AA|AA9A 9AA",
    "GR": "999 99",
    "HR": "99999",
    "HU": "9999",
    "IT": "99999",
    "LI": "9999",
    "LT": "99999",
    "LU": "9999",
    "LV": "9999",
    "MT": "AAA 9999",
    "NL": "9999 AA",
    "NO": "9999",
    "PL": "99-999",
    "PT": "9999-999",
    "RO": "999999",
    "RS": "99999",
    "SE": "999 99",
    "SI": "9999",
    "SK": "999 99",
    "TR": "99999",
    "UA": "99999",
    "US": "99999|99999-9999",
}

#: What numbers written without a country belong to. Others are asked to write "+".
CALLING_CODES = {
    "AT": "43",
    "BE": "32",
    "BG": "359",
    "CA": "1",
    "CH": "41",
    "CY": "357",
    "CZ": "420",
    "DE": "49",
    "DK": "45",
    "EE": "372",
    "ES": "34",
    "FI": "358",
    "FR": "33",
    "GB": "44",
    "GR": "30",
    "HR": "385",
    "HU": "36",
    "IE": "353",
    "IT": "39",
    "LI": "423",
    "LT": "370",
    "LU": "352",
    "LV": "371",
    "MT": "356",
    "NL": "31",
    "NO": "47",
    "PL": "48",
    "PT": "351",
    "RO": "40",
    "RS": "381",
    "SE": "46",
    "SI": "386",
    "SK": "421",
    "TR": "90",
    "UA": "380",
    "US": "1",
}
#: Where a leading 0 belongs to the number and is dialled from abroad too.
KEEPS_TRUNK_ZERO = frozenset({"IT"})

#: Country calling codes of two digits (ITU-T E.164). "1" and "7" have one digit, all others three.
TWO_DIGIT_CODES = frozenset(
    str(code)
    for code in (
        *(20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67)),
        *(81, 82, 84, 86, *range(90, 96), 98),
    )
)


def example(mask: str) -> str:
    """A postal code that fits the mask, to show to somebody whose code does not: "99-999" -> "12-345"."""
    digits, letters = iter("1234567890"), iter("ABCDEFGH")
    return "".join(next(digits) if sign == "9" else next(letters) if sign == "A" else sign for sign in mask)
