"""What the Content-Security-Policy of somebody else's page lets in (W3C CSP Level 3, sections 6.6 and 6.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

#: Directive -> those that it falls back to, nearest first (CSP3 section 6.8.3).
SCRIPTS = ("script-src-elem", "script-src", "default-src")
FRAMES = ("frame-src", "child-src", "default-src")

_HOST_SOURCE = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([0-9]{1,5}|\*))?(/.*)?", re.IGNORECASE
)
_USUAL = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Policy:
    """One policy: directive -> its sources. A page may have several; all of them must let a thing in."""

    directives: dict[str, tuple[str, ...]]

    def lets_in(self, chain: Sequence[str], address: str, page: str, nonce: str = "") -> bool:
        """Whether the page at `page` may load `address` as what `chain` is about. `nonce`: the script tag's own."""
        name = next((each for each in chain if each in self.directives), None)
        if name is None:
            return True
        sources = self.directives[name]
        if nonce and f"'nonce-{nonce}'" in sources:
            return True
        if "'strict-dynamic'" in sources and chain is SCRIPTS:
            return False
        return any(_matches(source, address, page) for source in sources)


def policies(texts: Iterable[str]) -> list[Policy]:
    """The policies of header and meta texts; a header may hold several, with commas between them."""
    single = [part for text in texts for part in text.split(",") if part.strip()]
    return [Policy(_directives(part)) for part in single]


def _directives(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for directive in text.split(";"):
        words = directive.split()
        if words:
            # The first of two with the same name counts (CSP3 section 2.2.1).
            found.setdefault(words[0].lower(), tuple(words[1:]))
    return found


def _matches(source: str, address: str, page: str) -> bool:
    wanted, own = urlsplit(address), urlsplit(page)
    if source == "*":
        return wanted.scheme in _USUAL
    if source.lower() == "'self'":
        return (wanted.scheme, wanted.netloc) == (own.scheme, own.netloc)
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", source, re.IGNORECASE):
        return _scheme_fits(source[:-1].lower(), wanted.scheme)
    found = _HOST_SOURCE.fullmatch(source)
    if found is None:
        return False
    scheme, host, port, path = found.groups()
    return (
        _scheme_fits((scheme or own.scheme).lower(), wanted.scheme)
        and _host_fits(host.lower(), wanted.hostname or "")
        and (port == "*" or (int(port) if port else _USUAL.get(wanted.scheme)) == _port_of(address))
        and _path_fits(path or "", wanted.path)
    )


def _scheme_fits(allowed: str, wanted: str) -> bool:
    return wanted == allowed or (allowed == "http" and wanted == "https")


def _host_fits(allowed: str, wanted: str) -> bool:
    return allowed in ("*", wanted) or (allowed.startswith("*.") and wanted.endswith(allowed[1:]))


def _path_fits(allowed: str, wanted: str) -> bool:
    return allowed in ("", "/", wanted) or (allowed.endswith("/") and wanted.startswith(allowed))


def _port_of(address: str) -> int | None:
    parts = urlsplit(address)
    return parts.port or _USUAL.get(parts.scheme)
