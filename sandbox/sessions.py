"""Who is signed in (RFC 5730 section 2.9.1)."""

from __future__ import annotations

import hmac
import sqlite3
import threading
from collections import Counter
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from sandbox.epp import namespaces as ns
from sandbox.epp.answers import Answer
from sandbox.epp.commands import Command
from sandbox.epp.results import Refused
from sandbox.epp.xml import child, text, texts
from sandbox.store import setting

MAX_FAILURES = 3


@dataclass
class Session:
    """One connection: the registrar once signed in, the services named at login, the failed attempts."""

    account: str | None = None
    services: set[str] = field(default_factory=set)
    failures: int = 0


class Sessions:
    """Counts the signed-in sessions of each registrar."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    def login(self, db: sqlite3.Connection, session: Session, command: Command) -> Answer:
        """``login``: 2002 when signed in already, 2100 and 2102 for options, 2307 and 2103 for services, 2200 for a
        wrong password (2501 the third time), 2502 over the limit of sessions."""
        if session.account is not None:
            raise Refused(2002, "logged in already")
        body = command.body
        _check_options(body)
        services = _services(body)
        account = text(body, "clID")
        if not _password_right(db, account, text(body, "pw")):
            session.failures += 1
            raise Refused(2501 if session.failures >= MAX_FAILURES else 2200)
        if child(body, "newPW") is not None:
            db.execute("UPDATE accounts SET password = ? WHERE id = ?", (text(body, "newPW"), account))
        self._enter(account, int(setting(db, "session_limit")))
        session.account, session.services = account, services
        return Answer()

    def _enter(self, account: str, limit: int) -> None:
        with self._lock:
            if self._open[account] >= limit:
                raise Refused(2502, f"at most {limit} sessions")
            self._open[account] += 1

    def leave(self, session: Session) -> None:
        """The connection is gone."""
        if session.account is not None:
            with self._lock:
                self._open[session.account] -= 1


def _check_options(body: Element) -> None:
    options = child(body, "options")
    if options is None:
        raise Refused(2003, "<options> is missing")
    if text(options, "version") != "1.0":
        raise Refused(2100, "the version is 1.0")
    if text(options, "lang") != "en":
        raise Refused(2102, "the language is en")


def _services(body: Element) -> set[str]:
    element = child(body, "svcs")
    if element is None:
        raise Refused(2003, "<svcs> is missing")
    named = set(texts(element, "objURI"))
    for uri in named - set(ns.OBJECTS.values()):
        raise Refused(2307, f"no objects of {uri}"[:200])
    extension = child(element, "svcExtension")
    extensions = set() if extension is None else set(texts(extension, "extURI"))
    for uri in extensions - set(ns.EXTENSIONS.values()):
        raise Refused(2103, f"no extension {uri}"[:200])
    return named | extensions


def _password_right(db: sqlite3.Connection, account: str, given: str) -> bool:
    row = db.execute("SELECT password FROM accounts WHERE id = ?", (account,)).fetchone()
    stored = row["password"] if row is not None else ""
    return bool(stored) and hmac.compare_digest(stored.encode(), given.encode())
