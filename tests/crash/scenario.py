"""The sale that is interrupted: order, payment, activation, registration, renewal. Every step may be repeated."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select

from tests.selling import SELLER, Shop, Worker
from webapp.foundation import clock, outbox, tenancy
from webapp.foundation.db import Database
from webapp.providers.registry.epp import EppRegistry
from webapp.providers.registry.port import RegistryPort
from webapp.providers.registry.profiles import RegistryProfile, Timeouts
from webapp.reseller.billing.models import Proforma
from webapp.reseller.billing.operations import Received
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.desk import books
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import payments
from webapp.reseller.partners.models import Partner
from webapp.wiring import TASKS

#: What the partner has with the operator before the sale.
FUNDS = 1_000_000


@dataclass(frozen=True)
class Job:
    """One run: which database and registry, which names, and where it is interrupted (point 0: nowhere)."""

    database_url: str
    registry: dict[str, Any]  # host, port, user, password, ca_file
    partner_id: int
    account_id: int
    user_id: int
    names: tuple[str, str]
    point: int
    folder: str
    #: Whether reads are points too. Nothing that lasts changes from one to the next, so they are deaths of one kind.
    reads: bool = False
    #: How long an answer is waited for; short where the test delays one.
    patience: float = 10.0
    #: Outbox kind -> another task than the product's own.
    tasks: dict[str, str] = field(default_factory=dict)
    #: Not a run but a rehearsal: everything once, in the runner itself, so that its children start warm.
    rehearsal: bool = False

    @classmethod
    def parse(cls, line: str) -> Job:
        """From a line of JSON."""
        values = json.loads(line)
        return cls(**{**values, "names": tuple(values["names"])})

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps(asdict(self))

    @property
    def cart_file(self) -> Path:
        """Where the cart that was shown is remembered, as a browser would."""
        return Path(self.folder) / f"{self.names[0]}.cart"


@cache
def database_at(url: str) -> Database:
    """One engine per address, whose compiled statements the forked children share (its connections they must not)."""
    return Database(url)


def registry_of(job: Job) -> EppRegistry:
    """The real adapter, with this process's own session."""
    seconds = job.patience
    timeouts = Timeouts(connect=10.0, answer=seconds, check=seconds, session=10.0)
    return EppRegistry(profile=RegistryProfile("crash", sessions=1, timeouts=timeouts), **job.registry)


def open_shop(job: Job, registry: RegistryPort | None = None) -> Shop:
    """The shop in this process."""
    database = database_at(job.database_url)
    with tenancy.tenant(job.partner_id), database.reading() as session:
        partner = session.scalars(select(Partner)).one()
    subscriber: Any = SimpleNamespace(account_id=job.account_id, user=SimpleNamespace(id=job.user_id))
    return Shop(database, partner, subscriber, Clerk(database, registry or registry_of(job)), {**TASKS, **job.tasks})


class Clerk(Worker):
    """A worker whose papers are blank: setting one has no effect outside, and typst does not survive a fork."""

    def paper(self, kind: str, object_id: int) -> bytes:
        return b"%PDF-"


def fill_cart(job: Job, shop: Shop) -> None:
    """What the prospect saw before pressing the button."""
    job.cart_file.write_text(json.dumps(shop.fill_cart(*job.names)), encoding="utf-8")


def sell_and_renew(job: Job, shop: Shop) -> None:
    """The whole story. Called again after a crash it goes on where it was, as people and workers would."""
    token, revision, total = json.loads(job.cart_file.read_text(encoding="utf-8"))
    proforma = shop.proforma(shop.confirm(token, revision, total).proforma_id)
    _pay(shop, proforma)
    shop.activate(proforma)
    shop.work()
    renewal = _renewal(job, shop)
    if renewal is not None:
        shop.work()  # nobody pays before the mail is there: a paid proforma is not asked for any more
        _pay(shop, renewal)
        shop.activate(renewal)
        shop.work()


