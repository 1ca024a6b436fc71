"""Rows as no form of ours writes them: every page still opens, the editor shows cards, the next save loses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from tests.harness.figures import Figures
from tests.web.client import Page
from tests.web.sales.conftest import Desk
from webapp.foundation import clock
from webapp.reseller.catalog import group as groups
from webapp.reseller.cms import campaign_steps, menus, stored
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.kit import Items, MediaPicture, TldGroup
from webapp.reseller.cms.menus import Entry
from webapp.reseller.cms.models import MediaFile, MenuItem, PageVersion, Redirect
from webapp.reseller.cms.models import Page as PageRow
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.operations import bump_content
from webapp.surfaces.shared import preview_tokens

HALF, HUGE = "half a character: \ud800", 10**400
_NO_DATA: tuple[Any, ...] = (None, [], "x", 1, {"title": [], "body": {}})
#: Values of page_versions.blocks.
BLOCKS: tuple[Any, ...] = (
    None,
    7,
    "no list",
    {"id": "b1"},
    [None, 1, "x", [], [[[[]]]], {}, {"id": "b1"}, {"id": 5, "type": "faq"}, {"id": "b1", "type": ""}],
    [{"id": "../..", "type": "faq"}, {"id": "x" * 500, "type": "faq"}, {"id": "b 1", "type": "faq", "v": 1}],
    [{"id": "b1", "type": "gone", "v": 1, "data": {"a": [1]}}, {"id": "b1", "type": "gone", "v": 1, "data": {}}],
    [
        {"id": "b1", "type": "rich_text", "v": version, "data": {}}
        for version in ("1", None, 0, -1, 99, 1.5, True, HUGE)
    ],
    [{"id": "b1", "type": "rich_text", "v": 1, "data": data} for data in _NO_DATA],
    [{"id": "b1", "type": "rich_text", "v": 1, "data": {"title": HALF, "body": f"<p>{HALF}</p>"}}],
    [
        {
            "id": "b1",
            "type": "hero_search",
            "v": 1,
            "data": {"title": "A", "text": {"a": 1}, "endings": "x", "picture": -1},
        }
    ],
    [{"id": "b1", "type": "hero_search", "v": 2, "data": {"title": "A", "endings": 10**14, "picture": HUGE}}],
    [
        {
            "id": "b1",
            "type": "faq",
            "v": 1,
            "data": {"title": HUGE, "items": [[[]], None, {"question": {"a": []}}, HALF]},
        }
    ],
    [{"id": "b1", "type": "tld_prices", "v": 1, "data": {"endings": 10**14, "group": 10**14}}],
    [{"id": "b1", "type": "gallery", "v": 1, "data": {"items": [{"picture": 10**14}, {"picture": "1; DROP"}]}}],
    [{"id": "b1", "type": "rich_text", "v": 1, "data": {"title": "A"}, "hidden": "maybe", "more": {"kept": 1}}],
)
#: Values of page_versions.settings.
SETTINGS: tuple[Any, ...] = (
    None,
    7,
    "no dict",
    [1],
    {"tld_group": "x", "social_picture": []},
    {"tld_group": [1], "social_picture": {"a": 1}, "noindex": {"b": 2}},
    {"tld_group": 10**14, "social_picture": -5},
    {"tld_group": HUGE, "social_picture": HUGE},
)


@dataclass
class Broken:
    """A published page of acme, whose row is written by hand."""

    desk: Desk
    page_id: int
    version_id: int

    def store(self, **columns: Any) -> None:
        """Write into the version's row."""
        with self.desk.shop.scope(), self.desk.web.database.writing() as session:
            session.execute(update(PageVersion).where(PageVersion.id == self.version_id).values(**columns))
            session.execute(
                update(PageRow)
                .where(PageRow.id == self.page_id)
                .values(draft_version_id=self.version_id, published_version_id=self.version_id)
            )
            bump_content(session)

    def looks(self) -> list[str]:
        """Every page that reads the row, and those that do not open."""
        base, one = f"/site/pages/{self.page_id}", self.version_id
        shop = ("/en/page/odd", "/en/", "/sitemap.xml", f"/en/preview/{self.token('edit')}")
        panel = ("", "/edit", "/edit?block=b1", "/edit/add", "/edit/publish", "/history", f"/compare?a={one}&b={one}")
        lists = ("/site/pages", "/site/groups", "/site/media", "/site/menus", "/site/addresses", "/site/media/1")
        visitor = self.desk.web.shop(self.desk.web.acme)
        answers = [(path, visitor.open("GET", path).status) for path in shop]
        answers += [
            (path, self.desk.owner.open("GET", path).status) for path in (*(base + more for more in panel), *lists)
        ]
        return [f"{path}: {status}" for path, status in answers if status != 200 and path != "/site/media/1"]

    def token(self, kind: preview_tokens.Kind) -> str:
        """The address of its preview."""
        with self.desk.web.app.app_context():
            return preview_tokens.make(self.desk.web.acme.id, self.page_id, kind)

    def saved(self) -> list[Any]:
        """Add a question by the editor; returns what the row holds then."""
        page = self.desk.owner.get(f"/site/pages/{self.page_id}/edit")
        assert page.all("form")
        token = next(each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "csrf_token")
        sent = {"csrf_token": token, "version": str(self.version_id), "do": "add faq 0"}
        self.desk.owner.post(f"/site/pages/{self.page_id}/edit", sent)
        with self.desk.shop.scope(), self.desk.web.database.reading() as session:
            of_page = select(PageVersion).where(PageVersion.page_id == self.page_id)
            newest = session.scalars(of_page.order_by(PageVersion.id)).all()[-1]
            assert newest.id != self.version_id, "the save was refused"
            return list(newest.blocks)


