"""My services that a person provides: hosting, certificates and the rest, with access data, files and renewal."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import i18n
from webapp.foundation.i18n import gettext as _
from webapp.reseller.catalog import plans
from webapp.reseller.orders import queries as order_queries
from webapp.reseller.orders import renewing, subscriber
from webapp.reseller.services import by_hand, by_hand_queries, service_states
from webapp.reseller.services import queries as service_queries
from webapp.reseller.services.models import Service
from webapp.reseller.services.states import RENEWABLE
from webapp.surfaces.shared import badges, people, service_files
from webapp.surfaces.shared.current import actor, database, settings, signed_in, site, storage
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from . import mine, service_words
from .blueprint import bp
from .domains import RenewForm


@bp.get("/services")
@mine.needs("view")
def services() -> str:
    """The list, the newest first."""
    text = wanted("q")
    with database().reading() as session:
        found = by_hand_queries.services(session, account_id=mine.account_id(), text=text, page=page_number())
        names = _names(session, [each.product_id for each in found.items])
        paid = subscriber.services_paid_for(session, [each.id for each in found.items])
    return render(
        "account/services.html",
        title=_("Services"),
        found=found,
        text=text,
        names=names,
        paid=paid,
        badge_of=badges.domain_badge,
        page_url=pages_of("account.services", q=text),
    )


@bp.get("/services/<int:service_id>")
def service(service_id: int) -> str:
    """One service with everything about it; access data only after a click."""
    return render("account/service.html", **_facts(service_id), access=None)


@bp.get("/services/<int:service_id>/access")
def service_access(service_id: int) -> str:
    """The access data: a part of the page for htmx, else the page with them."""
    with database().reading() as session:
        found = _opened(session, service_id, "view")
    access = by_hand.access_of(found, settings().secret_key)
    if getattr(request, "is_fragment", False):
        return render("account/_access.html", service=found, access=access)
    return render("account/service.html", **_facts(service_id), access=access)


def _facts(service_id: int) -> dict[str, Any]:
    with database().reading() as session:
        found = _opened(session, service_id, "view")
        renewals = subscriber.open_service_renewals(session, [found.id])
        form = RenewForm(formdata=None)
        form.offer({} if renewals else subscriber.service_renewal_choices(session, found))
        facts: dict[str, Any] = {
            "files": by_hand_queries.files_of(session, found.id),
            "papers": order_queries.proformas_of_service(session, found.id),
            "product": _names(session, [found.product_id]).get(found.product_id, ""),
            "waiting": _due(session, found),
            "paid": bool(subscriber.services_paid_for(session, [found.id])),
        }
    return facts | {
        "title": found.label,
        "service": found,
        "badge_state": badges.domain_badge(found.state, facts["paid"]),
        "state_said": service_words.service_said(found, facts["waiting"], facts["paid"]),
        "badge_of_paper": badges.proforma_badge,
        "renewal": renewals.get(found.id),
        "renewable": found.state in RENEWABLE,
        "form": form,
    }


def _due(session: Session, found: Service) -> date | None:
    """The day by which the partner wants to have it ready, while it waits for that."""
    tasks = by_hand_queries.tasks_of(session, found.id)
    return next((task.due_on for task in tasks if task.state == "open" and task.kind == "set_up"), None)


def _names(session: Session, product_ids: list[int]) -> dict[int, str]:
    languages = (i18n.current_locale(), site().locale)
    return {key: plans.name_in(product, *languages) for key, product in plans.by_id(session, product_ids).items()}


@bp.get("/services/<int:service_id>/files/<int:file_id>")
def service_file(service_id: int, file_id: int) -> Response:
    """A file that the partner handed over: to be saved, never shown in the browser."""
    with database().reading() as session:
        _opened(session, service_id, "view")
        file = by_hand_queries.file(session, service_id, file_id)
    return service_files.as_attachment(storage(), file)


@bp.post("/services/<int:service_id>/renew")
@people.idempotent
def renew_service(service_id: int) -> ResponseReturnValue:
    """Order a renewal and go to its proforma; the one that is open already, if there is one."""
    with database().reading() as session:
        found = _opened(session, service_id, "order")
        renewals = subscriber.open_service_renewals(session, [found.id])
        prices = subscriber.service_renewal_choices(session, found)
    if service_id in renewals:
        return redirect(url_for("account.proforma", proforma_id=renewals[service_id].id), 303)
    form = RenewForm()
    form.offer(prices)
    if not form.accepted():
        flash(_("Choose for how many years you want to renew."), "warn")
        return redirect(url_for("account.service", service_id=service_id), 303)
    return _order_renewal(service_id, form.years.data)


def _order_renewal(service_id: int, years: int) -> ResponseReturnValue:
    with told():
        with database().writing() as session:
            locale, user_id = i18n.current_locale(), signed_in().id
            order = renewing.order_service_renewal(session, actor(), service_id, years, locale, user_id)
            proforma_id = order.proforma_id
        return redirect(url_for("account.proforma", proforma_id=proforma_id), 303)
    return redirect(url_for("account.service", service_id=service_id), 303)


@bp.post("/services/<int:service_id>/auto-renew")
@people.idempotent
def set_service_auto_renew(service_id: int) -> ResponseReturnValue:
    """Have a renewal proforma made in time, or not."""
    on = request.form.get("on") == "1"
    with database().writing() as session:
        found = _opened(session, service_id, "manage")
        if found.auto_renew != on:
            service_states.set_auto_renew(session, actor(), found, on)
    flash(_("Automatic renewal is on.") if on else _("Automatic renewal is off."))
    return redirect(url_for("account.service", service_id=service_id), 303)


def _opened(session: Session, service_id: int, *rights: str) -> Service:
    """A service of one of my accounts, in which I have one of the rights."""
    found = service_queries.service(session, service_id)
    mine.enter(found.account_id, *rights)
    return found
