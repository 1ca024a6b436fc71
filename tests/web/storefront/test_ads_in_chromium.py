"""What only a browser shows of ads: nothing jumps, the tab counts for the cap, an empty place is left out."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from demo.plan import free_port
from tests.harness.axe import assert_accessible
from tests.web.storefront.conftest import MakeShops, Shops
from webapp.foundation import tenancy
from webapp.reseller.cms import campaign_steps
from webapp.reseller.cms.campaign_steps import Draft
from webapp.reseller.partners.audit import SYSTEM

#: Records every layout shift from the page's first moment on.
WATCH = """window.shifts = [];
new PerformanceObserver(list => shifts.push(...list.getEntries().map(one => one.value)))
  .observe({type: "layout-shift", buffered: true});"""
LONG = "Donaudampfschifffahrtsgesellschaft jetzt mit eigener Adresse"


@pytest.fixture
def served(make_shops: MakeShops) -> Iterator[Shops]:
    port = free_port()
    shops = make_shops(platform_host=f"localhost:{port}")
    server = make_server("127.0.0.1", port, shops.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield shops
    server.shutdown()


def test_an_ad_moves_nothing_and_goes_when_it_was_seen_often_enough(served: Shops, page: Page) -> None:
    with tenancy.tenant(served.acme.id), served.database.writing() as session:
        words = {"pl": {"headline": LONG, "text": LONG * 2}}
        campaign_steps.save(session, SYSTEM, Draft("Week", "shop-top", "text", "/pl/", words, cap=2))
    page.set_viewport_size({"width": 360, "height": 780})
    page.add_init_script(WATCH)
    place, home = page.locator(".ad-shop-top"), f"http://{served.host(served.acme)}/pl/"
    for _ in range(2):
        page.goto(home)
        expect(place.locator("a[rel~=sponsored]")).to_be_visible()
        assert sum(page.evaluate("window.shifts")) < 0.02
    assert_accessible(page)
    page.goto(home)
    for _ in range(50):
        if page.evaluate("Object.keys(sessionStorage).some(key => key.startsWith('no ad'))"):
            break
        page.wait_for_timeout(100)
    expect(place).to_be_empty()
    page.goto(home)
    expect(place).to_be_hidden()
    assert page.context.cookies() == []
