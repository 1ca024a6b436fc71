"""Brand, icons, banner and offered services: what a partner chooses, and what shop and subscriber panel make of it.

Proves H-20, H-56 (brand, theme switch), H-57 (icons and social picture) and H-58 (banner).
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PIL import Image

from tests.web.client import Client, Page
from tests.web.sales.conftest import Desk, token
from webapp.foundation import jobs
from webapp.foundation.colours import contrast
from webapp.foundation.db import Database
from webapp.foundation.theming import BrandTokens, themes
from webapp.providers.mail.memory import MemoryMailer
from webapp.providers.storage.port import StoragePort
from webapp.surfaces.sales.brand_advice import advice, logo_warnings
from webapp.surfaces.shared import look_tokens
from webapp.surfaces.shared.look_tokens import Look
from webapp.wiring import TASKS

_MULTIPART = "multipart/form-data"


def picture(width: int, height: int, colour: Any = "#0a7d55", kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour).save(out, kind, **options)
    return out.getvalue()


@dataclass
class Studio:
    """The desk of acme's owner with the worker that draws."""

    desk: Desk
    database: Database
    storage: StoragePort
    mailer: Any = field(default_factory=MemoryMailer)

    @property
    def owner(self) -> Client:
        return self.desk.owner

    @property
    def visitor(self) -> Client:
        self.desk.web.app.sites.forget()
        return self.desk.web.shop(self.desk.web.acme)

    def save(self, **typed: str) -> Page:
        page = self.owner.submit(self.owner.get("/settings/brand"), typed, action="/settings/brand")
        self.desk.web.app.sites.forget()
        return page

    def send(self, path: str, status: int = 303, **fields: Any) -> Page:
        csrf = token(self.owner.get("/settings/brand"))
        sent = {"csrf_token": csrf, **{k: (io.BytesIO(v), k) if isinstance(v, bytes) else v for k, v in fields.items()}}
        return self.owner.post(path, sent, status, content_type=_MULTIPART)

    def work(self) -> None:
        jobs.drain(self, self.database, TASKS)
        self.desk.web.app.sites.forget()

    def image(self, path: str) -> Image.Image:
        page = self.visitor.get(path)
        shown = Image.open(io.BytesIO(page.response.data))
        page.response.close()
        shown.load()
        return shown


@pytest.fixture
def studio(desk: Desk) -> Studio:
    return Studio(desk, desk.web.database, desk.web.app.extensions["storage"])


# --- colours -------------------------------------------------------------------------------------------------


def test_a_yellow_brand_is_offered_a_shade_that_can_be_read_and_never_changed(studio: Studio) -> None:
    page = studio.owner.fragment("/settings/brand/advice?brand=%23ffcc00&theme=base")
    assert "#ffcc00 on a light page is 1.5 to 1. Links and text need 4.5." in page.words
    button = next(each for each in page.all("button") if each.attrs.get("name") == "use")
    shade = button.attrs["value"].removeprefix("brand ")
    assert contrast(shade, "#ffffff") >= 4.5
    studio.save(brand="#ffcc00")
    assert studio.visitor.get("/en/").text.count("#8f7200") == 0
    assert studio.owner.get("/settings/brand").text.count('value="#ffcc00"') >= 2  # the field, and "keep mine"
    kept = studio.owner.fragment("/settings/brand/advice?brand=%23ffcc00&theme=base&kept=%23ffcc00")
    assert not [each for each in kept.all("button") if each.attrs.get("name") == "use"]
    assert "You keep #ffcc00" in kept.words


@pytest.mark.parametrize("colour", ["#ffcc00", "#ffffff", "#000000", "#ff00ff", "#7f7f7f", "#00ff7f"])
def test_a_shade_that_was_taken_is_not_offered_another_one(colour: str) -> None:
    for name in themes():
        for mode in ("light", "dark"):
            tokens: Any = replace(BrandTokens(colour, accent=colour), mode=mode)
            for offer in advice(tokens, name).offers:
                taken = advice(replace(tokens, **dict[str, Any]({offer.field: offer.shade})), name)
                assert offer.field not in {each.field for each in taken.offers}, (name, mode, offer)


def test_a_logo_that_its_ground_swallows_is_pointed_out() -> None:
    white, black = {"logo": [["#ffffff", 1.0]]}, {"logo": [["#101010", 0.9], ["#e0e0e0", 0.1]]}
    assert ["light" in text for text in logo_warnings(white, BrandTokens(), "base")] == [True]
    assert ["dark" in text for text in logo_warnings(black, BrandTokens(), "base")] == [True]
    assert not logo_warnings(black | {"logo_dark": white["logo"]}, BrandTokens(), "base")


