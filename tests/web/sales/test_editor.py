"""The block editor through HTTP: each deed as a form and for its script, what is refused, and what is never lost."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest

from tests import factories
from tests.web.client import Page, _defaults
from tests.web.conftest import PANEL, Web
from tests.web.sales.conftest import token
from webapp.foundation import clock, tenancy
from webapp.reseller.cms import operations, queries
from webapp.reseller.cms.models import Page as PageRow
from webapp.reseller.cms.models import PageVersion
from webapp.reseller.partners.audit import SYSTEM

SCRIPT = {"Accept": "application/json"}
ODD = {"id": "odd", "type": "from_the_future", "v": 7, "data": {"kept": [1, {"deep": "ja"}]}}
BLOCKS: list[dict[str, Any]] = [
    {"id": "a", "type": "rich_text", "v": 1, "data": {"title": "Erster", "body": "<p>eins</p>"}},
    {
        "id": "b",
        "type": "faq",
        "v": 1,
        "data": {"title": "Fragen", "items": [{"question": "Was?", "answer": "<p>Das.</p>"}]},
    },
    ODD,
]


class Desk:
    """A page of acme's in the editor, and the owner who edits it."""

    def __init__(self, web: Web) -> None:
        self.web = web
        types = web.app.extensions["blocks"]
        with tenancy.tenant(web.acme.id), web.database.writing() as session:
            page = operations.create_page(session, SYSTEM, types, locale="en", slug="try", title="Try", blocks=BLOCKS)
            self.page_id = page.id
        self.owner = web.client(PANEL)
        self.owner.sign_in(factories.make_staff(web.database, web.acme, locale="en").email)
        self.url = f"/site/pages/{self.page_id}/edit"

    @cached_property
    def token(self) -> str:
        """Of the owner's session."""
        return token(self.open())

    def view(self) -> queries.DraftView:
        """The draft as it is stored."""
        with tenancy.tenant(self.web.acme.id), self.web.database.reading() as session:
            return queries.draft(session, self.page_id)

    def order(self) -> list[str]:
        """Ids of the blocks, in order."""
        return [block["id"] for block in self.view().blocks]

    def data(self, block_id: str) -> Any:
        """What a block holds."""
        return next(block["data"] for block in self.view().blocks if block["id"] == block_id)

    def open(self, block: str = "") -> Page:
        """The editor."""
        return self.owner.get(f"{self.url}?block={block}" if block else self.url)

    def do(self, deed: str, status: int = 200, fields: dict[str, str] | None = None, version: int = 0) -> Any:
        """A deed by the script."""
        sent = {
            "csrf_token": token(self.owner.get(self.url)),
            "version": str(version or self.view().version_id),
            "do": deed,
        }
        return self.owner.post(self.url, sent | (fields or {}), status, headers=SCRIPT).response.get_json()


@pytest.fixture
def desk(web: Web) -> Desk:
    return Desk(web)


def test_every_deed_of_the_list_changes_the_draft_and_says_so(desk: Desk) -> None:
    assert "position 1 of 3" in desk.do("up b")["say"]
    assert desk.order() == ["b", "a", "odd"]
    assert "position 3 of 3" in desk.do("move b 3")["say"]
    assert desk.order() == ["a", "odd", "b"]
    twin = desk.do("twin a")["selected"]
    assert desk.order() == ["a", twin, "odd", "b"]
    assert desk.data(twin) == desk.data("a")
    desk.do("hide odd")
    assert desk.view().blocks[2] == ODD | {"hidden": True}
    desk.do("show odd")
    assert desk.view().blocks[2] == ODD
    desk.do(f"delete {twin}")
    added = desk.do("add rich_text 0", fields={"after": "a"})
    assert desk.order() == ["a", added["selected"], "odd", "b"]
    assert "data-block-form" in added["form"]


def test_ten_steps_back_and_forth_again(desk: Desk) -> None:
    first = desk.order()
    for _ in range(5):
        desk.do("down a")
        desk.do("up a")
    steps = [desk.do("undo") for _ in range(9)]
    assert 'id="do-undo"' in steps[-1]["tools"]
    desk.do("undo")
    assert desk.order() == first
    assert "nothing to undo" in desk.do("undo", 422)["refused"]
    desk.do("redo")
    assert desk.order() == ["b", "a", "odd"]


