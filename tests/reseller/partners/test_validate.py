"""What people type into fields, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.foundation.refusal import Refusal
from webapp.providers.registry.port import ContactCard
from webapp.reseller.partners import formats, validate


@pytest.mark.parametrize(
    ("typed", "country", "written"),
    [
        ("00-950", "PL", "00-950"),
        ("00950", "PL", "00-950"),
        ("00 950", "PL", "00-950"),
        ("PL-00 950", "PL", "00-950"),
        ("pl00950", "PL", "00-950"),
        ("00–950", "PL", "00-950"),
        ("10115", "DE", "10115"),
        ("D-10115", "DE", "10115"),
        ("DE 10 115", "DE", "10115"),
        ("A-1010", "AT", "1010"),
        ("11000", "CZ", "110 00"),
        ("CZ 110 00", "CZ", "110 00"),
        ("SK-811 01", "SK", "811 01"),
        ("H-1051", "HU", "1051"),
        ("010011", "RO", "010011"),
        ("1012ab", "NL", "1012 AB"),
        ("sw1a1aa", "GB", "SW1A 1AA"),
        ("M1 1AE", "GB", "M1 1AE"),
        ("b338th", "GB", "B33 8TH"),
        ("k1a0b1", "CA", "K1A 0B1"),
        ("90210-1234", "US", "90210-1234"),
        ("902101234", "US", "90210-1234"),
        ("LT-01100", "LT", "01100"),
        ("LV-1010", "LV", "1010"),
        ("", "HK", ""),
        ("d02 af30", "IE", "D02 AF30"),
    ],
)
def test_a_postal_code_is_taken_as_its_country_and_people_write_it(typed: str, country: str, written: str) -> None:
    assert validate.postcode(typed, country) == written


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("", "PL"),
        ("0095", "PL"),
        ("009500", "PL"),
        ("0O-950", "PL"),
        ("٠٠-٩٥٠", "PL"),
        ("1011", "DE"),
        ("AB-123", "GB"),
    ],
)
def test_a_wrong_postal_code_is_refused_with_an_example(typed: str, country: str) -> None:
    with pytest.raises(Refusal) as refused:
        validate.postcode(typed, country)
    assert refused.value.field == "postcode"
    if typed:
        example = str(refused.value.params["example"])
        assert validate.postcode(example, country) == example


def test_every_mask_accepts_its_own_example() -> None:
    for country, masks in formats.POSTCODES.items():
        for mask in masks.split("|"):
            assert validate.postcode(formats.example(mask), country) == formats.example(mask)


@pytest.mark.parametrize(
    ("typed", "country", "written"),
    [
        ("526-025-02-74", "PL", "5260250274"),
        ("PL 5260250274", "PL", "5260250274"),
        ("DE 136 695 976", "DE", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("ATU 13585627", "AT", "ATU13585627"),
        ("094259216", "GR", "EL094259216"),
        ("GB 980 7806 84", "GB", "980780684"),
        ("", "PL", ""),
        ("CHE-whatever", "MW", "CHE-whatever"),
    ],
)
def test_a_tax_number_loses_spaces_and_has_the_prefix_that_its_country_wants(
    typed: str, country: str, written: str
) -> None:
    assert validate.tax_id(typed, country) == written


@pytest.mark.parametrize(("typed", "country"), [("526-025-02-75", "PL"), ("526025027", "PL"), ("136695977", "DE")])
def test_a_tax_number_with_a_wrong_digit_is_refused(typed: str, country: str) -> None:
    with pytest.raises(Refusal) as refused:
        validate.tax_id(typed, country)
    assert (refused.value.code, refused.value.field) == ("tax_id", "tax_id")


def test_a_tax_number_can_be_asked_for() -> None:
    with pytest.raises(Refusal) as refused:
        validate.tax_id(" ", "PL", required=True)
    assert refused.value.code == "required"


@pytest.mark.parametrize(
    ("typed", "country", "written"),
    [
        ("+48 22 123 45 67", "PL", "+48.221234567"),
        ("22 123-45-67", "PL", "+48.221234567"),
        ("0048 (22) 123 45 67", "DE", "+48.221234567"),
        ("030 123456", "DE", "+49.30123456"),
        ("06 1234 5678", "IT", "+39.0612345678"),
        ("+1 (212) 555-0100", "PL", "+1.2125550100"),
        ("+7 495 123-45-67", "PL", "+7.4951234567"),
        ("+420 601 123 456", "CZ", "+420.601123456"),
        ("+353 1 234 5678", "IE", "+353.12345678"),
        ("+48.221234567", "PL", "+48.221234567"),
    ],
)
def test_a_telephone_number_becomes_what_epp_wants(typed: str, country: str, written: str) -> None:
    assert validate.phone(typed, country) == written


@pytest.mark.parametrize(
    "typed", ["", "+", "12", "+48", "+48 22 123 45 67 89 01 23", "call me", "+0 123456789", "٢٢١٢٣٤٥٦٧"]
)
def test_a_wrong_telephone_number_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        validate.phone(typed, "PL")
    assert refused.value.field == "phone"


def test_a_number_without_a_country_that_we_know_needs_its_plus() -> None:
    with pytest.raises(Refusal):
        validate.phone("123 456 789", "MW")
    assert validate.phone("+265 123 456 789", "MW") == "+265.123456789"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (" Anna@Example.COM ", "anna@example.com"),
        ("anna+domeny@sub.example.co.uk", "anna+domeny@sub.example.co.uk"),
        ("anna@xn--w-uga1v8h.example", "anna@żółw.example"),
    ],
)
def test_an_address_has_one_spelling(typed: str, written: str) -> None:
    assert validate.email(typed) == written
    assert validate.email_key(typed) == written


NOT_ADDRESSES = [
    *("", "anna", "anna@", "@example.com", "anna@example", "a b@example.com", "a@b.example, c@d.example"),
    *("a@" + "x" * 300, "Anna <anna@example.com>", "anna@example.com\nBcc: all@example.com", "a\0@b.pl"),
    *("anna@localhost", "anna@[127.0.0.1]"),
]


@pytest.mark.parametrize("typed", NOT_ADDRESSES)
def test_what_is_not_an_address_is_refused_and_is_nobodys_key(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        validate.email(typed)
    assert refused.value.field == "email"
    assert validate.email_key(typed) == ""


def test_a_line_is_one_line() -> None:
    assert validate.line("  Zażółć \u00a0 gęślą  ", "name") == "Zażółć gęślą"
    assert validate.line("e\u0301", "name") == "é"
    for hostile in ("a\nb", "a\r\nb", "a\tb", "a\0b", "a\u2028b", "a\x85b", "a\ud800b"):
        with pytest.raises(Refusal) as refused:
            validate.line(hostile, "name")
        assert refused.value.code == "control_characters"
    with pytest.raises(Refusal) as refused:
        validate.line("x" * 201, "name")
    assert refused.value.code == "too_long"


def test_countries_are_those_of_iso_3166_in_the_readers_order() -> None:
    assert len(validate.country_codes()) == 249
    names = dict(validate.countries("pl"))
    assert (names["PL"], names["DE"]) == ("Polska", "Niemcy")
    polish = [name for _, name in validate.countries("pl")]
    assert polish.index("Łotwa") < polish.index("Macedonia Północna")
    assert validate.country(" pl ") == "PL"


@pytest.mark.parametrize(
    ("typed", "written"), [("", ""), ("pl61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874")]
)
def test_an_account_number_is_stored_without_spaces(typed: str, written: str) -> None:
    assert validate.iban(typed) == written


CHECKS: list[Callable[[str], str]] = [
    lambda text: validate.line(text, "name"),
    validate.email,
    validate.country,
    validate.iban,
    validate.bic,
    *(lambda text, c=code: validate.postcode(text, c) for code in ("PL", "GB", "HK")),
    *(lambda text, c=code: validate.tax_id(text, c) for code in ("PL", "DE", "AT", "HU", "RO", "MW")),
    *(lambda text, c=code: validate.phone(text, c) for code in ("PL", "IT", "MW")),
]


def test_a_prefix_that_was_typed_is_not_put_before_itself() -> None:
    assert validate.tax_id("43", "RO") == validate.tax_id("ro 43", "RO") == "RO43"


@given(st.text(max_size=60) | st.text("0123456789+-. ()PLDEAT", max_size=30), st.sampled_from(range(len(CHECKS))))
def test_whatever_is_typed_becomes_one_clean_line_or_a_refusal(text: str, number: int) -> None:
    try:
        written = CHECKS[number](text)
    except Refusal:
        return
    assert written == written.strip()
    assert not any(char in written for char in "\r\n\0\t\x85\u2028")
    assert CHECKS[number](written) == written  # the normal form of the normal form is itself


@pytest.mark.parametrize("text", ["0" * 200_000, " " * 200_000, "a@" * 100_000, "+" + "1" * 200_000, "\n" * 200_000])
def test_endless_input_is_answered_at_once(text: str) -> None:
    start = time.perf_counter()
    for check in CHECKS:
        with pytest.raises(Refusal):
            check(text) or validate.line("", "was empty")
    assert time.perf_counter() - start < 0.5


def test_the_normal_forms_fit_a_registrys_contact() -> None:
    """RFC 5733: country of two letters, e164 phone, postal code of at most 16 characters."""
    card = ContactCard(
        handle="C1234",
        name=validate.line("Anna Żółkiewska", "name"),
        organisation=None,
        street=(validate.line("Długa 5", "street"),),
        city=validate.line("Kraków", "city"),
        postcode=validate.postcode("31147", "PL"),
        country=validate.country("pl"),
        phone=validate.phone("601 234 567", "PL"),
        email=validate.email("Anna@example.com"),
    )
    assert (card.country, card.phone, card.postcode) == ("PL", "+48.601234567", "31-147")
