"""I2: what stands here about names is what the registry says. Asked name by name, so by hand and bounded.

Nothing is put right by itself: who is wrong is a person's to find out. No session is open while the registry is asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.providers.errors import ProviderError
from webapp.providers.registry.port import DomainFacts, RegistryPort
from webapp.reseller.services.models import Domain, ProvisioningOperation

NAME = "I2 the registry says of each name what stands here"
#: States of names that are a subscriber's, and of those that came to nothing after we may have asked for them.
OURS, NOT_OURS = ("active", "expiring", "suspended"), ("lost", "cancelled")
#: What is under way may differ for a moment.
_OPEN = ("intended", "sent", "unknown")
_BITE = 100
#: After so many names in a row without an answer the registry is away.
_AWAY = 5


@dataclass(frozen=True)
class Entry:
    """A name as it stands here. `auth_info`: the fingerprints of our own registrations of it."""

    domain_id: int
    name: str
    state: str
    expires_at: datetime | None
    auth_info: tuple[str, ...] = ()


@dataclass(frozen=True)
class Truth:
    """What came of asking: how many names answered, how many did not, the differences in words."""

    asked: int = 0
    unanswered: int = 0
    differences: tuple[str, ...] = ()
    complete: bool = True  # False: there are more names, or the registry is away

    @property
    def ok(self) -> bool:
        """Every name that was to be asked answered, and as it should."""
        return not (self.differences or self.unanswered)


def compare(database: Database, registry: RegistryPort, *, most: int = 10**9, seconds: float = 10**9) -> Truth:
    """Ask about at most `most` names, the newest first, for about so many seconds."""
    ends, silent, truth, suspects = time.monotonic() + seconds, 0, Truth(), dict[Entry, str]()
    for entry in _entries(database):
        if truth.asked + truth.unanswered >= most or silent >= _AWAY or time.monotonic() > ends:
            truth = replace(truth, complete=False)
            break
        try:
            difference = _difference(entry, registry.info(entry.name))
        except ProviderError:
            silent, truth = silent + 1, replace(truth, unanswered=truth.unanswered + 1)
            continue
        silent, truth = 0, replace(truth, asked=truth.asked + 1)
        if difference:
            suspects[entry] = difference
    unchanged = _unchanged(database, list(suspects))
    return replace(truth, differences=tuple(suspects[each] for each in suspects if each in unchanged))


def _difference(entry: Entry, facts: DomainFacts | None) -> str:
    """What is not as it should be; "" when nothing is."""
    what = f"{entry.name} is {entry.state} here"
    if entry.state in NOT_OURS:
        ours = facts is not None and facts.ours and facts.auth_info in entry.auth_info
        return f"{what}, and the registry holds it for us" if ours else ""
    if facts is None:
        return f"{what}, and not registered"
    if not facts.ours:
        return f"{what}, and belongs to {facts.sponsor or 'somebody else'}"
    if facts.expires_at != entry.expires_at:
        return f"{what} until {_day(entry.expires_at)}, at the registry until {_day(facts.expires_at)}"
    return ""


def _day(instant: datetime | None) -> str:
    return instant.isoformat(timespec="seconds") if instant else "no day"


def _entries(database: Database) -> Iterator[Entry]:
    """Names to ask about, the newest first; each bite in a session of its own."""
    before = 2**62
    while True:
        with database.reading(tenancy.Platform("books")) as session:
            bite = _bite(session, Domain.id < before)
        yield from bite
        if len(bite) < _BITE:
            return
        before = bite[-1].domain_id


def _unchanged(database: Database, suspects: Sequence[Entry]) -> set[Entry]:
    """Those that still stand here as they did: the others were renewed, moved or let go while the registry spoke."""
    found: set[Entry] = set()
    for start in range(0, len(suspects), _BITE):
        ids = [each.domain_id for each in suspects[start : start + _BITE]]
        with database.reading(tenancy.Platform("books")) as session:
            found |= set(_bite(session, Domain.id.in_(ids)))
    return found


def _bite(session: Session, where: ColumnElement[bool]) -> list[Entry]:
    operation = ProvisioningOperation
    mine = and_(operation.partner_id == Domain.partner_id, operation.domain_id == Domain.id)
    busy = exists().where(mine, operation.state.in_(_OPEN))
    tried = exists().where(mine, operation.kind == "register", operation.tries > 0)
    wanted = or_(Domain.state.in_(OURS), and_(Domain.state.in_(NOT_OURS), tried))
    columns = (Domain.id, Domain.name, Domain.state, Domain.expires_at)
    query = select(*columns).where(where, wanted, ~busy).order_by(Domain.id.desc()).limit(_BITE)
    rows = session.execute(query).all()
    marks = _fingerprints(session, [row[0] for row in rows if row[2] in NOT_OURS])
    return [Entry(*row, auth_info=tuple(marks.get(row[0], ()))) for row in rows]


def _fingerprints(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """Domain -> the random authInfo of each of its registrations."""
    found: dict[int, list[str]] = {}
    operation = ProvisioningOperation
    query = select(operation.domain_id, operation.auth_info).where(operation.domain_id.in_(ids))
    for domain, mark in session.execute(query.where(operation.auth_info != "").order_by(operation.id)) if ids else ():
        found.setdefault(domain, []).append(mark)
    return found
