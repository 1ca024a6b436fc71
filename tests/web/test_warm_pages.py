"""Warm pages: answered before Flask, the same for everybody, never personal, and stale for a second at most."""

from __future__ import annotations

import gzip
import time

import pytest

from tests.harness.statements import counted
from tests.web.client import Client
from tests.web.conftest import MakeWeb, Web
from webapp.foundation import tenancy, warm_pages
from webapp.foundation.db import change
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner


def _warm(client: Client, path: str = "/pl/") -> bytes:
    client.get(path)
    return client.get(path).response.get_data()


def test_a_warm_page_asks_no_database_and_not_flask(web: Web) -> None:
    shop = web.shop(web.acme)
    _warm(shop)
    reached: list[str] = []
    web.app.before_request_funcs.setdefault(None, []).append(lambda: reached.append("flask"))
    with counted(web.database) as statements:
        shop.get("/pl/")
    assert statements == []
    assert reached == []


def test_a_warm_page_is_the_cold_one_to_the_byte_headers_included(web: Web) -> None:
    shop = web.shop(web.acme)
    cold = shop.get("/pl/").response
    warm = shop.get("/pl/").response
    assert warm.get_data() == cold.get_data()
    without = {name: value for name, value in cold.headers.items() if name != "X-Request-Id"}
    assert dict(warm.headers) == without
    assert "frame-ancestors" in warm.headers["Content-Security-Policy"]


def test_a_browser_that_reads_gzip_gets_the_same_page_small(web: Web) -> None:
    shop = web.shop(web.acme)
    plain = shop.get("/pl/").response
    reads = {"Accept-Encoding": "gzip, deflate, br"}
    cold, warm = (shop.http.get("/pl/", base_url=shop.origin, headers=reads) for _ in range(2))
    assert warm.get_data() == cold.get_data()
    assert gzip.decompress(warm.get_data()) == plain.get_data()
    assert len(warm.get_data()) < len(plain.get_data()) / 3
    assert warm.headers["Content-Encoding"] == "gzip"
    assert int(warm.headers["Content-Length"]) == len(warm.get_data())
    assert warm.headers["ETag"] != plain.headers["ETag"]
    assert all("Accept-Encoding" in one.headers["Vary"] for one in (plain, cold, warm))


def test_what_may_hold_a_secret_is_never_compressed(web: Web) -> None:
    for path in ("/pl/domains?q=acme", "/pl/cart", "/account/sign-in"):
        answer = web.shop(web.acme).open("GET", path, headers={"Accept-Encoding": "gzip"}).response
        assert "Content-Encoding" not in answer.headers, path


def test_a_browser_that_has_the_page_is_not_sent_it_again(web: Web) -> None:
    shop = web.shop(web.acme)
    tag = shop.get("/pl/").response.headers["ETag"]
    again = shop.get("/pl/", 304, headers={"If-None-Match": tag}).response
    assert again.get_data() == b""
    assert "frame-ancestors" in again.headers["Content-Security-Policy"]
    web.app.pages.clear()
    shop.get("/pl/", 304, headers={"If-None-Match": tag})
    shop.get("/pl/", 200, headers={"If-None-Match": '"another"'})


def test_a_cold_page_takes_three_statements_at_most(make_web: MakeWeb) -> None:
    web = make_web(page_cache=False)
    shop = web.shop(web.acme)
    _warm(shop)  # templates are compiled
    time.sleep(1.0)
    with counted(web.database) as statements:
        shop.get("/pl/")
    real = [one for one in statements if not one.startswith(("PRAGMA", "BEGIN"))]
    assert len(real) <= 3, "\n".join(real)


def test_no_kept_page_sets_a_cookie_or_depends_on_one(web: Web) -> None:
    stranger, anna = web.shop(web.acme), web.subscriber(web.acme)
    assert _warm(stranger) == anna.get("/pl/").response.get_data()
    web.app.pages.clear()
    assert anna.get("/pl/").response.get_data() == stranger.get("/pl/").response.get_data()
    assert "Set-Cookie" not in stranger.get("/pl/").response.headers
    assert "anna" not in stranger.get("/pl/").text.lower()


def test_a_page_that_touches_the_session_is_not_kept(web: Web) -> None:
    @web.app.before_request
    def touch() -> None:
        from flask import session

        session.get("cart")

    shop = web.shop(web.acme)
    answer = shop.get("/pl/").response
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert len(web.app.pages) == 0


@pytest.mark.parametrize("path", ["/pl/?utm=1", "/pl/cart", "/account/sign-in", "/nowhere", "/"])
def test_what_may_differ_is_never_kept(web: Web, path: str) -> None:
    web.shop(web.acme).open("GET", path)
    assert len(web.app.pages) == 0


def test_a_fragment_is_not_answered_with_a_kept_page(web: Web) -> None:
    shop = web.shop(web.acme)
    _warm(shop)
    reached: list[str] = []
    web.app.before_request_funcs.setdefault(None, []).append(lambda: reached.append("flask"))
    shop.fragment("/pl/")
    assert reached == ["flask"]


def test_shops_never_see_each_others_pages(web: Web) -> None:
    acme, nord = web.shop(web.acme), web.shop(web.nord)
    assert "Acme" in _warm(acme, "/en/").decode()
    assert "Acme" not in _warm(nord, "/en/").decode()
    assert "Nordhost" not in acme.get("/en/").text


def test_a_change_of_content_is_seen_within_a_second(web: Web) -> None:
    shop = web.shop(web.acme)
    _warm(shop)
    with tenancy.tenant(web.acme.id), web.database.writing() as session:
        change(session, Partner, Partner.id == web.acme.id, name="Acme Nowa")
        partners.bump_content(session)
    time.sleep(1.0)
    assert "Acme Nowa" in shop.get("/pl/").text


def test_suspending_closes_the_shop_within_a_second(web: Web) -> None:
    shop = web.shop(web.acme)
    _warm(shop)
    with web.database.writing(tenancy.Platform("operator")) as session:
        partners.suspend_partner(session, SYSTEM, web.acme.id)
    time.sleep(1.0)
    assert shop.open("GET", "/pl/").status == 503


def test_the_cache_can_be_switched_off(make_web: MakeWeb) -> None:
    web = make_web(page_cache=False)
    _warm(web.shop(web.acme))
    assert len(web.app.pages) == 0


def test_a_kept_page_is_only_ever_a_200(web: Web) -> None:
    def refuse() -> tuple[str, int]:
        from flask import request

        warm_pages.mark(request.environ, None)
        return "no", 404

    web.app.view_functions["storefront.home"] = refuse
    web.shop(web.acme).open("GET", "/pl/")
    assert len(web.app.pages) == 0
