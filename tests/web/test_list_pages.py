"""A list of fifty asks the database as often as a list of one: no row may ask for itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.harness.statements import counted
from tests.selling import Shop
from tests.web.client import Client
from tests.web.conftest import OPERATOR, Web
from tests.web.sales.conftest import Desk, open_desk
from webapp.foundation import clock
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.catalog import group
from webapp.reseller.catalog.models import TldGroup
from webapp.reseller.cms import campaign_steps, legal, media_operations, redirects
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.models import CampaignDay, MediaFile
from webapp.reseller.cms.models import Page as CmsPage
from webapp.reseller.desk.models import SearchedName, VisitDay
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.services import watches

#: As many as stand on one page.
MANY = 50

SALES = (
    *("/", "/proformas", "/proformas?state=paid", "/proformas/new", "/domains", "/subscribers", "/notifications"),
    *("/log", "/settlements", "/settlements/credit", "/settlements/balance", "/settings/staff", "/search?q=row"),
)
ACCOUNT = ("/account/", "/account/domains", "/account/proformas", "/account/messages", "/account/profile")
#: Everything of the shop's website that is a list, or a form with lists to choose from.
SITE = (
    *("/site/pages", "/site/menus", "/site/media", "/site/media?q=row", "/site/media/choose"),
    *("/site/ads", "/site/ads/new", "/site/groups", "/site/addresses", "/site/documents", "/site/statistics"),
    "/site/hosts",
)
#: What opens one of them: the first page's editor, settings and history, the first group, file and document.
ONE_OF_SITE = (
    *("/site/pages/{page}", "/site/pages/{page}/edit", "/site/pages/{page}/history", "/site/groups/{group}"),
    *("/site/media/{file}", "/site/documents/own-aa/pl"),
)
SHOP = ("/sitemap.xml", "/pl/documents", "/pl/page/row-0", "/account/documents", "/account/watches")


def _grow(desk: Desk, first: int, last: int) -> None:
    """Of each a row: a name of Anna's (five to an order), a paid order of somebody with credit, staff, a partner, a
    sign-in."""
    web, anna = desk.web, desk.shop
    for number in range(first, last, 5):
        anna.sell(*(f"row-{name}.com" for name in range(number, min(number + 5, last))))
    for number in range(first, last):
        other = factories.make_subscriber(web.database, web.acme, f"row-{number}@example.com")
        proforma = Shop(web.database, web.acme, other, anna.worker).order(f"row-{number}.org")
        anna.pay(proforma, proforma.gross + 100)
        factories.make_staff(web.database, web.acme, f"row-{number}@acme.example")
        factories.make_partner(web.database)
        with anna.scope(), web.database.writing() as session:
            accounts.open_sign_in(session, anna.subscriber.user, "192.0.2.7", "Mozilla/5.0")


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


_FIRST_PAGE = select(CmsPage).where(CmsPage.slug == "row-0", CmsPage.locale == "pl")


def _grow_site(desk: Desk, first: int, last: int) -> None:
    """Of each a row more: a page in two languages and a version of the first one, a picture on it, an old address, a
    document, an ad, a group, a watched name, a visited page and a searched name."""
    web, anna = desk.web, desk.shop.subscriber
    with desk.shop.scope(), web.database.writing() as session:
        for number in range(first, last):
            sent = media_operations.Sent(f"row-{number}.png", f"{number:064}", 1000, 40, 20)
            picture = media_operations.add(session, SYSTEM, sent, quota=10**9)
            picture.state = "ready"
            _store_pages(session, number, picture.id)
            first_page = session.scalars(_FIRST_PAGE).one()
            cms.restore(session, SYSTEM, first_page.id, first_page.draft_version_id or 0)
            redirects.add(session, SYSTEM, f"/row-{number}.html", f"/pl/page/row-{number}")
            legal.publish(session, SYSTEM, f"own-{_letters(number)}", "pl", f"Document {number}", "<p>Words</p>")
            words = {"pl": {"headline": f"Ad {number}", "text": "An offer"}}
            draft = campaign_steps.Draft(f"Ad {number}", "shop-footer", "text", "/", words)
            ad = campaign_steps.save(session, SYSTEM, draft)
            today = clock.today(web.acme.timezone)
            session.add(CampaignDay(campaign_id=ad.id, day=today, views=3, clicks=1))
            session.add(VisitDay(day=today, host="shop.example", path=f"/pl/page/row-{number}", views=3))
            session.add(SearchedName(day=today, name=f"row-{number}", searches=2))
            if number < group.MOST_GROUPS - 1:  # one is there from the start
                group.create(session, SYSTEM, f"Group {number}")
            if number < watches.MOST:
                watches.watch(session, SYSTEM, anna.account_id, anna.user.id, f"row-{number}.com")


def _letters(number: int) -> str:
    """The address of a document has no digits."""
    return chr(ord("a") + number // 26) + chr(ord("a") + number % 26)


def _store_pages(session: Session, number: int, picture_id: int) -> None:
    image = {"id": "b1", "type": "image_text", "v": 1, "data": {"title": f"Row {number}", "picture": picture_id}}
    for locale in ("pl", "en"):
        facts: dict[str, Any] = {"locale": locale, "title": f"Row {number}", "description": ""}
        made = cms.store_page(session, SYSTEM, slug=f"row-{number}", blocks=[image], **facts)
        cms.publish_page(session, SYSTEM, made.page_id)


def _places(desk: Desk) -> list[str]:
    """SITE and the things behind it that were made first."""
    with desk.shop.scope(), desk.web.database.reading() as session:
        ids = {
            "page": session.scalars(_FIRST_PAGE).one().id,
            "group": session.scalar(select(func.min(TldGroup.id))),
            "file": session.scalar(select(func.min(MediaFile.id))),
        }
    return [*SITE, *(path.format(**ids) for path in ONE_OF_SITE)]


def test_a_website_of_fifty_pages_asks_as_often_as_one_of_two(web: Web) -> None:
    desk = open_desk(web)
    anna = web.shop(web.acme)
    _grow_site(desk, 0, 2)
    anna.sign_in("anna@example.com")
    pages = [(desk.owner, path) for path in _places(desk)] + [(anna, path) for path in SHOP]
    few = {(visitor.host, path): _asked(web, visitor, path) for visitor, path in pages}
    _grow_site(desk, 2, MANY)
    many = {(visitor.host, path): _asked(web, visitor, path) for visitor, path in pages}
    more = {page: (few[page], many[page]) for page in few if many[page] > few[page]}
    assert not more, more
    assert desk.owner.get("/site/pages").text.count("row-") >= MANY, "the lists are full"
