"""All blocks on one page in every theme, by day and by night, on a narrow phone, with the longest German words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.harness.axe import assert_accessible
from tests.look import gallery
from webapp.foundation.theming import themes


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("blocks")
    gallery.write(folder)
    with gallery.server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


#: The innermost elements that stick out of the screen, unless their box scrolls.
_OUTSIDE = """() => {
    const out = (one) => one.getBoundingClientRect().right > innerWidth + 1;
    return document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]
        .filter((one) => out(one) && ![...one.children].some(out) && !one.closest('.table-scroll'))
        .map((one) => `${one.closest('section, div')?.className}: ${one.outerHTML.slice(0, 120)}`);
}"""


@pytest.mark.parametrize("theme", themes())
def test_every_block_is_accessible_and_fits_a_narrow_phone(page: Page, address: str, theme: str) -> None:
    page.goto(f"{address}/{theme}-light/blocks.html")
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(_OUTSIDE) == []
    page.goto(f"{address}/{theme}-dark/blocks_long.html")
    assert page.evaluate(_OUTSIDE) == []
    assert_accessible(page)


def test_the_price_table_shows_the_years_that_a_visitor_chooses_without_a_script(page: Page, address: str) -> None:
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{address}/base-light/blocks.html")
    row = page.locator("#prices tbody tr").first
    expect(row.locator("td").nth(0)).to_contain_text("5,90", use_inner_text=True)
    page.locator("#prices .chip").last.click()
    expect(row.locator("td").nth(0)).to_contain_text("95,00", use_inner_text=True)
    expect(page.locator("#prices thead")).to_contain_text("First 10 years", use_inner_text=True)
