"""Proformas as PDF in one ZIP: those that were ticked, or all that the list shows."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.refusal import NotFound
from webapp.reseller.billing import queries as billing
from webapp.reseller.orders import paper_archives, proforma_files
from webapp.reseller.partners import long_works
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site, storage
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.lists import wanted
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.sheets import zip_file
from webapp.surfaces.shared.storing import storing

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
    with database().reading() as session:
        work = long_works.get(session, work_id)
    if work.kind != proforma_files.KIND or work.state != "done":
        raise NotFound
    with storing():
        content = storage().get(work.result)
    if content is None:
        abort(404)
    answer = zip_file(f"proformas-{work.id}", content)
    answer.headers["Cache-Control"] = "no-store"
    return answer
