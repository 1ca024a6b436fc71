"""How a request to the wholesale side is signed: HMAC-SHA256 (RFC 2104) under the partner's key.

Signed are method, path, date and body, each on a line of its own; the date is the Date header (RFC 9110 section 5.6.7),
so that a request that was overheard is worth nothing a few minutes later.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

#: How far the clocks of the two sides may be apart.
WINDOW = timedelta(minutes=5)
HEADER = "X-Signature"
_KEY = re.compile(r"[0-9a-f]{64}")


def is_key(text: str) -> bool:
    """64 hex digits, in small letters."""
    return _KEY.fullmatch(text) is not None


def date_header(now: datetime) -> str:
    """The instant as HTTP writes it."""
    return format_datetime(now.astimezone(UTC), usegmt=True)


def signature(key: str, method: str, path: str, date: str, body: bytes = b"") -> str:
    """Hex. The key's bytes are meant, not its letters."""
    said = "\n".join((method.upper(), path, date, sha256(body).hexdigest()))
    return hmac.new(bytes.fromhex(key), said.encode(), sha256).hexdigest()


def is_recent(date: str, now: datetime) -> bool:
    """Whether a Date header is within WINDOW of now; False for what is no date."""
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return False
    return told.tzinfo is not None and abs(now - told) <= WINDOW
