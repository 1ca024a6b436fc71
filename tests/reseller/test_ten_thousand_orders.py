"""Orders by the thousand while everything goes wrong that may: the books hold at every stop and in the end.

Money comes twice, in parts, too much, for many proformas at once, and goes back; answers of the registry are lost
before and after it did what was asked; workers die with work in their hands; funds come late; promotions and codes
run out. What happens is drawn from a seed, so that a broken run can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.harness.databases import TemplateDatabases
from tests.harness.figures import Figures
from tests.selling import SELLER, Shop, Worker, enter_shop
from webapp.foundation import clock, outbox
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.billing import money_documents
from webapp.reseller.billing.invoice_models import Invoice
from webapp.reseller.billing.models import MoneyDocument, Payment, Proforma
from webapp.reseller.billing.operations import Received
from webapp.reseller.catalog import codes, promotions
from webapp.reseller.catalog.conditions import Conditions
from webapp.reseller.catalog.models import DiscountUse
from webapp.reseller.desk import books
from webapp.reseller.orders import activation, carts, operations, payments, restructure, reversals
from webapp.reseller.partners.models import Partner

#: Orders between two looks at the books.
STOP = 250
#: Waits of a worker that tries again; together longer than any wait of the outbox before it gives up.
LATER = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=2))


class Clerk(Worker):
    """A worker whose papers are blank: setting them is another test's."""

    def paper(self, kind: str, object_id: int) -> bytes:
        return b"%PDF-"


class Killed(BaseException):
    """The worker's process ends here, without a word."""


