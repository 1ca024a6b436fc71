"""Groups of endings at the desk: made, named, ordered, shown, deleted; and the rule for premium names (H-54)."""

from __future__ import annotations

import pytest

from tests.web.client import Page
from tests.web.sales.conftest import Desk, token
from webapp.foundation import clock
from webapp.reseller.catalog import group, premium, queries
from webapp.reseller.catalog.queries import GroupRow
from webapp.reseller.cms import operations as cms
from webapp.reseller.partners.audit import SYSTEM


def _groups(desk: Desk) -> dict[str, GroupRow]:
    with desk.shop.scope(), desk.web.database.reading() as session:
        return {each.name: each for each in queries.groups(session)}


def _make(desk: Desk, name: str, status: int = 303) -> Page:
    return desk.owner.submit(desk.owner.get("/site/groups"), {"name": name}, status, action="/site/groups")


def test_a_group_is_made_named_ordered_and_becomes_the_default(desk_on_both: Desk) -> None:
    desk = desk_on_both
    before = next(iter(_groups(desk).values()))
    page = desk.owner.follow(_make(desk, "  Only   Poland "))
    made = _groups(desk)["Only Poland"]
    assert (made.endings, made.spotlight, made.is_default) == (before.endings, before.spotlight, False)
    with desk.shop.scope(), desk.web.database.reading() as session:
        ids = [row.product_id for row in group.rows(session, made.id)[0]]
    order = {"csrf_token": token(page), "ids": f"{ids[-1]},999999,x,{ids[-1]}"}
    desk.owner.post(f"/site/groups/{made.id}/order", order)
    assert _groups(desk)["Only Poland"].endings == (before.endings[-1], *before.endings[:-1])
    assert _groups(desk)[before.name].endings == before.endings, "the other group keeps its order"
    desk.owner.submit(page, {"name": "Poland"}, action="/rename")
    desk.owner.submit(page, {}, action="/default")
    assert [(each.name, each.is_default) for each in _groups(desk).values()] == [("Poland", True), (before.name, False)]
    with desk.shop.scope(), desk.web.database.reading() as session:
        shown = queries.offers(session, "PLN", clock.today("Europe/Warsaw"))
        other = queries.offers_of_groups(session, [before.id, 999], "PLN", clock.today("Europe/Warsaw"))
    assert shown[0].tld == before.endings[-1]
    assert list(other) == [before.id]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "dEFAULT"])
def test_a_group_needs_a_name_of_its_own(desk: Desk, name: str) -> None:
    first = next(iter(_groups(desk)))
    assert _make(desk, name if name != "dEFAULT" else first.swapcase(), 422).all("input")
    assert list(_groups(desk)) == [first]


def test_what_is_shown_is_not_deleted(desk: Desk) -> None:
    first = next(iter(_groups(desk).values()))
    page = desk.owner.follow(_make(desk, "Second"))
    second = _groups(desk)["Second"]
    csrf = {"csrf_token": token(page)}
    assert (
        "make another one the default"
        in desk.owner.follow(desk.owner.post(f"/site/groups/{first.id}/delete", csrf)).words
    )
    block = {"id": "s1", "type": "search", "v": 1, "data": {"title": "Look here", "endings": second.id}}
    with desk.shop.scope(), desk.web.database.writing() as session:
        cms.store_page(session, SYSTEM, locale="pl", slug="ceny", title="Ceny", description="", blocks=[block])
    assert "Ceny" in desk.owner.get(f"/site/groups/{second.id}").words
    refused = desk.owner.follow(desk.owner.post(f"/site/groups/{second.id}/delete", csrf))
    assert "Pages show this group" in refused.words
    desk.owner.follow(_make(desk, "Third"))
    desk.owner.post(f"/site/groups/{_groups(desk)['Third'].id}/delete", csrf)
    assert list(_groups(desk)) == [first.name, "Second"]


def test_another_partners_group_is_not_there(desk: Desk) -> None:
    other = desk.other_shop()
    with other.scope(), desk.web.database.reading() as session:
        theirs = queries.groups(session)[0].id
    csrf = {"csrf_token": token(desk.owner.get("/site/groups"))}
    desk.owner.get(f"/site/groups/{theirs}", 404)
    for deed in ("rename", "default", "delete", "order", "endings/1"):
        desk.owner.post(f"/site/groups/{theirs}/{deed}", {**csrf, "name": "Ours", "ids": "1", "action": "up"}, 404)


@pytest.mark.parametrize(("typed", "kept"), [("20", 2000), ("12.5", 1250), ("0", 0), ("", None)])
def test_the_rule_for_premium_names_is_kept(desk: Desk, typed: str, kept: int | None) -> None:
    desk.owner.submit(desk.owner.get("/prices/premium"), {"markup": typed}, action="premium")
    with desk.shop.scope(), desk.web.database.reading() as session:
        rule = premium.rule(session)
    assert (rule.markup_bp if rule else None) == kept


@pytest.mark.parametrize("typed", ["-1", "901", "a lot", "NaN", "1e9"])
def test_a_wrong_mark_up_is_refused_and_kept_in_the_field(desk: Desk, typed: str) -> None:
    page = desk.owner.submit(desk.owner.get("/prices/premium"), {"markup": typed}, 422, action="premium")
    assert next(i for i in page.all("input") if i.attrs.get("name") == "markup").attrs["value"] == typed
