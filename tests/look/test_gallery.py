"""The design system itself, without an application: every theme, light and dark, on a phone and on a desk."""

from functools import partial
from typing import get_args

import pytest
from playwright.sync_api import BrowserContext, Page, Response

from tests.harness.axe import assert_accessible
from tests.look import gallery, samples
from webapp.foundation.theming import BrandTokens, Header, theme_environment, themes

#: Each is judged by day on a desk and by night on a narrow phone; what is wrong elsewhere shows in one of them.
PAGES = ("home", "results", "checkout", "components", "blocks")
MODES = ("light", "dark")
#: What every theme draws anew is looked at each time, one page by day and the other by night; the other way round, and
#: forms and components, which themes only colour, in the full tier. So are blocks, which
#: tests/cms_blocks/test_in_browser.py judges each time.
SHOWN = [
    pytest.param(
        mode, f"{name}-{mode}/{page}.html", marks=[pytest.mark.full] if place > 1 or (each + place) % 2 else []
    )
    for name in themes()
    for place, page in enumerate(PAGES)
    for each, mode in enumerate(MODES)
] + [(mode, f"panel-{mode}/{page}.html") for page in ("panel_start", "panel_list") for mode in MODES]
#: What the fonts of a first visit may weigh, and how much longer or shorter a page may be before they arrive.
FONT_BYTES, MOVED = 80_000, 0.03


@pytest.mark.parametrize(("mode", "shown"), SHOWN)
def test_a_page_is_accessible_and_fits_a_narrow_phone(
    window: Page, gallery_address: str, mode: str, shown: str
) -> None:
    window.goto(f"{gallery_address}/{shown}")
    if mode == "light":
        assert_accessible(window)
    window.set_viewport_size({"width": 320, "height": 640})
    assert window.evaluate("document.documentElement.scrollWidth") <= 320
    if mode == "dark":
        assert_accessible(window)


def test_result_rows_have_one_height_whatever_the_answer(page: Page, gallery_address: str) -> None:
    for name in themes():
        page.goto(f"{gallery_address}/{name}-light/results.html")
        for width in (360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            rows = page.locator(".result:not(.exact)")
            heights = {round(rows.nth(index).bounding_box()["height"]) for index in range(rows.count())}  # type: ignore[index]
            assert max(heights) - min(heights) <= 1, (name, width, heights)


def _note_font(seen: dict[str, int], response: Response) -> None:
    if response.request.resource_type == "font":
        seen[response.url] = len(response.body())


def _height(page: Page) -> int:
    found: int = page.evaluate("document.querySelector('main').offsetHeight")
    return found


def test_a_first_visit_loads_at_most_two_fonts_and_text_stays_where_it_is(page: Page, gallery_address: str) -> None:
    late = page.context.new_page()
    late.route("**/*.woff2", lambda route: route.abort())
    for name in themes():
        visited, fonts, early = _first_visit(page.context, f"{gallery_address}/{name}-light/page.html")
        assert 1 <= len(fonts) <= 2, (name, fonts)
        assert sum(fonts.values()) <= FONT_BYTES, (name, fonts)
        assert set(fonts) == early, (name, "say in theme.toml which pair the theme wears")
        late.goto(f"{gallery_address}/{name}-light/page.html")
        assert abs(_height(late) / _height(visited) - 1) <= MOVED, (name, _height(late), _height(visited))
        visited.close()


def _first_visit(context: BrowserContext, url: str) -> tuple[Page, dict[str, int], set[str]]:
    """A page with the fonts that it fetched and those that it announced.

    On a busy machine the browser may lay out before the theme's sheet is there, and fetch the base's font: the best of
    three visits counts.
    """
    for _ in range(3):
        page, fonts = context.new_page(), dict[str, int]()
        page.on("response", partial(_note_font, fonts))
        page.goto(url, wait_until="networkidle")
        early = set(page.locator("link[rel=preload][as=font]").evaluate_all("links => links.map(link => link.href)"))
        if set(fonts) == early:
            break
    return page, fonts, early


def _middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_header_stands_as_the_partner_wants_it_in_every_theme(page: Page, gallery_address: str) -> None:
    for name in themes():
        page.goto(f"{gallery_address}/{name}-light/page.html")
        for header in get_args(Header)[1:]:
            page.evaluate("name => document.body.className = 'site header-' + name", header)
            (brand, top), (menu, below), (tools, _) = (
                _middle(page, f".site-bar > .{part}") for part in ("brand", "site-nav", "site-tools")
            )
            assert (abs(brand - 640) < 8) == (header != "left"), (name, header, brand)
            assert (below > top + 20) == (header == "stacked"), (name, header)
            assert menu < tools, (name, header)
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_the_partners_header_overrules_the_themes() -> None:
    env = theme_environment(gallery.base_environment(), "kiosk")
    values = samples.shop("kiosk") | {"theme_css_url": "/theme.css"}
    for chosen, worn in (("theme", "stacked"), ("centred", "centred")):
        values["site"].brand = BrandTokens(header=chosen)  # type: ignore[arg-type]
        assert f'<body class="site header-{worn} "' in env.get_template("page.html").render(values)


def test_menus_work_from_the_keyboard(page: Page, gallery_address: str) -> None:
    page.goto(f"{gallery_address}/base-light/home.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.locator(".language-menu summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".language-menu[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".language-menu[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_failed_request_is_said_once_and_nothing_is_swapped(page: Page, gallery_address: str) -> None:
    page.route("**/storefront.me", lambda route: route.fulfill(status=503, body="<b>broken</b>"))
    page.goto(f"{gallery_address}/base-light/home.html")
    page.locator(".toast").wait_for()
    assert page.locator(".toast").count() == 1
    assert page.locator("#site-me a").count() == 2
    assert "broken" not in page.content()
