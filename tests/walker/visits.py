"""One request at a time, and what must hold after each: no leak, no crash, no write that was not asked for."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from tests.factories import PASSWORD
from tests.walker import canaries
from tests.walker.house import API_KEYS
from tests.walker.people import Person, send
from webapp.foundation.web import WebApp

_WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|ALTER|CREATE|DROP)\b", re.IGNORECASE)
#: Signed CSRF tokens and links to drafts, wherever they stand, and the fresh keys of forms.
_TOKEN = re.compile(r"I[\w-]{20,}\.[\w-]{6}\.[\w-]{27}|(?<=/preview/)[\w-]+\.[\w-]{27}")
_KEYS = re.compile(r'(name="[a-z-]*key"[^>]*value=")[^"]*')
#: In a PDF: when it was made, and the numbers that follow from it.
_MADE = re.compile(rb"/(?:Mod|Creation)Date\([^)]*\)|/ID\[[^]]*\]|<(?:xmp:\w+Date|stEvt:\w+|xmpMM:\w+ID)>[^<]*")
#: The same in a workbook.
_PROPERTIES = "docProps/core.xml"
_OF_ONE_ANSWER = frozenset(("x-request-id", "date", "set-cookie", "x-frame-token", "content-length", "server-timing"))
#: The only cookie, and how it is set (RFC 6265bis): host-only, out of reach of scripts, not sent by other sites' forms.
_COOKIE = re.compile(r"s=[^;]*; Expires=[^;]+; (Max-Age=0; )?HttpOnly; Path=/; SameSite=Lax")


class Walk:
    """Sends requests, keeps what went wrong (`problems`) and how many there were."""

    def __init__(self, app: WebApp, engine: Engine) -> None:
        self.app, self.engine = app, engine
        self.problems: list[str] = []
        self.count: Counter[str] = Counter()
        self._secrets = [*canaries.secrets(engine), PASSWORD, *API_KEYS.values()]
        self._writes: list[str] = []
        self._kept = False
        event.listen(app.database.engine, "before_cursor_execute", self._note)
        event.listen(app.database.engine, "commit", self._keep)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _WRITE.match(statement):
            self._writes.append(statement)

    def _keep(self, _connection: Any) -> None:
        self._kept = bool(self._writes)

    def visit(self, person: Person, method: str, path: str, **options: Any) -> TestResponse:
        """One request. Whoever sends it must not see a secret, a foreign canary, a crash or a loose cookie."""
        self._writes.clear()
        self._kept = False
        self.app.redis.flushall()  # nobody may be too fast: limits have tests of their own
        response = send(self.app, person, method, path, **options)
        self.count["requests"] += 1
        where = f"{person.name} {method} {path} [{response.status_code}]"
        self.problems += [f"{where}: {what}" for what in self._wrong(person, response)]
        if method in ("GET", "HEAD", "OPTIONS") and self._writes:
            self.problems.append(f"{where}: writes {self._writes[0][:80]}")
        return response

    def _wrong(self, person: Person, response: TestResponse) -> Iterator[str]:
        if response.status_code >= 500:
            yield "crashes"
        seen = (response.get_data() + repr(response.headers.to_wsgi_list()).encode()).decode(errors="replace")
        lower = seen.lower()
        yield from (f"shows {secret[:24]}" for secret in self._secrets if secret in seen)
        yield from (f"shows {word}" for word in person.forbidden if word in lower)
        for cookie in response.headers.getlist("Set-Cookie"):
            if not _COOKIE.fullmatch(cookie):
                yield f"sets {cookie}"
            if "no-store" not in response.headers.get("Cache-Control", ""):
                yield "sets a cookie on a page that may be kept"
        if "Content-Security-Policy" not in response.headers:
            yield "has no content security policy"

    def differ(self, what: str, *names: str) -> None:
        """Keep one problem."""
        self.problems.append(f"{what}: {' / '.join(names)}")

    def untouched(self, what: str, before: dict[str, str]) -> None:
        """After a request that wrote and committed: nothing may be different all the same."""
        if self._kept and (changed := canaries.differences(before, canaries.fingerprint(self.engine))):
            self.problems.append(f"{what} changed {', '.join(changed)}")

    def report(self) -> None:
        """Fail with everything that went wrong."""
        assert self.count["requests"], "nobody walked"
        shown = "\n".join(dict.fromkeys(self.problems[:60]))
        assert not self.problems, f"{len(self.problems)} problems in {self.count['requests']} requests\n{shown}"


def _content(response: TestResponse) -> bytes:
    """The body; of files, without the second in which they were made."""
    body = response.get_data()
    if body.startswith(b"%PDF"):
        return _MADE.sub(b"", body)
    if not zipfile.is_zipfile(io.BytesIO(body)):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return b"".join(parts.read(name) for name in parts.namelist() if name != _PROPERTIES)


def essence(response: TestResponse, value: str = "", before: str = "") -> tuple[int, tuple[tuple[str, str], ...], str]:
    """An answer without what is each request's own: its number, its tokens, and the `value` in the path asked for,
    which follows the word `before` (another argument may have the same number)."""
    headers = sorted((k.lower(), v) for k, v in response.headers if k.lower() not in _OF_ONE_ANSWER)
    text = _KEYS.sub(r"\1", _TOKEN.sub("", _content(response).decode(errors="replace")))
    if request_id := response.headers.get("X-Request-Id"):
        text = text.replace(request_id, "")
    if value:
        led = f"((?:/|%2F){re.escape(before)}(?:/|%2F))" if before else "(/|%2F)"
        asked = re.compile(rf"{led}{re.escape(value)}(?!\.(?!(?:pdf|png|zip)\b)|[\w-])", re.IGNORECASE)
        text = asked.sub(r"\1<id>", text)
        headers = [(name, asked.sub(r"\1<id>", each)) for name, each in headers]
    return response.status_code, tuple(headers), text