def test_the_form_of_a_block_works_without_a_script(desk: Desk) -> None:
    desk.owner.submit(desk.open("a"), {"f.title": "Zweiter"}, button="do")  # the first button saves: the Enter key
    assert desk.data("a")["title"] == "Zweiter"
    page = desk.open("b")
    answer = desk.owner.post(desk.url, dict(_defaults(page.form("f.title"))) | {"do": "entry b add items"})
    page = desk.owner.follow(answer)
    assert "f.items.1.question" in {each.attrs.get("name") for each in page.all("input", "textarea")}
    desk.owner.get(f"{desk.url}/add?after=a").form("do")
    desk.owner.get(f"{desk.url}/publish")


def test_what_cannot_be_stored_is_told_at_its_field_and_typed_text_comes_back(desk: Desk) -> None:
    long = "x" * 200
    assert "title" in desk.do("save a", 422, fields={"f.title": long, "f.body": ""})["errors"]["a"]
    page = desk.open("a")
    sent = {"f.title": long, "f.body": "<p>eins</p>", "block": "a", "do": "save a", "csrf_token": token(page)}
    again = desk.owner.post(desk.url, sent | {"version": str(desk.view().version_id)}, 422)
    assert long in again.text
    assert "At most 100 characters" in again.words
    assert desk.data("a")["title"] == "Erster"


def test_rich_text_is_sanitised_by_the_server_alone(desk: Desk) -> None:
    bad = '<p onclick="x()">eins<script>x()</script><a href="javascript:x">z</a><img src=x onerror=x></p>'
    desk.do("save a", fields={"f.body": bad, "f.title": ""})
    assert desk.data("a")["body"] == '<p>eins<a rel="noopener">z</a></p>'


def test_unknown_blocks_are_cards_without_a_form_and_survive_every_save(desk: Desk) -> None:
    page = desk.open("odd")
    assert "newer version" in page.words
    desk.do("save a", fields={"f.title": "Neu", "f.body": "<p>x</p>"})
    desk.do("up odd")
    assert ODD in desk.view().blocks
    desk.do("save odd", 404, fields={"f.kept": "no"})


def test_what_is_no_block_at_all_is_a_card_too_and_is_kept(desk: Desk) -> None:
    with tenancy.tenant(desk.web.acme.id), desk.web.database.writing() as session:
        version = session.get_one(PageVersion, desk.view().version_id)
        version.blocks = [*BLOCKS, "kaputt", {"no": "id"}]
    page = desk.open()
    assert len([each for each in page.all("li") if "data-id" in each.attrs]) == 5
    desk.do("up b")
    assert all(lost in str(desk.view().blocks) for lost in ("kaputt", "{'no': 'id'}"))
    source = next(each.attrs["src"] for each in page.all("iframe"))
    assert "Erster" in desk.web.shop(desk.web.acme).get(_path(source)).words


def test_the_second_of_two_editors_chooses_and_nothing_is_overwritten(desk: Desk) -> None:
    seen = desk.view().version_id
    desk.do("save a", fields={"f.title": "Die eine", "f.body": "<p>x</p>"})
    answer = desk.do("save a", 409, version=seen, fields={"f.title": "Der andere", "f.body": "<p>y</p>"})
    assert desk.data("a")["title"] == "Die eine"
    assert "Der andere" in answer["conflict"]
    assert "Die eine" in answer["conflict"]
    theirs = answer["theirs"]
    desk.do("save a", version=seen, fields={"theirs": str(theirs), "f.title": "Der andere", "f.body": "<p>y</p>"})
    assert desk.data("a")["title"] == "Der andere"
    desk.do("undo")
    assert desk.data("a")["title"] == "Die eine"
    plain = {"csrf_token": token(desk.open()), "version": str(seen), "do": "up b"}
    assert "Take over" in desk.owner.post(desk.url, plain, 409).words


def test_publish_schedule_and_take_off(desk: Desk) -> None:
    shop, path = desk.web.shop(desk.web.acme), "/en/page/try"
    shop.get(path, 404)
    page = desk.owner.get(f"{desk.url}/publish")
    send = {"csrf_token": token(page)}
    desk.owner.post(f"{desk.url}/publish", send | {"do": "publish"})
    assert "Erster" in shop.get(path).words
    desk.do("save a", fields={"f.title": "Später", "f.body": "<p>x</p>"})
    assert "Erster" in shop.get(path).words
    soon = clock.now() + timedelta(days=2)
    desk.owner.post(f"{desk.url}/publish", send | {"do": "schedule", "day": "", "time": "10:00"}, 422)
    when = {"day": soon.date().isoformat(), "time": "10:00"}
    desk.owner.post(f"{desk.url}/publish", send | {"do": "schedule"} | when)
    stored = desk.view().scheduled_at
    assert stored is not None
    assert stored.hour in (8, 9)  # ten o'clock in Warsaw
    desk.owner.post(f"{desk.url}/publish", send | {"do": "unschedule"})
    desk.owner.post(f"{desk.url}/publish", send | {"do": "unpublish"})
    desk.web.app.sites.forget()
    shop.get(path, 404)


