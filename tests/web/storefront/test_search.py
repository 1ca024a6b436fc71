"""The search as a finished list and as a stream: same rows, same order, and a shop that opens without a registry."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from tests.web.client import Client, Page
from tests.web.storefront.conftest import POLISH, SHOP, Shops, add
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.registry.port import Availability
from webapp.surfaces.shared.shopping import search
from webapp.surfaces.shared.shopping.asking import STREAMS

ENDINGS = ["pl", "com.pl", "com", "eu", "net", "org", "info", "shop", "online", "store", "site", "de", "io", "app"]


def _list(visitor: Client, question: str, status: int = 200, shop: str = SHOP) -> Page:
    return visitor.get(f"{shop}/domains", status, query_string={"q": question})


def _rows(page: Page, kind: str = "results") -> dict[str, str]:
    """Name -> state of the search's own rows, or of its further "ideas"."""
    found = next(ul for ul in page.all("ul") if ul.attrs.get("id") == kind)
    return {li.attrs["data-name"]: li.attrs["data-state"] for li in found.all("li")}


def _stream(visitor: Client, question: str, shop: str = SHOP) -> list[str]:
    """The events of a streamed answer: their data, row by row, and the names of those that have one."""
    answer = visitor.open(
        "GET",
        f"{shop}/domains",
        query_string={"q": question},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
        buffered=True,
    )
    assert answer.response.mimetype == "text/event-stream"
    events: list[str] = []
    for block in answer.text.split("\n\n"):
        lines = block.split("\n")
        data = "\n".join(line[6:] for line in lines if line.startswith("data: "))
        events += [data] if 'id="results"' in data else re.split(r'\n(?=<li class="result)', data)
        events += [line for line in lines if line.startswith("event: ")]
    return [event for event in events if event]