@pytest.fixture
def broken(desk_on_both: Desk) -> Broken:
    with desk_on_both.shop.scope(), desk_on_both.web.database.writing() as session:
        version = cms.store_page(session, SYSTEM, locale="en", slug="odd", title="Odd", description="", blocks=[])
        cms.publish_page(session, SYSTEM, version.page_id)
        return Broken(desk_on_both, version.page_id, version.id)


def test_no_row_of_a_version_can_break_a_page_or_the_editor(broken: Broken, figures: Figures) -> None:
    problems = []
    entries = [entry for value in BLOCKS if isinstance(value, list) for entry in value]
    heroes = [entry for entry in entries if "hero_search" in str(entry)]
    whole = [entry for entry in entries if entry not in heroes[1:]][:40]
    for column, values in (("blocks", [*BLOCKS[:4], whole]), ("settings", SETTINGS)):
        for value in values:
            broken.store(**{"blocks": [], "settings": {}, column: value})
            problems += [f"{column} = {str(value)[:80]!r}: {look}" for look in broken.looks()]
    figures.count("hostile content: rows written by hand", len(BLOCKS) + len(SETTINGS), broken=len(problems))
    assert not problems, "\n".join(problems)


def test_nothing_of_a_broken_row_is_lost_on_the_next_save(broken: Broken) -> None:
    for value in (BLOCKS[4], BLOCKS[5], BLOCKS[6], BLOCKS[7], BLOCKS[15], 7):
        broken.store(blocks=value)
        before = stored.blocks(value)
        after = broken.saved()
        assert len(after) == len(before) + 1
        assert str(after)[1:-1].count("unreadable-") == str(before).count("unreadable-")
        assert len({each["id"] for each in after}) == len(after), "each has an id of its own, so that it can be deleted"
        known = broken.desk.web.app.extensions["blocks"].known
        unknown = [[each["data"] for each in some if known(each) is None] for some in (before, after)]
        assert unknown[0] == unknown[1]


def test_what_a_page_names_may_vanish(broken: Broken) -> None:
    """A picture with its file, a group of endings, a campaign, the page that a menu leads to."""
    desk = broken.desk
    with desk.shop.scope(), desk.web.database.writing() as session:
        now = clock.now()
        facts = {"state": "ready", "original": "none", "width": 9, "height": 9, "bytes": 9, "created_at": now}
        sizes = [{"w": 9, "h": 9, "webp": "gone.webp", "avif": "gone.avif"}]
        picture = MediaFile(name="gone.png", hash="0" * 64, renditions=sizes, **facts)
        session.add(picture)
        session.flush()
        group = groups.create(session, SYSTEM, "Gone").id
        words = {"en": {"headline": "Gone", "text": ""}}
        ad = campaign_steps.save(session, SYSTEM, campaign_steps.Draft("Gone", "shop-top", "text", "/", words)).id
        other = cms.store_page(
            session, SYSTEM, locale="en", slug="gone", title="Gone", description="", blocks=[]
        ).page_id
        cms.publish_page(session, SYSTEM, other)
        menus.set_menu(session, SYSTEM, "en", "header", [Entry("Gone page", page_id=other)])
        names = ("hero_search", "gallery", "image_text", "logo_strip", "video", "tld_prices", "featured_tlds", "ad")
        types = desk.web.app.extensions["blocks"].by_name
        blocks = [_with(types[name], picture.id, group) for name in names]
        picture_id = picture.id
    broken.store(blocks=blocks, settings={"social_picture": picture_id, "tld_group": group})
    assert broken.looks() == []
    for table, number in ((MediaFile, picture_id), (None, group)):
        with desk.shop.scope(), desk.web.database.writing() as session:
            session.execute(delete(table).where(table.id == number)) if table else groups.delete(
                session, SYSTEM, number
            )
            bump_content(session)
        assert broken.looks() == []
    with desk.shop.scope(), desk.web.database.writing() as session:
        campaign_steps.remove(session, SYSTEM, ad)
        cms.delete_page(session, SYSTEM, other)
    desk.web.app.sites.forget()  # within a second of the deletion a page may be the one of before
    assert broken.looks() == []
    visitor = desk.web.shop(desk.web.acme)
    assert visitor.open("GET", "/en/ad/shop-top").status == 204
    assert visitor.open("GET", f"/en/ad/{ad}/go").status == 404
    assert "Gone page" not in visitor.get("/en/").text
    visitor.get("/en/page/gone", 410)
    assert len(broken.saved()) == len(blocks) + 1


