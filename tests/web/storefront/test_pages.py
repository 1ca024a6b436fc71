"""Home and the partner's pages: what visitors, search engines and the page cache get."""

from __future__ import annotations

import json
from typing import Any

import pytest
from defusedxml import ElementTree

from tests.harness.statements import counted
from tests.web.storefront.conftest import MakeShops, Shops
from webapp.foundation import tenancy
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms import queries as cms


def _links(page: object, rel: str) -> dict[str, str]:
    return {
        each.attrs.get("hreflang", ""): each.attrs["href"]
        for each in page.all("link")  # type: ignore[attr-defined]
        if each.attrs.get("rel") == rel
    }


def _meta(page: object, name: str) -> str:
    found = [m for m in page.all("meta") if name in (m.attrs.get("name"), m.attrs.get("property"))]  # type: ignore[attr-defined]
    return found[0].attrs["content"]  # type: ignore[no-any-return]


def _told(page: object) -> dict[str, Any]:
    """What JSON-LD says, by type (the last one of a type)."""
    scripts = [each for each in page.all("script") if "ld+json" in each.attrs.get("type", "")]  # type: ignore[attr-defined]
    told = [json.loads("".join(each.texts)) for each in scripts]
    return {node["@type"]: node for one in told for node in one.get("@graph", [one])}


def test_a_visitor_is_led_to_the_shops_own_languages(shops: Shops) -> None:
    visitor = shops.visitor()
    for header, wanted in [("de,en;q=0.5", "/en/"), ("pl-PL", "/pl/"), ("fr", "/pl/"), ("", "/pl/")]:
        answer = visitor.get("/", 302, headers={"Accept-Language": header})
        assert answer.location == wanted
        assert "Accept-Language" in answer.response.headers["Vary"]
    visitor.get("/de/", 404)


def test_home_shows_hero_prices_and_questions_and_is_kept(shops: Shops) -> None:
    page = shops.visitor().get("/pl/")
    assert "Jak nazwiesz" in page.h1
    assert "Od razu pokażemy" in page.words
    assert "Cennik bez gwiazdek" in page.words
    assert "16,99 zł" in page.words.replace("\xa0", " ")
    assert page.form("q", action="/pl/domains").attrs["method"] == "get"
    assert "Set-Cookie" not in page.response.headers
    assert len(shops.app.pages) == 1


def test_head_names_canonical_languages_and_company(shops: Shops) -> None:
    page = shops.visitor().get("/pl/")
    origin = "http://csp1001.localhost:8000"
    assert _links(page, "canonical") == {"": f"{origin}/pl/"}
    assert _links(page, "alternate") == {"pl": f"{origin}/pl/", "en": f"{origin}/en/", "x-default": f"{origin}/"}
    assert _meta(page, "og:title") == "Domeny dla Ciebie i Twojej firmy"
    assert _meta(page, "og:url") == f"{origin}/pl/"
    assert "Acme Domeny" in _meta(page, "description")
    told = _told(page)
    assert set(told) == {"OnlineStore", "WebSite", "Product", "FAQPage"}
    assert told["OnlineStore"]["legalName"] == "Acme Domeny sp. z o.o."
    assert (
        told["WebSite"]["potentialAction"]["target"]["urlTemplate"] == f"{origin}/pl/domains?q={{search_term_string}}"
    )


def test_the_language_menu_keeps_the_page(shops: Shops) -> None:
    visitor = shops.visitor()
    for path in ("/pl/page/kontakt", "/pl/cart", "/pl/domains?q=kwiaty", "/pl/checkout"):
        page = visitor.get(path)
        english = next(a for a in page.all("a") if a.attrs.get("hreflang") == "en").attrs["href"]
        assert english == path.replace("/pl/", "/en/").replace("kontakt", "contact")
        visitor.get(english)


def test_a_query_cannot_steer_the_language_links(shops: Shops) -> None:
    page = shops.visitor().get("/pl/cart?_external=1&_scheme=ftp&endpoint=x&q=%22%3E")
    assert "ftp:" not in page.text


def test_every_page_of_both_starters_opens_in_every_language(shops: Shops) -> None:
    for partner in (shops.acme, shops.nord):
        with tenancy.tenant(partner.id), shops.database.reading() as session:
            slugs = cms.public_pages(session)
        assert len(slugs) >= 4
        for one in slugs:
            page = shops.visitor(partner).get(cms.page_path(one.locale, one.slug))
            assert page.h1


def test_a_missing_page_is_404_in_the_shops_dress(shops: Shops) -> None:
    page = shops.visitor().get("/pl/page/nothing-here", 404)
    assert "Acme Domeny" in page.words


def test_site_map_and_robots_name_the_primary_host(shops: Shops) -> None:
    visitor = shops.visitor()
    assert "Sitemap: http://csp1001.localhost:8000/sitemap.xml" in visitor.get("/robots.txt").text
    tree = ElementTree.fromstring(visitor.get("/sitemap.xml").text)
    found = [each.text for each in tree.iter() if each.tag.endswith("}loc")]
    assert "http://csp1001.localhost:8000/pl/" in found
    assert "http://csp1001.localhost:8000/en/page/contact" in found


def test_the_icon_is_drawn_in_the_brands_colour(shops: Shops) -> None:
    visitor = shops.visitor()
    assert visitor.get("/favicon.ico", 302).location == "/icon.svg"
    icon = visitor.get("/icon.svg")
    assert icon.response.mimetype == "image/svg+xml"
    assert "#b4432a" in icon.text
    assert ">A</text>" in icon.text


@pytest.mark.parametrize("path", ["/pl/", "/pl/page/kontakt"])
def test_a_cold_page_takes_three_statements_at_most(make_shops_on_both: MakeShops, path: str) -> None:
    shops = make_shops_on_both(page_cache=False)
    visitor = shops.visitor()
    visitor.get(path)  # what belongs to the content version is kept from now on
    with counted(shops.database) as statements:
        visitor.get(path)
    assert 1 <= len(statements) <= 3, statements


def test_a_page_with_prices_ends_when_a_price_begins(shops: Shops) -> None:
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        from datetime import timedelta

        from webapp.foundation import clock
        from webapp.reseller.catalog import operations
        from webapp.reseller.partners.audit import SYSTEM

        product = catalog.product_for_tld(session, "pl")
        assert product is not None
        tomorrow = clock.today(shops.acme.timezone) + timedelta(days=1)
        operations.set_price(session, SYSTEM, product.id, "register", 1, 4242, "PLN", tomorrow)
    shops.app.sites.forget()
    visitor = shops.visitor()
    assert "42,42" not in visitor.get("/pl/").words
    with clock.shifted(timedelta(days=1)):
        assert "42,42" in visitor.get("/pl/").words


def test_a_changed_price_is_on_the_page_within_a_second(shops: Shops) -> None:
    visitor = shops.visitor()
    visitor.get("/pl/")
    shops.set_price("pl", 4242)
    shops.app.sites.forget()
    assert "42,42" in visitor.get("/pl/").words


def test_an_old_version_of_the_terms_can_still_be_read(shops: Shops) -> None:
    page = shops.visitor().get("/pl/documents/terms/1")
    assert "Regulamin" in page.h1
    shops.visitor().get("/pl/documents/terms/99", 404)
    shops.visitor().get("/pl/documents/secret/1", 404)
