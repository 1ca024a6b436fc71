"""What a person typed into the search box, understood as a domain name where a person would understand it.

Rules: RFC 5890 to 5893 (IDNA 2008) with the UTS 46 mapping, RFC 1035 lengths, UTS 39 "highly restrictive" scripts, and
the public suffix list for where a name ends and its ending begins.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna
from publicsuffixlist import PublicSuffixList

from .i18n import N_, gettext
from .refusal import Refusal

#: Longer than any name or address that somebody pastes; everything below is linear in it.
LONGEST_INPUT = 1000
LONGEST_LABEL = 63
LONGEST_NAME = 253

_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]{0,20}:(?=//)|https?:|mailto:)?/*")
_PORT = re.compile(r":\d{0,5}$")
_DOTS = re.compile(r"[。．｡․]")
_AROUND_DOTS = re.compile(r"\s*\.[.\s]*")
_COMMA_FOR_DOT = re.compile(r"(?<=[^\W_]),(?=[^\W_])")
_ALLOWED_ASCII = re.compile(r"[a-z0-9.\s-]")
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x2060, 0xFEFF, *range(0x200E, 0x2010), *range(0x202A, 0x202F)])
_QUOTES = "\"'`<>()[]{}„”“«»‚’‘,;"
_LATIN_WITH = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)

#: What readers call the scripts that are mixed most; the others keep their Unicode name.
_SCRIPTS = {
    "LATIN": N_("Latin"),
    "CYRILLIC": N_("Cyrillic"),
    "GREEK": N_("Greek"),
    "ARABIC": N_("Arabic"),
    "HEBREW": N_("Hebrew"),
    "CJK": N_("Chinese"),
    "HANGUL": N_("Korean"),
}


class NameRefused(Refusal):
    """The text cannot become a domain name; `message` (filled with `params`) says what to change."""

    def __init__(self, code: str, message: str, /, **params: object) -> None:
        super().__init__(code, message, "q", **params)


@dataclass(frozen=True, slots=True)
class NameQuery:
    """A name that can be asked for. All parts but `unicode` are in ASCII (A-label) form.

    `label` is the part before the ending, `tld` the public suffix ("com.pl") or None when none was typed,
    `ascii` the whole name, `unicode` the same for people, `alternatives` other labels that may have been meant
    (words that were typed apart, joined by hyphens).
    """

    label: str
    tld: str | None
    ascii: str
    unicode: str
    alternatives: tuple[str, ...] = ()

    @property
    def unicode_label(self) -> str:
        """The label as people write it."""
        return to_unicode(self.label)


def understand_name(text: str) -> NameQuery:
    """The name in a typed word, name, pasted URL or e-mail address. Raises NameRefused with a sentence."""
    if len(text) > LONGEST_INPUT:
        raise NameRefused(
            "too_long", N_("This is too long for a domain name: at most 63 characters before the ending.")
        )
    host = _host_part(_tidy(text))
    words = _words(host)
    typed = "".join(words).strip(".")
    if not typed:
        raise NameRefused("empty", N_("Type a word or a domain name."))
    query = _query(_without_www(_to_ascii(typed)), host.startswith("."))
    return _with_alternative(query, words)


def to_ascii(name: str) -> str:
    """A whole name without a scheme, port or path in A-label form, each label checked. Raises NameRefused."""
    return _to_ascii(_DOTS.sub(".", unicodedata.normalize("NFC", name)).strip().lower())


def to_unicode(name: str) -> str:
    """A name in ASCII form as people write it; what cannot be decoded stays as it is."""
    if name.isascii() and "xn--" not in name and name == name.lower():
        return name  # nearly every name, and a search shows a hundred
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def _tidy(text: str) -> str:
    """Without what a clipboard adds: invisible characters, control characters, quotes, wide and doubled dots."""
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    text = _DOTS.sub(".", text).strip().strip(_QUOTES).strip()
    return text.lower()


def _host_part(text: str) -> str:
    """The host of a pasted URL or e-mail address; any other text as it is."""
    rest = _SCHEME.sub("", text, count=1)
    rest = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    rest = rest.rpartition("@")[2]
    return _PORT.sub("", rest).strip()


def _words(host: str) -> list[str]:
    """The words of one name, typed apart. Raises NameRefused for several names at once."""
    if "." not in host:
        host = _COMMA_FOR_DOT.sub(".", host)
    words = _AROUND_DOTS.sub(".", re.sub(r"[,;]", " ", host)).split()
    if any("." in word.strip(".") for word in words[:-1]):
        raise NameRefused("several", N_("Type one name at a time."))
    return words


def _to_ascii(name: str) -> str:
    """The name in A-label form, each label checked. Raises NameRefused that names the first problem."""
    if re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", name):
        raise NameRefused("address", N_("This is an IP address. Type a domain name instead."))
    labels = [_label_to_ascii(label) for label in name.split(".") if label]
    ascii_name = ".".join(labels)
    if len(ascii_name) > LONGEST_NAME:
        raise NameRefused("too_long", N_("The whole name is longer than 253 characters: type a shorter one."))
    return ascii_name


def _label_to_ascii(label: str) -> str:
    _refuse_strange_characters(label)
    _refuse_mixed_scripts(label)
    if label.startswith("-") or label.endswith("-"):
        raise NameRefused("hyphen", N_("A domain name cannot start or end with a hyphen."))
    if len(label) > LONGEST_LABEL:
        _refuse_length(len(label))
    return _encoded(label)


def _encoded(label: str) -> str:
    try:
        mapped = idna.uts46_remap(label, std3_rules=True, transitional=False)
        if "." in mapped or not mapped:
            raise NameRefused("character", N_("“%(text)s” cannot be part of a domain name."), text=label)
        ascii_label = idna.alabel(mapped).decode("ascii")
        _refuse_mixed_scripts(idna.ulabel(ascii_label))
    except idna.IDNAError as problem:
        raise _refusal_for(label, problem) from None
    return ascii_label


def _refusal_for(label: str, problem: idna.IDNAError) -> NameRefused:
    if "too long" in str(problem).lower():
        _refuse_length(len("xn--" + label.encode("punycode").decode("ascii")))
    if label[2:4] == "--":
        return NameRefused("hyphen", N_("A domain name cannot have hyphens in both its third and fourth place."))
    return NameRefused("character", N_("“%(text)s” cannot be part of a domain name."), text=label)


def _refuse_length(length: int) -> None:
    message = N_("This name is too long: it takes %(length)s characters, and at most 63 are possible before each dot.")
    raise NameRefused("too_long", message, length=length)


def _refuse_strange_characters(label: str) -> None:
    for char in label:
        if char.isascii() and not _ALLOWED_ASCII.match(char):
            message = N_("“%(char)s” cannot be in a domain name. Use letters, digits and hyphens.")
            raise NameRefused("character", message, char=char)
        if _is_picture(char):
            raise NameRefused(
                "emoji", N_("Emoji and symbols cannot be in a domain name. Use letters, digits and hyphens.")
            )


def _is_picture(char: str) -> bool:
    """Symbols, emoji and the selectors and joiners that make emoji."""
    return not char.isascii() and (unicodedata.category(char) in ("So", "Sk", "Cs", "Co") or char in "\ufe0f\u20e3")


def _refuse_mixed_scripts(label: str) -> None:
    scripts = {script for char in label if (script := _script(char))}
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _LATIN_WITH):
        names = ", ".join(sorted(_script_name(script) for script in scripts))
        message = N_("This name mixes letters of different scripts (%(scripts)s). Use one script only.")
        raise NameRefused("mixed_scripts", message, scripts=names)


def _script_name(script: str) -> str:
    return gettext(_SCRIPTS[script]) if script in _SCRIPTS else script.capitalize()


@lru_cache(maxsize=4096)
def _script(char: str) -> str | None:
    """The script of a letter, taken from its Unicode name ("CYRILLIC SMALL LETTER A"); None for all else."""
    if not unicodedata.category(char).startswith("L"):
        return None
    first = unicodedata.name(char, "UNKNOWN").split()[0]
    # The prolonged sound mark and the iteration marks belong to several scripts (UTS 39 "Common").
    return None if char in "ー々〆・" else first.removesuffix("-HIRAGANA")


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """The list's ICANN part only: "name.github.io" is a question about github.io."""
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def _without_www(name: str) -> str:
    rest = name.removeprefix("www.")
    return name if rest == name or (_suffixes().is_public(rest) and "." not in rest) or _is_ending(rest) else rest