def _with(kind: Any, picture: int, group: int) -> dict[str, Any]:
    def value(one: Any, given: Any) -> Any:
        if isinstance(one, Items):
            rows = given or [{}]
            return [{inner: value(each, row.get(inner)) for inner, each in one.of.fields.items()} for row in rows]
        return picture if isinstance(one, MediaPicture) else group if isinstance(one, TldGroup) else given

    data = kind.example()
    filled = {name: value(one, data.get(name, one.default())) for name, one in kind.fields.items()}
    return {"id": kind.type, "type": kind.type, "v": kind.version, "data": filled}


def test_addresses_written_by_hand_lead_nobody_in_a_circle(desk_on_both: Desk) -> None:
    rows = {
        "/a": "/b",
        "/b": "/a?x=1",
        "/c": "/c/",
        "/d": "/e",
        "/e": "/en/",
        "/f": "javascript:alert(1)",
        "/g": "//x.example",
    }
    rows |= {f"/long/{step}": f"/long/{step + 1}" for step in range(30)} | {
        "/h": "https://x.example/\r\nSet-Cookie: a=b"
    }
    with desk_on_both.shop.scope(), desk_on_both.web.database.writing() as session:
        now = {"automatic": False, "created_at": clock.now()}
        session.add_all(Redirect(path=path, target=target, **now) for path, target in rows.items())
        for href in ("javascript:alert(1)", "//x.example", "https://[", "/\\x.example", "file:///etc/passwd"):
            session.add(MenuItem(locale="en", place="header", position=9, label="Hand-made", href=href))
        bump_content(session)
    visitor = desk_on_both.web.shop(desk_on_both.web.acme)
    assert visitor.open("GET", "/d").location == "/e"
    for path in ("/a", "/b", "/c", "/f", "/g", "/h", "/long/1"):
        visitor.get(path, 404)
    assert "Hand-made" not in visitor.get("/en/").text
    assert desk_on_both.owner.get("/site/addresses").status == 200
    assert desk_on_both.owner.get("/site/menus").status == 200


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//x.example", "/\\x.example", "data:text/html,x", "http://x.example"]
)
def test_a_banner_written_by_hand_leads_nowhere_bad(link: str) -> None:
    row = {"file": "a.webp", "width": 9, "height": 9, "alt": {}}
    assert partners._banner(row | {"link": "https://x.example/"})
    assert partners._banner(row | {"link": link}) is None


def test_a_nul_is_no_error(desk_on_both: Desk) -> None:
    """PostgreSQL takes no text with a NUL in it: in a path, a query, a field."""
    visitor, owner = desk_on_both.web.shop(desk_on_both.web.acme), desk_on_both.owner
    for path in ("/%00", "/en/page/a%00", "/en/documents/a%00", "/en/ad/a%00", "/en/domains/bulk/%00", "/media/%00"):
        visitor.get(path, 404)
    assert visitor.open("GET", "/en/domains?q=a%00b&group=%00").status in (200, 422)
    for path in ("/site/media?q=%00", "/search?q=%00", "/site/statistics?host=%00&path=%00", "/domains?q=%00"):
        owner.get(path)
    owner.get("/site/documents/a%00/en", 404)
    page = owner.get("/site/groups")
    made: Page = owner.submit(page, {"name": "A\0B"})
    assert "A\ufffdB" in owner.follow(made).text
