"""A partner with prices, a subscriber and a registry: everything that a sale needs, through the real operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.factories import Subscriber, make_partner, make_subscriber
from webapp.foundation import clock, jobs, tenancy
from webapp.foundation.db import Database
from webapp.providers.mail.memory import MemoryMailer
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.registry.port import RegistryPort
from webapp.reseller.accounts.models import Account, User
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.models import Payment, Proforma
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import queries as catalog_queries
from webapp.reseller.cms import legal
from webapp.reseller.orders import activation, carts, documents, operations, renewing
from webapp.reseller.orders.models import Order, OrderLine
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import Domain, ProvisioningOperation
from webapp.wiring import PAPERS, TASKS, load

BUYER = Actor("user", 1, "anna@example.com", "192.0.2.7")
SELLER = Actor("staff", 1, "ewa@acme.example", "192.0.2.8")
#: ending -> (register, renew) for a year, in minor units
PRICES = {"com": (4999, 5999), "pl": (1999, 9999), "org": (5999, 6999)}


class Files(dict[str, bytes]):
    """A storage in memory."""

    def put(self, key: str, content: bytes) -> None:
        self[key] = content

    def put_file(self, key: str, file: Path) -> None:
        self[key] = file.read_bytes()

    def read(self, key: str) -> Iterator[bytes] | None:
        return iter([self[key]]) if key in self else None

    def delete(self, key: str) -> None:
        self.pop(key, None)


@dataclass
class Worker:
    """What tasks need: the context of a worker, with a registry, a mailer and a storage at hand."""

    database: Database
    registry: RegistryPort
    mailer: Any = field(default_factory=MemoryMailer)
    storage: Any = field(default_factory=Files)
    rates: Any = ()

    def paper(self, kind: str, object_id: int) -> bytes:
        """As the product's own context makes it."""
        made: bytes = load(PAPERS[kind])(self, object_id)
        return made


@dataclass
class Shop:
    """One partner's shop in a database, and what people do in it."""

    database: Database
    partner: Partner
    subscriber: Subscriber
    worker: Worker
    #: Outbox kind -> task. Another table than the product's own shows that a test can fail.
    tasks: Mapping[str, str] = field(default_factory=lambda: TASKS)

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.dispose()

    def scope(self) -> Any:
        """The tenant scope of this shop."""
        return tenancy.tenant(self.partner.id)

    def fill_cart(self, *names: str, years: int = 1) -> tuple[str, int, int]:
        """Put names into a new cart; returns (token, revision, total)."""
        token: str | None = None
        with self.scope(), self.database.writing() as session:
            for name in names:
                cart, token = carts.add_to_cart(session, token, name, years)
            return token or "", cart.revision, carts.total(cart)

    def confirm(self, token: str, revision: int, total: int, **facts: Any) -> Order:
        """Press the button that obliges to pay."""
        values: dict[str, Any] = {
            "account_id": self.subscriber.account_id,
            "user_id": self.subscriber.user.id,
            "locale": "pl",
            "ip": "192.0.2.7",
        }
        with self.scope(), self.database.writing() as session:
            values["terms_version"] = documents.references(legal.required(session, "pl", self.partner.default_locale))
            confirmed = operations.Confirmation(token, revision, total, **{**values, **facts})
            return operations.place(session, BUYER, confirmed)

    def order(self, *names: str, years: int = 1) -> Proforma:
        """A whole order; returns its proforma."""
        order = self.confirm(*self.fill_cart(*names, years=years))
        return self.proforma(order.proforma_id)

    def proforma(self, proforma_id: int) -> Proforma:
        """The proforma as it stands now."""
        with self.scope(), self.database.reading() as session:
            return billing_queries.proforma(session, proforma_id)

    def pay(self, proforma: Proforma, amount: int | None = None, key: str = "") -> Payment:
        """The partner records a transfer of the whole amount, or of `amount`."""
        paid = proforma.gross if amount is None else amount
        received = billing.Received(
            paid, proforma.currency, date(2026, 11, 21), "transfer", "", key or f"k{proforma.id}"
        )
        with self.scope(), self.database.writing() as session:
            return billing.record_payment(session, SELLER, proforma.id, received)

    def activate(self, proforma: Proforma) -> Proforma:
        """The partner switches the proforma on."""
        with self.scope(), self.database.writing() as session:
            return activation.activate(session, SELLER, proforma.id)

    def work(self) -> int:
        """A worker empties the outbox."""
        return jobs.drain(self.worker, self.database, self.tasks)

    def sell(self, *names: str, years: int = 1) -> Proforma:
        """Order, pay, activate and let the worker finish."""
        proforma = self.order(*names, years=years)
        self.pay(proforma)
        self.activate(proforma)
        self.work()
        return self.proforma(proforma.id)

    def renew(self, domain: Domain, years: int = 1) -> Proforma:
        """Ask for a renewal; returns its proforma."""
        with self.scope(), self.database.writing() as session:
            order = renewing.order_renewal(session, BUYER, domain.id, years, "pl", self.subscriber.user.id)
        return self.proforma(order.proforma_id)

    def domains(self) -> dict[str, Domain]:
        """Every domain row by name (the newest of a name)."""
        with self.scope(), self.database.reading() as session:
            return {row.name: row for row in session.scalars(select(Domain).order_by(Domain.id))}

    def line_states(self) -> list[str]:
        """States of all order lines, oldest first."""
        with self.scope(), self.database.reading() as session:
            return list(session.scalars(select(OrderLine.state).order_by(OrderLine.id)))

    def operations(self) -> Sequence[ProvisioningOperation]:
        """Everything that was asked of the registry."""
        with self.scope(), self.database.reading() as session:
            return session.scalars(select(ProvisioningOperation).order_by(ProvisioningOperation.id)).all()

    def credit(self) -> int:
        """The subscriber's credit."""
        with self.scope(), self.database.reading() as session:
            return billing_queries.credit(session, self.subscriber.account_id, self.partner.currency)

    def wholesale(self) -> int:
        """The partner's balance with the operator."""
        with self.scope(), self.database.reading() as session:
            return billing_queries.wholesale_balance(session, self.partner.currency)[0]

    def top_up(self, amount: int, key: str) -> None:
        """The operator books an advance payment of the partner."""
        with self.scope(), self.database.writing() as session:
            billing.top_up(session, Actor("operator", 1, "operator"), amount, self.partner.currency, key)