def _pay(shop: Shop, proforma: Proforma) -> None:
    """The partner's form for a payment, with the key that it was shown with."""
    received = Received(proforma.gross, proforma.currency, date(2026, 11, 21), "transfer", "", f"form-{proforma.id}")
    with shop.scope(), shop.database.writing() as session:
        payments.receive(session, SELLER, proforma.id, received)


def _renewal(job: Job, shop: Shop) -> Proforma | None:
    """The renewal of the first name: found if it was ordered before, not possible while the name is not active."""
    with shop.scope(), shop.database.reading() as session:
        before = session.scalar(select(Proforma).where(Proforma.origin == "renewal"))
    if before is not None:
        return before
    domain = shop.domains()[job.names[0]]
    return shop.renew(domain) if domain.state == "active" else None


def resume(job: Job, shop: Shop) -> None:
    """A fresh process after the crash, ten minutes later and as long as it takes."""
    for minutes in range(10, 200, 10):
        with clock.shifted(timedelta(minutes=minutes)):
            sell_and_renew(job, shop)
        if not _open_rows(shop) and _renewal(job, shop) is not None:
            return


def _open_rows(shop: Shop) -> int:
    with shop.database.reading(tenancy.Platform("outbox")) as session:
        return outbox.backlog(session)[0]


def problems(job: Job, shop: Shop) -> list[str]:
    """What is wrong in the end; nothing, if the promises hold."""
    found = [f"{inv.name}: {inv.detail}" for inv in books.check(shop.database) if not inv.ok]
    for years, name in ((2, job.names[0]), (1, job.names[1])):
        found += _wrong_domain(shop, name, years)
    states = [operation.state for operation in shop.operations()]
    expected = {
        "operations": (states, ["confirmed"] * 3),
        "lines": (shop.line_states(), ["done"] * 3),
        "credit": (shop.credit(), 0),
        "wholesale": (shop.wholesale(), FUNDS - _cost(job, shop)),
        "open outbox rows": (_open_rows(shop), 0),
        **_documents(shop),
    }
    return found + [f"{what}: {is_} instead of {should}" for what, (is_, should) in expected.items() if is_ != should]


def _cost(job: Job, shop: Shop) -> int:
    """What the operator charges for both registrations and the renewal."""
    today = clock.today(shop.partner.timezone)
    first, second = (shop.domains()[name].tld_id for name in job.names)
    wanted = ((first, "register"), (second, "register"), (first, "renew"))
    with shop.scope(), shop.database.reading() as session:
        prices = [catalog.wholesale(session, tld, what, 1, shop.partner.currency, today) for tld, what in wanted]
    return sum(price or 0 for price in prices)


def _wrong_domain(shop: Shop, name: str, years: int) -> list[str]:
    facts, domain = shop.worker.registry.info(name), shop.domains()[name]
    if facts is None or facts.created_at is None or facts.expires_at is None:
        return [f"{name} is not registered"]
    wrong = []
    if facts.expires_at.date() != clock.add_years(facts.created_at.date(), years):
        wrong.append(f"{name} runs from {facts.created_at} to {facts.expires_at}, not {years} years")
    if (domain.state, domain.expires_at) != ("active", facts.expires_at):
        wrong.append(f"{name} is {domain.state} until {domain.expires_at} here, until {facts.expires_at} there")
    return wrong


def _documents(shop: Shop) -> dict[str, tuple[Any, Any]]:
    """One welcome; one proforma, thanks and delivery for each sale. That numbers are gapless say the books."""
    with shop.scope(), shop.database.reading() as session:
        proformas = session.scalar(select(func.count(Proforma.id)))
        kinds = dict(session.execute(select(Message.kind, func.count()).group_by(Message.kind)).tuples().all())
    mails = {"welcome": 1, "proforma": 2, "payment_received": 2, "domains_active": 2}
    return {"proformas": (proformas, 2), "mails": (kinds, mails)}
