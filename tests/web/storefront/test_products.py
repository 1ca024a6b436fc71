"""Hosting plans and certificates in the shop: prices while a promotion runs (H-43, H-44), and the switch (H-20)."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tests.web.client import Client, Page
from tests.web.storefront.conftest import Shops
from webapp.foundation import clock, tenancy
from webapp.reseller.catalog import plans
from webapp.reseller.desk import demo_products
from webapp.reseller.partners import branding
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner


@pytest.fixture
def stocked(shops: Shops) -> Shops:
    """Both shops sell what the demo's shops sell."""
    for partner in (shops.acme, shops.nord):
        with tenancy.tenant(partner.id), shops.database.writing() as session:
            demo_products.stock(session, partner.code)
    shops.app.sites.forget()
    return shops


def offer(shops: Shops, partner: Partner, *modules: str) -> Client:
    """The partner sells these services and no others; returns a visitor of its shop."""
    with tenancy.tenant(partner.id), shops.database.writing() as session:
        branding.set_modules(session, SYSTEM, modules)
    shops.app.sites.forget()
    return shops.visitor(partner)


def leads(page: Page) -> set[str]:
    """Where the links of header and footer lead."""
    around = [*page.all("header"), *page.all("footer")]
    return {link.attrs["href"] for each in around for link in each.all("a") if link.attrs.get("href")}


def lists(hosting: Collection[str], certificates: Collection[str], page: Page) -> tuple[bool, bool]:
    """Whether a page names plans for hosting, and certificates."""
    return any(name in page.words for name in hosting), any(name in page.words for name in certificates)


HOSTING, CERTIFICATES = ("Webspace S", "Webspace L"), ("Domain certificate", "Company certificate")


def test_a_reduced_plan_shows_the_price_before_and_the_lowest_of_thirty_days(stocked: Shops) -> None:
    """The list, the block of a page, the page of the plan and the basket all say the same."""
    visitor = stocked.visitor(stocked.nord)
    for path in ("/en/hosting", "/en/", "/en/products/webspace-l"):
        words = visitor.get(path).words
        assert "€119.88" in words, path
        assert "€89.91" in words, path
        assert "lowest price of the last 30 days: €107.88" in words, path
    card = visitor.get("/en/hosting").words
    assert "€35.88 for 1 year then €47.88 a year" in card, "the first year is told apart from those after it"
    page = visitor.get("/en/products/webspace-l")
    basket = visitor.follow(visitor.submit(page, {"years": "1", "label": "nord.de"}, action="/cart/product"))
    assert "€89.91" in basket.words
    assert "lowest price of the last 30 days: €107.88" in basket.words


def test_a_price_that_stays_is_a_price_a_year(stocked: Shops) -> None:
    assert "€29.00 a year" in stocked.visitor(stocked.nord).get("/en/certificates").words


def test_services_that_are_switched_off_are_nowhere_in_the_shop(stocked: Shops) -> None:
    """Menu, pages of the starter, lists, frames."""
    page, found = "/en/page/hosting", ("/en/hosting", "/en/certificates")
    views = ("/frames/hosting-order", "/frames/certificate-order")
    visitor = offer(stocked, stocked.nord, "domains", "hosting", "certificates")
    assert page in leads(visitor.get("/en/"))
    assert [lists(HOSTING, CERTIFICATES, visitor.get(path)) for path in ("/en/", page)] == [(True, True)] * 2
    visitor = offer(stocked, stocked.nord, "domains")
    assert page not in leads(visitor.get("/en/"))
    assert [lists(HOSTING, CERTIFICATES, visitor.get(path)) for path in ("/en/", page)] == [(False, False)] * 2
    for path in (*found, *views, "/en/products/webspace-s"):
        visitor.get(path, 404)
    visitor = offer(stocked, stocked.nord, "domains", "certificates")
    assert lists(HOSTING, CERTIFICATES, visitor.get("/en/")) == (False, True)
    visitor.get(views[0], 404)
    visitor.get(views[1])


def test_lines_that_lead_to_a_list_go_with_it(stocked: Shops) -> None:
    """A line is there again as soon as its service is; a heading stays while something stands below it."""
    visitor = offer(stocked, stocked.acme, "domains", "hosting")
    assert {"/en/hosting", "/en/page/prices"} <= leads(visitor.get("/en/"))
    assert "/en/certificates" not in leads(visitor.get("/en/"))
    visitor = offer(stocked, stocked.acme, "certificates")
    assert "/en/certificates" in leads(visitor.get("/en/"))
    assert not {"/en/hosting", "/en/page/prices"} & leads(visitor.get("/en/"))
    visitor = offer(stocked, stocked.nord, "hosting")
    assert "/en/page/moving" in leads(visitor.get("/en/")), "it stands below a page of prices that is gone"


def test_a_block_without_a_plan_shows_nothing(stocked: Shops) -> None:
    visitor = offer(stocked, stocked.nord, "domains", "hosting", "certificates")
    with tenancy.tenant(stocked.nord.id), stocked.database.writing() as session:
        for each in plans.all_plans(session, "EUR", clock.today("Europe/Berlin")):
            each.product.on_sale = False
        branding.set_modules(session, SYSTEM, ("domains", "hosting"))
    stocked.app.sites.forget()
    home = visitor.get("/en/")
    assert not [each for each in home.all("section") if each.attrs.get("id") in ("hosting", "certificates")]
    assert "Nothing is for sale here at present" in visitor.get("/en/hosting").words