def _is_ending(name: str) -> bool:
    """True for "com.pl": several labels that are an ending as a whole."""
    return "." in name and _suffixes().publicsuffix(name) == name


def _query(name: str, dot_first: bool) -> NameQuery:
    if _is_ending(name) or (dot_first and "." not in name and _suffixes().publicsuffix(name, accept_unknown=False)):
        raise NameRefused("ending", N_("“.%(ending)s” is an ending: type a name before it."), ending=to_unicode(name))
    if "." not in name:
        return NameQuery(name, None, name, to_unicode(name))
    tld = _suffixes().publicsuffix(name) or name.rpartition(".")[2]
    label = name.removesuffix("." + tld).rpartition(".")[2]
    return NameQuery(label, tld, f"{label}.{tld}", to_unicode(f"{label}.{tld}"))


def _with_alternative(query: NameQuery, words: list[str]) -> NameQuery:
    """Adds "moja-firma" beside "mojafirma" when the words were typed apart and the longer form is possible too."""
    if len(words) < 2:
        return query
    hyphened = re.sub(r"-{2,}", "-", "-".join(words)).strip(".")
    try:
        other = _query(_without_www(_to_ascii(hyphened)), dot_first=False)
    except NameRefused:
        return query
    if other.label == query.label or other.tld != query.tld:
        return query
    return NameQuery(query.label, query.tld, query.ascii, query.unicode, (other.label,))
