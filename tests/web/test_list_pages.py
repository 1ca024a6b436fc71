"""A list of fifty asks the database as often as a list of one: no row may ask for itself."""

from __future__ import annotations

from tests import factories
from tests.harness.statements import counted
from tests.selling import Shop
from tests.web.client import Client
from tests.web.conftest import OPERATOR, Web
from tests.web.sales.conftest import Desk, open_desk

#: As many as stand on one page.
MANY = 50

SALES = (
    *("/", "/proformas", "/proformas?state=paid", "/proformas/new", "/domains", "/subscribers", "/notifications"),
    *("/log", "/settlements", "/settlements/credit", "/settlements/balance", "/settings/staff", "/search?q=row"),
)
ACCOUNT = ("/account/", "/account/domains", "/account/proformas", "/account/messages", "/account/profile")


def _grow(desk: Desk, first: int, last: int) -> None:
    """Of each a row: delivered and paid orders of Anna's, a subscriber with credit, staff, a partner, a sign-in."""
    web, anna = desk.web, desk.shop
    for number in range(first, last):
        anna.sell(f"row-{number}.com")
        anna.pay(anna.order(f"row-{number}.pl"))
        other = factories.make_subscriber(web.database, web.acme, f"row-{number}@example.com")
        proforma = Shop(web.database, web.acme, other, anna.worker).order(f"row-{number}.org")
        anna.pay(proforma, proforma.gross + 100)
        factories.make_staff(web.database, web.acme, f"row-{number}@acme.example")
        factories.make_partner(web.database)
        web.shop(web.acme).sign_in("anna@example.com")


def _asked(web: Web, visitor: Client, path: str) -> int:
    """How many statements a page takes that was looked at before; whose host it is, is asked by the clock."""
    visitor.get(path)
    with counted(web.database) as statements:
        visitor.get(path)
    return sum("FROM hosts JOIN partners" not in " ".join(statement.split()) for statement in statements)


def test_a_list_of_fifty_asks_as_often_as_a_list_of_one(web: Web) -> None:
    desk = open_desk(web)
    anna, operator = web.shop(web.acme), web.client(OPERATOR)
    pages = [(desk.owner, path) for path in SALES] + [(anna, path) for path in ACCOUNT]
    pages += [(operator, path) for path in ("/", "/partners", f"/partners/{web.acme.id}")]
    _grow(desk, 0, 2)
    anna.sign_in("anna@example.com")
    operator.sign_in(factories.make_operator(web.database).email)
    few = {(visitor.host, path): _asked(web, visitor, path) for visitor, path in pages}
    _grow(desk, 2, MANY)
    many = {(visitor.host, path): _asked(web, visitor, path) for visitor, path in pages}
    more = {page: (few[page], many[page]) for page in few if many[page] > few[page]}
    assert not more, more
    assert desk.owner.get("/domains").text.count("row-") >= MANY, "the lists are full"
