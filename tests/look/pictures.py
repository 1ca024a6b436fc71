"""Take the README's pictures from a running demo: a search, an order, its proforma, the panels.

    python -m tests.look.pictures var/demo.json docs/img [--word name] [--lang en] [--lang2 de]

It really orders, pays and opens a shop, so use a demo that may be changed.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page

from tests.harness.browser import open_chromium
from tests.journeys.bank_files import Transfer, mt940
from webapp.foundation import clock

SIZE = (1280, 800)
#: What a README may weigh, per picture.
LARGEST = 250_000
#: Only the browser knows where every name under localhost is.
_FETCH = "async address => Array.from(new Uint8Array(await (await fetch(address)).arrayBuffer()))"
#: The shop's own first: it gets that back at the end.
THEMES = ("harbor", "atelier", "kiosk", "ledger", "base")


@dataclass(frozen=True)
class Camera:
    """Where pictures go, and the demo they are of."""

    demo: dict[str, Any]
    folder: Path

    def take(self, page: Page, name: str) -> None:
        """What the window shows, as WebP."""
        page.wait_for_load_state("networkidle")
        picture = Image.open(io.BytesIO(page.screenshot()))
        for quality in (90, 80, 65, 50):
            picture.save(self.folder / f"{name}.webp", quality=quality, method=6)
            if (self.folder / f"{name}.webp").stat().st_size < LARGEST:
                return

    def sheet(self, name: str, shots: Sequence[Image.Image], columns: int = 3) -> None:
        """Several windows on one picture, half as large."""
        width, height = (side // 2 for side in SIZE)
        rows = -(-len(shots) // columns)
        sheet = Image.new("RGB", (columns * width + (columns - 1) * 12, rows * height + (rows - 1) * 12), "white")
        for number, shot in enumerate(shots):
            place = number % columns * (width + 12), number // columns * (height + 12)
            sheet.paste(shot.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), place)
        sheet.save(self.folder / f"{name}.webp", quality=80, method=6)

    def paper(self, name: str, pdf: bytes) -> None:
        """The upper part of a PDF's first page."""
        with TemporaryDirectory() as folder:
            (Path(folder) / "paper.pdf").write_bytes(pdf)
            (Path(folder) / "paper.typ").write_text('#set page("a4", margin: 0pt)\n#image("paper.pdf", width: 100%)')
            png = typst.compile(Path(folder) / "paper.typ", format="png", ppi=155)
        picture = Image.open(io.BytesIO(png)).convert("RGB")
        width, height = picture.size
        part = picture.crop((0, 0, width, width * SIZE[1] // SIZE[0])) if height > width else picture
        part.resize(SIZE, Image.Resampling.LANCZOS).save(self.folder / f"{name}.webp", quality=85, method=6)

    def sign_in(self, page: Page, who: str, where: str = "main") -> None:
        """Fill in the form at hand."""
        person = self.demo["sign_ins"][who]
        form = page.locator(f"{where} form").first
        form.locator("[type=email]").fill(person["email"])
        form.locator("[type=password]").fill(person["password"])
        form.locator("button[type=submit]").click()
        page.wait_for_load_state("networkidle")


def _page(browser: Browser) -> Page:
    size = {"width": SIZE[0], "height": SIZE[1]}
    return browser.new_context(viewport=size, locale="en-GB", color_scheme="light").new_page()  # type: ignore[arg-type]


def shops(camera: Camera, browser: Browser, word: str, lang: str, lang2: str) -> None:
    """Both home pages and a search with something in the basket."""
    page, addresses = _page(browser), camera.demo["shops"]
    page.goto(f"{addresses['csp1002']}/{lang2}/")
    camera.take(page, "shop-nordhost")
    page.goto(f"{addresses['csp1001']}/{lang}/")
    camera.take(page, "shop-acme")
    page.goto(f"{addresses['csp1001']}/{lang}/domains?q={word}")
    for ending in ("pl", "com"):
        page.locator(f"[data-name='{word}.{ending}'] form.result-action button").first.click()
    page.locator(".basket-line").nth(1).wait_for()
    page.mouse.move(0, 0)
    camera.take(page, "search")
    order(camera, page, lang)


def order(camera: Camera, page: Page, lang: str) -> None:
    """From the basket to the proforma in the subscriber's panel."""
    shop = camera.demo["shops"]["csp1001"]
    page.goto(f"{shop}/{lang}/checkout")
    page.locator("details.known summary").click()
    camera.sign_in(page, "subscriber", "details.known")
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    camera.take(page, "checkout")
    page.locator("form:has([name=revision]) button.primary").click()
    page.wait_for_load_state("networkidle")
    page.goto(f"{shop}/account/proformas?lang={lang}")
    page.locator("main a[href*='/account/proformas/']").first.click()
    page.locator(".document").first.evaluate("node => window.scrollTo(0, node.getBoundingClientRect().top - 24)")
    camera.take(page, "proforma")


def panels(camera: Camera, browser: Browser, word: str) -> None:
    """What the partner and the operator see first; the panel in the README's language."""
    page = _page(browser)
    page.goto(camera.demo["panel"])
    camera.sign_in(page, "partner")
    page.locator("details.menu summary").first.click()
    page.locator("button[name=locale][value=en]").click()
    camera.take(page, "panel")
    business(camera, page)
    content(camera, page)
    elsewhere(camera, browser, page, word)
    themes(camera, page)
    page = _page(browser)
    page.goto(camera.demo["operator"])
    camera.sign_in(page, "operator")
    open_shop(camera, page)


def business(camera: Camera, page: Page) -> None:
    """What things cost and why, a promotion, a bank's statement, an invoice, the log."""
    panel = camera.demo["panel"]
    page.goto(f"{panel}/prices?q=com")
    page.locator("main a.row-link", has_text=re.compile(r"^\s*\.com\s*$")).click()
    page.wait_for_load_state("networkidle")
    page.goto(f"{page.url.split('?')[0]}/why?what=register_1")
    camera.take(page, "why")
    page.goto(f"{camera.demo['shops']['csp1001']}/en/hosting")
    camera.take(page, "promotion")
    page.goto(f"{panel}/proformas?state=issued")
    page.locator("main a.row-link").first.click()
    amount = page.locator(".detail-facts dd").first.inner_text()
    bank(camera, page, page.locator("h1").inner_text(), int(re.sub("[^0-9]", "", amount.splitlines()[0])))
    page.goto(f"{panel}/proformas?state=activated")
    page.locator("main a.row-link").last.click()
    page.locator("form[action$='/invoice'] button.primary").click()
    page.wait_for_load_state("networkidle")
    paper = page.locator("a[href$='.pdf']").first.get_attribute("href") or ""
    camera.paper("invoice", bytes(page.evaluate(_FETCH, paper)))
    page.goto(f"{panel}/log")
    camera.take(page, "log")


def bank(camera: Camera, page: Page, number: str, due: int) -> None:
    """A statement with one transfer that is certain, and three that somebody has to decide about."""
    day = clock.today("Europe/Warsaw")
    seen = (
        Transfer(number, due, due, "Anna Zielińska", "", day),
        Transfer(number, due - 100, due - 100, "Zielińska Ceramika", "", day),
        Transfer("hosting", 9900, 9900, "Piekarnia Pod Lipą sp. z o.o.", "", day),
        Transfer("za fakturę", 24600, 24600, "Biuro Rachunkowe Bilans", "", day),
    )
    page.goto(f"{camera.demo['panel']}/bank")
    file: FilePayload = {"name": "wyciag.sta", "mimeType": "application/octet-stream", "buffer": mt940(*seen)}
    page.locator("[name=file]").set_input_files(file)
    page.locator("form[action='/bank'] button.primary").click()
    page.wait_for_load_state("networkidle")
    camera.take(page, "bank")


def content(camera: Camera, page: Page) -> None:
    """Where the partner makes the shop: a page being edited, the brand."""
    page.goto(f"{camera.demo['panel']}/site/pages")
    page.locator("a[href*='/edit']").first.click()
    page.frame_locator("iframe").locator("[data-block]").first.wait_for()
    page.locator(".block-card .block-open").nth(1).click()
    page.wait_for_timeout(800)
    camera.take(page, "editor")
    page.goto(f"{camera.demo['panel']}/settings/brand")
    page.wait_for_timeout(800)
    camera.take(page, "brand")


def elsewhere(camera: Camera, browser: Browser, page: Page, word: str) -> None:
    """The shop in somebody else's site, what makes the snippet for it, and a domain on its way to the shop."""
    visitor = _page(browser)
    visitor.goto(camera.demo["outside_site"])
    frame = visitor.frame_locator("shop-frame iframe").first
    frame.locator("input[name=q]").first.fill(word)
    frame.locator("form[role=search] button").first.click()
    frame.locator("[data-name][data-state=free]").first.wait_for()
    visitor.wait_for_timeout(1500)
    visitor.mouse.move(0, 0)
    visitor.evaluate("document.querySelector('shop-frame').scrollIntoView(); scrollBy(0, -120)")
    visitor.wait_for_timeout(300)
    camera.take(visitor, "frame")
    page.goto(f"{camera.demo['panel']}/frames")
    page.frame_locator("shop-frame iframe").first.locator("h1").wait_for()
    page.wait_for_timeout(800)
    camera.take(page, "frames")
    page.goto(f"{camera.demo['panel']}/site/hosts")
    page.locator("main form [name=name]").fill("www.acme-domeny.example")
    page.locator("main form:has([name=name]) button.primary").click()
    page.locator("text=acme-domeny.example").first.wait_for()
    page.wait_for_timeout(6000)  # the first look
    camera.take(page, "domain")


def themes(camera: Camera, page: Page) -> None:
    """One shop in every theme, and another shop, on one sheet; the first gets its own theme back."""
    shots = []
    for theme in (*THEMES, THEMES[0]):
        page.goto(f"{camera.demo['panel']}/settings/brand")
        page.locator(f"input[name=theme][value={theme}]").evaluate("node => node.click()")
        page.locator("form:has(input[name=theme]) button.primary").first.evaluate("node => node.click()")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1200)  # a shop follows within a second
        page.goto(f"{camera.demo['shops']['csp1001']}/en/")
        page.wait_for_load_state("networkidle")
        shots.append(Image.open(io.BytesIO(page.screenshot())))
    page.goto(f"{camera.demo['shops']['csp1002']}/de/")
    page.wait_for_load_state("networkidle")
    shots[len(THEMES) :] = [Image.open(io.BytesIO(page.screenshot()))]
    camera.sheet("themes", shots)


def open_shop(camera: Camera, page: Page) -> None:
    """A third shop from one form."""
    code = secrets.token_hex(3)
    page.goto(f"{camera.demo['operator']}/partners/new")
    page.locator("input[name=starter][value=web_agency]").check(force=True)
    typed = {"name": "Studio Łąka", "email": "studio@laka.example", "legal_name": "Studio Łąka Anna Nowak"}
    for field, text in (typed | {"owner_name": "Anna Nowak", "owner_email": f"anna-{code}@laka.example"}).items():
        page.locator(f"[name={field}]").fill(text)
    page.evaluate("window.scrollTo(0, 0)")
    camera.take(page, "operator")
    page.locator("main form button.primary").click()
    page.wait_for_load_state("networkidle")
    page.locator("main a.button.primary").click()
    page.wait_for_load_state("networkidle")
    print("the new shop:", page.url, page.title())


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demo", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--word", default="zielonyogrod", help="a name that nobody has ordered in this demo yet")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--lang2", default="de")
    given = parser.parse_args()
    camera = Camera(json.loads(given.demo.read_text(encoding="utf-8")), given.folder)
    camera.folder.mkdir(parents=True, exist_ok=True)
    with open_chromium() as browser:
        shops(camera, browser, given.word, given.lang, given.lang2)
        panels(camera, browser, f"{given.word}y")


if __name__ == "__main__":
    main()
