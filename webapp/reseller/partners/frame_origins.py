"""Which site is meant: from what somebody typed or pasted to one exact origin, `https://host[:port]`."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from webapp.foundation.headers import is_origin
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

#: A pasted address of a page may be long; what counts is before its path.
LONGEST = 2000
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
#: "javascript:alert(1)", and not "shop.example:8443".
_OTHER_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?![0-9]{1,5}(?:[/?#]|$))")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def origin_of(typed: str, *, local: bool = False) -> str:
    """The origin of a site or of a page of it: "Sklep.Example/blog" -> "https://sklep.example".

    `local`: this install serves plain HTTP on this machine, so `http://` may be written for localhost names.
    Raises Refusal with a sentence for everything that is not exactly one public site.
    """
    text = typed.strip()
    if not text:
        raise _refusal("empty", N_("Write the address of your site, for example https://www.example.com."))
    if len(text) > LONGEST or "\\" in text or any(sign.isspace() or not sign.isprintable() for sign in text):
        raise _refusal("address", N_("This is not the address of one site."))
    parts = _parts(text)
    if "*" in parts.netloc:
        raise _refusal("wildcard", N_("A star stands for sites that you do not know. Add each address by itself."))
    scheme = _scheme(parts, local)
    origin = f"{scheme}://{_host(parts, scheme == 'http')}{_port(parts, scheme)}"
    if not is_origin(origin):
        raise _refusal("address", N_("This is not the address of one site."))
    return origin


def _refusal(code: str, message: str, **params: object) -> Refusal:
    return Refusal(code, message, field="address", **params)


def _parts(text: str) -> SplitResult:
    if not _SCHEME.match(text):
        if _OTHER_SCHEME.match(text):
            raise _refusal("scheme", N_("The address of a site begins with https://."))
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  reading it is the check
    except ValueError:
        raise _refusal("port", N_("The port after the colon must be a number from 1 to 65535.")) from None
    if "@" in parts.netloc:
        raise _refusal("userinfo", N_("Leave out the user name: everything before the @ sign."))
    return parts


def _scheme(parts: SplitResult, local: bool) -> str:
    if parts.scheme == "https" or (parts.scheme == "http" and local and _is_local(parts.hostname or "")):
        return parts.scheme
    if parts.scheme == "http":
        raise _refusal("http", N_("Frames work on pages with https:// only. Switch HTTPS on for your site first."))
    raise _refusal("scheme", N_("The address of a site begins with https://."))


def _is_local(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _host(parts: SplitResult, local: bool) -> str:
    host = (parts.hostname or "").rstrip(".")
    if _is_address(host):
        raise _refusal("ip", N_("Write the name of your site, not the number of its server."))
    try:
        # Names that are not for registering, such as "my_site", have no place here either.
        name = idna.encode(host, uts46=True).decode("ascii") if not host.isascii() else host.lower()
    except UnicodeError:
        raise _refusal("name", N_("%(host)s is no name of a site."), host=host[:80]) from None
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > 253 or (len(labels) < 2 and not local):
        raise _refusal("name", N_("%(host)s is no name of a site."), host=host[:80] or "?")
    if _suffixes().publicsuffix(name) == name and not local:
        raise _refusal("suffix", N_("%(host)s is an ending that many sites share, not one site."), host=host[:80])
    return name


def _is_address(host: str) -> bool:
    last = host.rsplit(".", maxsplit=1)[-1]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # Browsers read 127.1 and 0x7f.1 as addresses too: no ending of a name is a number.
        return last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) is not None
    return True


def _port(parts: SplitResult, scheme: str) -> str:
    if parts.port == 0:
        raise _refusal("port", N_("The port after the colon must be a number from 1 to 65535."))
    usual = {"https": 443, "http": 80}[scheme]
    return "" if parts.port in (None, usual) else f":{parts.port}"


def twin_of(origin: str) -> str:
    """The same site with `www.` or without: browsers take them for two. "" where there is no such twin."""
    scheme, _, host = origin.partition("://")
    name, colon, port = host.partition(":")
    if _is_local(name):
        return ""
    if name.startswith("www."):
        rest = name.removeprefix("www.")
        return f"{scheme}://{rest}{colon}{port}" if _suffixes().privatesuffix(rest) else ""
    return f"{scheme}://www.{name}{colon}{port}" if _suffixes().privatesuffix(name) == name else ""


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