@dataclass
class Season:
    """A shop in trouble. `chance` decides everything."""

    shop: Shop
    chance: random.Random
    registry: MemoryRegistry
    names: Iterator[int] = field(default_factory=count)
    keys: Iterator[int] = field(default_factory=count)
    open_ones: list[int] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)

    def attempt(self, what: str, deed: Any, *values: Any, **facts: Any) -> Any:
        """Somebody at the desk presses a button; a refusal is an answer."""
        with suppress(Refusal), self.shop.scope(), self.shop.database.writing() as session:
            found = deed(session, SELLER, *values, **facts)
            self.done[what] = self.done.get(what, 0) + 1
            return found

    def received(self, amount: int, key: str = "") -> Received:
        return Received(amount, "PLN", date(2026, 11, 21), "transfer", "", key or f"k{next(self.keys)}")

    # --- one order ---------------------------------------------------------------------------------

    def order(self) -> None:
        ending = self.chance.choice(("com", "pl", "org"))
        token, _, _ = self.shop.fill_cart(f"name{next(self.names)}.{ending}", years=self.chance.choice((1, 1, 2)))
        account = self.shop.subscriber.account_id
        if self.chance.random() < 0.2:
            self.attempt("code", _use_code, token, account)
        with self.shop.scope(), self.shop.database.reading() as session:
            cart = carts.cart_for(session, token)
            assert cart is not None
            revision, total = cart.revision, carts.to_pay(session, cart, account)
        with suppress(Refusal):  # the last use of a promotion went to somebody else
            placed = self.shop.confirm(token, revision, total)
            self.done["ordered"] = self.done.get("ordered", 0) + 1
            self.open_ones.append(placed.proforma_id)

    def happen(self) -> None:
        """What may happen between two orders, each to one of the last proformas."""
        pays = (self.pay, self.pay, self.pay_twice, self.pay_in_parts, self.pay_too_much, self.pay_many)
        others = (self.cancel, self.send_back, self.undo, self.let_go, self.reshape, self.activate)
        faults = (self.fault, self.fault, self.work, self.die, self.fund)
        for chance, deeds in ((0.9, pays), (0.9, (self.activate,)), (0.6, others), (0.5, faults)):
            if self.open_ones and self.chance.random() < chance:
                proforma = self.shop.proforma(self.chance.choice(self.open_ones[-3:]))
                self.chance.choice(deeds)(proforma)

    def pay(self, proforma: Proforma) -> None:
        self.attempt("paid", payments.receive, proforma.id, self.received(proforma.gross))

    def pay_twice(self, proforma: Proforma) -> None:
        received = self.received(proforma.gross)
        for _ in range(2):
            self.attempt("paid twice", payments.receive, proforma.id, received)

    def pay_in_parts(self, proforma: Proforma) -> None:
        part = self.chance.randint(1, proforma.gross)
        for amount in self.chance.sample((part, proforma.gross - part), 2):
            self.attempt("paid in parts", payments.receive, proforma.id, self.received(amount))

    def pay_too_much(self, proforma: Proforma) -> None:
        more = self.received(proforma.gross + self.chance.randint(1, 5000))
        self.attempt("overpaid", payments.receive, proforma.id, more)

    def pay_many(self, proforma: Proforma) -> None:
        wanted = sorted({proforma.id, *self.open_ones[-3:]}, reverse=self.chance.random() < 0.5)
        amount, account = self.chance.randint(1, 30_000), proforma.account_id
        self.attempt("paid for many", payments.receive_for_many, account, wanted, self.received(amount))

    def activate(self, proforma: Proforma) -> None:
        for _ in range(self.chance.choice((1, 2))):
            self.attempt("activated", activation.activate, proforma.id)

    def cancel(self, proforma: Proforma) -> None:
        self.attempt("cancelled", operations.cancel, proforma.id)

    def _money_of(self, proforma: Proforma) -> Payment | None:
        with self.shop.scope(), self.shop.database.reading() as session:
            mine = select(Payment).where(Payment.proforma_id == proforma.id).order_by(Payment.id.desc())
            return session.scalars(mine.limit(1)).first()

    def send_back(self, proforma: Proforma) -> None:
        money = self._money_of(proforma)
        if money is None:
            return
        amount, key = self.chance.randint(1, money.amount), f"k{next(self.keys)}"
        deed = self.chance.choice((money_documents.refund, reversals.charge_back))
        for _ in range(2):
            self.attempt("went back", deed, money.id, amount, "", key)

    def undo(self, proforma: Proforma) -> None:
        money = self._money_of(proforma)
        if money is not None and money.undone_at is None:
            self.attempt("undone", _undo, money.id)

    def let_go(self, proforma: Proforma) -> None:
        self.attempt("rest let go", payments.write_off_rest, proforma.id, "", f"k{next(self.keys)}")

    def reshape(self, proforma: Proforma) -> None:
        merged = self.attempt("merged", restructure.merge, sorted({proforma.id, *self.open_ones[-2:]}))
        if merged is not None:
            self.open_ones.append(merged.id)

    # --- what goes wrong -----------------------------------------------------------------------------

    def fault(self, _proforma: Proforma) -> None:
        command = self.chance.choice(("domain:create", "contact:create", "domain:info"))
        code, done = self.chance.choice(((None, True), (None, False), (2400, False), (2306, False)))
        self.registry.break_next(command, code, done)
        self.done["faults"] = self.done.get("faults", 0) + 1

    def work(self, _proforma: Proforma | None = None) -> None:
        self.shop.work()

    def die(self, _proforma: Proforma) -> None:
        """A worker takes what is due and is gone, at the latest while it speaks to the registry."""
        self.done["killed"] = self.done.get("killed", 0) + 1
        if self.chance.random() < 0.5:
            outbox.claim(self.shop.database)
            return
        self.registry.observer = _kill_at(self.chance.randint(1, 4))
        with suppress(Killed):
            self.shop.work()
        self.registry.observer = None

    def fund(self, _proforma: Proforma | None = None) -> None:
        self.shop.top_up(self.chance.randint(1, 20_000), f"t{next(self.keys)}")

    def settle_down(self) -> None:
        """Funds and workers come at last, again and again, until nothing waits."""
        self.shop.top_up(100_000_000, f"t{next(self.keys)}")
        waited = timedelta()
        for wait in (timedelta(), *LATER):
            waited += wait
            with clock.shifted(waited):
                self.shop.work()


