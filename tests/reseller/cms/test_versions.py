"""Drafts by immutable versions: saving, undo and redo, two editors, the plan, and what is cleaned away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.reseller.cms.conftest import Writing
from tests.reseller.cms.test_pages import STAFF, TYPES, create, prose, save, seen
from webapp.foundation import clock, jobs
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.reseller.cms import history, operations, queries, tasks
from webapp.reseller.cms.models import Page, PageVersion
from webapp.wiring import TASKS


@dataclass
class Worker:
    database: Database


def page_of(session: Session) -> Page:
    return session.scalars(select(Page)).one()


def draft_title(session: Session) -> str:
    return queries.draft(session, page_of(session).id).title


def content_of(view: queries.PageView, **other: Any) -> dict[str, Any]:
    facts = {name: getattr(view, name) for name in ("title", "description", "settings", "blocks")}
    return facts | other


def test_saving_adds_a_version_and_saving_the_same_adds_none(writing: Writing) -> None:
    with writing() as session:
        page = create(session)
        first = page.draft_version_id
        assert save(session, page).id == first
        made = save(session, page, settings={"noindex": "1", "tld_group": "7", "strange": 1})
        assert (made.parent_id, made.kind, made.author) == (first, "auto", STAFF.label)
        assert made.settings == {"noindex": True, "tld_group": 7}
        by_hand = save(session, page, settings=made.settings, kind="saved")
        assert (by_hand.id, by_hand.kind) == (made.id, "saved"), "an autosaved version becomes one that is kept"


def test_an_editor_walks_ten_steps_back_and_forth(writing: Writing) -> None:
    titles = ["About", *(f"Title {number}" for number in range(10))]
    with writing() as session:
        page = create(session)
        for title in titles[1:]:
            save(session, page, title=title)
        for step in (operations.undo, operations.redo):
            for title in (titles[-2::-1]) if step is operations.undo else titles[1:]:
                assert step(session, STAFF, page.id, page.draft_version_id or 0).title == title
            with pytest.raises(Refusal) as refused:
                step(session, STAFF, page.id, page.draft_version_id or 0)
            assert refused.value.code == "nothing"
            view = queries.draft(session, page.id)
            assert (view.can_undo, view.can_redo) == ((False, True) if step is operations.undo else (True, False))
        operations.undo(session, STAFF, page.id, page.draft_version_id or 0)
        save(session, page, title="Another way")
        assert not queries.draft(session, page.id).can_redo
        assert len(history.history(session, page.id)) == 12, "what was undone can still be restored"


def test_of_two_editors_the_second_is_told_and_may_take_over(writing: Writing) -> None:
    with writing() as session:
        page = create(session)
        base = page.draft_version_id or 0
        theirs = save(session, page, title="Ewa's")
        stale: list[Callable[[], PageVersion]] = [
            lambda: save(session, page, base, title="Jan's"),
            lambda: operations.undo(session, STAFF, page.id, base),
            lambda: operations.redo(session, STAFF, page.id, base),
        ]
        for step in stale:
            with pytest.raises(Refusal) as refused:
                step()
            assert refused.value.code == "edited_meanwhile"
        mine = content_of(queries.draft(session, page.id), title="Jan's")
        made = operations.take_over(session, STAFF, TYPES, page.id, theirs.id, **mine)
        assert (made.title, made.parent_id, made.kind) == ("Jan's", theirs.id, "saved")
        assert operations.undo(session, STAFF, page.id, made.id).title == "Ewa's"


def test_an_older_version_comes_back_as_a_new_one(writing: Writing) -> None:
    with writing() as session:
        page = create(session)
        first = page.draft_version_id or 0
        save(session, page, title="Second")
        made = operations.restore(session, STAFF, page.id, first)
        assert (made.title, made.kind) == ("About", "restored")
        assert [row.title for row in history.history(session, page.id)] == ["About", "Second", "About"]
        other = create(session, slug="other")
        with pytest.raises(Refusal):
            operations.restore(session, STAFF, other.id, first)


def test_two_versions_are_told_apart_block_by_block(writing: Writing) -> None:
    with writing() as session:
        page = create(session, blocks=[prose("One", "a"), prose("Two", "b"), prose("Three", "c"), prose("Four", "d")])
        old = queries.draft(session, page.id)
        new_blocks = [prose("Four", "d"), prose("One!", "a"), {**prose("Two", "b"), "hidden": True}, prose("Five", "e")]
        save(session, page, title="Other", blocks=new_blocks)
        found = history.compare(TYPES, old, queries.draft(session, page.id))
    assert {one.block_id: one.what for one in found} == {
        "": ("changed",), "d": ("moved",), "a": ("changed",), "b": ("hidden",), "e": ("added",), "c": ("removed",),
    }  # fmt: skip
    changed = next(one for one in found if one.block_id == "a")
    assert [(change.before, change.after) for change in changed.changes] == [("One", "One!")]


# --- the plan ------------------------------------------------------------------------------------------------


def later(**time: float) -> datetime:
    return (clock.now() + timedelta(**time)).replace(microsecond=123_456)


def run_due(database: Database, **time: float) -> None:
    with clock.shifted(timedelta(**time)):
        jobs.drain(Worker(database), database, TASKS)


def test_a_page_is_published_when_its_time_comes(database: Database, writing: Writing) -> None:
    with writing() as session:
        page = create(session)
        operations.schedule_page(session, STAFF, page.id, later(hours=1), TYPES)
        save(session, page, title="Written after the plan")
    run_due(database, minutes=59)
    with writing() as session:
        assert page_of(session).state == "scheduled"
        assert seen(session, "pl", "about") is None
    for _ in range(2):
        run_due(database, minutes=61)
    with writing() as session:
        page = page_of(session)
        shown = seen(session, "pl", "about")
        assert shown is not None
        assert (shown.title, page.state, page.scheduled_at) == ("About", "published", None)


def test_a_plan_that_was_cancelled_or_changed_does_not_fire(database: Database, writing: Writing) -> None:
    with writing() as session:
        page = create(session)
        operations.schedule_page(session, STAFF, page.id, later(hours=1))
        operations.unschedule(session, STAFF, page.id)
        assert page.state == "draft"
    run_due(database, hours=2)
    with writing() as session:
        assert seen(session, "pl", "about") is None
        page = page_of(session)
        operations.publish_page(session, STAFF, page.id)
        save(session, page, title="Second")
        operations.schedule_page(session, STAFF, page.id, later(hours=3))
        operations.schedule_page(session, STAFF, page.id, later(hours=6))
        assert page.state == "published", "visitors keep what they see"
    run_due(database, hours=4)
    with writing() as session:
        shown = seen(session, "pl", "about")
        assert shown is not None
        assert shown.title == "About"
        operations.publish_page(session, STAFF, page_of(session).id, shown.version_id)
    run_due(database, hours=7)
    with writing() as session:
        shown = seen(session, "pl", "about")
        assert shown is not None
        assert shown.title == "About", "publishing by hand ends the plan"


@pytest.mark.parametrize("when", [{"hours": -1}, {"days": 4000}])
def test_a_plan_is_for_the_near_future(writing: Writing, when: dict[str, float]) -> None:
    with writing() as session:
        page = create(session)
        with pytest.raises(Refusal) as refused:
            operations.schedule_page(session, STAFF, page.id, later(**when))
        assert refused.value.field == "at"


# --- cleaning ------------------------------------------------------------------------------------------------


def test_old_autosaved_versions_go_and_nothing_that_matters(database: Database, writing: Writing) -> None:
    start = clock.now() - timedelta(days=40)
    hour = start.replace(minute=10, second=0, microsecond=0) + timedelta(days=36)

    def at(moment: datetime, session: Session, page: Page, title: str, kind: str = "auto") -> int:
        with clock.frozen(moment):
            return save(session, page, title=title, kind=kind).id

    with writing() as session:
        with clock.frozen(start):
            page = create(session)
        published = at(hour, session, page, "published")
        operations.publish_page(session, STAFF, page.id, published)
        at(hour + timedelta(minutes=1), session, page, "goes")
        at(hour + timedelta(minutes=2), session, page, "by hand", "saved")
        at(hour + timedelta(minutes=3), session, page, "goes too")
        at(hour + timedelta(minutes=4), session, page, "goes as well")
        at(hour + timedelta(minutes=5), session, page, "last of its hour")
        at(clock.now(), session, page, "young")
        at(clock.now(), session, page, "now")
    assert tasks.thin_versions(Worker(database)) == "3 versions"
    assert tasks.thin_versions(Worker(database)) == "0 versions"
    with writing() as session:
        page = page_of(session)
        kept = [row.title for row in history.history(session, page.id)]
        assert kept == ["now", "young", "last of its hour", "by hand", "published", "About"]
        for title in kept[1:]:
            assert operations.undo(session, STAFF, page.id, page.draft_version_id or 0).title == title
        assert session.scalars(select(PageVersion.parent_id).where(PageVersion.title == "About")).one() is None
