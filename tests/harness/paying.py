"""A shop whose partner has connected gateways, and what subscribers do there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tests.harness.gateways import CREDENTIALS, Peer, running_peer
from tests.selling import BUYER, SELLER, Shop
from webapp.foundation import jobs
from webapp.foundation.db import Database
from webapp.providers.payments import port
from webapp.reseller.billing import gateways
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.models import Payment, Proforma
from webapp.reseller.orders import online, online_tasks
from webapp.wiring import TASKS

SECRET = "tests only: forty characters of nothing much"


@dataclass(frozen=True)
class Keys:
    """The one setting that the tasks need."""

    secret_key: str = SECRET


@dataclass
class Till:
    """The shop's own view: everything that the product does with a payment, step by step."""

    shop: Shop
    peers: Mapping[str, Peer]
    settings: Keys

    @property
    def database(self) -> Database:
        """The shop's."""
        return self.shop.database

    def gateways(self, name: str, credentials: port.Credentials) -> port.PaymentsPort:
        """Adapters that speak to the peers; the keys are those that the shop stored."""
        found = CREDENTIALS[name]
        assert credentials.secret in ({}, found.secret)
        return self.peers[name].adapter()

    def connect(self, name: str) -> None:
        """The partner enters the keys, tests them, offers the gateway."""
        found = CREDENTIALS[name]
        with self.shop.scope(), self.database.writing() as session:
            typed = {**found.plain, **found.secret}
            row = gateways.connect(session, SELLER, name, typed, SECRET, self.shop.partner.id)
            gateways.tested(session, SELLER, name, row.secret, "")
            gateways.activate(session, SELLER, name)

    def start(self, name: str, *proformas: Proforma) -> GatewayPayment:
        """The subscriber presses the button; the row only."""
        with self.shop.scope(), self.database.writing() as session:
            ids = [each.id for each in proformas]
            return online.start(session, BUYER, self.shop.subscriber.account_id, ids, name, "pl")

    def begin(self, name: str, *proformas: Proforma) -> GatewayPayment:
        """The same, and the gateway has its page."""
        payment = self.start(name, *proformas)
        asked = port.StartPayment(
            payment.session_key, payment.amount, payment.currency, "PRO", "a@example.com", "Anna", "PL", "pl",
            "http://shop.test/back", "http://shop.test/cancel", "http://shop.test/notify",
        )  # fmt: skip
        redirect = self.peers[name].adapter().start(asked)
        with self.shop.scope(), self.database.writing() as session:
            online.began(session, payment.id, redirect)
        return self.payment(payment.id)

    def payment(self, payment_id: int) -> GatewayPayment:
        """As it stands."""
        with self.shop.scope(), self.database.reading() as session:
            return session.scalars(select(GatewayPayment).where(GatewayPayment.id == payment_id)).one()

    def come_back(self, payment: GatewayPayment) -> None:
        """The browser returns: ask, settle."""
        with self.shop.scope():
            with self.database.reading() as session:
                what = online.question(session, payment, SECRET)
            status = online.asked(self.gateways, what)
            with self.database.writing() as session:
                online.settle(session, payment.id, status)

    def hear(self, name: str, raw: bytes, headers: Mapping[str, str]) -> bool:
        """A notification arrives and is stored. Raises Forged."""
        lower = {key.lower(): value for key, value in headers.items()}
        word = self.peers[name].adapter().parse_notification(raw, lower)
        with self.shop.scope(), self.database.writing() as session:
            return online_tasks.store_event(session, name, word, raw)

    def work(self) -> int:
        """The worker does what is due."""
        return jobs.drain(self, self.database, TASKS)

    def rows(self, model: Any) -> list[Any]:
        """Every row of the shop."""
        with self.shop.scope(), self.database.reading() as session:
            return list(session.scalars(select(model).order_by(model.id)))

    @property
    def money(self) -> list[Payment]:
        """What was booked."""
        return self.rows(Payment)

    @property
    def events(self) -> list[GatewayEvent]:
        """What was heard."""
        return self.rows(GatewayEvent)

    def credit(self, currency: str = "PLN") -> int:
        """The subscriber's."""
        from webapp.reseller.billing import queries

        with self.shop.scope(), self.database.reading() as session:
            return queries.credit(session, self.shop.subscriber.account_id, currency)

    def __getattr__(self, name: str) -> Any:
        """What tasks of other rooms ask of their context, in the same drain."""
        return getattr(self.shop.worker, name)


@contextmanager
def open_till(shop: Shop, names: Sequence[str] = ("stripe", "przelewy24")) -> Iterator[Till]:
    """A shop with these gateways, connected and offered."""
    with running_peer("stripe") as one, running_peer("przelewy24") as other:
        peers = {peer.name: peer for peer in (one, other)}
        till = Till(shop, peers, Keys())
        for name in names:
            till.connect(name)
        yield till
