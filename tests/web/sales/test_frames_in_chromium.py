"""What only a browser shows of the page about frames (H-48): the view itself, beside the fields that change it."""

from __future__ import annotations

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
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    page.goto(f"http://panel.localhost:{port}/frames")
    page.fill("input[type=email]", factories.make_staff(web.database, web.acme, locale="en").email)
    page.fill("input[type=password]", factories.PASSWORD)
    page.keyboard.press("Enter")
    yield f"http://panel.localhost:{port}"
    server.shutdown()
    thread.join()


def test_h48_the_view_is_seen_in_a_page_and_follows_the_fields(panel: str, page: Page) -> None:
    page.wait_for_url(f"{panel}/frames")
    view = page.locator("shop-frame")
    expect(view).to_have_attribute("state", "ready", timeout=20_000)
    assert_accessible(page)
    page.locator("input[value=user-login]").check(force=True)
    expect(page.locator("shop-frame[view=user-login]")).to_have_attribute("state", "ready", timeout=20_000)
    page.get_by_label("E-mail filled in beforehand").fill("anna@example.com")
    page.get_by_label("Light or dark").select_option("dark")
    expect(view).to_have_attribute("data-email", "anna@example.com")
    expect(page.frame_locator("shop-frame iframe").locator("input[type=email]")).to_have_value("anna@example.com")
    expect(page.locator(".code").first).to_contain_text('theme="dark"')
    assert "theme=dark" in page.url, "what was chosen stays when the page is loaded again"
    page.get_by_label("Address of the page with the snippet").fill("https://127.0.0.1/offer")
    page.get_by_role("button", name="Test the page").click()
    expect(page.locator("#frame-test")).to_contain_text("must not be reached from here")
    expect(page.get_by_label("Address of the page with the snippet")).to_have_value("https://127.0.0.1/offer")
