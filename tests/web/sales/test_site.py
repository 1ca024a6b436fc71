"""The shop's website in the panel: pages by language, menus, old addresses, versions side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.client import Page as Screen
from tests.web.sales.conftest import Desk, token
from webapp.foundation import tenancy
from webapp.reseller.cms import menus, operations, queries, redirects
from webapp.reseller.cms.menus import Entry
from webapp.reseller.cms.models import Page
from webapp.reseller.partners.audit import SYSTEM


@contextmanager
def writing(desk: Desk) -> Iterator[Session]:
    with tenancy.tenant(desk.web.acme.id), desk.web.database.writing() as session:
        yield session


def page_id(session: Session, locale: str, slug: str) -> int:
    return session.scalars(select(Page.id).where(Page.locale == locale, Page.slug == slug)).one()


@pytest.fixture
def contact(desk: Desk) -> int:
    """A published page of two languages; the Polish one's id."""
    with writing(desk) as session:
        for locale in ("pl", "en"):
            facts: dict[str, Any] = {"locale": locale, "slug": "reach", "title": "Kontakt", "description": ""}
            made = operations.store_page(session, SYSTEM, **facts, blocks=[_prose("Ulica")])
            operations.publish_page(session, SYSTEM, made.page_id)
        operations.link_translations(session, "pl")
        return page_id(session, "pl", "reach")


def _content(title: str, text: str) -> dict[str, Any]:
    return {"title": title, "description": "", "settings": {}, "blocks": [_prose(text)]}


def _prose(text: str) -> dict[str, Any]:
    return {"id": "b1", "type": "rich_text", "v": 1, "data": {"title": text}}


def _step(desk: Desk, page: int, action: str, status: int = 303) -> Screen:
    screen = desk.owner.get(f"/site/pages/{page}")
    return desk.owner.post(f"/site/pages/{page}/step", {"csrf_token": token(screen), "action": action}, status)


def test_a_partner_makes_a_page_and_translates_it(desk: Desk) -> None:
    owner = desk.owner
    made = owner.submit(owner.get("/site/pages/new"), {"title": "Świąteczna oferta łodzi", "slug": ""})
    with writing(desk) as session:
        first = page_id(session, "pl", "swiateczna-oferta-lodzi")
        assert made.location.endswith(f"/site/pages/{first}/edit")
        operations.publish_page(session, SYSTEM, first)
    listed = owner.get("/site/pages")
    assert "Świąteczna oferta łodzi" in listed.words
    link = next(a.attrs["href"] for a in listed.all("a") if "lang=en" in a.attrs["href"])
    refused = owner.submit(owner.get(link), {"title": "★", "slug": ""}, 422)
    assert "Type an address" in refused.words
    owner.submit(owner.get(link), {"title": "Christmas"})
    with writing(desk) as session:
        (row,) = [each for each in queries.site_map_of_pages(session) if each.first.page_id == first]
        assert (row.cell("en").title, row.cell("en").next) == ("Christmas", "publish")
    owner.get("/site/pages/new?from=999999", 404)
    owner.get("/site/pages/new?from=x", 404)


def test_title_address_and_what_search_engines_see_are_kept(desk: Desk, contact: int) -> None:
    page = desk.owner.get(f"/site/pages/{contact}")
    desk.owner.submit(page, {"title": "Napisz", "slug": "napisz", "description": "Jak", "noindex": "y"}, action="pages")
    with writing(desk) as session:
        view = queries.draft(session, contact)
        assert (view.title, view.slug, view.description, view.settings) == (
            "Napisz",
            "napisz",
            "Jak",
            {"noindex": True},
        )
        assert view.blocks[0]["data"]["title"] == "Ulica"
        assert redirects.redirect_for(session, "/pl/page/reach") is not None
    for wrong in ({"slug": "Über"}, {"title": ""}, {"slug": ""}, {"social_picture": "99"}, {"tld_group": "99"}):
        again = desk.owner.submit(desk.owner.get(f"/site/pages/{contact}"), {"description": "kept", **wrong}, 422)
        assert "kept" in again.text


