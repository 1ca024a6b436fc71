"""Services that a person of the partner provides: ordered, put on the task list, fulfilled or refused.

A task belongs to one paid line. Its end is told to the orders room by an outbox row ("line.settle"), as the registry's
answers are. Access data are sealed with the install's secret, which callers pass in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.clock import add_years
from webapp.foundation.db import change
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.sealed import CannotOpen, seal, unseal
from webapp.reseller.catalog.models import Product
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners import search_keys
from webapp.reseller.partners.audit import Actor, record

from .models import Service, ServiceFile, ServiceTask
from .renewal_settings import settings_of
from .states import move

#: Name of the key under which access data are sealed.
PURPOSE = "service-access"
LONGEST_ACCESS, LONGEST_REASON = 20_000, 1_000
LARGEST_FILE, MOST_FILES = 5 * 1024 * 1024, 10
#: Order operation -> kind of task.
TASKS = {"register": "set_up", "renew": "renew"}


@dataclass(frozen=True)
class NewFile:
    """A file that lies in the storage already, under `stored_as`."""

    name: str
    media_type: str
    size: int
    stored_as: str


@dataclass(frozen=True)
class Handed:
    """What the partner hands over: access data as text (None: as they were) and files."""

    access: str | None = None
    files: tuple[NewFile, ...] = ()


def order_service(session: Session, product: Product, account_id: int, contact_id: int | None, label: str) -> Service:
    """A service that waits for its money."""
    service = Service(
        kind=product.kind,
        product_id=product.id,
        account_id=account_id,
        contact_id=contact_id,
        label=label,
        state="awaiting_payment",
        auto_renew=settings_of(partners.partner(session)).automatic,
        created_at=clock.now(),
    )
    session.add(service)
    session.flush()
    search_keys.write(session, "service", {service.id: (service.label,)})
    return service


def intend(session: Session, actor: Actor, service: Service, line_key: str, operation: str, years: int) -> bool:
    """Put it on the partner's task list, once for each line; False when the service has ended in the meantime."""
    if session.scalar(select(ServiceTask.id).where(ServiceTask.line_key == line_key)) is not None:
        return True
    if operation == "register" and not move(session, service, "provisioning"):
        return False
    if operation != "register" and service.state not in ("active", "expiring", "expired", "suspended"):
        return False
    _open_task(session, actor, service, TASKS[operation], line_key, years)
    return True


def to_end(session: Session, actor: Actor, service: Service) -> bool:
    """Put it on the task list that a service has ended and is to be switched off, once for each end."""
    key = f"end:{service.id}:{service.ends_on}"
    if session.scalar(select(ServiceTask.id).where(ServiceTask.line_key == key)) is not None:
        return False
    _open_task(session, actor, service, "end", key, 0)
    return True


def _open_task(session: Session, actor: Actor, service: Service, kind: str, line_key: str, years: int) -> ServiceTask:
    days = session.scalars(select(Product.due_days).where(Product.id == service.product_id)).one()
    today = clock.today(partners.partner(session).timezone)
    task = ServiceTask(
        service_id=service.id,
        line_key=line_key,
        kind=kind,
        years=years,
        due_on=after_business_days(today, days),
        created_at=clock.now(),
    )
    session.add(task)
    session.flush()
    record(session, actor, f"service.{kind}_to_do", "service", service.id, service.label, due=task.due_on.isoformat())
    return task


def after_business_days(day: date, days: int) -> date:
    """So many working days (Monday to Friday) after a day; with 0 the day itself, or the next working day."""
    while days > 0 or day.weekday() >= 5:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def paid_until(anchor: date, years: int) -> date:
    """The last day of so many years from the anchor; counted from there, never year by year."""
    return add_years(anchor, years) - timedelta(days=1)


def years_paid(anchor: date, ends_on: date) -> int:
    """How many years from the anchor are paid: the opposite of `paid_until`."""
    return (ends_on + timedelta(days=1)).year - anchor.year


def fulfil(session: Session, actor: Actor, task_id: int, handed: Handed, secret: str) -> ServiceTask:
    """The partner has done it: the service runs, the line is settled, the subscriber is told. Twice is once.

    Raises Refusal for a task that was refused, or what cannot be handed over; NotFound.
    """
    task, service = _locked(session, task_id)
    if task.state == "done":
        return task
    if task.state != "open":
        raise Refusal("task_ended", N_("This task was refused, and the money was given back."))
    hand_over(session, actor, service, handed, secret)
    _run(session, service, task)
    _end_task(session, actor, service, task, "done")
    return task