def test_without_javascript_the_buttons_change_the_form_and_save_nothing(studio: Studio) -> None:
    page = studio.owner.get("/settings/brand")
    typed = {"brand": "#ffcc00", "theme": "kiosk", "use": "brand #8a6d00"}
    answer = studio.owner.submit(page, typed, 200, action="/settings/brand")
    colour = next(each for each in answer.all("input") if each.attrs.get("name") == "brand")
    assert colour.attrs["value"] == "#8a6d00"
    kept = studio.owner.submit(page, {"brand": "#ffcc00", "keep": "#ffcc00"}, 200, action="/settings/brand")
    assert "You keep #ffcc00" in kept.words
    assert "#8a6d00" not in studio.visitor.get("/en/").text


# --- trying on, saving, going back ---------------------------------------------------------------------------


def test_any_theme_can_be_tried_on_with_the_shops_own_content_and_nothing_is_stored(studio: Studio) -> None:
    heading = studio.visitor.get("/en/").h1
    for name in themes():
        page = studio.owner.fragment(f"/settings/brand/advice?brand=%23aa3300&theme={name}&mode=dark&header=centred")
        src = next(each for each in page.all("div") if "data-look" in each.attrs).attrs["data-look"]
        path = "/" + src.split("/", 3)[3]
        shown = studio.visitor.get(path)
        assert shown.h1 == heading
        assert f"themes/{name}/theme.css" in shown.text.replace("%2F", "/") or name == "base"
        assert "header-centred" in shown.text
        assert shown.response.headers["Cache-Control"] == "no-store"
        sheet = next(each for each in shown.all("link") if each.attrs.get("href", "").endswith("brand.css"))
        css = studio.visitor.get(sheet.attrs["href"])
        assert "color-scheme: dark" in css.text
        studio.desk.web.shop(studio.desk.web.nord).get(path, 404)
    assert "header-centred" not in studio.visitor.get("/en/").text


def test_a_look_cannot_be_forged_nor_carry_what_is_no_choice(studio: Studio) -> None:
    with studio.desk.web.app.app_context():
        signed = look_tokens.make(studio.desk.web.acme.id, Look("kiosk", BrandTokens("#aa3300")))
    studio.visitor.get(f"/en/look/{signed}")
    for forged in (signed[:-2], f"x{signed}", "nonsense"):
        studio.visitor.get(f"/en/look/{forged}", 404)
    wild = "?brand=red;}&theme=../base&fonts=<script>&mode=dark'&accent=%23zzzzzz&has_accent=y&kept=<script>"
    page = studio.owner.fragment(f"/settings/brand/advice{wild}")
    assert "<script>" not in page.text
    assert "red;}" not in page.text


def test_the_look_before_the_last_change_comes_back_once(studio: Studio) -> None:
    before = studio.desk.web.acme.theme
    studio.save(brand="#123456", theme="atelier")
    assert "themes/atelier" in studio.visitor.get("/en/").text
    page = studio.owner.get("/settings/brand")
    studio.owner.submit(page, {}, action="/settings/brand/undo")
    assert f"themes/{before}" in studio.visitor.get("/en/").text
    again = studio.send("/settings/brand/undo")
    assert "no earlier look" in studio.owner.follow(again).words


# --- icons ---------------------------------------------------------------------------------------------------


def test_icons_of_every_size_are_made_of_the_brand_and_again_when_it_changes(studio: Studio) -> None:
    assert studio.visitor.get("/favicon.ico", 302).location.endswith("/icon.svg")
    studio.save(brand="#aa3300")
    studio.work()
    assert studio.image("/favicon.ico").info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    apple = studio.image("/apple-touch-icon.png")
    assert (apple.size, apple.mode, apple.getpixel((2, 2))) == ((180, 180), "RGB", (0xAA, 0x33, 0x00))
    social = studio.image("/social.png")
    assert social.size == (1200, 630)
    home = studio.visitor.get("/en/")
    links = {each.attrs["rel"]: each.attrs["href"] for each in home.all("link")}
    assert (links["apple-touch-icon"], links["manifest"])[1] == "/site.webmanifest"
    assert len([each for each in home.all("meta") if each.attrs.get("name") == "theme-color"]) == 2
    manifest = studio.visitor.get("/site.webmanifest")
    assert manifest.response.mimetype == "application/manifest+json"
    icons = json.loads(manifest.text)["icons"]
    assert [icon["purpose"] for icon in icons] == ["any", "any", "maskable"]
    for icon in icons:
        assert "x".join(map(str, studio.image(icon["src"]).size)) == icon["sizes"]
    answer = studio.visitor.get("/favicon.ico").response
    assert answer.headers["Content-Type"] == "image/vnd.microsoft.icon"
    assert "max-age=86400" in answer.headers["Cache-Control"]
    answer.close()
    studio.save(brand="#0033aa")
    studio.work()
    assert studio.image("/apple-touch-icon.png").getpixel((2, 2)) == (0x00, 0x33, 0xAA)


