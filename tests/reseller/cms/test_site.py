"""The site as a whole: addresses that move, menus, languages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.reseller.cms.conftest import Writing
from tests.reseller.cms.test_pages import STAFF, TYPES, create, save
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import menus, operations, queries, redirects
from webapp.reseller.cms.menus import Entry
from webapp.reseller.cms.models import Page, PageVersion, Redirect
from webapp.reseller.cms.redirects import Gone, Redirected


def test_a_moved_page_is_found_at_every_address_it_ever_had(writing: Writing) -> None:
    with writing() as session:
        page = create(session, slug="a")
        operations.rename_page(session, STAFF, page.id, "draft-name")
        assert redirects.rows(session) == [], "nobody knows the address of a page that was never public"
        operations.rename_page(session, STAFF, page.id, "a")
        operations.publish_page(session, STAFF, page.id)
        for slug in ("b", "c"):
            operations.rename_page(session, STAFF, page.id, slug)
        for old in ("a", "b"):
            assert redirects.redirect_for(session, f"/pl/page/{old}") == Redirected("/pl/page/c"), (
                "chains are collapsed"
            )
        operations.rename_page(session, STAFF, page.id, "a")
        assert redirects.redirect_for(session, "/pl/page/a") is None, "no loop"
        assert redirects.redirect_for(session, "/pl/page/c/") == Redirected("/pl/page/a")
        operations.unpublish_page(session, STAFF, page.id)
        assert redirects.redirect_for(session, "/pl/page/c") is None


def test_a_page_that_takes_an_old_address_ends_its_redirect(writing: Writing) -> None:
    with writing() as session:
        page = create(session, slug="old")
        operations.publish_page(session, STAFF, page.id)
        operations.rename_page(session, STAFF, page.id, "new")
        taker = create(session, slug="old")
        assert redirects.redirect_for(session, "/pl/page/old") == Redirected("/pl/page/new")
        operations.publish_page(session, STAFF, taker.id)
        assert redirects.redirect_for(session, "/pl/page/old") is None
        with pytest.raises(Refusal) as refused:
            operations.rename_page(session, STAFF, page.id, "old")
        assert refused.value.code == "slug_taken"


def test_a_deleted_page_is_gone_or_leads_elsewhere(writing: Writing) -> None:
    with writing() as session:
        pages = {slug: create(session, slug=slug) for slug in ("one", "two", "three")}
        for page in pages.values():
            save(session, page, title="Second version")
            operations.publish_page(session, STAFF, page.id)
        operations.rename_page(session, STAFF, pages["one"].id, "one-b")
        menus.set_menu(session, STAFF, "pl", "header", [Entry("One", "/pl/page/one-b"), Entry("Two", "/pl/page/two")])
        with pytest.raises(Refusal):
            operations.delete_page(session, STAFF, pages["one"].id, "/pl/page/one")
        operations.delete_page(session, STAFF, pages["one"].id, "/pl/page/three")
        operations.delete_page(session, STAFF, pages["two"].id)
        assert redirects.redirect_for(session, "/pl/page/one") == Redirected("/pl/page/three")
        assert redirects.redirect_for(session, "/pl/page/one-b") == Redirected("/pl/page/three")
        assert redirects.redirect_for(session, "/pl/page/two") == Gone()
        assert menus.menus(session, "pl")["header"] == []
        assert session.scalars(select(PageVersion.page_id).distinct()).all() == [pages["three"].id]
        operations.delete_page(session, STAFF, pages["three"].id, "https://example.com/x")
        assert redirects.redirect_for(session, "/pl/page/one") == Redirected("https://example.com/x")
        assert redirects.redirect_for(session, "/pl/page/never") is None


@pytest.mark.parametrize(
    ("path", "target", "field"),
    [
        ("offer.html", "/pl/", "path"),
        ("//evil.example", "/pl/", "path"),
        ("/a?b=1", "/pl/", "path"),
        ("/", "/pl/", "path"),
        ("/account/x", "/pl/", "path"),
        ("/" + "x" * 300, "/pl/", "path"),
        ("/pl/page/here", "/pl/", "path"),
        ("/old", "javascript:alert(1)", "target"),
        ("/old", "//evil.example", "target"),
        ("/old", "/\\evil.example", "target"),
        ("/old", "mailto:a@b.example", "target"),
        ("/old", "/old/?x=1", "target"),
        ("/second", "/first", "target"),
        ("/first", "/pl/", "path"),
    ],
)
def test_a_redirect_that_would_never_work_is_refused(writing: Writing, path: str, target: str, field: str) -> None:
    with writing() as session:
        operations.publish_page(session, STAFF, create(session, slug="here").id)
        redirects.add(session, STAFF, "/first", "/second")
        with pytest.raises(Refusal) as refused:
            redirects.add(session, STAFF, path, target)
        assert refused.value.field == field
        assert session.scalars(select(Redirect.path)).all() == ["/first"]


def test_redirects_by_hand_go_straight_to_their_end(writing: Writing) -> None:
    with writing() as session:
        page = create(session)
        operations.publish_page(session, STAFF, page.id)
        redirects.add(session, STAFF, "/oferta.html", "/b")
        redirects.add(session, STAFF, "https://old.example/b/", "/pl/page/about")
        redirects.add(session, STAFF, "/caf%C3%A9", "/b")
        redirects.add(session, STAFF, "/away", "")
        operations.rename_page(session, STAFF, page.id, "about-us")
        for path in ("/oferta.html", "/b", "/café"):
            assert redirects.redirect_for(session, path) == Redirected("/pl/page/about-us")
        assert redirects.redirect_for(session, "/away") == Gone()
        row = next(row for row in redirects.rows(session) if row.path == "/b")
        redirects.remove(session, STAFF, row.id)
        assert redirects.redirect_for(session, "/b") is None
        with pytest.raises(NotFound):
            redirects.remove(session, STAFF, row.id)


# --- menus ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "href", ["", "javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", "/a b", "ftp://x"]
)
def test_a_menu_leads_to_safe_addresses_only(writing: Writing, href: str) -> None:
    with writing() as session:
        menus.set_menu(session, STAFF, "pl", "header", [Entry("Dobry", "/pl/")])
        for lines in ([Entry("Zły", href)], [Entry("Dobry", "/pl/", children=(Entry("Zły", href),))]):
            with pytest.raises(Refusal):
                menus.set_menu(session, STAFF, "pl", "header", lines)
        assert [link.label for link in menus.menus(session, "pl")["header"]] == ["Dobry"]


@pytest.mark.parametrize("page_id", [0, -1, 987_654_321])
def test_a_menu_leads_to_no_page_that_is_not_ones_own(writing: Writing, page_id: int) -> None:
    with writing() as session:
        for lines in (
            [Entry("Zły", page_id=page_id)],
            [Entry("Dobry", "/pl/", children=(Entry("Zły", page_id=page_id),))],
        ):
            with pytest.raises(Refusal):
                menus.set_menu(session, STAFF, "pl", "header", lines)


def test_a_menu_has_one_level_and_follows_its_pages(writing: Writing) -> None:
    with writing() as session:
        page, draft = create(session), create(session, slug="draft")
        operations.publish_page(session, STAFF, page.id)
        below = (Entry("About", "/pl/page/about"), Entry("Draft", page_id=draft.id), Entry("Far", "https://a.example/"))
        lines = [Entry("Heading", children=below), Entry("Draft only", page_id=draft.id)]
        seen = menus.set_menu(session, STAFF, "pl", "footer", lines)
        operations.rename_page(session, STAFF, page.id, "about-us")
        (heading,) = menus.menus(session, "pl")["footer"]
        assert (heading.label, heading.href) == ("Heading", "")
        assert [link.href for link in heading.children] == ["/pl/page/about-us", "https://a.example/"]
        assert menus.menus(session, "en")["footer"] == []
        with pytest.raises(Refusal) as refused:
            menus.set_menu(session, STAFF, "pl", "footer", [], seen=menus.revision(seen))
        assert refused.value.code == "edited_meanwhile", "the page has moved since"
        deep = [Entry("A", "/a", children=(Entry("B", "/b", children=(Entry("C", "/c"),)),))]
        for wrong in (deep, [Entry(str(n), "/x") for n in range(13)], [Entry(" ", "/x")], [Entry("x" * 61, "/x")]):
            with pytest.raises(Refusal):
                menus.set_menu(session, STAFF, "pl", "footer", wrong)
        operations.delete_page(session, STAFF, draft.id)
        assert [line.label for line in menus.entries(session, "pl", "footer")] == ["Heading"]


# --- languages -----------------------------------------------------------------------------------------------


def test_the_list_of_pages_says_what_each_language_lacks(writing: Writing) -> None:
    with writing() as session:
        page = create(session)
        (row,) = queries.site_map_of_pages(session)
        assert [(cell.locale, cell.translation, cell.next) for cell in row.cells] == [
            ("pl", "done", "publish"),
            ("en", "missing", ""),
        ]
        operations.publish_page(session, STAFF, page.id)
        assert queries.site_map_of_pages(session)[0].cell("en").next == "write"
        english = operations.create_page(
            session, STAFF, TYPES, locale="en", slug="about-us", title="", from_page_id=page.id
        )
        assert english.key == page.key
        assert queries.draft(session, english.id).blocks == queries.draft(session, page.id).blocks
        with pytest.raises(Refusal):
            operations.create_page(session, STAFF, TYPES, locale="en", slug="x", title="", from_page_id=page.id)
        operations.publish_page(session, STAFF, english.id)
        assert [(one.locale, one.slug) for one in queries.public_pages(session, page.key)] == [
            ("en", "about-us"),
            ("pl", "about"),
        ]
        save(session, page, title="New")
        assert queries.site_map_of_pages(session)[0].cell("en").translation == "done", "the source is not public yet"
        operations.publish_page(session, STAFF, page.id)
        assert queries.site_map_of_pages(session)[0].cell("en").next == "translate"
        assert operations.copy_from_source(session, STAFF, english.id, page.id).title == "New"
        cell = queries.site_map_of_pages(session)[0].cell("en")
        assert (cell.translation, cell.next) == ("done", "publish")
        other = create(session, slug="other")
        with pytest.raises(NotFound):
            operations.mark_translated(session, STAFF, english.id, other.id)


def test_pages_of_one_slug_are_one_page_only_if_they_were_made_so(writing: Writing) -> None:
    with writing() as session:
        keys = [create(session, **facts).key for facts in ({}, {"locale": "en"}, {"slug": "home"}, {"slug": ""})]
        assert keys == ["about", "about-2", "home-2", "home"]
        assert session.scalars(select(Page.source_version_id)).all() == [None] * 4
