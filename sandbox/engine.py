"""One command from frame to answer: log, faults, clock, dispatch. All of it in one transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox import clock, faults, lifecycle
from sandbox.epp import answers
from sandbox.epp import namespaces as ns
from sandbox.epp.answers import Answer
from sandbox.epp.commands import Command, read_command
from sandbox.epp.results import Refused
from sandbox.objects import contacts, domain_updates, domains, hosts, messages, renewals, transfers
from sandbox.objects.request import Request
from sandbox.sessions import Session, Sessions
from sandbox.store import Store, setting

SERVER = "Sandbox registry"
_log = logging.getLogger("sandbox")

HANDLERS: dict[tuple[str, str], Callable[[Request], Answer]] = {
    ("domain", "check"): domains.check,
    ("domain", "info"): domains.info,
    ("domain", "create"): domains.create,
    ("domain", "update"): domain_updates.update,
    ("domain", "delete"): domains.delete,
    ("domain", "renew"): renewals.renew,
    ("domain", "transfer"): transfers.transfer,
    ("contact", "check"): contacts.check,
    ("contact", "info"): contacts.info,
    ("contact", "create"): contacts.create,
    ("contact", "update"): contacts.update,
    ("contact", "delete"): contacts.delete,
    ("host", "check"): hosts.check,
    ("host", "info"): hosts.info,
    ("host", "create"): hosts.create,
    ("host", "update"): hosts.update,
    ("host", "delete"): hosts.delete,
}


@dataclass
class Reply:
    """What goes back over the wire: the frames' XML, what to do with the connection, how long to wait before."""

    frames: list[bytes] = field(default_factory=list)
    close: bool = False
    half: bool = False
    wait: float = 0.0


class Engine:
    """Executes commands on a store. Shared by all connections."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.sessions = Sessions()

    def greeting(self) -> bytes:
        """The greeting for a new connection."""
        with self.store.transaction() as db:
            now = clock.now(db)
            _write_log(db, now, None, Command(verb="connect"))
        return answers.greeting(SERVER, clock.write(now))

    def limits(self) -> tuple[float, float]:
        """How long a peer may be silent, and how long one frame may take, in seconds."""
        with self.store.transaction() as db:
            return float(setting(db, "idle_seconds")), float(setting(db, "frame_seconds"))

    def reject(self, session: Session, reason: str) -> bytes:
        """The last answer on a connection whose frames cannot be found any more."""
        answer = Answer(2500, reason)
        with self.store.transaction() as db:
            entry, svtrid = _write_log(db, clock.now(db), session.account, Command())
            _finish_log(db, entry, answer, None)
        return answers.response(answer, None, svtrid)

    def execute(self, session: Session, frame: bytes) -> Reply:
        """Execute one frame for a session."""
        command = read_command(frame)
        with self.store.transaction() as db:
            now = clock.now(db)
            entry, svtrid = _write_log(db, now, session.account, command)
            fault = faults.take(db, command, session.account)
            reply = Reply(wait=float(setting(db, "delay_ms")) / 1000)
            if fault is not None and fault.kind == "lose-before":
                _finish_log(db, entry, None, fault)
                return Reply(close=True)
            if fault is not None and fault.kind == "code":
                answer = Answer(fault.code, "planted fault")
            else:
                answer = self._answer(db, session, command, now, svtrid)
            _finish_log(db, entry, None if command.verb == "hello" else answer, fault)
        if answer.closes:
            reply.close = True
        if command.verb == "hello" and answer.code == 1000:
            reply.frames = [answers.greeting(SERVER, clock.write(now))]
        else:
            reply.frames = [answers.response(answer, command.cltrid, svtrid)]
        return _spoil(reply, fault)

    def _answer(self, db: sqlite3.Connection, session: Session, command: Command, now: datetime, svtrid: str) -> Answer:
        lifecycle.advance(db, now)
        try:
            if command.refusal is not None:
                raise command.refusal
            if setting(db, "maintenance") and command.verb not in ("hello", "logout"):
                return Answer(2500, "maintenance")
            with self.store.savepoint():
                return self._dispatch(db, session, command, now, svtrid)
        except Refused as refusal:
            return Answer(refusal.code, refusal.reason)
        except Exception:  # noqa: BLE001 - the log gets it whole, the client 2400
            # A fault of ours must cost one command, not the connection of a client.
            _log.exception("command %s %s failed", command.verb, command.object)
            return Answer(2400, "the registry failed")

    def _dispatch(
        self, db: sqlite3.Connection, session: Session, command: Command, now: datetime, svtrid: str
    ) -> Answer:
        if command.verb == "hello":
            return Answer()
        if command.verb == "login":
            return self.sessions.login(db, session, command)
        if session.account is None:
            raise Refused(2002, "log in first")
        if command.verb == "logout":
            return Answer(1500)
        request = Request(db, session.account, command, now, svtrid)
        if command.verb == "poll":
            return messages.poll(request)
        _require_announced(session, command)
        return HANDLERS[(command.object or "", command.verb)](request)


def _require_announced(session: Session, command: Command) -> None:
    uris = [ns.OBJECTS[command.object or ""], *(ns.EXTENSIONS[word] for word in command.extensions)]
    for uri in uris:
        if uri not in session.services:
            raise Refused(2002, f"{uri} was not named at login")


def _spoil(reply: Reply, fault: faults.Fault | None) -> Reply:
    if fault is None:
        return reply
    if fault.kind == "lose-after":
        return Reply(close=True)
    if fault.kind == "delay":
        reply.wait += fault.seconds
    elif fault.kind == "duplicate":
        reply.frames = reply.frames * 2
    elif fault.kind == "close-mid-frame":
        reply.half = reply.close = True
    return reply


def _write_log(db: sqlite3.Connection, now: datetime, account: str | None, command: Command) -> tuple[int, str]:
    entry = (
        db.execute(
            "INSERT INTO log (at, account, command, object, names, cltrid) VALUES (?, ?, ?, ?, ?, ?)",
            (clock.write(now), account, command.title, command.object, " ".join(command.names)[:2000], command.cltrid),
        ).lastrowid
        or 0
    )
    svtrid = f"SANDBOX-{entry:08d}"
    db.execute("UPDATE log SET svtrid = ? WHERE id = ?", (svtrid, entry))
    return entry, svtrid


def _finish_log(db: sqlite3.Connection, entry: int, answer: Answer | None, fault: faults.Fault | None) -> None:
    db.execute(
        "UPDATE log SET code = ?, reason = ?, fault = ? WHERE id = ?",
        (answer.code if answer else None, answer.reason if answer else None, fault.kind if fault else None, entry),
    )
