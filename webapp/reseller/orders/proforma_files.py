"""Proformas as PDF in one ZIP: those that were ticked, or all that a filter shows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.paper_data import Paper
from webapp.reseller.partners import long_works
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import LongWork

from . import paper_archives
from .papers import Context, proforma_paper

KIND = "proformas.zip"


def start(session: Session, actor: Actor, proforma_ids: Sequence[int]) -> LongWork:
    """Ask for the papers of these. What is not the partner's is left out. Raises Refusal for none and for too many."""
    if len(proforma_ids) > paper_archives.MOST:
        raise Refusal("too_many", N_("At most %(most)s in one file."), most=paper_archives.MOST)
    ids = [number for part in _parts(sorted(set(proforma_ids))) for number in session.scalars(_mine(part))]
    if not ids:
        raise Refusal("none", N_("Choose at least one proforma."))
    work = long_works.start(session, actor, KIND, len(ids), {"ids": ids})
    outbox.enqueue(session, "proformas.zip", str(work.id), {"work_id": work.id})
    record(session, actor, "proformas.exported", "partner", None, documents=len(ids))
    return work


def _parts(ids: Sequence[int], size: int = 500) -> Sequence[Sequence[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _mine(ids: Sequence[int]) -> Select[int]:
    return select(Proforma.id).where(Proforma.id.in_(ids)).order_by(Proforma.id)


def build(context: Context, lease: outbox.Lease) -> None:
    """The job."""
    paper_archives.build(context, lease, "proformas", _batch)


def _batch(session: Session, work: LongWork, after: int) -> Sequence[tuple[int, str, Paper]]:
    wanted = [each for each in work.data["ids"] if each > after][: paper_archives.CHUNK]
    rows = session.scalars(select(Proforma).where(Proforma.id.in_(wanted)).order_by(Proforma.id)).all()
    return [(row.id, row.number, proforma_paper(session, row)) for row in rows]
