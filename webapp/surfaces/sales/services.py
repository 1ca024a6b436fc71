"""Services that are made by hand: the list, one with its access data and files, switched off, on and ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.desk import lists
from webapp.reseller.notifications import queries as notifications
from webapp.reseller.orders import queries as orders
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor
from webapp.reseller.services import by_hand, by_hand_queries, service_states
from webapp.reseller.services import queries as services_queries
from webapp.reseller.services.models import Service
from webapp.surfaces.shared import people, service_files
from webapp.surfaces.shared.current import actor, database, settings, storage
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .product_form import KINDS
from .tasks import KINDS as TASK_KINDS
from .tasks import FulfilForm, handed_by, names_of

STATES = {
    "": N_("All"),
    "active": N_("Active"),
    "expiring": N_("Expiring soon"),
    "expired": N_("Expired"),
    "provisioning": N_("Being set up"),
    "awaiting_payment": N_("Awaiting payment"),
    "suspended": N_("Suspended"),
    "cancelled": N_("Cancelled"),
    "deleted": N_("Deleted"),
}
ALWAYS = ("", "active", "provisioning", "awaiting_payment")


@bp.get("/services")
def services() -> str:
    """The list, by state, by kind, by any part of what it is for."""
    state, kind, text = wanted("state", STATES), wanted("kind", KINDS), wanted("q")
    with database().reading() as session:
        found = by_hand_queries.services(session, kind=kind, state=state, text=text, page=page_number())
        counts = by_hand_queries.counts_by_state(session)
        owners = lists.account_names(session, [service.account_id for service in found.items])
        paid = lists.paid_subjects(session, found.items)
        products = names_of(session, found.items)
    shown = {value: _(label) for value, label in STATES.items() if value in ALWAYS or counts.get(value)}
    kinds = {"": _("Any kind"), **{value: _(label) for value, label in KINDS.items()}}
    return render(
        "sales/services.html",
        title=_("Services"),
        found=found,
        owners=owners,
        paid=paid,
        products=products,
        text=text,
        state=state,
        kind=kind,
        state_chips=chips_of("sales.services", "state", state, shown, counts, q=text, kind=kind),
        kind_chips=chips_of("sales.services", "kind", kind, kinds, None, q=text, state=state),
        page_url=pages_of("sales.services", state=state, kind=kind, q=text),
    )


@bp.get("/services/<int:service_id>")
def service(service_id: int) -> str:
    """One service; its access data only on request."""
    return _page(service_id, FulfilForm(formdata=None))


@bp.get("/services/<int:service_id>/access")
def service_access(service_id: int) -> str:
    """The same with the access data, to be read and changed."""
    with database().reading() as session:
        found = services_queries.service(session, service_id)
    form = FulfilForm(formdata=None)
    try:
        form.access.data = by_hand.access_of(found, settings().secret_key)
    except Refusal as refusal:
        form.refuse(refusal)
    return _page(service_id, form, opened=True)


def _page(service_id: int, form: FulfilForm, *, opened: bool = False) -> str:
    with database().reading() as session:
        found = services_queries.service(session, service_id)
        facts = _facts(session, found)
    return render("sales/service.html", form=form, service=found, title=found.label, opened=opened, **facts)


def _facts(session: Session, found: Service) -> dict[str, Any]:
    return {
        "account": accounts.account(session, found.account_id),
        "paid": lists.paid_subjects(session, [found]),
        "product": names_of(session, [found]).get(found.product_id, ""),
        "files": by_hand_queries.files_of(session, found.id),
        "tasks": by_hand_queries.tasks_of(session, found.id),
        "task_kinds": TASK_KINDS,
        "proformas": orders.proformas_of_service(session, found.id),
        "messages": notifications.messages_about(session, "service", found.id),
        "events": partners.audit_events(session, object_kind="service", object_id=found.id).items,
    }


@bp.post("/services/<int:service_id>/access")
@people.idempotent
def change_access(service_id: int) -> ResponseReturnValue:
    """Other access data, or more files."""
    form = FulfilForm()
    with database().reading() as session:
        services_queries.service(session, service_id)
    if not form.accepted():
        return _page(service_id, form, opened=True), 422
    try:
        handed = handed_by(form)
        with database().writing() as session:
            by_hand.hand_over(
                session, actor(), by_hand.locked_service(session, service_id), handed, settings().secret_key
            )
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(service_id, form, opened=True), 422
    flash(_("Saved. The subscriber sees it in the panel."))
    return redirect(url_for("sales.service", service_id=service_id), 303)


@bp.get("/services/<int:service_id>/files/<int:file_id>")
def service_file(service_id: int, file_id: int) -> Response:
    """A file that was handed over: to be saved, never shown in the browser."""
    with database().reading() as session:
        file = by_hand_queries.file(session, service_id, file_id)
    return service_files.as_attachment(storage(), file)


@bp.post("/services/<int:service_id>/files/<int:file_id>/remove")
@people.idempotent
def remove_service_file(service_id: int, file_id: int) -> ResponseReturnValue:
    """Take a file away from the subscriber."""
    with database().writing() as session:
        stored = by_hand.remove_file(session, actor(), by_hand_queries.file(session, service_id, file_id))
    storage().delete(stored)
    flash(_("The file is gone."))
    return redirect(url_for("sales.service", service_id=service_id), 303)


@bp.post("/services/<int:service_id>/suspend")
@people.idempotent
def suspend_service(service_id: int) -> ResponseReturnValue:
    """Mark it as switched off; the subscriber sees it."""
    return _step(service_id, service_states.suspend, _("The service is marked as switched off."))


@bp.post("/services/<int:service_id>/resume")
@people.idempotent
def resume_service(service_id: int) -> ResponseReturnValue:
    """Mark it as switched on again."""
    return _step(service_id, service_states.resume, _("The service is switched on again."))


@bp.post("/services/<int:service_id>/end")
@people.idempotent
def end_service(service_id: int) -> ResponseReturnValue:
    """It is over."""
    return _step(service_id, service_states.end, _("The service has ended."))


def _step(service_id: int, act: Callable[[Session, Actor, int], Service], done: str) -> ResponseReturnValue:
    with told():
        with database().writing() as session:
            act(session, actor(), service_id)
        flash(done)
    return redirect(url_for("sales.service", service_id=service_id), 303)