def test_a_mark_stands_inside_the_safe_circle_on_a_ground_that_shows_it(studio: Studio) -> None:
    studio.save(brand="#0a7d55")
    exif = Image.Exif()
    exif[0x010E] = "CANARY"
    studio.send("/settings/brand/icon", mark=picture(300, 300, "#0a7d55", "WEBP", lossless=True, exif=exif))
    studio.work()
    apple = studio.image("/apple-touch-icon.png")
    assert apple.getpixel((3, 90)) == (255, 255, 255), "a green mark is lost on green: white shows it"
    assert apple.getpixel((90, 90)) == (0x0A, 0x7D, 0x55)
    greys: Any = apple.convert("L")
    assert [greys.getpixel((at, 90)) > 230 for at in (15, 21)] == [True, False], "10 % of padding"
    maskable = json.loads(studio.visitor.get("/site.webmanifest").text)["icons"][2]["src"]
    corner = studio.image(maskable).getpixel((108, 108))
    assert corner == (255, 255, 255), "outside of the circle of 40 % nothing of the mark"
    page = studio.visitor.get("/apple-touch-icon.png")
    assert b"CANARY" not in page.response.data
    page.response.close()


_NO_ICONS = (
    b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://x.example/a.png'/></svg>",
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script><text>A</text></svg>",
    b"<html>",
)


def test_what_is_no_plain_picture_becomes_no_icon(studio: Studio) -> None:
    for sent in _NO_ICONS:
        assert studio.send("/settings/brand/icon", 422, mark=sent).all("p")
    studio.work()
    studio.visitor.get("/apple-touch-icon.png", 404)


def test_a_page_without_a_picture_of_its_own_gets_its_title_drawn(studio: Studio) -> None:
    home = studio.visitor.get("/en/")
    address = next(each.attrs["content"] for each in home.all("meta") if each.attrs.get("property") == "og:image")
    path = "/" + address.split("/", 3)[3]
    assert studio.image(path).size == (1200, 630)
    assert any(each.attrs.get("content") == "summary_large_image" for each in home.all("meta"))
    studio.visitor.get("/social/999999.png", 404)
    studio.desk.web.shop(studio.desk.web.nord).get(path, 404)


# --- banner --------------------------------------------------------------------------------------------------


_NO_LINKS = ("javascript:alert(1)", "//evil.example", "http://a.example", "https://a@b.example/", "")


def test_a_banner_that_leads_to_no_honest_place_is_refused(studio: Studio) -> None:
    words: dict[str, Any] = {"alt_pl": "Nowe serwery", "alt_en": "New servers"}
    for link in _NO_LINKS:
        studio.send("/settings/banner", 422, file=picture(800, 200), link=link, **words)
    reader = studio.desk.web.subscriber(studio.desk.web.acme, "b@example.com")
    assert "panel-banner" not in reader.get("/account/").text


def test_a_banner_stands_on_every_page_of_the_subscriber_panel_until_it_is_removed(studio: Studio) -> None:
    words: dict[str, Any] = {"alt_pl": "Nowe <serwery>", "alt_en": "New servers"}
    tall = studio.send("/settings/banner", 422, file=picture(300, 300), link="/en/", **words)
    assert "twice as wide" in tall.words
    studio.send("/settings/banner", file=picture(800, 200), link="https://servers.example/new", **words)
    studio.desk.web.app.sites.forget()
    reader = studio.desk.web.subscriber(studio.desk.web.acme, "b@example.com")
    for path in ("/account/", "/account/domains", "/account/profile"):
        page = reader.get(path)
        shown = next(each for each in page.all("a") if "panel-banner" in each.attrs.get("class", ""))
        assert (shown.attrs["href"], shown.attrs["rel"]) == (
            "https://servers.example/new",
            "sponsored noopener noreferrer",
        )
        image = next(each for each in page.all("img") if each.attrs.get("width") == "800")
        assert image.attrs["alt"] in words.values()
    studio.send("/settings/banner/remove")
    studio.desk.web.app.sites.forget()
    assert "panel-banner" not in reader.get("/account/").text


# --- offered services ----------------------------------------------------------------------------------------


def test_domains_switched_off_vanish_from_the_shop_and_stay_with_those_who_own_them(studio: Studio) -> None:
    visitor = studio.visitor
    assert "hero" in visitor.get("/en/").text
    page = studio.owner.get("/settings/services")
    csrf = token(page)
    studio.owner.post("/settings/services", {"csrf_token": csrf})
    studio.desk.web.app.sites.forget()
    home = visitor.get("/en/")
    assert home.h1
    assert not home.all("form")
    assert "SearchAction" not in home.text
    assert "/en/cart" not in home.text
    for path in ("/en/domains?q=kwiaty", "/en/domains/bulk", "/en/cart", "/en/checkout"):
        refused = visitor.get(path, 404)
        assert "What you already have stays in your account" in refused.words
    reader = studio.desk.web.subscriber(studio.desk.web.acme, "b@example.com")
    assert reader.get("/account/domains").h1
    assert "Find a name" not in reader.get("/account/domains").words
    studio.owner.post("/settings/services", {"csrf_token": csrf, "modules": "domains"})
    studio.desk.web.app.sites.forget()
    assert visitor.get("/en/domains?q=kwiaty").h1