def test_of_two_editors_of_settings_nobody_loses_anything(desk: Desk, contact: int) -> None:
    page = desk.owner.get(f"/site/pages/{contact}")
    with writing(desk) as session:
        view = queries.draft(session, contact)
        content = _content("Ewa", "Ewa's block")
        operations.save_draft(session, SYSTEM, desk.web.app.extensions["blocks"], contact, view.version_id, **content)
    told = desk.owner.submit(page, {"title": "Jan"}, 422, action="pages")
    assert "Somebody else has edited this page" in told.words
    desk.owner.submit(told, {"title": "Jan"}, action="pages")
    with writing(desk) as session:
        view = queries.draft(session, contact)
        assert (view.title, view.blocks[0]["data"]["title"]) == ("Jan", "Ewa's block")


def test_a_page_is_put_away_brought_back_and_deleted(desk: Desk, contact: int) -> None:
    owner = desk.owner
    _step(desk, contact, "unpublish")
    _step(desk, contact, "archive")
    assert "Put it away" not in owner.get(f"/site/pages/{contact}").words
    _step(desk, contact, "bring-back")
    _step(desk, contact, "nonsense", 404)
    page = owner.get(f"/site/pages/{contact}/delete")
    assert "lead back" not in page.words
    owner.submit(page, {"target": "javascript:alert(1)"}, 422)
    owner.submit(page, {"target": "/en/page/reach"})
    owner.get(f"/site/pages/{contact}", 404)
    with writing(desk) as session:
        assert redirects.redirect_for(session, "/pl/page/reach") == redirects.Redirected("/en/page/reach")


def test_a_translation_is_brought_up_to_date(desk: Desk, contact: int) -> None:
    with writing(desk) as session:
        english = page_id(session, "en", "reach")
        content: dict[str, Any] = {
            "title": "Kontakt",
            "description": "",
            "settings": {},
            "blocks": [_prose("Nowa ulica")],
        }
        base = queries.draft(session, contact).version_id
        operations.save_draft(session, SYSTEM, desk.web.app.extensions["blocks"], contact, base, **content)
        operations.publish_page(session, SYSTEM, contact)
    assert "outdated" in desk.owner.get("/site/pages").words
    _step(desk, english, "copy")
    with writing(desk) as session:
        assert queries.draft(session, english).blocks[0]["data"]["title"] == "Nowa ulica"
    assert "outdated" not in desk.owner.get("/site/pages").words


def test_versions_are_compared_and_one_comes_back(desk: Desk, contact: int) -> None:
    with writing(desk) as session:
        base = queries.draft(session, contact)
        content: dict[str, Any] = {
            "title": "Inny",
            "description": "",
            "settings": {},
            "blocks": [_prose("<b>Inna</b>")],
        }
        types = desk.web.app.extensions["blocks"]
        newer = operations.save_draft(session, SYSTEM, types, contact, base.version_id, **content)
    page = desk.owner.get(f"/site/pages/{contact}/history")
    assert page.text.count('name="a"') == 2
    side_by_side = desk.owner.get(f"/site/pages/{contact}/compare?a={newer.id}&b={base.version_id}")
    assert "&lt;b&gt;Inna&lt;/b&gt;" in side_by_side.text
    assert "Ulica" in side_by_side.words
    desk.owner.get(f"/site/pages/{contact}/compare?a=1&b=x", 404)
    desk.owner.submit(side_by_side, {}, action="restore")
    with writing(desk) as session:
        assert queries.draft(session, contact).title == "Kontakt"


def _menu(desk: Desk, **typed: Any) -> Screen:
    page = desk.owner.get("/site/menus?lang=pl")
    with writing(desk) as session:
        seen = menus.revision(menus.entries(session, "pl", "header"))
    sent = {"csrf_token": token(page), "lang": "pl", "place": "header", "seen": seen, **typed}
    return desk.owner.post("/site/menus", sent, 422 if typed.pop("wrong", False) else 303)


