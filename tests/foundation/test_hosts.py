"""The host decides: how a Host header is understood, how fast a change is seen, what unknown hosts get."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from webapp.foundation import clock, config, shop_check
from webapp.foundation.hosts import ARRIVAL, HostMiddleware, SiteCache, normalised
from webapp.foundation.site import Site
from webapp.foundation.theming import BrandTokens

SETTINGS = config.load(
    {
        "WITRYNA_DATABASE_URL": "sqlite://",
        "WITRYNA_REDIS_URL": "redis://127.0.0.1:1",
        "WITRYNA_PLATFORM_HOST": "shops.example",
        "WITRYNA_SECRET_KEY": "x" * 40,
    }
)

SITE = Site(
    partner_id=1001,
    code="csp1001",
    name="Acme",
    status="active",
    theme="base",
    host="acme.example",
    primary_host="acme.example",
    locale="pl",
    locales=("pl",),
    currency="PLN",
    timezone="Europe/Warsaw",
    content_version=1,
    modules=frozenset(("domains",)),
    brand=BrandTokens(),
    logo="",
    logo_width=0,
    logo_height=0,
    logo_dark="",
    tax_mode="gross",
    tax_rate_bp=2300,
)


# --- one spelling --------------------------------------------------------------------------------------------

FORMS = {
    "acme.example": "acme.example",
    "ACME.Example": "acme.example",
    "acme.example.": "acme.example",
    "ACME.EXAMPLE.:443": "acme.example",
    "acme.example:443": "acme.example",
    "acme.example:8443": "acme.example:8443",
    "acme.example:80": "acme.example:80",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "b\u00fccher.example".encode().decode("latin-1"): "xn--bcher-kva.example",
    "B\u00dcCHER.example".encode().decode("latin-1"): "xn--bcher-kva.example",
    "a": "a",
    "127.0.0.1:8000": "127.0.0.1:8000",
}
GARBAGE = (
    "", ".", "..", "acme..example", "acme.example..", ".acme.example", "-acme.example", "acme-.example",
    " acme.example", "acme.example ", "acme .example", "acme.example\t", "acme.example\n",
    "acme.example\r\nX: y", "acme.example:", "acme.example:x", "acme.example:0", "acme.example:99999",
    "acme.example:0443", "acme.example:-1", "acme.example:443:443", "acme.example/", "acme.example/evil",
    "acme.example#evil", "acme.example?evil", "acme.example\\evil", "user@acme.example",
    "user:secret@acme.example", "evil.example,acme.example", "acme.example, evil.example",
    "http://acme.example", "//acme.example", "acme_shop.example", "*.example", "%61cme.example",
    "acme.example\x00", "\xff.example", "[::1]", "[::1]:8000", "::1", "a" * 64 + ".example",
    "a." * 127 + "a.example", "x" * 5000, "acme.example:443.", "acme\u3002example", "①②⑦.⓪.⓪.①",
)  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), FORMS.items())
def test_every_spelling_of_a_host_becomes_one(written: str, meant: str) -> None:
    assert normalised(written, "https") == meant


@pytest.mark.parametrize("written", GARBAGE)
def test_garbage_is_no_host(written: str) -> None:
    assert normalised(written, "https") is None


@given(st.text(max_size=60))
def test_a_normal_host_is_its_own_normal_form(written: str) -> None:
    once = normalised(written, "http")
    assert once is None or normalised(once, "http") == once


# --- what the middleware answers -----------------------------------------------------------------------------


def _inner(environ: dict[str, Any], start_response: Any) -> Any:
    arrival = environ[ARRIVAL]
    code = arrival.site.code if arrival.site else "-"
    return Response(f"{arrival.surface} {arrival.host} {environ['HTTP_HOST']} {code}")(environ, start_response)


def _ask(host: str, sites: dict[str, Site], **headers: str) -> Any:
    app = HostMiddleware(_inner, SETTINGS, SiteCache(sites.get))
    environ = EnvironBuilder("/pl/", headers=list(headers.items())).get_environ()
    environ["HTTP_HOST"] = host  # as it came: the builder would put it right
    return Response.from_app(app, environ)


@pytest.mark.parametrize(
    ("host", "surface"),
    [
        ("panel.shops.example", "sales"),
        ("PANEL.shops.example.", "sales"),
        ("operator.shops.example", "operator"),
        ("api.shops.example:443", "api"),
        ("shops.example", "platform"),
    ],
)
def test_the_platform_has_its_own_doors(host: str, surface: str) -> None:
    assert _ask(host, {}).get_data(as_text=True).split()[0] == surface


def test_a_shop_is_known_by_the_normal_form_of_its_host_and_nothing_else_is_passed_on() -> None:
    assert (
        _ask("ACME.example.:443", {"acme.example": SITE}).get_data(as_text=True)
        == "shop acme.example acme.example csp1001"
    )


@pytest.mark.parametrize("host", [*GARBAGE, "nobody.example", "panel.acme.example", "evil.panel.shops.example"])
def test_an_unknown_host_gets_a_plain_page_without_cookie_or_redirect(host: str) -> None:
    answer = _ask(host, {"acme.example": SITE})
    assert answer.status_code == 421
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "<h1>" in answer.get_data(as_text=True)
    assert host not in answer.get_data(as_text=True) or len(host) < 3


def test_a_forwarded_host_never_chooses_the_shop() -> None:
    forwarded = {"X-Forwarded-Host": "acme.example", "Forwarded": "host=acme.example", "X-Host": "acme.example"}
    assert _ask("nobody.example", {"acme.example": SITE}, **forwarded).status_code == 421


def test_a_suspended_shop_says_that_it_is_closed() -> None:
    answer = _ask("acme.example", {"acme.example": replace(SITE, status="suspended")})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "closed" in answer.get_data(as_text=True)


def test_the_plain_page_speaks_the_visitors_language() -> None:
    answer = _ask("nobody.example", {}, **{"Accept-Language": "de-AT, en;q=0.5"})
    assert '<html lang="de">' in answer.get_data(as_text=True)


# --- a shop's further hosts lead to its primary one ----------------------------------------------------------

WWW = replace(SITE, host="www.acme.example", leads_on=True)
RAW = replace(SITE, host="csp1001.shops.example", raw=True)
BOTH = {"acme.example": SITE, "www.acme.example": WWW, "csp1001.shops.example": RAW}


def _request(host: str, path: str, method: str = "GET", query: str = "") -> Any:
    environ = EnvironBuilder(path, method=method, query_string=query).get_environ()
    environ["HTTP_HOST"] = host
    if path.startswith("//"):  # the builder would take it for a host
        environ["PATH_INFO"] = path
    return Response.from_app(HostMiddleware(_inner, SETTINGS, SiteCache(BOTH.get)), environ)


@pytest.mark.parametrize(
    ("path", "query", "leads"),
    [
        ("/", "", "/"),
        ("/pl/domains", "q=b%C3%BCcher&x=%20+1", "/pl/domains?q=b%C3%BCcher&x=%20+1"),
        ("/pl/page/za%C5%BC%C3%B3%C5%82%C4%87", "", "/pl/page/za%C5%BC%C3%B3%C5%82%C4%87"),
        ("/a%2Fb%25%20%0d%0aX:%20y%3F", "", "/a/b%25%20%0D%0AX:%20y%3F"),
        ("//evil.example/..", "", "//evil.example/.."),
        ("/account/sign-in", "next=//evil.example", "/account/sign-in?next=//evil.example"),
        ("/framesx", "", "/framesx"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_further_host_leads_to_the_primary_one_with_path_and_query(
    path: str, query: str, leads: str, method: str
) -> None:
    """D7."""
    answer = _request("WWW.acme.example.", path, method, query)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"https://acme.example{leads}")
    assert answer.headers["Cache-Control"] == "max-age=300", "the partner may choose another main address"
    assert "Set-Cookie" not in answer.headers
    assert answer.get_data() == b""


@pytest.mark.parametrize(
    "path",
    ["/frames/user-login", "/embed/v1.js", "/auth/popup", "/.well-known/x", "/healthz", "/media/a.png", "/theme/a.css"],
)
def test_what_others_have_built_in_answers_at_every_host(path: str) -> None:
    assert _request("www.acme.example", path).status_code == 200


@pytest.mark.parametrize("host", ["acme.example", "csp1001.shops.example", "panel.shops.example"])
def test_primary_and_raw_hosts_lead_nowhere(host: str) -> None:
    assert _request(host, "/pl/").status_code == 200


def test_a_closed_shop_is_closed_at_every_host() -> None:
    sites = {"www.acme.example": replace(WWW, status="suspended")}
    assert _ask("www.acme.example", sites).status_code == 503


@pytest.mark.parametrize(("age", "seconds"), [(0, 300), (8, 604800), (40, 31536000)])
def test_the_way_on_tells_the_hsts_of_the_host_that_was_asked(age: int, seconds: int) -> None:
    young = replace(WWW, live_since=clock.now() - timedelta(days=age))
    answer = _ask("www.acme.example", {"www.acme.example": young})
    assert answer.headers["Strict-Transport-Security"] == f"max-age={seconds}"


def test_a_host_that_is_nobodys_is_not_told_to_keep_https() -> None:
    for host in ("nobody.example", "acme.example"):
        answer = _ask(host, {"acme.example": replace(SITE, status="suspended")})
        assert "Strict-Transport-Security" not in answer.headers


# --- our own probe -------------------------------------------------------------------------------------------

TOKEN = "q8Zr1Tn0pYb3xW5v-_"


@pytest.mark.parametrize("host", ["nobody.example", "www.acme.example", "acme.example", "panel.shops.example"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_that_reached_us_can_be_told_at_every_name(host: str, scheme: str) -> None:
    environ = EnvironBuilder(shop_check.PREFIX + TOKEN, base_url=f"{scheme}://{host}").get_environ()

    def nobody_asks(_host: str) -> Site | None:
        raise AssertionError("the database was asked")

    answer = Response.from_app(HostMiddleware(_inner, SETTINGS, SiteCache(nobody_asks)), environ)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert answer.get_data(as_text=True) == shop_check.answer(SETTINGS.secret_key, host, TOKEN)
    assert answer.get_data(as_text=True) != shop_check.answer("y" * 40, host, TOKEN), "another install says another"
    assert answer.get_data(as_text=True) != shop_check.answer(SETTINGS.secret_key, "x.example", TOKEN)


@pytest.mark.parametrize("token", ["", "short", "x" * 101, "a/b/c/d/e/f", "tok%20en-with-space", "%2e%2e%2f%2e%2e%2f"])
def test_what_is_no_token_is_not_answered(token: str) -> None:
    answer = _request("nobody.example", shop_check.PREFIX + token)
    assert (answer.status_code, answer.get_data()) == (404, b"")


def test_the_probe_only_reads() -> None:
    assert _request("nobody.example", shop_check.PREFIX + TOKEN, "POST").status_code == 405
    assert _request("nobody.example", shop_check.PREFIX + TOKEN, "HEAD").get_data() == b""
    assert _request("no host", shop_check.PREFIX + TOKEN).status_code == 421


# --- how fast a change is seen -------------------------------------------------------------------------------


class _Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_a_change_is_seen_within_a_second_and_asked_for_once_until_then() -> None:
    clock, asked = _Clock(), []

    def resolve(host: str) -> Site:
        asked.append(host)
        return replace(SITE, content_version=len(asked))

    cache = SiteCache(resolve, now=clock)
    for _ in range(50):
        clock.time += 0.009
        cache.site("acme.example")
    assert len(asked) == 1
    clock.time += 1.0
    found = cache.site("acme.example")
    assert found is not None
    assert found.content_version == 2


def test_a_new_host_is_seen_within_a_second_though_it_was_unknown() -> None:
    clock, sites = _Clock(), dict[str, Site]()
    cache = SiteCache(sites.get, now=clock)
    assert cache.site("acme.example") is None
    sites["acme.example"] = SITE
    clock.time += 1.0
    assert cache.site("acme.example") == SITE


def test_the_memory_is_bounded_however_many_hosts_are_tried() -> None:
    cache = SiteCache(lambda host: None, max_entries=100)
    for number in range(1000):
        cache.site(f"h{number}.example")
    assert len(cache) == 100


def test_one_thread_renews_while_the_others_go_on_with_the_old() -> None:
    clock, gate, asked = _Clock(), threading.Event(), []

    def resolve(host: str) -> Site:
        asked.append(host)
        if len(asked) > 1:
            gate.wait(5)
        return replace(SITE, content_version=len(asked))

    cache = SiteCache(resolve, now=clock)
    cache.site("acme.example")
    clock.time += 0.7
    slow = threading.Thread(target=cache.site, args=("acme.example",))
    slow.start()
    while len(asked) < 2:
        time.sleep(0.001)
    old = cache.site("acme.example")
    assert old is not None
    assert old.content_version == 1
    gate.set()
    slow.join()
    new = cache.site("acme.example")
    assert new is not None
    assert new.content_version == 2
    assert len(asked) == 2
