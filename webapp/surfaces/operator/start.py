"""The first page: what is stuck, how the install does, its newest partners."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock, urls
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.desk import install, work
from webapp.reseller.partners import operations
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, signed_in
from webapp.surfaces.shared.rendering import render

from . import health
from .blueprint import bp


@bp.get("/")
def start() -> str:
    """What needs me now."""
    with database().reading() as session:
        newest = install.newest_partners(session)
        return render(
            "operator/start.html",
            title=_("Start"),
            today=clock.today("UTC"),
            totals=install.totals(session),
            newest=newest,
            figures=install.partner_figures(session, newest),
            given_up=install.given_up(session),
            unclear=install.unclear(session),
            jobs=work.last_runs(session),
            signs=health.signs(session),
        )


@bp.post("/work/<int:row_id>/revive")
@people.idempotent
def revive(row_id: int) -> ResponseReturnValue:
    """Try given-up work again. Twice is once: the second time it is not given up any more."""
    try:
        with database().writing() as session:
            install.revive(session, actor(), row_id)
        flash(_("It is being tried again. If it fails once more, it comes back here."))
    except NotFound:
        flash(_("That work was set going again already."), "warn")
    return redirect(url_for("operator.start"), 303)


@bp.post("/language")
@people.idempotent
def language() -> ResponseReturnValue:
    """The language of my panel."""
    with database().writing() as session:
        operations.set_operator_language(session, signed_in().id, request.form.get("locale", ""))
    return redirect(urls.safe_next(request.form.get("next"), url_for("operator.start")), 303)
