"""Is everything running? In words: database, queue, workers, scheduler, certificates; the registry is asked apart."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import request
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.web import the_app
from webapp.reseller.desk import install
from webapp.surfaces.shared.current import availability, database
from webapp.surfaces.shared.doors import queue_answers, tls_ask_answers
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

#: Work that is due for longer means that nobody takes it.
OVERDUE = timedelta(minutes=5)


@dataclass(frozen=True)
class Sign:
    """One line of the health list."""

    ok: bool
    title: str
    text: str


def signs(session: Session) -> list[Sign]:
    """Everything that can be told at once."""
    kind = "PostgreSQL" if database().is_postgresql else "SQLite"
    first = Sign(True, _("Database"), _("%(kind)s answers.", kind=kind))
    # Only who is reached over HTTPS has a front that asks about names.
    front = [_certificates()] if the_app().settings.secure else []
    return [first, _queue(), _workers(session), _tick(session), *front]


def _queue() -> Sign:
    if queue_answers():
        return Sign(True, _("Queue"), _("Redis answers."))
    return Sign(
        False, _("Queue"), _("Redis does not answer. Nothing is lost: work waits in the database until it does.")
    )


def _workers(session: Session) -> Sign:
    count, _dead, oldest = outbox.backlog(session)
    if oldest is not None and oldest < clock.now() - OVERDUE:
        text = _("Work is due for more than five minutes and nobody takes it: is a worker running?")
        return Sign(False, _("Workers"), text)
    if not count:
        return Sign(True, _("Workers"), _("Nothing waits."))
    text = ngettext("%(num)s piece of work waits its turn.", "%(num)s pieces of work wait their turn.", count)
    return Sign(True, _("Workers"), text)


def _tick(session: Session) -> Sign:
    until = install.tick_runs_until(session)
    if until is not None and until > clock.now() - timedelta(minutes=1):
        return Sign(True, _("Scheduler"), _("A tick process is at work."))
    return Sign(False, _("Scheduler"), _("No tick process is running: daily jobs and repeated tries do not start."))


def _certificates() -> Sign:
    if tls_ask_answers():
        return Sign(True, _("Certificates"), _("tls-ask answers: new domains get their certificates."))
    text = _(
        "tls-ask does not answer or is out of date: new domains get no certificate, and a restarted Caddy serves none."
    )
    return Sign(False, _("Certificates"), text)


@bp.get("/health/registry")
def registry() -> str:
    """Ask the registry now: a page, and the line that the first page loads."""
    # A name that nobody asked for before: a remembered answer would say nothing about now.
    answer = availability().check([f"health-{secrets.token_hex(8)}.com"])[0]
    up = answer.state != "unknown"
    text = (
        _("It answers.") if up else _("It does not answer. Shops stay open and orders wait; they finish by themselves.")
    )
    sign = Sign(up, _("Registry"), text)
    if getattr(request, "is_fragment", False):
        return render("operator/_sign.html", sign=sign)
    return render("operator/registry.html", title=_("Registry"), sign=sign)
