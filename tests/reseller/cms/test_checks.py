"""What is found before a page is published, and where."""

from __future__ import annotations

from typing import Any

from tests.reseller.cms.conftest import Writing
from tests.reseller.cms.test_pages import STAFF, TYPES, create, save
from webapp.foundation import clock
from webapp.reseller.cms import checks, legal, operations, queries, redirects
from webapp.reseller.cms.models import MediaFile


def block(kind: str, block_id: str, **data: Any) -> dict[str, Any]:
    definition = TYPES.by_name[kind]
    return {"id": block_id, "type": kind, "v": definition.version, "data": {**definition.defaults(), **data}}


def picture(alt: dict[str, str], name: str) -> MediaFile:
    facts: dict[str, Any] = {"name": name, "hash": name, "state": "ready", "original": name, "width": 8, "height": 6}
    made = [{"w": 8, "h": 6, "webp": f"{name}.webp"}]
    return MediaFile(**facts, bytes=1, alt=alt, renditions=made, created_at=clock.now())


def test_every_finding_names_its_place(writing: Writing) -> None:
    with writing() as session:
        mute, spoken = picture({}, "mute"), picture({"pl": "Sklep"}, "spoken")
        session.add_all([mute, spoken])
        session.flush()
        redirects.add(session, STAFF, "/old", "/pl/page/target")
        operations.publish_page(session, STAFF, create(session, slug="target", blocks=[]).id)
        links = '<p><a href="/pl/page/nowhere">x</a> <a href="/old">y</a> <a href="/pl/domains?q=a">z</a> <a>w</a></p>'
        blocks = [
            block("hero_search", "hero", title=""),
            block("rich_text", "prose", body=links),
            block("image_text", "seen", title="A", picture=spoken.id, link="/pl/page/target", link_label="Go"),
            block("image_text", "unseen", title="B", picture=mute.id, link_label="Go"),
            block("image_text", "gone", title="C", picture=999, link="/de/"),
            {**block("hero_search", "hidden", title=""), "hidden": True, "type": "later"},
        ]
        page = create(session, title="x" * 61, blocks=blocks)
        found = checks.checks(session, TYPES, queries.draft(session, page.id))
    assert {(one.level, one.code, one.block_id, one.field) for one in found} == {
        ("error", "field", "hero", "title"),
        ("warning", "title_long", "", "title"),
        ("warning", "no_description", "", "description"),
        ("warning", "no_legal", "", ""),
        ("warning", "broken_link", "prose", "body"),
        ("warning", "empty_link", "prose", "body"),
        ("warning", "alt", "unseen", "picture"),
        ("warning", "empty_link", "unseen", "link"),
        ("warning", "picture_gone", "gone", "picture"),
        ("warning", "no_label", "gone", "link"),
        ("warning", "broken_link", "gone", "link"),
    }
    assert found[0].level == "error"


def test_a_page_without_findings_has_none(writing: Writing) -> None:
    with writing() as session:
        legal.publish(session, STAFF, "terms", "pl", "Regulamin", "<p>Nasz</p>")
        page = create(session, blocks=[block("rich_text", "b1", body='<p><a href="/pl/documents/terms">x</a></p>')])
        save(session, page, description="About us", blocks=page_blocks(session, page.id))
        assert checks.checks(session, TYPES, queries.draft(session, page.id)) == []


def page_blocks(session: Any, page_id: int) -> list[dict[str, Any]]:
    return queries.draft(session, page_id).blocks
