"""All blocks on one page in every theme, by day and by night, on a narrow phone, with the longest German words."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.harness.axe import assert_accessible
from webapp.foundation.theming import themes

#: The innermost elements that stick out of the screen, unless their box scrolls.
_OUTSIDE = """() => {
    const out = (one) => one.getBoundingClientRect().right > innerWidth + 1;
    return document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]
        .filter((one) => out(one) && ![...one.children].some(out) && !one.closest('.table-scroll'))
        .map((one) => `${one.closest('section, div')?.className}: ${one.outerHTML.slice(0, 120)}`);
}"""


@pytest.mark.parametrize(("number", "theme"), list(enumerate(themes())))
def test_every_block_is_accessible_and_fits_a_narrow_phone(
    window: Page, gallery_address: str, number: int, theme: str, full_tier: bool
) -> None:
    """Blocks are the same in all themes, so that in the fast tier axe judges every second one by day, the others by
    night; that nothing sticks out is for every theme to keep.
    """
    window.goto(f"{gallery_address}/{theme}-light/blocks.html")
    if full_tier or number % 2 == 0:
        assert_accessible(window)
    window.set_viewport_size({"width": 320, "height": 640})
    assert window.evaluate(_OUTSIDE) == []
    window.goto(f"{gallery_address}/{theme}-dark/blocks_long.html")
    assert window.evaluate(_OUTSIDE) == []
    if full_tier or number % 2:
        assert_accessible(window)


def test_the_price_table_shows_the_years_that_a_visitor_chooses_without_a_script(
    page: Page, gallery_address: str
) -> None:
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{gallery_address}/base-light/blocks.html")
    row = page.locator("#prices tbody tr").first
    expect(row.locator("td").nth(0)).to_contain_text("5,90", use_inner_text=True)
    page.locator("#prices .chip").last.click()
    expect(row.locator("td").nth(0)).to_contain_text("95,00", use_inner_text=True)
    expect(page.locator("#prices thead")).to_contain_text("First 10 years", use_inner_text=True)
