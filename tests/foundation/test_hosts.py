"""The host decides: how a Host header is understood, how fast a change is seen, what unknown hosts get."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from webapp.foundation import config
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
