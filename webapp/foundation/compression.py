"""gzip for answers that are the same for everybody: static files, brand stylesheets, pages that are kept.

Nothing else is compressed by us: the length of a compressed answer that holds a secret (a CSRF token, a basket) beside
something that a stranger may choose gives the secret away letter by letter (BREACH, CVE-2013-3587).
"""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: "gzip" or "x-gzip" by name and not with the quality zero (RFC 9110 section 12.5.3).
_GZIP = re.compile(r"(?:^|[\s,])(?:x-)?gzip\s*(?:$|,|;(?!\s*q\s*=\s*0(?:\.0*)?\s*(?:$|,)))", re.IGNORECASE)


def accepts_gzip(environ: WSGIEnvironment) -> bool:
    """Did the visitor's browser say that it reads gzip? "*" is no such word: programs send it that cannot."""
    return _GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None


def zipped(body: bytes) -> bytes:
    """The same bytes for the same body, on every process: they make an ETag."""
    return gzip.compress(body, 9, mtime=0)


def encoded(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    """The headers of an answer whose body is now `body`, gzipped."""
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return [*kept, ("Content-Length", str(len(body))), ("Content-Encoding", "gzip")]


def varying(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers with one Vary that names Accept-Encoding besides what it named before."""
    known = [value for name, value in headers if name.lower() == "vary"]
    others = [(name, value) for name, value in headers if name.lower() != "vary"]
    return [*others, ("Vary", ", ".join([*known, "Accept-Encoding"]))]
