"""Pages, menus and legal documents as an editor writes and a visitor reads them (H-55)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jinja2 import Environment
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from tests.factories import make_partner
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import legal, menus, operations, queries, shape
from webapp.reseller.cms.kit import BlockTypes, Context
from webapp.reseller.cms.models import Page, PageVersion
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner
from webapp.wiring import BLOCKS

STAFF = Actor("staff", 1, "ewa@acme.example")
TYPES = BlockTypes.load(BLOCKS)


@pytest.fixture
def partner(database: Database) -> Partner:
    return make_partner(database)


@contextmanager
def as_partner(database: Database, partner: Partner) -> Iterator[Session]:
    with tenancy.tenant(partner.id), database.writing() as session:
        yield session


def prose(text: str = "Hello", block_id: str = "b1") -> dict[str, Any]:
    data = {"title": "", "body": f"<p>{text}</p>", "anchor": "", "scheme": "base"}
    return {"id": block_id, "type": "rich_text", "v": 1, "data": data}


def create(session: Session, **facts: Any) -> Page:
    values: dict[str, Any] = {"locale": "pl", "slug": "about", "title": "About", "blocks": [prose()]}
    return operations.create_page(session, STAFF, TYPES, **{**values, **facts})


def save(session: Session, page: Page, base: int | None = None, **facts: Any) -> PageVersion:
    """One more version of a page, on top of the draft unless `base` is named."""
    values: dict[str, Any] = {"title": "About", "description": "", "settings": {}, "blocks": [prose()]}
    base = base or page.draft_version_id or 0
    return operations.save_draft(session, STAFF, TYPES, page.id, base, **{**values, **facts})


def content_version(session: Session) -> int:
    return session.scalar(select(Partner.content_version)) or 0


def seen(session: Session, locale: str, slug: str) -> queries.PageView | None:
    """What visitors see at a slug, found as the shop finds it: the version first, its content if that is not kept."""
    found = queries.published_version(session, locale, slug)
    return queries.page_version(session, *found) if found else None


def test_a_visitor_sees_a_page_only_once_it_is_published(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        made = create(session)
        assert seen(session, "pl", "about") is None
        before = content_version(session)
        operations.publish_page(session, STAFF, made.id)
        page = seen(session, "pl", "about")
        assert page is not None
        assert (page.title, page.blocks[0]["data"]["body"]) == ("About", "<p>Hello</p>")
        assert content_version(session) > before, "cached pages must end"
        save(session, made, title="New title", blocks=[prose("New")])
        page = seen(session, "pl", "about")
        assert page is not None
        assert page.title == "About", "a draft changes nothing"
        assert queries.draft(session, made.id).changed


def test_a_published_page_takes_one_statement(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        operations.publish_page(session, STAFF, create(session).id)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with tenancy.tenant(partner.id), database.reading() as session:
        assert queries.published_version(session, "pl", "about") is not None
        assert len([text for text in statements if "set_config" not in text]) == 1
        del statements[:]
        menus.menus(session, "pl")
        assert len([text for text in statements if "set_config" not in text]) == 1


def test_scripts_are_cleaned_when_a_page_is_saved(database: Database, partner: Partner) -> None:
    evil = '<p onclick="x()">Hi<script>alert(1)</script><a href="javascript:alert(1)">go</a></p>'
    block = prose()
    block["data"]["body"] = evil
    with as_partner(database, partner) as session:
        stored = save(session, create(session), blocks=[block]).blocks[0]["data"]["body"]
    assert "script" not in stored
    assert "onclick" not in stored
    assert "Hi" in stored


def test_blocks_of_a_later_program_survive_saving(database: Database, partner: Partner) -> None:
    unknown = {"id": "b7", "type": "gallery", "v": 4, "data": {"pictures": [1, 2]}, "note": "kept"}
    newer = {**prose(block_id="b8"), "v": 99}
    with as_partner(database, partner) as session:
        version = save(session, create(session), blocks=[prose(), unknown, newer])
        assert version.blocks[1:] == [unknown, newer]


@pytest.mark.parametrize("stored", ['[{"type": "rich_te', '"text"', "[1, null, []]", '{"id": "b1"}', "null"])
def test_a_row_that_cannot_be_read_is_a_card_and_is_kept(database: Database, partner: Partner, stored: str) -> None:
    if database.is_postgresql and stored.startswith("[{"):
        pytest.skip("PostgreSQL refuses to store what is no JSON")
    with as_partner(database, partner) as session:
        page = create(session)
        page_id = page.id
    with database.engine.begin() as connection:
        if database.is_postgresql:
            connection.exec_driver_sql("SELECT set_config('witryna.tenant', 'platform', true)")
        connection.exec_driver_sql(f"UPDATE page_versions SET blocks = '{stored}'")
    with as_partner(database, partner) as session:
        view = queries.draft(session, page_id)
        assert TYPES.render(Environment(loader=TYPES.loader), view.blocks, Context("pl", "PLN")) == ""
        page = session.scalars(select(Page)).one()
        saved = save(session, page, title="Still here", blocks=view.blocks)
        assert saved.blocks == view.blocks


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"slug": "Über uns"}, "slug"),
        ({"slug": "a--b"}, "slug"),
        ({"slug": "../x"}, "slug"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"slug": "", "key": "about"}, "slug"),
        ({"locale": "fr"}, "locale"),
        ({"blocks": [prose(), prose()]}, "blocks"),
        ({"blocks": [{"type": "rich_text"}]}, "blocks"),
        ({"blocks": ["text"]}, "blocks"),
        ({"blocks": [{**prose(), "id": '"><script>'}]}, "blocks"),
        ({"blocks": [prose(block_id=f"b{n}") for n in range(41)]}, "too_many_blocks"),
        ({"blocks": [prose("x" * 19_000, f"b{n}") for n in range(12)]}, "too_large"),
        ({"blocks": [{"id": f"b{n}", "type": "faq", "v": 1, "data": {}} for n in range(2)]}, "too_many_of_kind"),
    ],
)
def test_a_page_that_cannot_be_is_refused(
    database: Database, partner: Partner, facts: dict[str, Any], code: str
) -> None:
    with as_partner(database, partner) as session:
        with pytest.raises(Refusal) as refused:
            create(session, **facts)
        assert refused.value.code == code
        assert session.scalars(select(PageVersion.id)).all() == []


def test_two_pages_cannot_have_one_address(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        create(session)
        create(session, locale="en")
        with pytest.raises(Refusal) as refused:
            create(session)
        assert refused.value.code == "slug_taken"


def test_publishing_asks_for_what_must_be_filled(database: Database, partner: Partner) -> None:
    empty = {"id": "b1", "type": "hero_search", "v": 2, "data": {"title": ""}}
    with as_partner(database, partner) as session:
        page = create(session, blocks=[empty])
        with pytest.raises(shape.BlocksRefused) as refused:
            operations.publish_page(session, STAFF, page.id, types=TYPES)
        assert list(refused.value.errors["b1"]) == ["title"]
        assert seen(session, "pl", "about") is None


def test_an_archived_page_is_gone_and_comes_back(database: Database, partner: Partner) -> None:
    with as_partner(database, partner) as session:
        page_id = create(session).id
        operations.publish_page(session, STAFF, page_id)
        operations.archive_page(session, STAFF, page_id)
        assert seen(session, "pl", "about") is None
        assert queries.public_pages(session) == []
        operations.publish_page(session, STAFF, page_id)
        assert [one.slug for one in queries.public_pages(session)] == ["about"]
        home = create(session, slug="")
        for deed in (operations.archive_page, operations.unpublish_page, operations.delete_page):
            with pytest.raises(Refusal):
                deed(session, STAFF, home.id)


def test_another_partner_sees_and_touches_none_of_our_pages(database: Database, partner: Partner) -> None:
    other = make_partner(database, name="Other", email="other@example.com")
    with as_partner(database, partner) as session:
        ours = create(session)
        page_id, version_id = ours.id, ours.draft_version_id or 0
        operations.publish_page(session, STAFF, page_id)
        legal.publish(session, STAFF, "terms", "pl", "Regulamin", "<p>Nasz</p>")
        menus.set_menu(session, STAFF, "pl", "header", [menus.Entry("Cennik", "/pl/#prices")])
    with as_partner(database, other) as session:
        assert seen(session, "pl", "about") is None
        assert queries.page_version(session, page_id, version_id) is None
        assert legal.document(session, "terms", "pl") is None
        assert menus.menus(session, "pl")["header"] == []
        for deed in (operations.publish_page, operations.archive_page, operations.delete_page, queries.draft):
            with pytest.raises(NotFound):
                deed(*((session, page_id) if deed is queries.draft else (session, STAFF, page_id)))
        for steps in (operations.undo, operations.redo, operations.restore):
            with pytest.raises(NotFound):
                steps(session, STAFF, page_id, version_id)
        with pytest.raises(NotFound):
            save(session, ours)
        create(session)  # the same address in another shop


def test_the_newest_version_of_a_document_is_in_force_and_the_old_one_stays(
    database: Database, partner: Partner
) -> None:
    """H-55: an order names the version that was accepted, so that version must remain readable."""
    with as_partner(database, partner) as session:
        legal.publish(session, STAFF, "terms", "pl", "Regulamin", "<p>Pierwszy</p>")
        legal.publish(session, STAFF, "terms", "pl", "Regulamin", "<p>Drugi</p><script>x</script>")
        legal.publish(session, STAFF, "terms", "en", "Terms", "<p>First</p>")
        current = legal.document(session, "terms", "pl")
        assert current is not None
        assert (current.version, str(current.html)) == (2, "<p>Drugi</p>")
        old = legal.document(session, "terms", "pl", version=1)
        assert old is not None
        assert str(old.html) == "<p>Pierwszy</p>"
        assert legal.document(session, "privacy", "pl") is None
        assert {(one.locale, one.version) for one in legal.newest(session)} == {("en", 1), ("pl", 2)}


@pytest.mark.parametrize("html", ["", "  ", "<p></p>", "<script>alert(1)</script>"])
def test_an_empty_document_is_refused(database: Database, partner: Partner, html: str) -> None:
    with as_partner(database, partner) as session, pytest.raises(Refusal) as refused:
        legal.publish(session, STAFF, "terms", "pl", "Regulamin", html)
    assert refused.value.code == "empty"
