"""A partner types or pastes the name for its shop: people's spellings are understood, the rest refused."""

from __future__ import annotations

import pytest

from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import host_names

PLATFORM = "shops.example:8000"

UNDERSTOOD = [
    ("shop.example.com", "shop.example.com"),
    (" Shop.Example.COM. ", "shop.example.com"),
    ("https://www.example.co.uk/pl/page/oferta?x=1#top", "www.example.co.uk"),
    ("HTTP:example.com", "example.com"),
    ("sklep.przykład.pl", "sklep.xn--przykad-rjb.pl"),
    ("xn--przykad-rjb.pl", "xn--przykad-rjb.pl"),
    ("shop。example．com", "shop.example.com"),
    ("ｓｈｏｐ.example.com", "shop.example.com"),
    ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
    ("straße.de", "xn--strae-oqa.de"),
    ("anna.github.io", "anna.github.io"),
    ("example.com\\page", "example.com"),
]
REFUSED = [
    ("", "empty"),
    ("   ", "empty"),
    ("https://", "empty"),
    ("shop.example.com:8443", "port"),
    ("https://shop.example.com:443/pl/", "port"),
    ("*.example.com", "wildcard"),
    ("192.0.2.7", "address"),
    ("[2001:db8::7]", "address"),
    ("2001:db8::7", "address"),
    ("127.1", "address"),
    ("2130706433", "address"),
    ("0x7f.0.0.1", "address"),
    ("１９２.0.2.7", "address"),
    ("localhost", "not_public"),
    ("shop.local", "not_public"),
    ("a.onion", "not_public"),
    ("intranet", "not_public"),
    (".", "not_public"),
    ("com.pl", "public_suffix"),
    ("github.io", "public_suffix"),
    ("blogspot.com", "public_suffix"),
    ("shops.example", "platform_host"),
    ("csp1001.shops.example", "platform_host"),
    ("PANEL.SHOPS.EXAMPLE.", "platform_host"),
    ("shop example.com", "several"),
    ("one.example.com two.example.com", "several"),
    ("shop.example.com\ttwo", "several"),
    ("pаypal.com", "mixed_scripts"),
    ("shop_1.example.com", "character"),
    ("anna@example.com", "character"),
    ("https://anna:secret@example.com/", "port"),
    ("shop.example.com\x00", "character"),
    ("shop\u202eexample.com", "character"),
    ("-shop.example.com", "hyphen"),
    ("🛒.example.com", "emoji"),
    ("x" * 300 + ".com", "too_long"),
    ("a." * 150 + "com", "too_long"),
    ("x" * 5000, "too_long"),
]


@pytest.mark.parametrize(("typed", "name"), UNDERSTOOD)
def test_the_way_people_write_a_name(typed: str, name: str) -> None:
    assert host_names.understood(typed, PLATFORM) == name


@pytest.mark.parametrize(("typed", "code"), REFUSED)
def test_what_cannot_be_a_partners_own_is_refused_in_words(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        host_names.understood(typed, PLATFORM)
    assert (caught.value.code, caught.value.field) == (code, "name")
    assert str(caught.value).endswith((".", "…"))


def test_a_name_above_the_platforms_is_nobodys_either() -> None:
    with pytest.raises(Refusal, match="platform itself"):
        host_names.understood("www.example.com", "shops.www.example.com:8000")


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("example.com", "www.example.com"),
        ("www.example.com", "example.com"),
        ("example.co.uk", "www.example.co.uk"),
        ("shop.example.com", None),
        ("www.shop.example.com", None),
        ("anna.github.io", "www.anna.github.io"),
    ],
)
def test_the_twin_is_what_people_type_instead(name: str, twin: str | None) -> None:
    assert host_names.twin(name) == twin


def test_the_names_above_one_end_at_the_registrable_one() -> None:
    assert host_names.parents("a.b.example.co.uk") == ["b.example.co.uk", "example.co.uk"]
    assert host_names.parents("example.com") == []
