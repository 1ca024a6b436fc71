"""What only a browser shows of the media library: progress, cards that come alive, crop and focal point by hand."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, expect
from playwright.sync_api import Page as Tab
from werkzeug.serving import make_server

from demo.plan import free_port
from tests import factories
from tests.harness.axe import assert_accessible
from tests.selling import Shop, Worker
from tests.web.conftest import PANEL, MakeWeb
from tests.web.sales.conftest import Desk
from tests.web.sales.test_media import Library, open_library, photo


@pytest.fixture
def served(make_web: MakeWeb, page: Tab) -> Iterator[Library]:
    """The panel behind a real server, its owner signed in."""
    port = free_port()
    web = make_web(platform_host=f"localhost:{port}")
    server = make_server("127.0.0.1", port, web.app.wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    member = factories.make_staff(web.database, web.acme, "ewa@acme.example", locale="en")
    page.goto(f"http://panel.localhost:{port}/site/media")
    page.fill("input[type=email]", member.email)
    page.fill("input[type=password]", factories.PASSWORD)
    page.keyboard.press("Enter")
    subscriber = factories.make_subscriber(web.database, web.acme)
    shop = Shop(web.database, web.acme, subscriber, Worker(web.database, web.registry))
    yield open_library(Desk(web, shop, web.registry, web.client(PANEL)))
    server.shutdown()
    thread.join()


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def test_files_are_sent_watched_and_framed_by_hand(served: Library, page: Tab) -> None:
    expect(page.get_by_text("No pictures yet")).to_be_visible()
    large = file("large.jpg", bytes(10 * 2**20 + 1))
    page.set_input_files("input[type=file]", [file("a.jpg", photo()), file("b.jpg", b"no picture"), large])
    expect(page.locator(".media-card")).to_have_count(1)
    expect(page.locator(".media-sending.failed")).to_have_count(2)
    expect(page.locator(".media-sending.failed").last).to_contain_text("too large: at most 10 MB")
    expect(page.locator("media-upload [role=status]")).to_have_text("Done: 2 of 3 could not be taken")
    expect(page.locator(".media-card")).to_contain_text("Sizes are being made")
    assert_accessible(page)
    served.work()
    expect(page.locator(".media-card img")).to_be_visible()
    page.locator(".media-card a").click()
    page.get_by_role("button", name="1:1", exact=True).click()
    page.locator(".media-focus").press("ArrowRight")
    page.locator(".media-handle.nw").press("Shift+ArrowRight")
    page.locator("summary", has_text="In numbers").click()
    expect(page.locator("#focal_x")).to_have_value("51")
    expect(page.locator("#crop_w")).to_have_value(re.compile("^55[0-9]$"))
    assert page.locator("#crop_w").input_value() == page.locator("#crop_h").input_value()
    assert_accessible(page)
    page.get_by_role("button", name="Save crop and focal point").click()
    expect(page.get_by_text("Its sizes are being made")).to_be_visible()
    served.work()
    expect(page.get_by_text("Its sizes are being made")).to_be_hidden()
    picture = served.picture(int(page.url.rpartition("/")[2]))
    assert picture
    assert 550 <= picture.width == picture.height < 560
