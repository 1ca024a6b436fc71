"""Ads in the shop: a place only while one may run, never where people sign or pay, counted without a cookie."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from tests.web.client import Client, Page
from tests.web.storefront.conftest import POLISH, SHOP, Shops, add, registered
from webapp.foundation import clock, tenancy
from webapp.reseller.cms import campaign_steps
from webapp.reseller.cms.campaign_steps import Draft
from webapp.reseller.cms.models import CampaignDay
from webapp.reseller.desk.models import SearchDay, SearchedName, VisitDay
from webapp.reseller.partners.audit import SYSTEM

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
DRAFT = Draft(
    "Week",
    "shop-footer",
    "text",
    "https://elsewhere.example/offer",
    cap=2,
    content={"pl": {"headline": "Taniej <b>teraz</b>"}},
)


def _save(shops: Shops, draft: Draft = DRAFT) -> int:
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        return campaign_steps.save(session, SYSTEM, draft).id


def _browser(shops: Shops) -> Client:
    visitor = shops.visitor()
    visitor.http.environ_base["HTTP_USER_AGENT"] = BROWSER
    return visitor


def _places(page: Page) -> list[str]:
    return [each.attrs["hx-get"] for each in page.all("div") if "ad-slot" in each.attrs.get("class", "")]


def _settled() -> None:
    """Hosts are looked up again after a second at most."""
    time.sleep(1.0)


def test_a_place_exists_while_an_ad_may_run_and_its_end_is_seen_within_a_second(shops: Shops) -> None:
    visitor = _browser(shops)
    assert _places(visitor.get("/pl/")) == []
    made = _save(shops)
    _settled()
    assert _places(visitor.get("/pl/")) == ["/pl/ad/shop-footer"]
    shown = visitor.fragment("/pl/ad/shop-footer")
    assert "Taniej &lt;b&gt;teraz&lt;/b&gt;" in shown.text
    assert "Advertisement" in shown.text or "Reklama" in shown.text
    link = next(each for each in shown.all("a"))
    assert {"sponsored", "noopener"} <= set(link.attrs["rel"].split())
    assert visitor.get(link.attrs["href"], 302).location == DRAFT.link
    visitor.fragment(f"/pl/ad/shop-footer?seen=x-{made}.1-9.9")
    visitor.fragment(f"/pl/ad/shop-footer?seen=x-{made}.2-9.9", 204)
    visitor.fragment("/en/ad/shop-footer", 204)  # it has no English words
    visitor.get("/pl/ad/checkout", 404)
    shops.visitor(shops.nord).get(f"/de/ad/{made}/go", 404)
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        campaign_steps.set_active(session, SYSTEM, made, active=False)
    visitor.fragment("/pl/ad/shop-footer", 204)
    assert visitor.get(link.attrs["href"], 302).location == "/pl/"
    _settled()
    assert _places(visitor.get("/pl/")) == []
    assert visitor.cookies() == []


def test_nothing_is_advertised_where_people_sign_or_pay(shops: Shops) -> None:
    for position in ("shop-top", "shop-below-hero", "shop-footer", "page"):
        _save(shops, replace(DRAFT, position=position, content={"en": {"headline": "Cheaper"}}))
    visitor = _browser(shops)
    add(visitor, "kwiaty-w-oknie.pl")
    for path in (f"{SHOP}/cart", f"{SHOP}/checkout", f"{SHOP}/documents"):
        assert _places(visitor.get(path)) == [], path
    assert _places(visitor.get(f"{SHOP}/"))
    assert _places(registered(visitor)) == []


def test_visits_views_and_clicks_are_counted_once_and_programs_not_at_all(shops: Shops) -> None:
    made = _save(shops)
    visitor = _browser(shops)
    for client in (visitor, shops.visitor()):
        for address in ("/pl/", "/pl/", "/pl/?utm_source=mail"):  # fresh, kept, passed by the cache
            client.get(address)
        client.fragment("/pl/ad/shop-footer")
        client.get(f"/pl/ad/{made}/go", 302)
        client.get(f"/pl/ad/{made}/go", 302, headers={"Sec-Fetch-Site": "cross-site"})
    shops.app.counts.flush()
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        visit = session.query(VisitDay).one()
        ad = session.query(CampaignDay).one()
    assert (visit.path, visit.host, visit.views) == ("/pl/", shops.host(shops.acme), 3)
    assert visit.day == clock.today(shops.acme.timezone)
    assert (ad.views, ad.clicks) == (1, 1)


def test_a_search_is_counted_once_streamed_or_not_and_the_order_that_it_led_to(shops: Shops) -> None:
    visitor = _browser(shops)
    visitor.get(f"{POLISH}/domains", query_string={"q": "Kwiaty w oknie"})
    streamed = visitor.open("GET", f"{POLISH}/domains?q=żółw.pl", headers={"HX-Request": "true"})
    assert streamed.response.mimetype == "text/event-stream"
    streamed.response.get_data()
    visitor.get(f"{POLISH}/domains", query_string={"q": "!!!"}, status=422)
    add(visitor, "kwiaty-w-oknie.pl")  # one more search
    page = registered(visitor)
    for _ in range(2):
        form = page.form("total", action="checkout")
        fields = {each.attrs["name"]: each.attrs.get("value", "") for each in form.all("input") if "name" in each.attrs}
        visitor.post(f"{SHOP}/checkout", {**fields, "terms": "y", "at_once": "y"})
    shops.app.counts.flush()
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        day = session.query(SearchDay).one()
        names = Counter({row.name: row.searches for row in session.query(SearchedName)})
    assert (day.searches, day.orders) == (3, 1)
    assert names == {"kwiatywoknie": 1, "żółw.pl": 1, "kwiaty-w-oknie.pl": 1}
