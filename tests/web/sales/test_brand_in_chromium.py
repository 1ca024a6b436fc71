"""What only a browser shows of choosing looks (H-56): the shop beside the form wears each choice at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from demo.plan import free_port
from tests import factories
from tests.harness.axe import assert_accessible
from tests.web.conftest import MakeWeb
from webapp.foundation import tenancy
from webapp.reseller.partners.models import Host


@pytest.fixture
def panel(make_web: MakeWeb, page: Page) -> Iterator[str]:
    """The panel and the shop behind a real server, the owner signed in; gives the panel's origin."""
    port = free_port()
    web = make_web(platform_host=f"localhost:{port}")
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        session.scalars(select(Host)).one().name = f"{web.acme.code}.localhost:{port}"
    server = make_server("127.0.0.1", port, web.app.wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    page.goto(f"http://panel.localhost:{port}/settings/brand")
    page.fill("input[type=email]", factories.make_staff(web.database, web.acme, locale="en").email)
    page.fill("input[type=password]", factories.PASSWORD)
    page.keyboard.press("Enter")
    yield f"http://panel.localhost:{port}"
    server.shutdown()
    thread.join()


def test_the_shop_beside_the_form_wears_what_is_chosen(panel: str, page: Page) -> None:
    page.wait_for_url(f"{panel}/settings/brand")
    shop = page.frame_locator("look-frame iframe:last-of-type")
    expect(shop.locator("h1")).to_be_attached(timeout=20_000)
    before = page.locator("look-frame iframe").get_attribute("src")
    page.locator("#brand").fill("#ffcc00")
    page.locator("input[name=theme][value=kiosk]").check(force=True)
    expect(shop.locator("link[href*='themes/kiosk']")).to_be_attached(timeout=10_000)
    expect(page.locator("look-frame iframe")).to_have_count(1)
    assert page.locator("look-frame iframe").get_attribute("src") != before
    expect(page.locator("#brand-advice")).to_contain_text("#ffcc00 on a light page is 1.5 to 1")
    page.evaluate("scrollTo(0, 0)")  # else the bar on top covers half a button, which axe takes for a small one
    assert_accessible(page)
    page.locator("[data-keep='#ffcc00']").click()
    expect(page.locator("#brand-advice")).to_contain_text("You keep #ffcc00")
    page.locator("#brand").fill("#ffe066")
    page.locator("[data-use=brand]").click()
    expect(page.locator("#brand")).to_have_value(re.compile("^#(?!ffe066)"))
    expect(page.locator("[data-use=brand]")).to_have_count(0)
    ground = "e => getComputedStyle(e).getPropertyValue('--primary').trim()"
    chosen = page.locator("#brand").input_value()
    expect(shop.locator("html")).to_be_attached()
    page.wait_for_function("() => document.querySelectorAll('look-frame iframe').length === 1")
    assert shop.locator("html").evaluate(ground) == chosen
    page.get_by_role("button", name="Phone").click()
    assert page.locator("look-frame iframe").evaluate("e => e.style.width") == "390px"
