"""Every list of the panels answers its first page by an index, however long it is; so do the search and the menu.

Rows are cloned by the database itself, and the plan of every statement that a list asks is looked at: no table of that
length is read from one end to the other, and none is sorted. The full tier does so at a million rows, where the
databases choose freely; the fast tier at a few thousand, where PostgreSQL would rightly read everything and is told
not to: there it shows that an index could do it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, inspect, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.foundation.db import Database
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import bank_queries, gateway_queries, invoice_queries, invoices
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.bank_models import BankLine, BankStatement
from webapp.reseller.catalog.models import Product
from webapp.reseller.desk import lists, search, subscribers, work
from webapp.reseller.notifications import queries as notifications
from webapp.reseller.partners import log_queries, search_keys
from webapp.reseller.services import by_hand_queries, queries
from webapp.reseller.services.models import Service

FEW, MANY = 3000, 1_000_000
#: What has rows by the million, and is never read from one end to the other.
LONG = ("accounts", "domains", "services", "proformas", "payments", "messages", "audit_events", "bank_lines",
        "invoices", "search_keys", "proforma_lines")  # fmt: skip

Ask = Callable[[Session], Any]
LISTS: dict[str, Ask] = {
    "domains": queries.domains,
    "domains in a state": lambda s: queries.domains(s, state="lost"),
    "domains that end": lambda s: queries.domains(s, ends_within=30),
    "domains by text": lambda s: queries.domains(s, text="ow-17"),
    "subscribers": lambda s: subscribers.found(s, subscribers.Wanted()),
    "suspended subscribers": lambda s: subscribers.found(s, subscribers.Wanted(status="suspended")),
    "subscribers by text": lambda s: accounts.search_accounts(s, "anna example"),
    "services": by_hand_queries.services,
    "services in a state": lambda s: by_hand_queries.services(s, state="active"),
    "tasks": by_hand_queries.tasks,
    "proformas": billing.proformas,
    "paid proformas": lambda s: billing.proformas(s, state="paid"),
    "overdue proformas": lambda s: billing.proformas(s, overdue_on=clock.now().date()),
    "proformas by text": lambda s: billing.proformas(s, text="17"),
    "invoices": lambda s: invoice_queries.listed(s, invoice_queries.InvoiceFilter()),
    "payments": lists.payments,
    "credits": lists.credit_balances,
    "operator's ledger": lambda s: lists.wholesale_postings(s, "PLN"),
    "online payments": lambda s: gateway_queries.payments(s, "", 1),
    "online payments to look at": lambda s: gateway_queries.payments(s, "look", 1),
    "messages": notifications.messages,
    "failed messages": lambda s: notifications.messages(s, state="failed"),
    "log": lambda s: log_queries.events(s, log_queries.Wanted()),
    "movements": lambda s: bank_queries.lines(s, "matched"),
}
#: Not lists, and not bound to four statements.
OTHERS: dict[str, tuple[int, Ask]] = {
    "search": (6, lambda s: search.everything(s, "17", tuple(search.KINDS))),
    "menu": (6, work.hot_counts),
    "to-do": (30, work.work),
    "states of domains": (1, queries.counts_by_state),
    "states of proformas": (1, billing.counts_by_state),
}


class Filler:
    """Clones the newest row of a table many times, with other words in some columns."""

    def __init__(self, connection: Connection, count: int) -> None:
        self._connection, self._count = connection, count
        self._sqlite = connection.dialect.name == "sqlite"
        self._columns = inspect(connection)

    def clone(self, table: str, **other: str) -> None:
        names = [each["name"] for each in self._columns.get_columns(table) if each["name"] != "id"]
        if self._sqlite:  # half of them are other partners', whose rows stand in between
            other["partner_id"] = "CASE n % 2 WHEN 0 THEN base.partner_id ELSE 1000 + n % 50 END"
        values = ", ".join(other.get(name, f"base.{name}") for name in names)
        rows = f"generate_series(1, {self._count}) AS n(n)"
        head = ""
        if self._sqlite:
            head, rows = (
                f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {self._count}) ",
                "n",
            )
        base = f"(SELECT * FROM {table} WHERE partner_id < 1000 ORDER BY id DESC LIMIT 1) AS base"
        self.run(f"INSERT INTO {table} ({', '.join(names)}) {head}SELECT {values} FROM {rows}, {base}")

    def run(self, statement: str) -> None:
        self._connection.execute(text(statement))

    def day(self, column: str) -> str:
        """Spread over two years."""
        return f"date({column}, '-' || (n % 700) || ' days')" if self._sqlite else f"{column} - (n % 700)::integer"

    def moment(self, column: str) -> str:
        if self._sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f000', base.{column}, '-' || n || ' minutes')"
        return f"base.{column} - n * interval '1 minute'"


def _fill(database: Database, count: int) -> None:
    with database.engine.connect() as connection:
        filler = Filler(connection, count)
        connection.rollback()
        if database.is_postgresql:
            filler.run("SET LOCAL witryna.tenant = 'platform'")
            filler.run("SET LOCAL statement_timeout = 0")
        else:  # keys that lead to no partner: only the lists' own reads matter here
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        state = "CASE n % 40 WHEN 0 THEN '{}' WHEN 1 THEN '{}' ELSE '{}' END"
        filler.clone("accounts", name="'Name ' || n", status=state.format("suspended", "merged", "active"))
        names = {"name": "'row-' || n || '.com'", "name_unicode": "'row-' || n || '.com'"}
        filler.clone(
            "domains",
            **names,
            state=state.format("lost", "cancelled", "active"),
            expires_at=filler.moment("expires_at"),
        )
        filler.clone("services", state=state.format("active", "lost", "cancelled"))
        numbered = {"number": "'XX/2026/' || (n + 900)", "sequence": "n + 900"}
        days = {"issue_date": filler.day("base.issue_date"), "due_date": filler.day("base.due_date")}
        whose = {"account_id": "base.account_id + n"}
        filler.clone("proformas", **numbered, **days, **whose, state=state.format("paid", "issued", "activated"))
        line = {"proforma_id": "base.proforma_id + n", "subject": "'row-' || n || '.com'"}
        filler.clone("proforma_lines", **line)
        filler.clone("invoices", **numbered, proforma_id="NULL", issue_date=filler.day("base.issue_date"))
        filler.clone("payments", key="'clone-' || n", received_on=filler.day("base.received_on"))
        sent = {"created_at": filler.moment("created_at"), "state": state.format("failed", "queued", "sent")}
        filler.clone("messages", key="'clone-' || n", **sent)
        filler.clone("audit_events", at=filler.moment("at"))
        clone_line = {"dedupe": "'clone-' || n", "booked_on": filler.day("base.booked_on")}
        filler.clone("bank_lines", **clone_line, state=state.format("open", "ignored", "matched"))
        _keys(filler, count)
        connection.commit()
    with database.engine.begin() as connection:
        if database.is_postgresql:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("ANALYZE"))


def _keys(filler: Filler, count: int) -> None:
    """The ends of every domain's name: a dozen rows each."""
    numbers = "(" + " UNION ALL ".join(f"SELECT {n} AS k" for n in range(1, 13 if count == FEW else 5)) + ") AS ends"
    ends = f"SELECT partner_id, 'domain', id, substr(name, k) FROM domains, {numbers} WHERE k <= length(name)"
    filler.run(f"INSERT INTO search_keys (partner_id, kind, object_id, key) {ends}")


