"""What only a browser shows of own domains (D9): an open page follows by itself, and takes nothing from who types."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from demo.plan import free_port
from tests import factories
from tests.harness.axe import assert_accessible
from tests.web.conftest import MakeWeb
from webapp.foundation import clock, tenancy
from webapp.foundation.db import change
from webapp.reseller.partners.models import Host

V4 = "203.0.113.10"
#: Changes the columns of the claimed names.
Turn = Callable[..., None]


@pytest.fixture
def turn(make_web: MakeWeb, page: Page) -> Iterator[Turn]:
    """The page about own domains behind a real server, the owner signed in; gives what a look would write. Five seconds
    go by at once then: the page asks that often.
    """
    port = free_port()
    web = make_web(platform_host=f"localhost:{port}", public_addresses=(V4,))
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        session.scalars(select(Host)).one().name = f"{web.acme.code}.localhost:{port}"

    def write(**columns: Any) -> None:
        with tenancy.tenant(web.acme.id), web.database.writing() as session:
            change(session, Host, Host.kind == "custom", **columns)
        page.clock.run_for(5_000)

    server = make_server("127.0.0.1", port, web.app.wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    page.clock.install()
    page.goto(f"http://panel.localhost:{port}/site/hosts")
    page.fill("input[type=email]", factories.make_staff(web.database, web.acme, locale="en").email)
    page.fill("input[type=password]", factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Own domain")
    yield write
    server.shutdown()
    thread.join()


def _light(code: str, *seen: str) -> dict[str, Any]:
    return {"code": code, "params": {"seen": list(seen)}, "seen": list(seen), "at": clock.now().isoformat()}


def test_the_card_walks_from_the_claim_to_the_shop_that_answers(turn: Turn, page: Page) -> None:
    assert_accessible(page)
    page.get_by_label("Domain or subdomain").fill("Shop.Example.com")
    page.get_by_role("button", name="Add the domain").click()
    card = page.locator(".host-live")
    expect(card).to_contain_text("Not looked at yet")
    page.get_by_text("Send these instructions to my IT person").click()
    page.get_by_label("A few words of yours").fill("Half a sent")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=f"Copy the value {V4}").click()
    assert page.evaluate("navigator.clipboard.readText()") == V4
    turn(state="waiting_dns", dns=_light("wrong_address", "192.0.2.9"), next_check_at=clock.now() + timedelta(hours=1))
    expect(card).to_contain_text("Leads to another server: 192.0.2.9", timeout=15_000)
    assert_accessible(page)
    page.get_by_label("A few words of yours").press_sequentially("ence")
    turn(state="live", dns=_light("ok", V4), https=_light("ok"), live_since=clock.now())
    expect(card).to_contain_text("Secure connection works", timeout=15_000)
    expect(page.get_by_label("A few words of yours")).to_have_value("Half a sentence")
    expect(page.get_by_label("A few words of yours")).to_be_focused()
    expect(card).not_to_have_attribute("hx-trigger", "every 5s")
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)
