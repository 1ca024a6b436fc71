"""Further names for a search: the same word with other endings, with a word before or after it, parted or joined,
and written with and without the letters of its language.

What is suggested depends on nothing but the question, the shop's endings and the language, so that a list never jumps.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from webapp.foundation.text import NameQuery, NameRefused, to_unicode, understand_name
from webapp.reseller.catalog.queries import Offer

FILE = Path(__file__).with_name("name_words.toml")

#: Names that a search suggests at most: they are asked for in the same commands as its rows.
MOST = 12
#: Of one kind of idea, before the rest is filled up.
_OF_A_KIND = 3
#: The shortest half of a name that is parted at a known word.
_SHORTEST_PART = 3

_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_PARTS_BY_CASE = re.compile(r"[A-ZÀ-ÖØ-ÞŁŚŻŹĆŃŠČŤĽ]?[^\W_A-ZÀ-ÖØ-ÞŁŚŻŹĆŃŠČŤĽ\d]+|\d+")
_PLAIN_LABEL = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PARTS_BY_DIGITS = re.compile(r"\d+|[^\W\d]+")


@dataclass(frozen=True)
class Words:
    """Words of one language, as `name_words.toml` has them."""

    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    #: Folded form -> the word with its own letters, longest first.
    known: dict[str, str]


@dataclass(frozen=True)
class Idea:
    """One further name (A-labels) and the ending's offer."""

    name: str
    offer: Offer


@cache
def words_of(locale: str) -> Words:
    """The words of a language; English ones for a language without its own."""
    with FILE.open("rb") as file:
        every = tomllib.load(file)
    found = every.get(locale, every["en"])
    known = {form: word for word in found["words"] for form in folded(word)}
    by_length = dict(sorted(known.items(), key=lambda entry: -len(entry[0])))
    return Words(tuple(found["prefixes"]), tuple(found["suffixes"]), by_length)


def folded(label: str) -> list[str]:
    """A word without marks: plain ("zolw", "muller"), and as Germans write it where that differs ("mueller")."""
    low = label.lower()
    forms = [_unmarked(low), _unmarked(low.translate(_GERMAN))]
    return list(dict.fromkeys(form for form in forms if form.isascii()))


def _unmarked(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(char for char in apart if not unicodedata.combining(char))


def suggest(
    query: NameQuery, typed: str, main: Offer, others: Sequence[Offer], locale: str, taken: Iterable[str] = ()
) -> list[Idea]:
    """At most MOST ideas, none twice and none of `taken`. `main` is the ending that other words are shown with,
    `others` are endings that the search does not show yet, `typed` is the text as somebody wrote it."""
    label, words = query.unicode_label, words_of(locale)
    kinds = [
        _named(_twins(label, words), main),
        _named(_parted(label, typed, words), main),
        _with_endings(query.label, others),
        _named(_with_prefix(label, words), main),
        _named(_with_suffix(label, words), main),
    ]
    return _mixed(kinds, set(taken) | {f"{query.label}.{main.tld}"})


def _mixed(kinds: Sequence[Iterator[Idea]], seen: set[str]) -> list[Idea]:
    """Some of each kind in their order, then more of whichever has more."""
    chosen: list[Idea] = []
    for most in (_OF_A_KIND, MOST):
        for kind in kinds:
            fresh = _fresh(kind, seen)
            chosen += islice(fresh, min(most, MOST - len(chosen)))
    return chosen


def _fresh(ideas: Iterator[Idea], seen: set[str]) -> Iterator[Idea]:
    for idea in ideas:
        if idea.name not in seen:
            seen.add(idea.name)
            yield idea


def _named(labels: Iterable[str], offer: Offer) -> Iterator[Idea]:
    """Those of the labels that can be names."""
    for label in labels:
        if _PLAIN_LABEL.fullmatch(label):
            yield Idea(f"{label}.{offer.tld}", offer)  # nearly every one, and reading a name takes its time
            continue
        try:
            found = understand_name(f"{label}.{to_unicode(offer.tld)}")
        except NameRefused:
            continue
        if found.tld == offer.tld:
            yield Idea(found.ascii, offer)


def _with_endings(label: str, offers: Iterable[Offer]) -> Iterator[Idea]:
    return (Idea(f"{label}.{offer.tld}", offer) for offer in offers)


def _with_prefix(label: str, words: Words) -> Iterator[str]:
    """What begins like the word already gains nothing by it ("moje" before "mojafirma")."""
    hyphen = "-" if "-" in label else ""
    return (f"{word}{hyphen}{label}" for word in words.prefixes if not label.startswith(word[:3]))


def _with_suffix(label: str, words: Words) -> Iterator[str]:
    hyphen, number = "-" if "-" in label else "", label[-1].isdigit()
    fit = (word for word in words.suffixes if not label.endswith(word) and not (number and word.isdigit()))
    return (f"{label}{hyphen}{word}" for word in fit)


def _twins(label: str, words: Words) -> Iterator[str]:
    """Written without marks; or, for plain words of the language, with them."""
    if not label.isascii():
        yield from folded(label)
        return
    marked = "-".join("".join(words.known.get(part, part) for part in _known_parts(half, words))
                      for half in label.split("-"))  # fmt: skip
    if marked != label:
        yield marked


def _parted(label: str, typed: str, words: Words) -> Iterator[str]:
    """With a hyphen where one word ends, or without the hyphens that were typed."""
    if "-" in label:
        yield label.replace("-", "")
        return
    for parts in (_parts_by_case(typed, label), _PARTS_BY_DIGITS.findall(label), _known_parts(label, words)):
        if len(parts) > 1 and "".join(parts) == label:
            yield "-".join(parts)


def _parts_by_case(typed: str, label: str) -> list[str]:
    """["moja", "firma"] for a typed "MojaFirma"; nothing when the case of the letters tells nothing."""
    if typed.islower() or typed.isupper():
        return []
    parts = [part.lower() for part in _PARTS_BY_CASE.findall(typed)]
    joined = next((count for count in range(2, len(parts) + 1) if "".join(parts[:count]) == label), 0)
    return parts[:joined]


def _known_parts(label: str, words: Words) -> list[str]:
    """The label parted at the first known word at its beginning or end; the label itself when there is none."""
    if label in words.known:
        return [label]
    for plain, own in words.known.items():
        for word in (plain, own):
            rest = len(label) - len(word)
            if len(word) < _SHORTEST_PART or rest < _SHORTEST_PART:
                continue
            if label.startswith(word):
                return [word, *_known_parts(label[len(word) :], words)]
            if label.endswith(word):
                return [*_known_parts(label[:rest], words), word]
    return [label]
