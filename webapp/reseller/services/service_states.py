"""What happens to services that a person provides: suspended, ended, and moved along their life by the calendar."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, change, narrowed
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners.audit import SYSTEM, Actor, record
from webapp.reseller.partners.models import Partner

from . import by_hand
from .models import Service, ServiceTask
from .states import move
from .tasks import EXPIRING, Context

#: So many services that end are put on task lists in one run; the rest follows on the next day.
MOST_ENDS = 5_000


def suspend(session: Session, actor: Actor, service_id: int) -> Service:
    """Switched off for now; what is paid stays paid. Twice is once."""
    return _step(session, actor, service_id, "suspended", N_("This service cannot be suspended now."))


def resume(session: Session, actor: Actor, service_id: int) -> Service:
    """Switched on again."""
    return _step(session, actor, service_id, "active", N_("Only a suspended service can be switched on again."))


def end(session: Session, actor: Actor, service_id: int) -> Service:
    """Gone for good; what waits to be done for it by hand is to be refused or done first."""
    open_one = (ServiceTask.service_id == service_id, ServiceTask.state == "open", ServiceTask.kind != "end")
    if session.scalar(select(ServiceTask.id).where(*open_one).limit(1)) is not None:
        raise Refusal("open_task", N_("Something paid waits to be done for this service. Do it or refuse it first."))
    service = _step(session, actor, service_id, "deleted", N_("This service cannot be ended now."))
    ending = (ServiceTask.service_id == service_id, ServiceTask.kind == "end", ServiceTask.state == "open")
    change(session, ServiceTask, *ending, state="done", done_by=actor.label, ended_at=clock.now())
    return service


def _step(session: Session, actor: Actor, service_id: int, to: str, message: str) -> Service:
    service = by_hand.locked_service(session, service_id)
    if service.state == to:
        return service
    if (to == "active" and service.state != "suspended") or not move(session, service, to):
        raise Refusal("state", message)
    record(session, actor, f"service.{to}", "service", service.id, service.label)
    return service


def set_auto_renew(session: Session, actor: Actor, service: Service, on: bool) -> None:
    """Switch the renewal proforma of a service on or off."""
    service.auto_renew = on
    record(session, actor, "service.auto_renew", "service", service.id, service.label, on=on)


# --- by the calendar -----------------------------------------------------------------------------------------


def age_services(context: Context) -> str:
    """Move services along their life, each by its partner's calendar, and put what has ended on the task lists."""
    with context.database.reading(tenancy.Platform("tick")) as session:
        zones = list(session.scalars(select(Partner.timezone).distinct()))
    moved = {"expiring": 0, "expired": 0}
    for zone in zones:
        with context.database.writing(tenancy.Platform("tick")) as session:
            _age(session, zone, moved)
    ends = _put_ends_on_lists(context.database)
    return ", ".join([*(f"{count} {state}" for state, count in moved.items()), f"{ends} to be switched off"])


def _age(session: Session, zone: str, moved: dict[str, int]) -> None:
    today = clock.today(zone)
    partners = select(Partner.id).where(Partner.timezone == zone)
    for state, sources, before in (
        ("expiring", ("active",), today + EXPIRING),
        ("expired", ("active", "expiring"), today),
    ):
        where = (Service.partner_id.in_(partners), Service.state.in_(sources), Service.ends_on < before)
        moved[state] += change(session, Service, *where, state=state)


def _put_ends_on_lists(database: Database) -> int:
    """A task for each service that has ended and has none that is open or was done."""
    mine = (ServiceTask.service_id == Service.id, ServiceTask.kind == "end", ServiceTask.state != "refused")
    known = select(ServiceTask.id).where(*mine).exists()
    with database.writing(tenancy.Platform("tick")) as session:
        wanted = select(Service).where(Service.state == "expired", ~known).order_by(Service.id).limit(MOST_ENDS)
        return sum(_to_end(session, service) for service in session.scalars(wanted).all())


def _to_end(session: Session, service: Service) -> bool:
    with narrowed(session, service.partner_id):
        return by_hand.to_end(session, SYSTEM, service)
