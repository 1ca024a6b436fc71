"""A partner that sells, with its owner signed in to the Sales Panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests import factories
from tests.selling import Shop, Worker, stock
from tests.web.client import Client, Page
from tests.web.conftest import PANEL, Web
from webapp.foundation import tenancy
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.billing import ledger
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.partners.models import Partner

FUNDS = 1_000_000


def token(page: Page) -> str:
    """The CSRF token of a page."""
    return next(each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "csrf_token")


@dataclass
class Desk:
    """The Sales Panel of acme: `owner` is signed in and reads English; `shop` is what people do in the shop."""

    web: Web
    shop: Shop
    registry: MemoryRegistry
    owner: Client

    def staff(self, role: str = "staff", partner: Partner | None = None, locale: str = "en") -> Client:
        """Somebody else who works for the partner, signed in."""
        where = partner or self.web.acme
        member = factories.make_staff(
            self.web.database, where, f"{role}-{where.code}@example.com", role=role, locale=locale
        )
        client = self.web.client(PANEL)
        client.sign_in(member.email)
        return client

    def other_shop(self) -> Shop:
        """The other partner's shop, with a subscriber of its own."""
        other = factories.make_subscriber(self.web.database, self.web.nord, "obcy@example.com", name="Obcy Człowiek")
        shop = Shop(self.web.database, self.web.nord, other, self.shop.worker)
        with shop.scope(), self.web.database.writing() as session:
            stock(session, self.web.nord)
        return shop

    def page(self, proforma: Proforma) -> Page:
        """The page of a proforma."""
        return self.owner.get(f"/proformas/{proforma.id}")

    def pay(self, proforma: Proforma, amount: str = "", button: str = "", status: int = 303, **more: Any) -> Page:
        """Fill in the payment form on its page and send it."""
        typed = {**({"amount": amount} if amount else {}), **more}
        return self.owner.submit(self.page(proforma), {"reference": "", **typed}, status, button=button)


def open_desk(web: Web) -> Desk:
    """Acme sells; its owner is at the desk."""
    with web.database.writing(tenancy.Platform("operator")) as session:
        catalog.ensure_tlds(session)
    registry = MemoryRegistry()
    subscriber = factories.make_subscriber(web.database, web.acme)
    shop = Shop(web.database, web.acme, subscriber, Worker(web.database, registry))
    with shop.scope(), web.database.writing() as session:
        stock(session, web.acme)
        ledger.top_up_wholesale(session, "start", "PLN", FUNDS)
    desk = Desk(web, shop, registry, web.client(PANEL))
    desk.owner = desk.staff("owner")
    return desk


@pytest.fixture
def desk(web: Web) -> Desk:
    """On SQLite."""
    return open_desk(web)


@pytest.fixture
def desk_on_both(web_on_both: Web) -> Desk:
    """Once on SQLite and once on PostgreSQL."""
    return open_desk(web_on_both)
