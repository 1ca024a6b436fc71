"""What only a browser shows: rows that stream into their places, the history, the basket beside the list, axe."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from demo.plan import free_port
from tests.harness.axe import assert_accessible
from tests.web.storefront.conftest import JAN, MakeShops, Shops
from tests.web.storefront.test_search import Slow


@pytest.fixture
def served(make_shops: MakeShops) -> Iterator[Shops]:
    """The shops behind a real server, each request in a thread of its own."""
    port = free_port()
    shops = make_shops(platform_host=f"localhost:{port}")
    server = make_server("127.0.0.1", port, shops.app.wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield shops
    server.shutdown()
    thread.join()


def _search(page: Page, shops: Shops, question: str) -> None:
    page.goto(f"http://{shops.host(shops.acme)}/en/")
    page.fill("#q", question)
    page.press("#q", "Enter")


def _places(page: Page) -> list[list[object]]:
    found: list[list[object]] = page.evaluate(
        "() => [...document.querySelectorAll('.result')].map((row) => [row.dataset.name, row.offsetTop])"
    )
    return found


def test_rows_stream_into_their_places_below_the_field_of_the_home_page(served: Shops, page: Page) -> None:
    served.ask(Slow(0.05))
    _search(page, served, "kwiaty")
    page.locator(".result[data-state=waiting]").first.wait_for()
    before = _places(page)
    page.locator(".result[data-state=waiting]").first.wait_for(state="detached")
    assert len(before) == 14 + 12
    assert _places(page) == before
    expect(page.locator("#search-status")).to_have_text("14 names checked, 14 free")
    assert page.url.endswith("/en/domains?q=kwiaty")
    assert_accessible(page)


def test_one_step_back_is_the_home_page_again_and_one_forward_the_list(served: Shops, page: Page) -> None:
    _search(page, served, "kwiaty")
    expect(page.locator("#search-status")).to_have_text("14 names checked, 14 free")
    page.go_back()
    expect(page.locator(".price-card").first).to_be_visible()
    assert page.url.endswith("/en/")
    page.go_forward()
    expect(page.locator("#results .result")).to_have_count(14)


def test_the_way_from_the_list_to_the_thank_you_page(served: Shops, page: Page) -> None:
    _search(page, served, "kwiaty")
    page.locator("[data-name='kwiaty.pl'] button").click()
    page.locator("[data-name='kwiaty.com'] button").click()
    expect(page.locator("#basket .basket-line")).to_have_count(2)
    expect(page.locator(".tool-count")).to_contain_text("2")
    page.locator("#basket .line-remove button").first.click()
    expect(page.locator("#basket .basket-line")).to_have_count(1)
    page.locator("[data-name='kwiaty.pl'] button").click()
    page.locator("#basket a.button").click()
    assert_accessible(page)
    page.get_by_role("link", name="Continue to the order").click()
    page.get_by_text("a company", exact=True).click()
    expect(page.locator("#organisation")).to_be_visible()
    page.get_by_text("a person", exact=True).click()
    expect(page.locator("#organisation")).to_be_hidden()
    for name in ("name", "street", "postcode", "city", "phone", "email", "password"):
        page.fill(f"#{name}", JAN[name])
    assert_accessible(page)
    page.get_by_role("button", name="Continue to the overview").click()
    page.check("#terms")
    page.check("#at_once")
    assert_accessible(page)
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    assert_accessible(page)


def test_a_refused_question_is_answered_where_it_was_asked(served: Shops, page: Page) -> None:
    _search(page, served, "-x-")
    expect(page.get_by_role("alert")).to_contain_text("cannot start or end with a hyphen")
    assert page.input_value("#q") == "-x-"
    assert_accessible(page)


def test_many_names_are_answered_in_place_while_one_watches(served: Shops, page: Page) -> None:
    served.ask(Slow(0.03))
    served.registry.take("kwiaty.pl")
    page.goto(f"http://{served.host(served.acme)}/en/domains/bulk")
    page.fill("#names", "kwiaty.pl, drzewa =1")
    page.get_by_role("button", name="Check these names").click()
    expect(page.locator(".bulk-row")).to_have_count(15)
    before = page.evaluate("() => [...document.querySelectorAll('.bulk-row')].map((row) => row.offsetTop)")
    expect(page.get_by_text("15 of 15 names checked")).to_be_visible()
    expect(page.locator(".bulk-row[data-state=waiting]")).to_have_count(0)
    assert page.evaluate("() => [...document.querySelectorAll('.bulk-row')].map((row) => row.offsetTop)") == before
    assert_accessible(page)
    page.get_by_label("drzewa.com", exact=True).check()
    page.get_by_role("button", name="Add the ticked names").click()
    expect(page.get_by_text("drzewa.com").first).to_be_visible()
