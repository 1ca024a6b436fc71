"""P13, jobs: each task works in the tenant of its row; a payload that names another tenant's row gets nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import make_operator, make_staff
from tests.harness.databases import TemplateDatabases
from tests.selling import Shop, Worker, enter_shop, open_shop
from webapp.foundation import clock, config, jobs, outbox, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.schema import Base, TenantOwned, TenantRoot
from webapp.providers.mail.memory import MemoryMailer
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.cms import media_operations
from webapp.reseller.cms import operations as pages
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners import hosts
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.services.models import ProvisioningOperation
from webapp.wiring import BLOCKS, PERIODIC, TASKS


def _prepare(url: str) -> None:
    """Ours with one paid order; theirs with one that waits for every kind of work."""
    database = Database(url)
    ours, theirs = open_shop(database, name="Ours"), open_shop(database, name="Theirs", funds=100)
    for shop, name in ((ours, "ours.com"), (theirs, "theirs.com")):
        _start(shop, name)
        make_staff(database, shop.partner)
    database.dispose()


@pytest.fixture(scope="module")
def busy_databases(databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory) -> TemplateDatabases:
    return TemplateDatabases(tmp_path_factory.mktemp("busy"), _prepare, databases)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shops(request: pytest.FixtureRequest, busy_databases: TemplateDatabases) -> Iterator[tuple[Shop, Shop]]:
    """Ours and theirs, in a fresh copy."""
    with busy_databases.fresh(request.param) as url:
        database = Database(url)
        yield _entered(database, 1), _entered(database, 2)
        database.dispose()


def _settings() -> Settings:
    """Of an install without an address of its own: a look at a name writes that it cannot look, and asks nobody."""
    needed = {"DATABASE_URL": "sqlite://", "REDIS_URL": "redis://127.0.0.1:1/0", "PLATFORM_HOST": "shops.test"}
    secret = {"WITRYNA_SECRET_KEY": "tests only: forty characters of nothing much"}
    return config.load({f"WITRYNA_{name}": value for name, value in needed.items()} | secret)


@dataclass
class SettledWorker(Worker):
    """A worker that knows its install."""

    settings: Settings = field(default_factory=_settings)


def _entered(database: Database, partner_id: int) -> Shop:
    shop = enter_shop(database, partner_id)
    return replace(shop, worker=SettledWorker(database, shop.worker.registry))


def _start(shop: Shop, name: str) -> None:
    """Ordered, paid and activated; their second order waits for funds. No worker has come by yet."""
    proforma = shop.order(name)
    shop.pay(proforma)
    if shop.wholesale() < 1000:
        shop.top_up(5_000, "enough-for-one")
    shop.activate(proforma)
    second = shop.order(f"second-{name}")
    shop.pay(second)
    shop.activate(second)


def _first_id(shop: Shop, model: type[ProvisioningOperation] | type[Message]) -> int:
    with shop.scope(), shop.database.reading() as session:
        return session.scalars(select(model.id).order_by(model.id)).first() or 0


def _operation(shop: Shop) -> int:
    return _first_id(shop, ProvisioningOperation)


def _picture(shop: Shop) -> int:
    """A picture whose sizes are not made yet."""
    sent = media_operations.Sent("a.png", "a" * 64, 100, 10, 10)
    with shop.scope(), shop.database.writing() as session:
        return media_operations.add(session, SYSTEM, sent, 10_000).id


def _name(shop: Shop) -> int:
    """A name that the partner says is its own; nobody has looked at it yet."""
    with shop.scope(), shop.database.writing() as session:
        return hosts.claim(session, SYSTEM, f"shop.{shop.partner.code}.example", platform_host="shops.test").id


def _plan(shop: Shop) -> dict[str, object]:
    """A page that will be published in an hour."""
    at = clock.now().replace(microsecond=0) + timedelta(hours=1)
    with shop.scope(), shop.database.writing() as session:
        page = pages.create_page(session, SYSTEM, BlockTypes.load(BLOCKS), locale="pl", slug="plan", title="Plan")
        pages.schedule_page(session, SYSTEM, page.id, at)
        return {"page_id": page.id, "version_id": page.scheduled_version_id, "at": at.timestamp()}


#: Task -> a payload that names a row of the shop. A task that is not here has no test: red.
PAYLOADS: dict[str, Callable[[Shop], dict[str, object]]] = {
    "mail.send": lambda shop: {"message_id": _first_id(shop, Message), "copy": ""},
    "accounts.password_reset": lambda shop: {"email": shop.subscriber.user.email, "ip": "", "request_id": ""},
    "domain.provision": lambda shop: {"operation_id": _operation(shop)},
    "domain.attention": lambda shop: {"operation_id": _operation(shop)},
    "line.settle": lambda shop: {"operation_id": _operation(shop), "outcome": "lost"},
    "funds.arrived": lambda shop: {"currency": shop.partner.currency},
    # It names nothing: what it works on is the brand of the lease's own tenant.
    "brand.assets": lambda _shop: {},
    "media.render": lambda shop: {"id": _picture(shop)},
    "media.forget": lambda shop: {"id": _picture(shop), "names": [], "hash": ""},
    "page.publish": _plan,
    "host.check": lambda shop: {"host_id": _name(shop)},
    "host.mail": lambda shop: {"host_id": _name(shop), "what": "live"},
}


def rows_of(shop: Shop) -> dict[str, list[dict[str, object]]]:
    """Everything that the shop's tenant owns, row by row."""
    found = {}
    with shop.scope(), shop.database.reading() as session:
        for mapper in Base.registry.mappers:
            model: Any = mapper.class_
            if issubclass(model, TenantOwned | TenantRoot):
                columns = [getattr(model, attribute.key) for attribute in mapper.column_attrs]
                rows = session.execute(select(*columns).order_by(model.id)).mappings()
                found[model.__tablename__] = [dict(row) for row in rows]
    return found