def _shown(desk: Desk) -> list[Any]:
    with writing(desk) as session:
        lines = menus.entries(session, "pl", "header")
    return [(line.label, [child.label for child in line.children]) if line.children else line.label for line in lines]


def test_a_menu_is_arranged_by_buttons(desk: Desk, contact: int) -> None:
    with writing(desk) as session:
        menus.set_menu(session, SYSTEM, "pl", "header", [])
    _menu(desk, action="add", at="", label="Start", href="/pl/")
    _menu(desk, action="add", at="", label="Kontakt", page=str(contact))
    _menu(desk, action="add", at="", label="Blog", href="https://blog.example/")
    _menu(desk, action="up", at="2")
    assert _shown(desk) == ["Start", "Blog", "Kontakt"]
    _menu(desk, action="in", at="1")
    _menu(desk, action="in", at="1")
    assert _shown(desk) == [("Start", ["Blog", "Kontakt"])]
    _menu(desk, action="down", at="0.0")
    _menu(desk, action="change", at="0.0", label="Napisz", page=str(contact))
    assert _shown(desk) == [("Start", ["Napisz", "Blog"])]
    _menu(desk, action="out", at="0.1")
    assert _shown(desk) == [("Start", ["Napisz"]), "Blog"]
    _menu(desk, action="remove", at="0")
    assert _shown(desk) == ["Napisz", "Blog"]


def test_a_wrong_line_of_a_menu_is_told_and_kept(desk: Desk) -> None:
    with writing(desk) as session:
        menus.set_menu(session, SYSTEM, "pl", "header", [Entry("Start", "/pl/")])
    page = _menu(desk, action="add", at="", label="Zły", href="javascript:alert(1)", wrong=True)
    assert 'value="Zły"' in page.text
    stale = _menu(desk, action="remove", at="0", seen="0" * 16, wrong=True)
    assert "Somebody else" in stale.words
    assert _shown(desk) == ["Start"]
    sent = {"csrf_token": token(page), "lang": "pl", "place": "header", "action": "up"}
    for odd in ({"at": "x"}, {"at": "0.0.0"}, {"place": "nowhere", "at": "0"}, {"action": "explode", "at": "0"}):
        desk.owner.post("/site/menus", sent | odd, 404)


def test_an_address_of_the_older_website_is_led_on(desk: Desk, contact: int) -> None:
    page = desk.owner.get("/site/addresses")
    desk.owner.submit(page, {"path": "/kontakt.php", "target": "/pl/page/reach"})
    desk.owner.submit(page, {"path": "kontakt", "target": "/pl/"}, 422)
    shop = desk.web.shop(desk.web.acme)
    assert shop.get("/kontakt.php", 301).location == "/pl/page/reach"
    listed = desk.owner.get("/site/addresses")
    desk.owner.submit(listed, {}, action="remove")
    shop.get("/kontakt.php", 404)


def test_another_partner_reaches_none_of_it(desk: Desk, contact: int) -> None:
    with writing(desk) as session:
        number = redirects.add(session, SYSTEM, "/old", "/pl/").id
    stranger = desk.staff("owner", desk.web.nord)
    for path in ("", "/history", "/delete", "/compare?a=1&b=2"):
        stranger.get(f"/site/pages/{contact}{path}", 404)
    stranger.get(f"/site/pages/new?from={contact}", 404)
    csrf = {"csrf_token": token(stranger.get("/site/addresses"))}
    stranger.post(f"/site/addresses/{number}/remove", csrf, 404)
    stranger.post(f"/site/pages/{contact}/step", {**csrf, "action": "archive"}, 404)
    stranger.post(f"/site/pages/{contact}/restore", {**csrf, "version": "1"}, 404)
