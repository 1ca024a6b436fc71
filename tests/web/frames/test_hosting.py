"""H-43: a hosting plan ordered in a frame of another site, without a cookie, from the plans to the proforma."""

from __future__ import annotations

from tests.selling import SELLER
from tests.web.frames.conftest import Framed
from tests.web.markup import Markup
from tests.web.storefront.conftest import JAN
from webapp.foundation import tenancy
from webapp.reseller.catalog import plans
from webapp.reseller.partners import branding
from webapp.reseller.services.models import Service

SHOP = "/frames/en"
PLAN = plans.ProductDraft("hosting", "start", {"pl": "Paczka", "en": "Start pack"})


def sell_hosting(framed: Framed, *modules: str) -> None:
    """The partner offers this and sells a plan."""
    with tenancy.tenant(framed.web.acme.id), framed.web.database.writing() as session:
        branding.set_modules(session, SELLER, modules)
        product = plans.create(session, SELLER, PLAN)
        plans.set_prices(session, SELLER, product.id, {("register", 1): 10000, ("renew", 1): 12000})
    framed.web.app.sites.forget()


def test_a_plan_is_ordered_in_a_frame_to_the_end(framed: Framed) -> None:
    sell_hosting(framed, "domains", "hosting")
    frame = framed.frame()
    page = frame.send("GET", "/frames/hosting-order?lang=en", headers={"HX-Request": "", "HX-Request-Type": ""})
    assert (page.status, page.h1) == (200, "Hosting")
    assert "Set-Cookie" not in page.response.headers
    assert not Markup(page.text).problems
    (choose,) = [each.attrs["href"] for each in page.root.all("a") if "/products/" in each.attrs["href"]]
    product = frame.get(choose)
    assert "100.00" in product.text
    basket = frame.post(f"{SHOP}/cart/product", product.fields("code") | {"years": "1", "label": "kwiaty.com"})
    assert "for kwiaty.com" in basket.text
    assert "Search for more names" not in basket.text
    frame.get(f"{SHOP}/checkout")
    look = frame.post(f"{SHOP}/checkout/register", JAN)
    assert "Please begin as soon as I have paid" in look.text
    thanks = frame.post(f"{SHOP}/checkout", {**look.fields("revision"), "terms": "y", "at_once": "y"})
    assert thanks.h1 == "Thank you for your order"
    assert "Search for more names" not in thanks.text
    events = [each.attrs.get("data-shop-event") for each in thanks.root.all("span")]
    assert "completed" in events
    with tenancy.tenant(framed.web.acme.id), framed.web.database.reading() as session:
        service = session.get_one(Service, 1)
    assert (service.label, service.state) == ("kwiaty.com", "awaiting_payment")


def test_a_shop_without_domains_leads_from_no_frame_to_the_search(framed: Framed) -> None:
    """H-20: the basket and what follows it are there, the search and links to it are not."""
    sell_hosting(framed, "hosting")
    frame = framed.frame()
    assert frame.get(f"{SHOP}/domains?q=kwiaty").status == 404
    basket = frame.get(f"{SHOP}/cart")
    assert basket.status == 200
    assert "/domains" not in basket.text
    assert frame.get(f"{SHOP}/certificates").status == 404
