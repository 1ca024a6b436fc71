"""The site around the pages: old addresses, what search engines are told, menus with a level below."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from defusedxml import ElementTree
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.storefront.conftest import PLATFORM, Shops
from tests.web.storefront.test_pages import _links, _meta, _told
from webapp.foundation import tenancy
from webapp.reseller.cms import menus, operations, redirects
from webapp.reseller.cms.menus import Entry
from webapp.reseller.cms.models import Page
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.hosts import add_host

ORIGIN = "http://csp1001.localhost:8000"


class _Staff:
    """`with staff(shops) as session:` writes as acme's staff; visitors see it at once."""

    def __init__(self, shops: Shops) -> None:
        self._shops = shops

    def __enter__(self) -> Session:
        self._scope = tenancy.tenant(self._shops.acme.id)
        self._scope.__enter__()
        self._writing: AbstractContextManager[Session] = self._shops.database.writing()
        return self._writing.__enter__()

    def __exit__(self, *error: object) -> None:
        self._writing.__exit__(*error)  # type: ignore[arg-type]
        self._scope.__exit__(*error)  # type: ignore[arg-type]
        self._shops.app.sites.forget()


staff: Callable[[Shops], AbstractContextManager[Session]] = _Staff


def page_id(session: Session, locale: str, slug: str) -> int:
    return session.scalars(select(Page.id).where(Page.locale == locale, Page.slug == slug)).one()


def test_an_old_address_leads_on_or_is_gone(shops: Shops) -> None:
    visitor = shops.visitor()
    visitor.get("/pl/page/kontakt")
    with staff(shops) as session:
        number = page_id(session, "pl", "kontakt")
        operations.rename_page(session, SYSTEM, number, "pisz")
        operations.rename_page(session, SYSTEM, number, "napisz-do-nas")
        redirects.add(session, SYSTEM, "/oferta/ceny.html", "https://ceny.example/")
    for old in ("/pl/page/kontakt", "/pl/page/pisz"):
        answer = visitor.get(old, 301)
        assert answer.location == "/pl/page/napisz-do-nas"
    assert "Set-Cookie" not in answer.response.headers
    assert visitor.get("/oferta/ceny.html", 301).location == "https://ceny.example/"
    page = visitor.get("/pl/page/napisz-do-nas")
    assert _links(page, "alternate")["en"] == f"{ORIGIN}/en/page/contact", "one page by its key, not by its slug"
    english = visitor.get("/en/page/contact")
    assert _links(english, "alternate") == _links(page, "alternate"), "reciprocal"
    assert '"/pl/page/napisz-do-nas"' in english.text, "the language menu follows, too"
    with staff(shops) as session:
        operations.delete_page(session, SYSTEM, number)
    gone = visitor.get("/pl/page/napisz-do-nas", 410)
    assert "Acme Domeny" in gone.words
    visitor.get("/pl/page/pisz", 410)
    visitor.get("/pl/page/never", 404)


def test_a_page_may_hide_from_search_engines(shops: Shops) -> None:
    with staff(shops) as session:
        page = session.get_one(Page, page_id(session, "pl", "kontakt"))
        operations.publish_page(session, SYSTEM, _with_settings(session, page, noindex=True))
    visitor = shops.visitor()
    page_ = visitor.get("/pl/page/kontakt")
    assert _meta(page_, "robots") == "noindex"
    assert _links(page_, "alternate") == {}
    assert _told(page_) == {}
    english = visitor.get("/en/page/contact")
    assert set(_links(english, "alternate")) == {"en", "x-default"}
    tree = ElementTree.fromstring(visitor.get("/sitemap.xml").text)
    listed = {each.text for each in tree.iter() if each.tag.endswith("}loc")}
    assert f"{ORIGIN}/pl/page/kontakt" not in listed
    assert f"{ORIGIN}/en/page/contact" in listed


def _with_settings(session: Session, page: Page, **settings: object) -> int:
    from webapp.reseller.cms.models import PageVersion

    draft = session.get_one(PageVersion, page.draft_version_id)
    draft.settings = settings
    session.flush()
    return page.id


def test_an_inner_page_tells_its_place(shops: Shops) -> None:
    told = _told(shops.visitor().get("/pl/page/kontakt"))
    assert [step["item"] for step in told["BreadcrumbList"]["itemListElement"]] == [
        f"{ORIGIN}/pl/",
        f"{ORIGIN}/pl/page/kontakt",
    ]
    assert "OnlineStore" not in told


def test_prices_are_told_as_they_stand_on_the_page(shops: Shops) -> None:
    page = shops.visitor().get("/pl/")
    product = _told(page)["Product"]
    price = product["offers"]["price"].replace(".", ",")
    assert f"{price} zł" in page.words.replace("\xa0", " ")
    assert product["name"] in page.words
    assert product["offers"]["priceSpecification"]["valueAddedTaxIncluded"] is True


def test_the_raw_host_hides_once_the_shop_has_a_domain(shops: Shops) -> None:
    visitor = shops.visitor()
    assert "X-Robots-Tag" not in visitor.get("/pl/").response.headers
    with shops.database.writing(PLATFORM) as session:
        host = shops.app.settings.platform_host
        add_host(session, SYSTEM, shops.acme.id, "acme.example", platform_host=host, primary=True)
    shops.app.sites.forget()
    for path in ("/pl/", "/pl/", "/robots.txt", "/pl/page/kontakt"):
        assert visitor.get(path).response.headers["X-Robots-Tag"] == "noindex"
    assert "Sitemap:" not in visitor.get("/robots.txt").text
    assert _links(visitor.get("/pl/"), "canonical") == {"": "http://acme.example/pl/"}


def test_a_menu_opens_without_javascript(shops: Shops) -> None:
    with staff(shops) as session:
        below = (Entry("Kontakt", "/pl/page/kontakt"), Entry("Blog", "https://blog.example/"))
        menus.set_menu(session, SYSTEM, "pl", "header", [Entry("O nas", children=below), Entry("Start", "/pl/")])
        menus.set_menu(session, SYSTEM, "pl", "footer", [Entry("Więcej", "/pl/", children=below)])
    page = shops.visitor().get("/pl/page/kontakt")
    assert page.text.count('<details class="menu sub-menu" name="site-nav"><summary class="inside">O nas') == 1
    assert [a.attrs["href"] for a in page.all("a") if a.attrs.get("aria-current") == "page"] == ["/pl/page/kontakt"]
    assert page.text.count("https://blog.example/") == 2
