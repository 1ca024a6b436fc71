"""The sale that is interrupted: order, payment, activation, registration, renewal. Every step may be repeated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select

from tests.selling import Shop, Worker
from webapp.foundation import clock, outbox, tenancy
from webapp.foundation.db import Database
from webapp.providers.registry.epp import EppRegistry
from webapp.providers.registry.profiles import RegistryProfile, Timeouts
from webapp.reseller.billing.models import Proforma
from webapp.reseller.desk import books
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners.models import Partner

#: Short patience, so that a delayed answer is a lost one within the test's time.
PROFILE = RegistryProfile("impatient", sessions=1, timeouts=Timeouts(connect=2.0, answer=1.0, check=1.0, session=2.0))


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

    @classmethod
    def parse(cls, line: str) -> Job:
        """From a line of JSON."""
        values = json.loads(line)
        return cls(**{**values, "names": tuple(values["names"])})

    @property
    def cart_file(self) -> Path:
        """Where the cart that was shown is remembered, as a browser would."""
        return Path(self.folder) / f"{self.names[0]}.cart"


def open_shop(job: Job) -> Shop:
    """The shop in this process: its own engine, its own registry sessions."""
    database = Database(job.database_url)
    registry = EppRegistry(profile=PROFILE, **job.registry)
    with tenancy.tenant(job.partner_id), database.reading() as session:
        partner = session.scalars(select(Partner)).one()
    subscriber: Any = SimpleNamespace(account_id=job.account_id, user=SimpleNamespace(id=job.user_id))
    return Shop(database, partner, subscriber, Worker(database, registry))


def fill_cart(job: Job, shop: Shop) -> None:
    """What the prospect saw before pressing the button."""
    job.cart_file.write_text(json.dumps(shop.fill_cart(*job.names)), encoding="utf-8")


def sell_and_renew(job: Job, shop: Shop) -> None:
    """The whole story. Called again after a crash it goes on where it was, as people and workers would."""
    token, revision, total = json.loads(job.cart_file.read_text(encoding="utf-8"))
    proforma = shop.proforma(shop.confirm(token, revision, total).proforma_id)
    shop.pay(proforma)
    shop.activate(proforma)
    drain(shop)
    renewal = _renewal(job, shop)
    if renewal is not None:
        shop.pay(renewal)
        shop.activate(renewal)
        drain(shop)


def _renewal(job: Job, shop: Shop) -> Proforma | None:
    """The renewal of the first name: found if it was ordered before, not possible while the name is not active."""
    with shop.scope(), shop.database.reading() as session:
        before = session.scalar(select(Proforma).where(Proforma.origin == "renewal"))
    if before is not None:
        return before
    domain = shop.domains()[job.names[0]]
    return shop.renew(domain) if domain.state == "active" else None


def drain(shop: Shop, rounds: int = 1) -> None:
    """Work on what is due; further rounds let leases lapse and delayed rows come due."""
    for number in range(rounds):
        with clock.shifted(timedelta(minutes=10 * number)):
            shop.work()
        if not _open_rows(shop):
            return


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
        "open outbox rows": (_open_rows(shop), 0),
        **_documents(shop),
    }
    return found + [f"{what}: {is_} instead of {should}" for what, (is_, should) in expected.items() if is_ != should]


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
    with shop.scope(), shop.database.reading() as session:
        numbers = session.scalars(select(Proforma.sequence).order_by(Proforma.sequence)).all()
        kinds = dict(session.execute(select(Message.kind, func.count()).group_by(Message.kind)).tuples().all())
    return {
        "proforma numbers": (list(numbers), [1, 2]),
        "proforma mails": (kinds.get("proforma"), 2),
        "delivery mails": (kinds.get("domains_active"), 2),
    }