def _begin(shop: Shop) -> None:
    """One row of everything, made by the real operations as far as they are quick."""
    proforma = shop.sell("first.com")
    with shop.scope(), shop.database.writing() as session:
        invoices.issue_for_proforma(session, SELLER, proforma.id)
        product = session.scalars(select(Product)).first()
        assert product
        facts: dict[str, Any] = {"product_id": product.id, "account_id": shop.subscriber.account_id, "state": "active"}
        service = Service(kind="hosting", label="first.com", contact_id=None, created_at=clock.now(), **facts)
        statement = BankStatement(
            file_name="a",
            file_hash="a",
            format="csv",
            account="a",
            currency="PLN",
            imported_by="",
            imported_at=clock.now(),
        )
        session.add_all([service, statement])
        session.flush()
        today = clock.now().date()
        line = {"booked_on": today, "amount": 1, "currency": "PLN", "state": "matched"}
        session.add(BankLine(statement_id=statement.id, position=1, dedupe="a", **line))
        search_keys.write(session, "service", {service.id: (service.label,)})


@pytest.fixture(params=[FEW, pytest.param(MANY, marks=[pytest.mark.full, pytest.mark.timeout(1800)])])
def full_shop(request: pytest.FixtureRequest, shop: Shop) -> Shop:
    _begin(shop)
    _fill(shop.database, request.param)
    return shop


