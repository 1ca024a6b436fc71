"""What a partner typed or pasted as the name for its shop, in the one spelling that we store, or why it cannot be.

IDNA 2008 and UTS 39 for letters (foundation.text), the public suffix list with its private part for names that belong
to nobody alone, RFC 6761 and 6762 for names that lead nowhere.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import NameRefused, to_ascii

FIELD = "name"
#: More than any address that somebody pastes; what follows the host is thrown away.
LONGEST_TYPED = 2000

_SCHEME = re.compile(r"\s*https?:/*", re.IGNORECASE)
#: Endings that are for one network or one machine only: no certificate authority would vouch for them.
_NOT_PUBLIC = ("localhost", "local", "internal", "invalid", "onion", "arpa", "home", "lan")


def understood(typed: str, platform_host: str) -> str:
    """The name as it is stored: A-labels, lower case, no final dot. A pasted address gives its host.

    `platform_host`: the install's own, with its port. Raises Refusal with field "name".

    >>> understood("HTTPS://Sklep.Przykład.PL./oferta?x=1", "shops.example")
    'sklep.xn--przykad-rjb.pl'
    """
    name = _ascii(_host_of(typed))
    if _is_address(name):  # letters and digits that look like others have become them by now
        raise _refused("address", N_("This is an IP address. Type a domain name instead."))
    if "." not in name or name.rpartition(".")[2] in _NOT_PUBLIC:
        raise _refused("not_public", N_("Type a whole name with its ending, such as shop.example.com."))
    platform = platform_host.partition(":")[0]
    # Above it, too: a page there could set cookies for the platform.
    if f".{name}".endswith(f".{platform}") or platform.endswith(f".{name}"):
        raise _refused("platform_host", N_("%(host)s belongs to the platform itself."), host=name)
    if _suffixes().publicsuffix(name) == name:
        message = N_("%(host)s is an ending that many share. Type a name that is yours alone, such as shop.%(host)s.")
        raise _refused("public_suffix", message, host=name)
    return name


def twin(name: str) -> str | None:
    """The name with "www." in front, or without: the other one that people type. None for a name below another."""
    rest = name.removeprefix("www.")
    if is_registrable(rest):
        return rest if rest != name else f"www.{name}"
    return None


def is_registrable(name: str) -> bool:
    """True for "example.co.uk": one label before the public suffix."""
    return _suffixes().privatesuffix(name) == name


def parents(name: str) -> list[str]:
    """The names above one, down to the registrable one: shop.pl.example.com -> pl.example.com, example.com."""
    labels = name.split(".")
    above = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    return [each for each in above if _suffixes().publicsuffix(each) != each]


def _host_of(typed: str) -> str:
    if len(typed) > LONGEST_TYPED:
        raise _refused("too_long", N_("This is too long for a name: at most 253 characters."))
    text = unicodedata.normalize("NFC", typed).strip()
    host = re.split(r"[/?#\\]", _SCHEME.sub("", text, count=1), maxsplit=1)[0].strip()
    if not host:
        raise _refused("empty", N_("Type the name at which your shop shall answer."))
    _refuse_what_is_no_name(host)
    return host


def _refuse_what_is_no_name(host: str) -> None:
    if "*" in host:
        raise _refused("wildcard", N_("A name with a star stands for many. Add each name by itself."))
    if _is_address(host):
        raise _refused("address", N_("This is an IP address. Type a domain name instead."))
    if ":" in host:
        raise _refused("port", N_("Type the name alone, without a colon and a port."))
    if any(char.isspace() for char in host):
        raise _refused("several", N_("Type one name at a time, without spaces."))


def _is_address(host: str) -> bool:
    """IPv4, IPv6, and what some programs take for IPv4 ("127.1", "0x7f.1", "2130706433")."""
    bare = host.strip("[]").rstrip(".")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*", bare, re.IGNORECASE) is not None
    return True


def _ascii(host: str) -> str:
    try:
        return to_ascii(host)
    except NameRefused as refused:
        raise Refusal(refused.code, refused.message, FIELD, **refused.params) from None


def _refused(code: str, message: str, **params: object) -> Refusal:
    return Refusal(code, message, FIELD, **params)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """The whole list: "github.io" belongs to nobody alone."""
    return PublicSuffixList()
