"""Blocks that show pictures, films and ways to the partner: what is there, what is missing, what asks nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from cms_blocks.video.block import film
from tests.cms_blocks.test_blocks import CONTEXT, TYPES, render, stored
from webapp.reseller.cms.kit import Company, Context, MediaPicture, Picture
from webapp.reseller.cms.pictures import Rendition

PICTURE = Picture(7, 800, 600, "A counter", False, 20, 80, (Rendition(800, 600, {"webp": "/media/a.webp"}),))
COMPANY = Company("Acme sp. z o.o.", "Prosta 1", "00-838", "Warszawa", "PL", "", "biuro@acme.example", "+48.221234567")
SHOP = replace(CONTEXT, links={"contact": "/en/contact", "sign_in": "/account/sign-in"}, company=COMPANY)


def one(name: str, context: Context = SHOP, **changes: object) -> str:
    return render(stored(name, {**TYPES.by_name[name].example(), **changes}), context=context)


WITH_PICTURES: dict[str, dict[str, Any]] = {
    "image_text": {"picture": 7, "drawing": ""},
    "gallery": {"items": [{"picture": 7, "caption": "Words"}]},
    "logo_strip": {"items": [{"picture": 7, "name": "Studio Kowal"}]},
    "video": {"picture": 7},
}


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_a_picture_shows_and_one_that_vanished_leaves_no_hole(name: str) -> None:
    data = WITH_PICTURES[name]
    block = stored(name, {**TYPES.by_name[name].example(), **data})
    assert TYPES.references([block], MediaPicture) == {7}
    there = one(name, replace(SHOP, pictures={7: PICTURE}), **data)
    assert '<img class="fx-20 fy-80" src="/media/a.webp"' in there
    gone = one(name, **data)
    assert "<img" not in gone
    assert "missing" not in gone
    if name not in ("logo_strip", "video"):  # these two show a name instead, in the editor as in public
        assert "missing" in one(name, replace(SHOP, editing=True), **data)


def test_a_gallery_whose_pictures_all_vanished_is_no_section() -> None:
    assert one("gallery").strip() == ""


def test_a_drawing_stands_in_until_there_is_a_picture() -> None:
    assert '<svg class="drawing"' in one("image_text")
    assert "drawing" not in one("image_text", replace(SHOP, pictures={7: PICTURE}), picture=7)


FILMS = {
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ&t=10s": "https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1&rel=0",
    "https://youtu.be/aqz-KE-bpKQ?si=x": "https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1&rel=0",
    "https://www.youtube.com/shorts/aqz-KE-bpKQ": "https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1&rel=0",
    "https://vimeo.com/76979871": "https://player.vimeo.com/video/76979871?autoplay=1&dnt=1",
    "https://vimeo.com/76979871/ab12cd34ef": "https://player.vimeo.com/video/76979871?autoplay=1&dnt=1&h=ab12cd34ef",
    "https://tube.example/w/9c9de5e8": "",
    "https://www.youtube.com/@channel": "",
    "https://www.youtube.com/watch?v=a%22onload%3D%22x": "",
    "https://youtube.com.evil.example/watch?v=aqz-KE-bpKQ": "",
}


@pytest.mark.parametrize("address", FILMS)
def test_only_two_players_are_ever_framed(address: str) -> None:
    found = film(address)
    assert found is not None
    assert found.embed == FILMS[address]


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "http://youtu.be/aqz-KE-bpKQ", "/en/", "https://[x"])
def test_what_is_no_address_of_a_film_is_none(address: str) -> None:
    assert film(address) is None
    block = stored("video", {**TYPES.by_name["video"].example(), "address": address or "x"})
    assert "address" in TYPES.clean([block], publish=True)[1]["b1"]


def test_nothing_is_asked_of_a_film_site_before_the_click() -> None:
    html = one("video")
    assert "<iframe" not in html
    assert "Loads from YouTube" in html
    assert re.findall(r'(?:src|srcset)="(https?:[^"]*)"', html) == []
    assert "Opens on tube.example" in one("video", address="https://tube.example/w/9c9de5e8")
    hidden = {**stored("video"), "hidden": True}
    assert TYPES.embeds([stored("video")]) == {"https://www.youtube-nocookie.com", "https://player.vimeo.com"}
    assert TYPES.embeds([hidden, stored("faq")]) == frozenset()


def test_contact_shows_what_is_known_and_switched_on() -> None:
    html = one("contact")
    assert "+48 221234567" in html
    assert 'href="tel:+48221234567"' in html
    assert "openstreetmap.org/search?query=Prosta+1%2C+00-838+Warszawa" in html
    assert "<iframe" not in html
    silent = one("contact", address=False, phone=False, email=False, hours="", title="")
    assert silent.strip() == ""
    assert "tel:" not in one("contact", replace(SHOP, company=replace(COMPANY, phone="")))


def test_the_form_stands_on_cached_pages_without_a_token() -> None:
    html = one("contact_form")
    assert 'action="/en/contact" method="post" data-tokenless' in html
    assert "csrf" not in html
    without = one("contact_form", replace(SHOP, links={}))
    assert "<form" not in without
    assert "biuro@acme.example" in without


def test_a_way_in_leads_to_our_own_page_and_becomes_a_frame_when_frames_are_on_sale() -> None:
    assert 'href="/account/sign-in"' in one("frame")
    assert "shop-frame" not in one("frame")
    framed = replace(SHOP, services=frozenset({"domains", "frames", "frames/user-login"}))
    assert '<shop-frame view="user-login" lang=' in one("frame", framed)
    assert "shop-frame" not in one("frame", replace(framed, editing=True)), "the editor selects blocks"
    assert "shop-frame" not in one("frame", replace(framed, services=frozenset({"frames", "frames/user-register"})))
    assert one("frame", replace(SHOP, links={})).strip() == ""


def test_an_advertisement_takes_room_only_while_one_may_run() -> None:
    assert one("ad").strip() == ""
    assert "ad-slot" in one("ad", replace(SHOP, ad_positions=frozenset({"page"})))
    assert "ad-slot" in one("ad", replace(SHOP, editing=True))


def test_a_text_from_before_it_had_a_layout_still_shows() -> None:
    html = one("rich_text", layout=None)
    old = stored("rich_text", {"title": "Old", "body": "<p>Words</p>"})
    assert 'class="wrap narrow"' in html
    assert "<p>Words</p>" in render(old)
    newer = {**old, "v": 2}
    assert render(newer).strip() == "", "a newer program's block is skipped, and kept"
    assert TYPES.clean([newer])[0] == [newer]