def _kill_at(command: int) -> Any:
    left = count(1)

    def observe(_command: str, _name: str) -> None:
        if next(left) == command:
            raise Killed

    return observe


def _use_code(session: Any, _actor: Any, token: str, account_id: int) -> None:
    carts.use_code(session, token, "WELCOME", account_id)


def _undo(session: Any, actor: Any, payment_id: int) -> None:
    payments.undo(session, actor, money_documents.locked_payment(session, payment_id))


def _prepare(season: Season, orders: int) -> None:
    """Invoices by themselves, a promotion and a code that do not last for all."""
    shop, today = season.shop, clock.today(season.shop.partner.timezone)
    with shop.scope(), shop.database.writing() as session:
        partner = session.scalars(select(Partner).where(Partner.id == shop.partner.id)).one()
        partner.settings = dict(partner.settings or {}) | {"invoices": {"automatic": True}}
        days = {"valid_from": today, "valid_to": today + timedelta(days=30), "conditions": Conditions()}
        facts: dict[str, Any] = {"kind": "percent", "value": 1000, "limit_total": orders // 3, **days}
        draft = promotions.Draft(**facts, names={"en": "Autumn"})
        promotions.activate(session, SELLER, promotions.create(session, SELLER, draft).id)
        codes.create(session, SELLER, codes.Draft(code="WELCOME", **facts | {"limit_total": orders // 20 + 1}))


def _broken(shop: Shop) -> list[str]:
    return [f"{one.name}: {one.detail}" for one in books.check(shop.database) if not one.ok]


def _run(shop: Shop, orders: int, seed: int) -> Season:
    registry = MemoryRegistry()
    shop.worker = Clerk(shop.database, registry)
    season = Season(shop, random.Random(seed), registry)
    _prepare(season, orders)
    for number in range(1, orders + 1):
        season.order()
        season.happen()
        if number % STOP == 0:
            assert _broken(shop) == [], f"seed {seed}, after {number} orders"
    season.settle_down()
    return season


def _facts(shop: Shop) -> dict[str, int]:
    with shop.scope(), shop.database.reading() as session:
        models = (Proforma, Payment, MoneyDocument, Invoice, DiscountUse)
        return {model.__tablename__: session.scalar(select(func.count(model.id))) or 0 for model in models}


def _sizes() -> Iterator[Any]:
    yield pytest.param("sqlite", 20, 2)
    yield pytest.param("postgresql", 10, 2, marks=pytest.mark.postgresql)
    # In parts, so that the machine's cores share them: ten thousand in all.
    long = [pytest.mark.full, pytest.mark.timeout(1800)]
    for seed in range(3, 7):
        yield pytest.param("sqlite", 1250, seed, marks=long)
        yield pytest.param("postgresql", 1250, seed + 4, marks=[*long, pytest.mark.postgresql])


@pytest.mark.parametrize(("kind", "orders", "seed"), [*_sizes()])
def test_whatever_happens_to_orders_the_books_hold(
    stocked_databases: TemplateDatabases, figures: Figures, kind: str, orders: int, seed: int
) -> None:
    """I1 to I10: nothing lost, nothing doubled; and what was paid and activated is at the registry, as often."""
    with stocked_databases.fresh(kind) as url, enter_shop(Database(url)) as shop:
        season = _run(shop, orders, seed)
        assert _broken(shop) == [], f"seed {seed}"
        facts = _facts(shop)
        assert all(facts.values()), facts
        ours = {name for name, domain in shop.domains().items() if domain.state == "active"}
        theirs = {
            name for name, known in season.registry.world.domains.items() if known.sponsor == season.registry.user
        }
        assert ours == theirs, "I2: the registry has what we say"
        assert not set(shop.line_states()) & {"provisioning", "awaiting_funds"}
        assert ours
        figures.count("orders with faults injected, then every invariant", season.done["ordered"], broken=0)