def test_checks_name_the_block_that_they_jump_to(desk: Desk) -> None:
    desk.do("save a", fields={"f.title": "", "f.body": ""})
    page = desk.owner.get(f"{desk.url}/publish")
    assert any(each.attrs.get("data-jump") == "a" for each in page.all("a"))
    sent = {"csrf_token": token(page), "do": "publish"}
    desk.owner.post(f"{desk.url}/publish", sent, 422)


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_previews_are_shown_to_who_holds_the_address_and_to_nobody_else(desk: Desk) -> None:
    page, shop = desk.open(), desk.web.shop(desk.web.acme)
    source = next(each.attrs["src"] for each in page.all("iframe"))
    origin = desk.web.app.settings.origin(shop.host)
    assert source.startswith(f"{origin}/en/preview/")
    assert f"frame-src 'self' {origin}" in page.response.headers["Content-Security-Policy"]
    shown = shop.get(_path(source))
    assert shown.response.headers["Cache-Control"] == "no-store"
    assert "noindex" in shown.response.headers["X-Robots-Tag"]
    assert f"frame-ancestors 'self' http://{PANEL}" in shown.response.headers["Content-Security-Policy"]
    assert [each.attrs["data-block"] for each in shown.all("div") if "data-block" in each.attrs] == ["a", "b", "odd"]
    desk.web.shop(desk.web.nord).get(_path(source).replace("/en/", "/de/"), 404)
    shop.get(_path(source)[:-3] + "xxx", 404)
    shared = next(each for each in desk.owner.get(f"{desk.url}/publish").all("input") if "readonly" in each.attrs)
    seen = shop.get(_path(shared.attrs["value"]))
    assert "Erster" in seen.words
    assert not any("data-block" in each.attrs for each in seen.all("div"))


def test_the_preview_draws_one_block_as_it_is_being_typed_and_stores_nothing(desk: Desk) -> None:
    source = next(each.attrs["src"] for each in desk.open().all("iframe"))
    shop, before = desk.web.shop(desk.web.acme), desk.view()
    typed = {"block": "a", "f.title": "Gerade <b>getippt</b>", "f.body": "<p>ja<script>x</script></p>"}
    answer = shop.post(f"{_path(source)}/block", typed, 200)
    assert "Gerade &lt;b&gt;getippt&lt;/b&gt;" in answer.text
    assert "<script" not in answer.text
    empty = {"block": "b", "f.title": "", "f.items": "1", "f.items.0.question": "", "f.items.0.answer": ""}
    assert "Questions and answers: nothing to show yet" in shop.post(f"{_path(source)}/block", empty, 200).text
    assert desk.view() == before
    shop.post("/en/preview/forged/block", typed, 404)
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert shop.open("POST", f"{_path(source)}/block", data=typed, headers=foreign).status in (400, 403)


def test_nonsense_is_refused_and_changes_nothing(desk: Desk) -> None:
    before = desk.view()
    sent = {"csrf_token": token(desk.open()), "version": str(before.version_id)}
    for deed in ("", "fly a", "up nobody", "add faq 99", "add nothing 0", "move a x", "entry a add b", "save odd"):
        options: dict[str, Any] = {"data": sent | {"do": deed}, "headers": {"Origin": desk.owner.origin} | SCRIPT}
        assert desk.owner.open("POST", desk.url, **options).status in (404, 422), deed
    assert desk.view() == before


def test_the_other_partners_page_does_not_exist(desk: Desk) -> None:
    other = desk.web.staff(desk.web.nord)
    other.get(desk.url, 404)
    other.get(f"{desk.url}/add", 404)
    other.get(f"{desk.url}/publish", 404)
    with tenancy.tenant(desk.web.nord.id), desk.web.database.reading() as session:
        own = session.query(PageRow.id).first()
    assert own is not None
    sent = {"csrf_token": token(other.get(f"/site/pages/{own[0]}/edit")), "version": "1", "do": "up a"}
    other.post(desk.url, sent, 404)
