"""The books: invariants of money and provisioning, checked over all partners after every test run and by the operator.

All checks but the registry's read in one transaction, so that they see the same moment; each is a few statements that
the database works out for all partners at once and that bring back offenders only. Hashes cannot be worked out there:
invoices and the log are read through once, in order, a bite at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.providers.registry.port import RegistryPort

from . import ledgers, papers, payments, provisioning, queues, registry, walls
from .rules import NAMED, Check

#: What is checked, in the order of the numbers.
CHECKS: dict[str, Check] = dict(
    sorted(
        (named for room in (provisioning, ledgers, payments, papers, walls, queues) for named in room.CHECKS.items()),
        key=lambda each: int(each[0].split()[0][1:]),
    )
)


@dataclass(frozen=True)
class Invariant:
    """One rule of the books: its name, whether it holds, and the first offenders when it does not."""

    name: str
    ok: bool
    detail: str = ""


def check(database: Database) -> list[Invariant]:
    """Every invariant over all partners, in the order of their numbers."""
    with database.reading(tenancy.Platform("books")) as session:
        return [invariant(name, list(find(session))) for name, find in CHECKS.items()]


def check_registry(database: Database, port: RegistryPort, *, most: int = 10**9) -> Invariant:
    """I2 over at most `most` names, the newest first; `detail` says how many were asked."""
    truth = registry.compare(database, port, most=most)
    said = [f"{truth.asked} names asked"] if truth.complete else [f"{truth.asked} names asked, not all"]
    said += [f"{truth.unanswered} without an answer"] if truth.unanswered else []
    found = invariant(registry.NAME, list(truth.differences))
    return Invariant(found.name, truth.ok, "; ".join([*said, *([found.detail] if found.detail else [])]))


def invariant(name: str, offenders: list[str]) -> Invariant:
    """What a check says: it holds when there are no offenders."""
    more = f" and {len(offenders) - NAMED} more" if len(offenders) > NAMED else ""
    return Invariant(name, not offenders, "; ".join(offenders[:NAMED]) + more)
