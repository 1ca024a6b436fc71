"""The design system itself, without an application: every theme, light and dark, on a phone and on a desk."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request

from tests.harness.axe import assert_accessible
from tests.look import gallery
from webapp.foundation.theming import themes

PAGES = ("home", "results", "checkout", "components")
SHOWN = [f"{name}-{mode}/{page}.html" for name in themes() for mode in ("light", "dark") for page in PAGES]
SHOWN += [f"panel-{mode}/{page}.html" for mode in ("light", "dark") for page in ("panel_start", "panel_list")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("gallery")
    gallery.write(folder)
    with gallery.server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("shown", SHOWN)
def test_a_page_is_accessible_and_fits_a_narrow_phone(page: Page, address: str, shown: str) -> None:
    page.goto(f"{address}/{shown}")
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert_accessible(page)


def test_result_rows_have_one_height_whatever_the_answer(page: Page, address: str) -> None:
    for name in themes():
        for width in (360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{address}/{name}-light/results.html")
            rows = page.locator(".result:not(.exact)")
            heights = {round(rows.nth(index).bounding_box()["height"]) for index in range(rows.count())}  # type: ignore[index]
            assert max(heights) - min(heights) <= 1, (name, width, heights)


def _note_font(seen: set[str], request: Request) -> None:
    if request.resource_type == "font":
        seen.add(request.url)


def test_a_first_visit_loads_at_most_two_fonts(page: Page, address: str) -> None:
    for name in themes():
        fonts: set[str] = set()
        page.on("requestfinished", partial(_note_font, fonts))
        page.goto(f"{address}/{name}-light/page.html", wait_until="networkidle")
        assert 1 <= len(fonts) <= 2, (name, fonts)
        page = page.context.new_page()


def test_menus_work_from_the_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/base-light/home.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.locator(".language-menu summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".language-menu[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".language-menu[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_failed_request_is_said_once_and_nothing_is_swapped(page: Page, address: str) -> None:
    page.route("**/storefront.me", lambda route: route.fulfill(status=503, body="<b>broken</b>"))
    page.goto(f"{address}/base-light/home.html")
    page.locator(".toast").wait_for()
    assert page.locator(".toast").count() == 1
    assert page.locator("#site-me a").count() == 2
    assert "broken" not in page.content()
