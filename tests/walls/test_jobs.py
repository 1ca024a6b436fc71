"""P13, jobs: each task works in the tenant of its row; a payload that names another tenant's row gets nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache

import pytest
from sqlalchemy import select

from tests.factories import make_operator, make_staff
from tests.harness.databases import TemplateDatabases
from tests.harness.gateways import CREDENTIALS, Peer, running_peer
from tests.reseller.billing import statement_files
from tests.selling import Shop, Worker, enter_shop, open_shop
from webapp.foundation import clock, config, db, jobs, outbox, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database, change
from webapp.foundation.schema import Base, TenantOwned
from webapp.providers.mail.memory import MemoryMailer
from webapp.providers.payments.port import PaymentsPort
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.billing import bank, gateways, invoices, money_documents, statements
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import rules
from webapp.reseller.cms import media_operations
from webapp.reseller.cms import operations as pages
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import activation_tasks, invoice_files, proforma_files
from webapp.reseller.partners import hosts
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import Domain, ProvisioningOperation
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


@pytest.fixture(scope="module")
def gateway() -> Iterator[Peer]:
    """A gateway that knows no payment of anybody."""
    with running_peer("stripe") as peer:
        yield peer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shops(
    request: pytest.FixtureRequest, busy_databases: TemplateDatabases, gateway: Peer
) -> Iterator[tuple[Shop, Shop]]:
    """Ours and theirs, in a fresh copy."""
    with busy_databases.fresh(request.param) as url:
        database = Database(url)
        yield _entered(database, 1, gateway), _entered(database, 2, gateway)
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
    gateway: Peer | None = None

    def gateways(self, _name: str, _keys: object) -> PaymentsPort:
        """Every gateway is the one of these tests."""
        assert self.gateway is not None
        return self.gateway.adapter()


def _entered(database: Database, partner_id: int, gateway: Peer) -> Shop:
    shop = enter_shop(database, partner_id)
    return replace(shop, worker=SettledWorker(database, shop.worker.registry, gateway=gateway))


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


def _rule(shop: Shop) -> dict[str, object]:
    """It names nothing either: a rule that nobody has gone by yet."""
    with shop.scope(), shop.database.writing() as session:
        rules.set_rule(session, SYSTEM, "domain", rules.RuleDraft(percent_bp=1000))
    return {}


def _statement(shop: Shop) -> dict[str, object]:
    """A statement with a movement at which nobody has looked."""
    raw = statement_files.statement(("1,00", "x", "1"))
    with shop.scope(), shop.database.writing() as session:
        session.scalars(select(Partner).where(Partner.id == shop.partner.id)).one().iban = statement_files.ACCOUNT
    with shop.scope(), shop.database.writing() as session:
        found = statements.read(raw, currency="PLN")
        found = [replace(each, currency=shop.partner.currency, lines=_in(each.lines, shop)) for each in found]
        return {"statement_id": bank.store(session, SYSTEM, "x.sta", raw, found)[0].statement.id}


def _in(lines: tuple[statements.ParsedLine, ...], shop: Shop) -> tuple[statements.ParsedLine, ...]:
    return tuple(replace(line, currency=shop.partner.currency) for line in lines)


def _plan(shop: Shop) -> dict[str, object]:
    """A page that will be published in an hour."""
    at = clock.now().replace(microsecond=0) + timedelta(hours=1)
    with shop.scope(), shop.database.writing() as session:
        page = pages.create_page(session, SYSTEM, BlockTypes.load(BLOCKS), locale="pl", slug="plan", title="Plan")
        pages.schedule_page(session, SYSTEM, page.id, at)
        return {"page_id": page.id, "version_id": page.scheduled_version_id, "at": at.timestamp()}


def _renewal(shop: Shop) -> int:
    """The proforma of a renewal, whose mail is not written yet."""
    name = f"renewed-{shop.partner.id}.com"
    shop.order(name)
    with shop.scope(), shop.database.writing() as session:
        db.change(session, Domain, Domain.name == name, state="active", expires_at=clock.now() + timedelta(days=9))
    return shop.renew(shop.domains()[name]).id


def _paid(shop: Shop) -> int:
    """The first proforma, which is paid."""
    with shop.scope(), shop.database.reading() as session:
        return session.scalars(select(Proforma.id).order_by(Proforma.id)).first() or 0


def _month(shop: Shop) -> dict[str, object]:
    """A month of invoices that somebody wants in one file."""
    proforma_id = _paid(shop)
    with shop.scope(), shop.database.writing() as session:
        invoice = invoices.issue_for_proforma(session, SYSTEM, proforma_id)
        return {"work_id": invoice_files.start(session, SYSTEM, invoice.issue_date).id}


def _papers(shop: Shop) -> dict[str, object]:
    """A proforma that somebody wants as a file."""
    proforma_id = _paid(shop)
    with shop.scope(), shop.database.writing() as session:
        return {"work_id": proforma_files.start(session, SYSTEM, [proforma_id]).id}


def _tried(shop: Shop, key: str = "") -> GatewayPayment:
    """Somebody wanted to pay online the day before yesterday; its gateway was disconnected since."""
    at, proforma = clock.now() - timedelta(days=2), shop.proforma(_paid(shop))
    facts = {"amount": 100, "currency": proforma.currency, "locale": "pl", "started_at": at, "changed_at": at}
    with shop.scope(), shop.database.writing() as session:
        row = GatewayPayment(
            gateway="stripe", session_key=key or "k", account_id=proforma.account_id, proformas=[proforma.id], **facts
        )
        session.add(row)
        session.flush()
        return row


def _word(shop: Shop) -> dict[str, object]:
    """A gateway told us something about nothing that we know, hours ago."""
    at = clock.now() - timedelta(hours=2)
    with shop.scope(), shop.database.writing() as session:
        row = GatewayEvent(
            gateway="stripe", event_id="e", kind="x", raw='{"external_id": "", "reference": ""}', received_at=at
        )
        session.add(row)
        session.flush()
        return {"event_id": row.id}


def _refund(shop: Shop) -> dict[str, object]:
    """Money that is to go back through a gateway which does not know of it."""
    tried, keys = _tried(shop, "refund"), CREDENTIALS["stripe"].secret
    with shop.scope(), shop.database.writing() as session:
        secret = shop.worker.settings.secret_key  # type: ignore[attr-defined]
        gateways.connect(session, SYSTEM, "stripe", keys, secret, shop.partner.id)
        received = billing.Received(100, tried.currency, clock.today("UTC"), "online", "", "gateway")
        money = billing.book_payment(session, tried.account_id, received, gateway="stripe", gateway_ref="pi_1")
        change(session, GatewayPayment, GatewayPayment.id == tried.id, payment_id=money.id, state="paid")
        return {"document_id": money_documents.refund(session, SYSTEM, money.id, 100, "", "r").id}


def _to_activate(shop: Shop) -> int:
    """A proforma that was paid this moment."""
    document = shop.order("fresh.com")
    shop.pay(document)
    return document.id


def _many(shop: Shop) -> int:
    """Somebody ticked a paid proforma."""
    proforma_id = _to_activate(shop)
    with shop.scope(), shop.database.writing() as session:
        return activation_tasks.start(session, SYSTEM, [proforma_id]).id


#: Task -> a payload that names a row of the shop. A task that is not here has no test: red.
PAYLOADS: dict[str, Callable[[Shop], dict[str, object]]] = {
    "mail.send": lambda shop: {"message_id": _first_id(shop, Message), "copy": ""},
    "accounts.password_reset": lambda shop: {"email": shop.subscriber.user.email, "ip": "", "request_id": ""},
    "domain.provision": lambda shop: {"operation_id": _operation(shop)},
    "domain.attention": lambda shop: {"operation_id": _operation(shop)},
    "line.settle": lambda shop: {"operation_id": _operation(shop), "outcome": "lost"},
    "proforma.mail": lambda shop: {"proforma_id": _renewal(shop)},
    "funds.arrived": lambda shop: {"currency": shop.partner.currency},
    # It names nothing: what it works on is the brand of the lease's own tenant.
    "brand.assets": lambda _shop: {},
    # It names nothing: what it counts is what waits for the balance of the lease's own tenant.
    "funds.missing": lambda _shop: {},
    "proforma.activate": lambda shop: {"proforma_id": _to_activate(shop)},
    "proformas.activate": lambda shop: {"work_id": _many(shop)},
    "invoice.issue": lambda shop: {"proforma_id": _paid(shop)},
    "invoices.zip": _month,
    "proformas.zip": _papers,
    "bank.match": _statement,
    "media.render": lambda shop: {"id": _picture(shop)},
    "media.forget": lambda shop: {"id": _picture(shop), "names": [], "hash": ""},
    "page.publish": _plan,
    "host.check": lambda shop: {"host_id": _name(shop)},
    "gateway.event": _word,
    "gateway.look": lambda shop: {"payment_id": _tried(shop).id},
    "gateway.refund": _refund,
    "prices.recompute": _rule,
    "host.mail": lambda shop: {"host_id": _name(shop), "what": "live"},
}


@cache
def _questions() -> dict[str, str]:
    """Table -> the statement for all that one tenant owns in it. Plain: the ORM took longer to build it than to ask."""
    owned = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned)]
    owner = {"partners": "id"} | {str(model.__tablename__): "partner_id" for model in owned}  # type: ignore[attr-defined]
    return {table: f"SELECT * FROM {table} WHERE {column} = %d ORDER BY id" for table, column in owner.items()}


def rows_of(shop: Shop) -> dict[str, list[dict[str, object]]]:
    """Everything that the shop's tenant owns, row by row."""
    found = {}
    with shop.database.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT set_config('witryna.tenant', '{shop.partner.id}', true)")
        for table, question in _questions().items():
            rows = connection.exec_driver_sql(question % shop.partner.id)
            found[table] = [dict(row._mapping) for row in rows]
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


#: Lost, says the payload, while the operation is under way: the product never writes that.
LOST = pytest.param("line.settle", marks=pytest.mark.broken_books)


@pytest.mark.parametrize(
    "kind", [*sorted(set(TASKS) - {"accounts.password_reset", "media.forget", "line.settle"}), LOST]
)
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
