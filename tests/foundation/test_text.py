"""What people type into the search box: understood where a person would, else a sentence that says what to change."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.foundation.i18n import use_locale
from webapp.foundation.text import LONGEST_INPUT, NameQuery, NameRefused, understand_name


@pytest.mark.parametrize(
    ("typed", "label", "tld"),
    [
        ("foo", "foo", None),
        ("Foo.PL", "foo", "pl"),
        ("  foo.com.pl ", "foo", "com.pl"),
        ("foo.co.uk", "foo", "co.uk"),
        ("foo.pl.", "foo", "pl"),
        ("foo.pl...", "foo", "pl"),
        ("...foo.pl", "foo", "pl"),
        ("foo..pl", "foo", "pl"),
        ("foo . pl", "foo", "pl"),
        ("foo,com", "foo", "com"),
        ("foo。com", "foo", "com"),
        ("shop", "shop", None),
        ("pl", "pl", None),
        ("www.foo.pl", "foo", "pl"),
        ("www.mojafirma", "mojafirma", None),
        ("www.pl", "www", "pl"),
        ("www.com.pl", "www", "com.pl"),
        ("sklep.foo.com.pl", "foo", "com.pl"),
        ("https://www.foo.com.pl:8443/a/b?q=1#c", "foo", "com.pl"),
        ("http://foo.pl", "foo", "pl"),
        ("http:foo.pl", "foo", "pl"),
        ("//foo.pl/x", "foo", "pl"),
        ("foo.pl/kontakt", "foo", "pl"),
        ("foo.pl:80", "foo", "pl"),
        ("https://user:pa@ss@foo.pl/", "foo", "pl"),
        ("jan@foo.pl", "foo", "pl"),
        ("mailto:jan@foo.pl", "foo", "pl"),
        ("<jan@foo.pl>", "foo", "pl"),
        ("„foo.pl”", "foo", "pl"),
        ('"foo"', "foo", None),
        ("foo\u200b.pl", "foo", "pl"),
        ("\ufefffoo.pl\n", "foo", "pl"),
        ("ＦＯＯ.pl", "foo", "pl"),
        ("123.pl", "123", "pl"),
        ("4you", "4you", None),
        ("foo.unknownending", "foo", "unknownending"),
        ("foo.github.io", "github", "io"),
        ("żółw.pl", "xn--w-uga1v8h", "pl"),
        ("ŻÓŁW", "xn--w-uga1v8h", None),
        ("z\u0307o\u0301łw.pl", "xn--w-uga1v8h", "pl"),
        ("xn--w-uga1v8h.pl", "xn--w-uga1v8h", "pl"),
        ("straße.de", "xn--strae-oqa", "de"),
        ("пример.рф", "xn--e1afmkfd", "xn--p1ai"),
        ("例え.jp", "xn--r8jz45g", "jp"),
        ("sushi寿司.jp", "xn--sushi-ix8ho39b", "jp"),
        ("a" * 63 + ".pl", "a" * 63, "pl"),
    ],
)
def test_a_name_is_understood(typed: str, label: str, tld: str | None) -> None:
    found = understand_name(typed)
    assert (found.label, found.tld) == (label, tld)
    assert found.ascii == (f"{label}.{tld}" if tld else label)


def test_people_see_the_name_in_their_own_letters() -> None:
    found = understand_name("ŻÓŁW.PL")
    assert (found.unicode, found.unicode_label, found.ascii) == ("żółw.pl", "żółw", "xn--w-uga1v8h.pl")


@pytest.mark.parametrize(
    ("typed", "label", "alternatives"),
    [
        ("moja firma", "mojafirma", ("moja-firma",)),
        ("moja  nowa\tfirma.pl", "mojanowafirma", ("moja-nowa-firma",)),
        ("moja firma . pl", "mojafirma", ("moja-firma",)),
        ("mojafirma", "mojafirma", ()),
        ("moja -firma", "moja-firma", ()),
        ("moja, firma", "mojafirma", ("moja-firma",)),
        ("moja firma,pl", "mojafirma", ("moja-firma",)),
        ("a" * 32 + " " + "b" * 31, "a" * 32 + "b" * 31, ()),
    ],
)
def test_words_typed_apart_are_joined_and_the_hyphen_is_offered(
    typed: str, label: str, alternatives: tuple[str, ...]
) -> None:
    found = understand_name(typed)
    assert (found.label, found.alternatives) == (label, alternatives)


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("", "empty", "Type a word"),
        ("   ", "empty", "Type a word"),
        ("...", "empty", "Type a word"),
        ("https://", "empty", "Type a word"),
        ("foo🎉.pl", "emoji", "Emoji"),
        ("❤️", "emoji", "Emoji"),
        ("1️⃣.pl", "emoji", "Emoji"),
        ("foo™", "emoji", "Emoji"),
        ("foo_bar.pl", "character", "“_”"),
        ("ania&jan", "character", "“&”"),
        ("l'oreal.fr", "character", "“'”"),
        ("100%.pl", "character", "“%”"),
        ("-foo.pl", "hyphen", "start or end with a hyphen"),
        ("foo-.pl", "hyphen", "start or end with a hyphen"),
        ("ab--cd.pl", "hyphen", "third and fourth"),
        ("xn--zzzzzzzz99999.pl", "hyphen", "third and fourth"),
        ("pаypal.com", "mixed_scripts", "Cyrillic, Latin"),
        ("αlpha.gr", "mixed_scripts", "Greek, Latin"),
        ("a" * 64 + ".pl", "too_long", "64 characters"),
        ("ż" * 60, "too_long", "at most 63"),
        ("a" * 300, "too_long", "300 characters"),
        ("a" * 5000, "too_long", "at most 63"),
        (".".join(["a" * 60] * 5), "too_long", "253"),
        ("foo.com bar.com", "several", "one name"),
        ("foo.com, bar.com", "several", "one name"),
        ("foo.com,bar.com", "several", "one name"),
        ("foo.com;bar.com", "several", "one name"),
        ("foo.com\nbar.com\n", "several", "one name"),
        ("foo.com bar", "several", "one name"),
        ("com.pl", "ending", "“.com.pl”"),
        (".pl", "ending", "“.pl”"),
        ("192.168.0.1", "address", "IP address"),
        ("http://10.0.0.1:80/x", "address", "IP address"),
        ("\u0300foo.pl", "character", "cannot be part"),
        ("\ud800.pl", "emoji", "cannot be in"),
    ],
)
def test_what_cannot_be_a_name_is_refused_with_a_reason(typed: str, code: str, says: str) -> None:
    with pytest.raises(NameRefused) as refused:
        understand_name(typed)
    assert refused.value.code == code
    assert says in str(refused.value)


def test_a_lookalike_hidden_in_punycode_is_refused_like_the_typed_one() -> None:
    with pytest.raises(NameRefused, match="Cyrillic, Latin"):
        understand_name("xn--pypal-4ve.com")


_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


def _understood(text: str) -> NameQuery | None:
    try:
        return understand_name(text)
    except NameRefused as refused:
        return None if str(refused) else pytest.fail("a refusal without a sentence")


@given(st.text(max_size=300) | st.text(alphabet="ab.-_ ,:/@?#żа1\u200d\u3002%[]", max_size=40))
@example("a.b.c.d")
@example("xn--a")
@example("İ.pl")
@example("ß\u200d.pl")
@example("a\u3002\u3002b")
def test_whatever_is_typed_ends_in_a_registrable_name_or_a_refusal(text: str) -> None:
    found = _understood(text)
    if found is None:
        return
    assert _NAME.fullmatch(found.ascii)
    assert len(found.ascii) <= 253
    assert "." not in found.label
    for label in found.alternatives:
        assert _NAME.fullmatch(label)


@given(st.text(max_size=60))
def test_what_was_understood_once_is_understood_the_same_again(text: str) -> None:
    found = _understood(text)
    if found is not None and found.tld is not None:
        assert understand_name(found.ascii).ascii == found.ascii
        assert understand_name(found.unicode).ascii == found.ascii


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * LONGEST_INPUT,
        "." * LONGEST_INPUT,
        "a." * (LONGEST_INPUT // 2),
        "a b" * (LONGEST_INPUT // 3),
        "http:" * (LONGEST_INPUT // 5),
        "@" * LONGEST_INPUT,
        "a," * (LONGEST_INPUT // 2),
        " ." * (LONGEST_INPUT // 2),
        "ﷺ" * LONGEST_INPUT,
        "xn--" + "9" * 900,
        "\u0301" * LONGEST_INPUT,
        "a" * 50_000,
    ],
)
def test_hostile_input_costs_next_to_nothing(hostile: str) -> None:
    understand_name("warm.pl")
    start = time.perf_counter()
    _understood(hostile)
    assert time.perf_counter() - start < 0.05


@pytest.mark.parametrize(("locale", "says"), [("pl", "cyrylica, łaciński"), ("de", "kyrillisch, lateinisch")])
def test_mixed_scripts_are_named_in_the_readers_language(locale: str, says: str) -> None:
    with use_locale(locale), pytest.raises(NameRefused) as refused:
        understand_name("pаypal.com")
    with use_locale(locale):
        assert says in str(refused.value)