@pytest.mark.broken_books
def test_every_list_asks_few_statements_and_each_by_an_index(full_shop: Shop) -> None:
    few = "[3000" in os.environ["PYTEST_CURRENT_TEST"]
    wrong = []
    asked = {name: (4, ask) for name, ask in LISTS.items()} | OTHERS
    for name, (most, ask) in asked.items():
        with full_shop.scope(), full_shop.database.reading() as session, _explained(full_shop.database, few) as plans:
            ask(session)
        assert plans, name
        if len(plans) > most:
            wrong.append(f"{name}: {len(plans)} statements")
        wrong += [f"{name}: {bad}" for each in plans if (bad := _bad(*each))]
    assert not wrong, "\n".join(wrong)


@contextmanager
def _explained(database: Database, few: bool) -> Iterator[list[tuple[str, str]]]:
    """(statement, plan) of everything that is asked within the block."""
    small = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
    plans: list[tuple[str, str]] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        other = cursor.connection.cursor()
        if database.is_postgresql and few:
            other.execute(small)
        head = "EXPLAIN " if database.is_postgresql else "EXPLAIN QUERY PLAN "
        other.execute(head + statement, parameters)
        plans.append((statement, "\n".join(str(row[-1]) for row in other.fetchall())))
        other.close()

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)


#: A scan of at most a twentieth of its table (by costs of a few hundred against ten thousands), below its limit.
_ENDED_AT_ONCE = re.compile(
    r"(Limit  \(cost=\d+\.\d+\.\.\d{1,3}\.[^\n]*)(?:\n +InitPlan[^\n]*\n +->  Result[^\n]*)*"
    r"\n +->  Seq Scan on [^\n]*\(cost=\d+\.\d+\.\.\d{5,}\.[^\n]*"
)


def _bad(statement: str, plan: str) -> str:
    """What is wrong with a plan; "" for one that needs no more than its index.

    What may be sorted is bounded: candidates of a search, the lines of fifty proformas, tables of a few rows. A table
    may be read as it lies where that ends at once: nearly every row is one that is looked for.
    """
    long_tables = "|".join(LONG)
    plan = _ENDED_AT_ONCE.sub(r"\1", plan)
    wrong = re.findall(rf"(?:Seq Scan on|SCAN) (?:{long_tables})\b(?! USING)[^\n]*", plan)
    if "IN (" not in statement and re.search(rf" on (?:{long_tables})\b|(?:SCAN|SEARCH) ", plan):
        wrong += re.findall(r"USE TEMP B-TREE FOR ORDER BY|(?<!Incremental )Sort  \([^\n]*", plan)
    return f"{wrong}\n{plan}\n{statement}\n" if wrong else ""


@pytest.mark.broken_books
@pytest.mark.parametrize("full_shop", [FEW], indirect=True)
def test_a_plan_without_an_index_is_seen(full_shop: Shop) -> None:
    """The check above can fail: a part of a name without keys is a scan."""
    from webapp.foundation.paging import matching
    from webapp.reseller.services.models import Domain

    with full_shop.scope(), full_shop.database.reading() as session, _explained(full_shop.database, False) as plans:
        session.scalars(select(Domain).where(*matching("ow-17", Domain.name_unicode)).order_by(Domain.created_at)).all()
    assert _bad(*plans[0])
