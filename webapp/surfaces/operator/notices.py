"""Technical messages to all partners: write, schedule, end."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateTimeLocalField, RadioField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import LANGUAGE_NAMES, PANEL
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import notices
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.forms import Form, lazy, respond

from .blueprint import bp

#: As browsers write an instant without a zone (HTML, local date and time strings).
_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class NoticeForm(Form):
    """A message; a title and a text in each language of the panels (fields title_pl, text_pl ...)."""

    level = RadioField(lazy("Kind"), default="info")
    since = DateTimeLocalField(
        lazy("Shown from (UTC)"), [Optional()], description=lazy("Empty: from now on."), format=_FORMATS
    )
    until = DateTimeLocalField(
        lazy("Shown until (UTC)"), [Optional()], description=lazy("Empty: until you end it."), format=_FORMATS
    )

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.level.choices = [("info", _("For information")), ("warn", _("Warning: something does not work"))]


for _locale in PANEL:
    _short, _long = Length(max=notices.LONGEST_TITLE), Length(max=notices.LONGEST_TEXT)
    setattr(NoticeForm, f"title_{_locale}", StringField(lazy("Title"), [Optional(), _short]))
    setattr(NoticeForm, f"text_{_locale}", TextAreaField(lazy("Text"), [Optional(), _long], render_kw={"rows": 3}))


@bp.route("/notices", methods=["GET", "POST"])
def notice_list() -> ResponseReturnValue:
    """All of them, and the form of a new one."""
    form = NoticeForm()
    if form.accepted() and _written(form):
        flash(_("Written. Partners see it on their first page."))
        return redirect(url_for("operator.notice_list"), 303)
    with database().reading() as session:
        found = notices.every(session)
    names = {locale: LANGUAGE_NAMES[locale] for locale in PANEL}
    context = {"title": _("Messages to partners"), "found": found, "now": clock.now(), "names": names}
    return respond("operator/notices.html", form, **context)


def _written(form: NoticeForm) -> bool:
    texts = {locale: (form[f"title_{locale}"].data or "", form[f"text_{locale}"].data or "") for locale in PANEL}
    try:
        with database().writing() as session:
            notices.write(session, form.level.data, texts, _utc(form.since.data), _utc(form.until.data))
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _utc(typed: datetime | None) -> datetime | None:
    return typed.replace(tzinfo=UTC) if typed else None


@bp.post("/notices/<int:notice_id>/end")
@people.idempotent
def end_notice(notice_id: int) -> ResponseReturnValue:
    """Stop showing it."""
    with database().writing() as session:
        notices.end(session, notice_id)
    flash(_("Ended: nobody sees it any more."))
    return redirect(url_for("operator.notice_list"), 303)