def open_shop(
    database: Database, registry: RegistryPort | None = None, *, funds: int = 1_000_000, **facts: Any
) -> Shop:
    """A shop that sells com, pl and org, with `funds` on its wholesale balance."""
    with database.writing(tenancy.Platform("operator")) as session:
        catalog.ensure_tlds(session)
    partner = make_partner(database, **facts)
    shop = Shop(database, partner, make_subscriber(database, partner), Worker(database, registry or MemoryRegistry()))
    with shop.scope(), database.writing() as session:
        stock(session, partner)
    if funds:
        shop.top_up(funds, "start")
    return shop


def enter_shop(database: Database, partner_id: int = 1, registry: RegistryPort | None = None) -> Shop:
    """A shop that stands in the database already, with its first subscriber."""
    # Says whose: the tests of the walls take down what would add it.
    mine = {"partner_id": partner_id}
    with tenancy.tenant(partner_id), database.reading() as session:
        partner = session.scalars(select(Partner).where(Partner.id == partner_id)).one()
        user = session.scalars(select(User).filter_by(**mine).order_by(User.id)).first()
        account_id = session.scalars(select(Account.id).filter_by(**mine).order_by(Account.id)).first()
    assert user is not None
    assert account_id is not None
    return Shop(database, partner, Subscriber(user, account_id), Worker(database, registry or MemoryRegistry()))


def stock(session: Any, partner: Partner) -> None:
    """Put PRICES on sale from today on, for one and two years."""
    today = clock.today(partner.timezone)
    products = []
    for name, amounts in PRICES.items():
        tld = catalog_queries.tld_by_name(session, name)
        assert tld is not None
        product = catalog.add_product(session, SELLER, tld.id)
        products.append(product.id)
        for operation, amount in zip(("register", "renew"), amounts, strict=True):
            for years in (1, 2):
                key = (operation, years, amount * years, partner.currency, today)
                catalog.set_price(session, SELLER, product.id, *key)
    catalog.set_tld_group(session, SELLER, products, products[:2])