def _run(session: Session, service: Service, task: ServiceTask) -> None:
    if task.kind == "end":
        move(session, service, "deleted")
        return
    today = clock.today(partners.partner(session).timezone)
    anchor = service.anchor or today
    paid = years_paid(anchor, service.ends_on) if service.ends_on else 0
    dates = {"anchor": anchor, "starts_on": service.starts_on or today}
    values = dates | {"ends_on": paid_until(anchor, paid + task.years)}
    if service.state == "suspended" or not move(session, service, "active", **values):
        change(session, Service, Service.id == service.id, **values)
        session.refresh(service)
    _no_end(session, service)


def _no_end(session: Session, service: Service) -> None:
    """What was to be switched off goes on."""
    ending = (ServiceTask.service_id == service.id, ServiceTask.kind == "end", ServiceTask.state == "open")
    change(session, ServiceTask, *ending, state="refused", ended_at=clock.now())


def refuse(session: Session, actor: Actor, task_id: int, reason: str) -> ServiceTask:
    """The partner cannot do it: the money goes back to the subscriber's credit. Twice is once."""
    task, service = _locked(session, task_id)
    if task.state == "refused":
        return task
    if task.state != "open":
        raise Refusal("task_ended", N_("This task is done already."))
    if not (said := reason.strip()):
        raise Refusal("reason", N_("Say why, so that the subscriber understands."), "reason")
    task.note = said[:LONGEST_REASON]
    _end_task(session, actor, service, task, "refused")
    return task


def _end_task(session: Session, actor: Actor, service: Service, task: ServiceTask, state: str) -> None:
    task.state, task.done_by, task.ended_at = state, actor.label, clock.now()
    session.flush()
    record(session, actor, f"service.{task.kind}_{state}", "service", service.id, service.label)
    if task.line_key.startswith("order-line:"):
        outcome = "done" if state == "done" else "refused"
        outbox.enqueue(session, "line.settle", f"task:{task.id}", {"task_id": task.id, "outcome": outcome})


def _locked(session: Session, task_id: int) -> tuple[ServiceTask, Service]:
    task = session.scalar(select(ServiceTask).where(ServiceTask.id == task_id).with_for_update())
    if task is None:
        raise NotFound
    return task, locked_service(session, task.service_id)


def locked_service(session: Session, service_id: int) -> Service:
    """A service, locked for this transaction. Raises NotFound."""
    service = session.scalar(select(Service).where(Service.id == service_id).with_for_update())
    if service is None:
        raise NotFound
    return service


def hand_over(session: Session, actor: Actor, service: Service, handed: Handed, secret: str) -> None:
    """Keep access data and files for the subscriber. Raises Refusal (access, files) when it is too much."""
    if handed.access is not None:
        _set_access(session, actor, service, handed.access, secret)
    if handed.files:
        _add_files(session, actor, service, handed.files)


def _set_access(session: Session, actor: Actor, service: Service, text: str, secret: str) -> None:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_ACCESS:
        message = N_("Use at most %(longest)s characters for the access data.")
        raise Refusal("access", message, "access", longest=LONGEST_ACCESS)
    if not _is_access(service, text, secret):
        service.access = seal(secret, PURPOSE, service.partner_id, text)
        record(session, actor, "service.access", "service", service.id, service.label)


def access_of(service: Service, secret: str) -> str:
    """The access data in clear. Raises Refusal when they were sealed with another secret of the install."""
    try:
        return unseal(secret, PURPOSE, service.partner_id, service.access)
    except CannotOpen:
        message = N_("These access data cannot be opened any more. They have to be entered once again.")
        raise Refusal("sealed", message, "access") from None


def _is_access(service: Service, text: str, secret: str) -> bool:
    """Whether these are the access data already; what cannot be opened is replaced by anything."""
    try:
        return access_of(service, secret) == text
    except Refusal:
        return False


def _add_files(session: Session, actor: Actor, service: Service, files: tuple[NewFile, ...]) -> None:
    known = session.scalars(select(ServiceFile.id).where(ServiceFile.service_id == service.id)).all()
    if len(known) + len(files) > MOST_FILES:
        raise Refusal("files", N_("A service holds at most %(most)s files."), "files", most=MOST_FILES)
    for file in files:
        if file.size > LARGEST_FILE:
            raise Refusal("files", N_("A file may have at most 5 MB."), "files")
        session.add(
            ServiceFile(
                service_id=service.id, name=file.name, media_type=file.media_type, size=file.size,
                stored_as=file.stored_as, added_at=clock.now(),
            )
        )  # fmt: skip
        record(session, actor, "service.file_added", "service", service.id, service.label, file=file.name)
    session.flush()


def remove_file(session: Session, actor: Actor, file: ServiceFile) -> str:
    """Take a file away from the subscriber; returns its key in the storage, to be deleted after the commit."""
    service = locked_service(session, file.service_id)
    record(session, actor, "service.file_removed", "service", service.id, service.label, file=file.name)
    session.delete(file)
    session.flush()
    return file.stored_as
