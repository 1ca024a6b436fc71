"""What a person has to do: services that were paid and no provider makes, by due date."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import MultipleFileField
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import N_, current_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.catalog import plans
from webapp.reseller.desk import lists
from webapp.reseller.services import by_hand, by_hand_queries
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Service
from webapp.surfaces.shared import people, service_files
from webapp.surfaces.shared.current import actor, database, settings, site, storage
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

STATES = {"": N_("To be done"), "done": N_("Done"), "refused": N_("Refused")}
KINDS = {"set_up": N_("Set up"), "renew": N_("Renew"), "end": N_("Switch off")}


class FulfilForm(Form):
    """What the subscriber gets."""

    access = TextAreaField(
        lazy("Access data"),
        [Optional(), Length(max=by_hand.LONGEST_ACCESS, message=lazy("Use at most 20000 characters."))],
        description=lazy(
            "Server, login, password: as the subscriber shall read it. Kept sealed, shown in the panel only."
        ),
        render_kw={"rows": "8", "autocomplete": "off", "spellcheck": "false"},
    )
    files = MultipleFileField(lazy("Files"), description=lazy("At most 10 files of 5 MB each."))


class RefuseForm(Form):
    """Why it cannot be done."""

    reason = TextAreaField(
        lazy("Why it cannot be done"),
        [
            InputRequired(lazy("Say why, so that the subscriber understands.")),
            Length(max=by_hand.LONGEST_REASON, message=lazy("Use at most 1000 characters.")),
        ],
        description=lazy("The subscriber reads it in the mail that says that the money is on the credit."),
        render_kw={"rows": "3"},
    )


@bp.get("/tasks")
def tasks() -> str:
    """To do by hand, the most urgent first."""
    state = wanted("state", STATES)
    with database().reading() as session:
        found = by_hand_queries.tasks(session, state or "open", page_number())
        mine = by_hand_queries.services_by_id(session, [task.service_id for task in found.items])
        products = names_of(session, mine.values())
        owners = lists.account_names(session, [service.account_id for service in mine.values()])
    return render(
        "sales/tasks.html",
        title=_("To do by hand"),
        found=found,
        services=mine,
        products=products,
        owners=owners,
        kinds=KINDS,
        state=state,
        today=clock.today(site().timezone),
        state_chips=chips_of("sales.tasks", "state", state, {key: _(label) for key, label in STATES.items()}),
        page_url=pages_of("sales.tasks", state=state),
    )


def names_of(session: Session, found: Any) -> dict[int, str]:
    """product id -> its name in the reader's language."""
    known = plans.by_id(session, sorted({service.product_id for service in found}))
    return {key: plans.name_in(product, current_locale(), site().locale) for key, product in known.items()}


@bp.get("/tasks/<int:task_id>")
def task(task_id: int) -> ResponseReturnValue:
    """One thing to do, with what the subscriber gets."""
    return _page(task_id, FulfilForm(formdata=None), RefuseForm(formdata=None))


def _page(task_id: int, form: FulfilForm, refusing: RefuseForm) -> ResponseReturnValue:
    with database().reading() as session:
        found = services.task(session, task_id)
        service = services.service(session, found.service_id)
        values = {
            "product": names_of(session, [service]).get(service.product_id, ""),
            "account": accounts.account(session, service.account_id),
            "contact": _contact(session, service),
            "files": by_hand_queries.files_of(session, service.id),
        }
    shown = refusing if refusing.errors or refusing.form_errors else form
    title, today = service.label, clock.today(site().timezone)
    facts = {"task": found, "service": service, "kinds": KINDS, "refusing": refusing, "today": today, "shown": shown}
    page = render("sales/task.html", form=form, title=title, **facts, **values)
    return page, shown.status if shown.errors or shown.form_errors else 200


def _contact(session: Session, service: Service) -> Any:
    if service.contact_id is None:
        return None
    return accounts.contact(session, service.account_id, service.contact_id)


@bp.post("/tasks/<int:task_id>/done")
@people.idempotent
def fulfil_task(task_id: int) -> ResponseReturnValue:
    """It is done: the subscriber is told and sees what was entered."""
    form = FulfilForm()
    with database().reading() as session:  # nothing is kept for somebody else's task
        services.task(session, task_id)
    if form.accepted() and _done(task_id, form):
        flash(_("Done. The subscriber is told by mail."))
        return redirect(url_for("sales.tasks"), 303)
    return _page(task_id, form, RefuseForm(formdata=None))


def _done(task_id: int, form: FulfilForm) -> bool:
    try:
        handed = handed_by(form)
        with database().writing() as session:
            by_hand.fulfil(session, actor(), task_id, handed, settings().secret_key)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def handed_by(form: FulfilForm) -> by_hand.Handed:
    """What a form hands over; an empty field leaves the access data as they were. Raises Refusal (files)."""
    sent = [file for file in request.files.getlist("files") if file.filename]
    files = service_files.taken(storage(), site().partner_id, sent) if sent else ()
    return by_hand.Handed(form.access.data or None, files)


@bp.post("/tasks/<int:task_id>/refuse")
@people.idempotent
def refuse_task(task_id: int) -> ResponseReturnValue:
    """It cannot be done: the money goes back to the subscriber's credit."""
    form = RefuseForm()
    if form.accepted():
        try:
            with database().writing() as session:
                by_hand.refuse(session, actor(), task_id, form.reason.data or "")
            flash(_("Refused. The money is on the subscriber's credit, and the subscriber is told."))
            return redirect(url_for("sales.tasks"), 303)
        except NotFound:
            raise
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(task_id, FulfilForm(formdata=None), form)