class Slow(MemoryRegistry):
    """A registry that thinks: `pause` seconds before each answer."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self.pause = pause

    def check_each(self, names: Sequence[str]) -> Iterator[Availability]:
        for answer in super().check_each(names):
            time.sleep(self.pause)
            yield answer


class Away(MemoryRegistry):
    """A registry that does not answer at all."""

    def check_each(self, names: Sequence[str]) -> Iterator[Availability]:
        raise OSError("connection refused")


def test_without_javascript_the_list_is_finished_and_in_the_partners_order(shops: Shops) -> None:
    shops.registry.take("kwiaty.com")
    shops.registry.world.premium.add("kwiaty.io")
    page = _list(shops.visitor(), "kwiaty")
    assert _rows(page) == {
        f"kwiaty.{ending}": {"com": "taken", "io": "premium"}.get(ending, "free") for ending in ENDINGS
    }
    assert "14 names checked, 12 free" in page.words
    assert page.response.headers["Cache-Control"] == "private, no-store"


def test_a_free_row_has_both_prices_and_a_button_others_have_none(shops: Shops) -> None:
    shops.registry.take("kwiaty.com")
    shops.registry.world.premium.add("kwiaty.io")
    page = _list(shops.visitor(), "kwiaty", shop=POLISH)
    rows = {li.attrs["data-name"]: li for li in page.all("li") if "data-name" in li.attrs}
    assert "16,99 zł" in rows["kwiaty.pl"].text.replace("\xa0", " ")
    assert "82,99 zł" in rows["kwiaty.pl"].text.replace("\xa0", " ")
    assert rows["kwiaty.pl"].all("button")
    assert not rows["kwiaty.com"].all("button")
    assert [a.attrs["href"] for a in rows["kwiaty.com"].all("a")] == ["/account/watches?lang=pl&name=kwiaty.com"]
    assert "Cena na zapytanie" in rows["kwiaty.io"].text


def test_the_typed_name_stands_first(shops: Shops) -> None:
    page = _list(shops.visitor(), "https://www.Kwiaty.EU/sklep?x=1")
    assert next(iter(_rows(page))) == "kwiaty.eu"
    assert sorted(_rows(page)) == sorted(f"kwiaty.{ending}" for ending in ENDINGS)


def test_an_ending_that_is_not_sold_is_said_so(shops: Shops) -> None:
    page = _list(shops.visitor(), "kwiaty.museum")
    assert "We do not sell names with the ending .museum" in page.words
    assert "kwiaty.pl" in _rows(page)


def test_words_typed_apart_are_joined_and_the_hyphen_is_offered(shops: Shops) -> None:
    page = _list(shops.visitor(), "moje kwiaty")
    assert "mojekwiaty.pl" in _rows(page)
    assert any(a.text == "moje-kwiaty" for a in page.all("a"))


def test_names_in_other_letters_are_shown_as_people_write_them(shops: Shops) -> None:
    page = _list(shops.visitor(), "żółw")
    assert "xn--w-uga1v8h.pl" in _rows(page)
    assert "żółw" in page.words


@pytest.mark.parametrize(
    "question", ["😀.pl", "-x-", "a" * 64, "x" * 300, "раура1x", ".pl", "!!!", "\x07", "192.0.2.1", "a..-b", "x" * 2000]
)
def test_what_cannot_be_a_name_is_refused_in_a_sentence_and_kept_in_the_field(shops: Shops, question: str) -> None:
    page = _list(shops.visitor(), question, 422)
    assert "We cannot search for this" in page.words
    assert next(i for i in page.all("input") if i.attrs.get("name") == "q").attrs["value"] == question.strip()


def test_nothing_asked_is_an_invitation(shops: Shops) -> None:
    assert "Type a word" in shops.visitor().get(f"{SHOP}/domains").words
    assert "Type a word" in _list(shops.visitor(), "   ").words


def test_a_stream_begins_with_the_whole_list_and_then_each_row_in_its_place(shops: Shops) -> None:
    shops.registry.take("kwiaty.com")
    events = _stream(shops.visitor(), "kwiaty")
    first, rows, last = events[0], events[1:-2], events[-2:]
    listed = re.findall(r'data-name="([^"]+)"', first)
    assert listed[: len(ENDINGS)] == [f"kwiaty.{ending}" for ending in ENDINGS]
    assert len(ENDINGS) < len(listed) <= len(ENDINGS) + 12
    assert first.count('data-state="waiting" aria-busy="true"') == len(listed) == len(rows)
    for row in rows:
        assert row.count("data-name=") == 1
        assert 'hx-swap-oob="true"' in row
        name = re.findall(r'data-name="([^"]+)"', row)[0]
        assert f'id="r-{name}"' in row
        assert f'id="r-{name}"' in first
    assert 'id="search-status"' in last[0]
    assert "14 names checked, 13 free" in last[0]
    assert last[1] == "event: done"


def test_list_and_stream_speak_the_language_of_the_page_to_the_last_word(shops: Shops) -> None:
    shops.registry.take("kwiaty.com")
    shops.registry.world.premium.add("kwiaty.io")
    page = _list(shops.visitor(), "kwiaty.com", shop=POLISH)
    *rows, last, done = _stream(shops.visitor(), "kwiaty.com", shop=POLISH)
    streamed = {re.findall(r'data-name="([^"]+)"', row)[0]: row for row in rows[1:]}
    assert "Sprawdzono 14 nazw, wolne: 12" in page.words
    assert "Sprawdzono 14 nazw, wolne: 12" in last
    assert done == "event: done"
    for said in (page.text, streamed["kwiaty.com"]):
        assert "Zobacz niżej, co jest wolne" in said
    for said in (page.text, streamed["kwiaty.io"]):
        assert "Cena na zapytanie" in said


def test_a_streamed_button_works(shops: Shops) -> None:
    visitor = shops.visitor()
    row = next(event for event in _stream(visitor, "kwiaty.pl") if 'data-state="free"' in event)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', row))
    visitor.post(f"{SHOP}/cart/add", fields)
    assert "kwiaty.pl" in visitor.get(f"{SHOP}/cart").words


def test_what_is_in_the_basket_says_so_in_list_and_stream(shops: Shops) -> None:
    visitor = shops.visitor()
    add(visitor, "kwiaty.pl")
    assert "In the basket" in _list(visitor, "kwiaty").words
    assert "In the basket" in "".join(_stream(visitor, "kwiaty"))


def test_no_database_session_is_open_while_a_stream_runs(shops: Shops) -> None:
    shops.ask(Slow(0.02))
    visitor = shops.visitor()
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = visitor.http.open(f"{SHOP}/domains?q=kwiaty", headers=headers, base_url=visitor.origin)
    chunks = iter(answer.response)
    next(chunks)
    assert shops.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert len(STREAMS) == 1
    answer.close()
    assert len(STREAMS) == 0


def test_one_visitor_has_two_streams_the_third_answer_is_a_finished_list(shops: Shops) -> None:
    places = [STREAMS.enter("127.0.0.1"), STREAMS.enter("127.0.0.1")]
    try:
        page = shops.visitor().fragment(f"{SHOP}/domains?q=kwiaty")
        assert page.response.mimetype == "text/html"
        assert _rows(page)["kwiaty.pl"] == "free"
    finally:
        for place in places:
            assert place is not None
            place.leave()
            place.leave()  # twice is once
    assert len(STREAMS) == 0


@pytest.mark.parametrize("registry", [Away(), MemoryRegistry()])
def test_without_a_registry_the_shop_opens_and_rows_can_be_tried_again(shops: Shops, registry: MemoryRegistry) -> None:
    for _ in range(20):
        registry.break_next("domain:check")
    shops.ask(registry)
    visitor = shops.visitor()
    visitor.get(f"{SHOP}/")
    page = _list(visitor, "kwiaty")
    assert set(_rows(page).values()) == {"unknown"}
    assert "14 names could not be checked: please try again" in page.words
    retry = [a for a in page.all("a") if "Try again" in a.text]
    assert len(retry) == len(ENDINGS) + len(_rows(page, "ideas"))
    assert {a.attrs["href"] for a in retry} == {f"{SHOP}/domains?q=kwiaty"}
    assert "14 names could not be checked: please try again" in "".join(_stream(visitor, "kwiaty"))


def test_a_slow_registry_is_waited_for_but_not_for_ever(shops: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    shops.ask(Slow(0.2))
    monkeypatch.setattr(search, "WAIT", 0.5)
    monkeypatch.setattr(search, "STREAM", 0.5)
    started = time.monotonic()
    states = list(_rows(_list(shops.visitor(), "kwiaty")).values())
    assert time.monotonic() - started < 2
    assert states[0] == "free"
    assert states[-1] == "unknown"
    events = _stream(shops.visitor(), "drzewa")
    assert events[-1] == "event: done"
    assert "could not be checked" in events[-2]


def test_many_questions_at_once_leave_no_place_taken(shops: Shops) -> None:
    shops.ask(Slow(0.01))
    wrong: list[str] = []

    def ask(number: int) -> None:
        page = shops.visitor().fragment(f"{SHOP}/domains?q=kwiaty{number}")
        if page.response.get_data(as_text=True).count(f"kwiaty{number}.pl") == 0:
            wrong.append(str(number))
        page.response.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(STREAMS) == 0


def test_too_many_searches_are_slowed_down_in_words(shops: Shops) -> None:
    visitor = shops.visitor()
    answers = [visitor.open("GET", f"{SHOP}/domains", query_string={"q": "-"}).status for _ in range(125)]
    assert answers[0] == 422
    assert answers[-1] == 429
    assert "Too many tries" in _list(visitor, "kwiaty", 429).words
