"""JSON logs: one line per record, with the request's id and the tenant, and never a secret."""

from __future__ import annotations

import json
import logging
import math
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

#: Set at the edge of a request or job; every record written inside carries them.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
tenant: ContextVar[str | int | None] = ContextVar("log_tenant", default=None)

REMOVED = "[removed]"

_SECRET_WORDS = ("password", "passwd", "token", "authorization", "auth_info", "authinfo", "secret", "cookie", "api_key")
_SECRET_KEY = re.compile("|".join(_SECRET_WORDS), re.IGNORECASE)
#: `password=x`, `"token": "x"`, `Authorization: Bearer x` inside a text. Bounded, so that a long text stays cheap.
_SECRET_IN_TEXT = re.compile(
    rf"""((?:{"|".join(_SECRET_WORDS)})[\w-]{{0,20}}["']?\s{{0,3}}[=:]\s{{0,3}})"""
    r"""("[^"]{0,4000}"|'[^']{0,4000}'|(?:Bearer\s|Basic\s)?[^\s,;&"'})\]]{1,4000})""",
    re.IGNORECASE,
)
#: The user part of a URL: redis://:password@host.
_SECRET_IN_URL = re.compile(r"(://[^\s/@:]{0,100}:)[^\s/@]{1,200}@")
_XML_SECRET = re.compile(r"(<(?:[\w-]{1,20}:)?(?:pw|newPW)(?:\s[^>]{0,100})?>)[^<]{1,200}")

#: What every record has; anything else came in by `extra=`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_DEEPEST = 6


@contextmanager
def log_context(request: str | None, of_tenant: str | int | None = None) -> Iterator[None]:
    """Within the block, records carry this request id and tenant."""
    tokens = request_id.set(request), tenant.set(of_tenant)
    try:
        yield
    finally:
        request_id.reset(tokens[0])
        tenant.reset(tokens[1])


def configure_logging(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all records of the process, warnings included, as JSON lines to `stream` (standard error by default).

    Raises ValueError for an unknown level. May be called again; the last call counts.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.setLevel(level.upper())
    for old in list(root.handlers):
        if isinstance(old.formatter, JsonFormatter) or type(old) is logging.StreamHandler:
            root.removeHandler(old)
    root.addHandler(handler)
    logging.captureWarnings(True)


class JsonFormatter(logging.Formatter):
    """One JSON object per record, ASCII only, so that no character of a text can begin a new line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line. Never raises: a record that cannot be written properly is written as it can."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(_message(record)),
            "request_id": request_id.get(),
            "tenant": tenant.get(),
        }
        for key, value in vars(record).items():
            if key not in _STANDARD:
                line.setdefault(key, _clean(key, value))
        if record.exc_info:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = without_secrets(record.stack_info)
        return json.dumps({key: value for key, value in line.items() if value is not None}, default=_as_text)


def without_secrets(text: str) -> str:
    """The text with the value of each password, token, authorization, authInfo or secret in it removed."""
    text = _SECRET_IN_TEXT.sub(rf"\1{REMOVED}", text)
    text = _SECRET_IN_URL.sub(rf"\1{REMOVED}@", text)
    return _XML_SECRET.sub(rf"\1{REMOVED}", text)


def _message(record: logging.LogRecord) -> str:
    """The message with its arguments; a mapping among them has its secrets removed first."""
    try:
        if isinstance(record.args, Mapping):
            return str(record.msg) % _clean("", record.args)
        args = tuple(_clean("", arg) for arg in record.args or ())
        return str(record.msg) % args if args else str(record.msg)
    except Exception:  # noqa: BLE001  a log line with a mistake in it must not break what it reports
        return f"{record.msg!s} {record.args!r}"


def _clean(key: str, value: object, depth: int = 0) -> object:
    """The value without secrets: by key in mappings, by shape in texts. Objects become text in the end."""
    if _SECRET_KEY.search(key):
        return REMOVED
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {str(name): _clean(str(name), inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner, depth + 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for it
    return value


def _as_text(value: object) -> str:
    try:
        return without_secrets(str(value))
    except Exception:  # noqa: BLE001  somebody's broken __str__ is no reason to lose the record
        return f"<{type(value).__name__}>"
