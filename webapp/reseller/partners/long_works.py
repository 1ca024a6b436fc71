"""Long work that one can leave and find again: how far it is, what went wrong, what came out.

Whoever starts one writes an outbox row with its id in the same transaction; the task takes it in steps, each in a
transaction of its own that ends with `step`, and lengthens its lease as it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.refusal import NotFound

from .audit import Actor
from .models import LongWork

#: More problems than this are only counted.
NAMED = 100


def start(session: Session, actor: Actor, kind: str, total: int, data: Mapping[str, Any]) -> LongWork:
    """Write down what is to be done; `data` is plain JSON."""
    work = LongWork(kind=kind, total=total, data=dict(data), started_by=actor.label, started_at=clock.now())
    session.add(work)
    session.flush()
    return work


def get(session: Session, work_id: int, *, lock: bool = False) -> LongWork:
    """One of the partner's. Raises NotFound."""
    query = select(LongWork).where(LongWork.id == work_id)
    work = session.scalar(query.with_for_update() if lock else query)
    if work is None:
        raise NotFound
    return work


def step(session: Session, work: LongWork, done: int, problems: Sequence[Mapping[str, str]] = ()) -> None:
    """`done` pieces more are through, the ones in `problems` ({"what", "why"}) without success."""
    work.done += done
    work.problems = [*work.problems, *map(dict, problems)][:NAMED]
    session.flush()


def finish(session: Session, work: LongWork, result: str = "", *, failed: bool = False) -> None:
    """Nothing more is to be done; `result` names a file of the storage."""
    work.state, work.result, work.ended_at = ("failed" if failed else "done"), result, clock.now()
    session.flush()
