"""Proformas as PDF in one ZIP: those that were ticked, or all that the list shows."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.billing import queries as billing
from webapp.reseller.orders import paper_archives, proforma_files
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.lists import wanted
from webapp.surfaces.shared.numbers import whole_number

from . import long_work
from .blueprint import bp
from .proformas import OVERDUE, STATES, ListForm, narrowed_to


@bp.post("/proformas/papers")
@people.idempotent
def proforma_papers() -> ResponseReturnValue:
    """Start to set the papers, and show how far it is."""
    with told():
        with database().writing() as session:
            work = proforma_files.start(session, actor(), _chosen(session))
        return long_work.show(work)
    return redirect(url_for("sales.proformas"), 303)


def _chosen(session: Session) -> Sequence[int]:
    """The ticked ones; without any, everything that the filter in the address shows."""
    ticked = [number for text in request.form.getlist("id") if (number := whole_number(text)) is not None]
    if ticked:
        return ticked
    today = clock.today(site().timezone)
    narrowed = narrowed_to(wanted("state", (*STATES, OVERDUE)), wanted("q"), today, ListForm(request.args))
    return billing.proforma_ids(session, paper_archives.MOST + 1, **narrowed)


@bp.get("/proformas/papers/<int:work_id>.zip")
def proforma_papers_file(work_id: int) -> Response:
    """The finished file, for staff of the partner whose it is."""
    work = long_work.done(work_id, proforma_files.KIND)
    return long_work.file_of(work, f"proformas-{work.id}")