def _lease(shop: Shop, kind: str, payload: dict[str, object]) -> outbox.Lease:
    """A row of this shop for the task, leased."""
    with shop.scope(), shop.database.writing() as session:
        outbox.enqueue(session, kind, "forged", payload)
    with shop.scope(), shop.database.reading() as session:
        row_id = session.scalars(select(outbox.OutboxRow.id).where(outbox.OutboxRow.key == f"{kind}:forged")).one()
    (lease,) = outbox.claim(shop.database, only=[row_id])
    return lease


def test_every_task_has_its_forged_payload() -> None:
    assert set(PAYLOADS) == set(TASKS)


@pytest.mark.parametrize("kind", sorted(TASKS))
def test_a_task_never_touches_the_row_of_another_tenant(shops: tuple[Shop, Shop], kind: str) -> None:
    ours, theirs = shops
    lease = _lease(ours, kind, PAYLOADS[kind](theirs))
    before = rows_of(theirs)
    with suppress(Exception), tenancy.tenant(lease.partner_id):
        jobs.load(TASKS[kind])(ours.worker, lease)
    assert rows_of(theirs) == before
    _nothing_of_theirs_went_out(ours)


def _nothing_of_theirs_went_out(ours: Shop) -> None:
    registry, mailer = ours.worker.registry, ours.worker.mailer
    assert isinstance(registry, MemoryRegistry)
    assert isinstance(mailer, MemoryMailer)
    assert not [name for name in registry.world.domains if "theirs" in name]
    assert not [mail for mail in mailer.sent if "Theirs" in mail.sender_name]


@pytest.mark.parametrize("kind", sorted(set(TASKS) - {"accounts.password_reset", "media.forget"}))
def test_the_same_payload_in_its_own_tenant_does_change_rows(shops: tuple[Shop, Shop], kind: str) -> None:
    """Otherwise the test above would pass with payloads that name nothing at all."""
    _, theirs = shops
    if kind == "funds.arrived":
        theirs.top_up(100_000, "more")
    lease = _lease(theirs, kind, PAYLOADS[kind](theirs))
    before = rows_of(theirs)
    # A task may ask to be called again (a name is looked at for as long as it is there).
    with suppress(outbox.Later), tenancy.tenant(lease.partner_id):
        jobs.load(TASKS[kind])(theirs.worker, lease)
    changed = {table for table, rows in rows_of(theirs).items() if rows != before[table]}
    assert changed - {"outbox"}


def test_a_worker_leaves_no_tenant_behind(shops: tuple[Shop, Shop]) -> None:
    shops[0].work()
    with pytest.raises(tenancy.ScopeError):
        tenancy.current()


@pytest.mark.parametrize("name", sorted(PERIODIC))
def test_a_daily_job_bears_being_run_twice(shops: tuple[Shop, Shop], name: str) -> None:
    ours, theirs = shops
    make_operator(ours.database)
    run = jobs.load(PERIODIC[name])
    run(ours.worker)  # type: ignore[call-arg]
    after = rows_of(ours), rows_of(theirs)
    run(ours.worker)  # type: ignore[call-arg]
    drop = "available_at" if name == "recheck" else ""
    assert _without(rows_of(ours), drop) == _without(after[0], drop)
    assert _without(rows_of(theirs), drop) == _without(after[1], drop)


def _without(tables: dict[str, list[dict[str, object]]], column: str) -> dict[str, list[dict[str, object]]]:
    return {table: [{k: v for k, v in row.items() if k != column} for row in rows] for table, rows in tables.items()}
