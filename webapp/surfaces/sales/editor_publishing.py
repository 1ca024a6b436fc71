"""From draft to public: what to look at before, now or at a set time, off the shop again, a link for others' eyes."""

from __future__ import annotations

from datetime import date, datetime
from datetime import time as time_of_day
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import DateField, TimeField
from wtforms.validators import InputRequired

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.urls import shop_url
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms import queries
from webapp.reseller.cms.queries import DraftView
from webapp.surfaces.shared.current import actor, blocks, database, settings, site
from webapp.surfaces.shared.forms import Form, lazy, said
from webapp.surfaces.shared.people import idempotent
from webapp.surfaces.shared.rendering import render

from . import editor_answers as answers
from .blueprint import bp
from .editor_checks import found_checks
from .editor_state import neighbours, preview_url

#: What each deed says when it is done.
SAID = {
    "publish": N_("Published. Visitors see this version now."),
    "schedule": N_("Scheduled. It will be published at that time."),
    "unschedule": N_("Nothing is scheduled any more."),
    "unpublish": N_("Taken off the shop. It is a draft again."),
}


class ScheduleForm(Form):
    """A date and a time where the partner is."""

    day = DateField(lazy("Date"), [InputRequired(lazy("Choose a date."))])
    time = TimeField(lazy("Time"), [InputRequired(lazy("Choose a time."))])

    def instant(self) -> datetime:
        """What was chosen, in UTC. Only after validation."""
        day, time = cast(date, self.day.data), cast(time_of_day, self.time.data)
        local = datetime.combine(day, time, ZoneInfo(site().timezone))
        return local.astimezone(ZoneInfo("UTC"))


@bp.route("/site/pages/<int:page_id>/edit/publish", methods=["GET", "POST"])
@idempotent
def editor_publish(page_id: int) -> ResponseReturnValue:
    """What to look at before publishing, and the ways to do it: a page, or the content of the editor's dialog."""
    form = ScheduleForm()
    if request.method == "POST":
        done = _done(page_id, form)
        if done:
            return done
    with database().reading() as session:
        facts = _facts(session, queries.draft(session, page_id))
    fragment = answers.by_script()
    template = "sales/_editor_publish.html" if fragment else "sales/editor_publish.html"
    page = render(template, title=_("Publish"), form=form, **facts)
    status = 422 if form.errors else 200
    return (
        (jsonify(html=page, refused=_("Not published yet: look at the marked lines.")), 422)
        if fragment and status == 422
        else (page, status)
    )


def _done(page_id: int, form: ScheduleForm) -> ResponseReturnValue | None:
    """The deed, or None when it was refused: the form then says why."""
    deed = request.form.get("do", "")
    if deed not in SAID:
        raise NotFound
    if deed == "schedule" and not form.validate():
        return None
    try:
        _do(deed, page_id, form)
    except NotFound:
        raise
    except Refusal as refusal:
        form.form_errors.append(said(refusal))
        return None
    if answers.by_script():
        return answers.done(page_id, request.form.get("block", ""), _(SAID[deed]))
    flash(_(SAID[deed]))
    return redirect(url_for("sales.editor", page_id=page_id), 303)


def _do(deed: str, page_id: int, form: ScheduleForm) -> None:
    with database().writing() as session:
        if deed == "publish":
            cms.publish_page(session, actor(), page_id, types=blocks())
        elif deed == "schedule":
            cms.schedule_page(session, actor(), page_id, form.instant(), types=blocks())
        elif deed == "unschedule":
            cms.unschedule(session, actor(), page_id)
        else:
            cms.unpublish_page(session, actor(), page_id)


def _facts(session: Session, view: DraftView) -> dict[str, Any]:
    now = clock.now().astimezone(ZoneInfo(site().timezone))
    return neighbours(view.page_id) | {
        "view": view,
        "checks": found_checks(session, view),
        "share_url": preview_url(view, "share"),
        "public_url": shop_url(settings(), site(), queries.page_path(view.locale, view.slug)),
        "today": now.date().isoformat(),
        "timezone": site().timezone,
    }
