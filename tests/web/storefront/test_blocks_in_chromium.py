"""What only a browser shows of blocks on a real page: the form that asks for its ticket, the film that waits."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from demo.plan import free_port
from tests.web.storefront.conftest import MakeShops, Shops
from webapp.foundation import tenancy
from webapp.reseller.cms import operations as cms
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners.audit import SYSTEM


@pytest.fixture
def served(make_shops: MakeShops) -> Iterator[Shops]:
    """The shops behind a real server; acme has a page with a film, the contact form and a frame."""
    port = free_port()
    shops = make_shops(platform_host=f"localhost:{port}")
    types = shops.app.extensions["blocks"]
    names = ("video", "contact_form", "frame")
    blocks = [{"id": name, "type": name, "v": 1, "data": types.by_name[name].example()} for name in names]
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        made = cms.create_page(
            session, SYSTEM, types, locale="en", slug="write-to-us", title="Write to us", blocks=blocks
        )
        cms.publish_page(session, SYSTEM, made.id, types=types)
    server = make_server("127.0.0.1", port, shops.app.wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield shops
    server.shutdown()
    thread.join()


def test_the_film_waits_for_a_click_and_the_form_says_thanks_in_its_place(served: Shops, page: Page) -> None:
    outside: list[str] = []
    problems: list[str] = []

    def play(route: Route) -> None:
        outside.append(route.request.url)
        route.fulfill(body="<title>film</title>", content_type="text/html")

    page.route(re.compile(r"^https://"), play)
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(f"http://{served.host(served.acme)}/en/page/write-to-us", wait_until="networkidle")
    assert outside == [], "nothing is asked of anybody before the click"

    page.locator("shop-frame").scroll_into_view_if_needed()
    expect(page.locator("shop-frame")).to_have_attribute("state", "ready")
    expect(page.frame_locator("shop-frame iframe").locator("input[type=password]")).to_be_visible()
    expect(page.locator("shop-frame .way")).to_be_hidden()

    page.get_by_role("link", name="Play the film").click()
    expect(page.frame_locator(".video iframe").locator("html")).to_be_attached()
    assert [url.partition("?")[0] for url in outside] == ["https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ"]

    page.get_by_label("Your name").fill("Ewa Zielińska")
    expect(page.locator("#contact-ticket")).to_have_attribute("value", re.compile("."))
    page.get_by_label("Your e-mail address").fill("ewa@example.org")
    page.get_by_label("What is it about?").fill("A name for a bakery")
    page.get_by_label("Your message").fill("Is it still free?")
    page.wait_for_timeout(3000)  # nobody writes faster (contact.py)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Thank you for your message")).to_be_visible()
    assert page.url.endswith("/page/write-to-us")
    assert page.evaluate("document.activeElement.className") == "contact-sent"
    with tenancy.tenant(served.acme.id), served.database.reading() as session:
        assert session.scalars(select(Message.reply_to)).all() == ["ewa@example.org"]
    assert problems == [], "the policy blocked nothing"
