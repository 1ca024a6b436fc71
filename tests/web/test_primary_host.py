"""Nothing that a request says of its host decides where a link points or what is kept: the stored primary host does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from tests import factories
from tests.harness.databases import TemplateDatabases
from tests.selling import Worker
from tests.web.client import Client
from tests.web.conftest import PANEL, MakeWeb, Web
from tests.web.sales.conftest import token
from webapp.foundation import clock, jobs, tenancy
from webapp.foundation.db import Database, change
from webapp.foundation.hosts import SiteCache
from webapp.foundation.limits import TryLimiter
from webapp.foundation.site import Site
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.partners import hosts
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Host, Partner
from webapp.wiring import TASKS, site_resolver

MAIN, WWW, RAW = "acme.example", "www.acme.example", f"csp1001.{factories.PLATFORM_HOST}"
ORIGIN = f"https://{MAIN}"
EVIL = "evil.example"
#: What clients and careless proxies send. None of it may be believed.
FORGED: tuple[dict[str, str], ...] = (
    {},
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Host": f"{MAIN}, {EVIL}"},
    {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "http"},
    {"X-Forwarded-Proto": "http"},
    {"X-Forwarded-Server": EVIL},
    {"X-Forwarded-Port": "1234"},
    {"X-Forwarded-Prefix": f"//{EVIL}"},
    {"X-Forwarded-Uri": f"//{EVIL}/"},
    {"X-Forwarded-For": EVIL},
    {"Forwarded": f"host={EVIL};proto=http"},
    {"X-Host": EVIL},
    {"X-Original-Host": EVIL},
    {"X-Original-Url": f"//{EVIL}/"},
    {"X-Rewrite-Url": f"//{EVIL}/"},
    {"X-Http-Host-Override": EVIL},
    {"X-Http-Method-Override": "DELETE"},
    {"Via": f"1.1 {EVIL}"},
    {"Origin": f"https://{EVIL}"},
    {"Referer": f"https://{EVIL}/"},
)
#: Host headers of the same shop: spellings, and its raw host.
WRITTEN = (MAIN, "ACME.Example", "acme.example.", "acme.example:443", RAW)
#: Addresses that tell absolute addresses: page heads, machines' files, redirects.
PRODUCERS = (
    "/", "/pl/", "/en/", "/pl/page/kontakt", "/pl/domains?q=acme", "/sitemap.xml", "/robots.txt", "/site.webmanifest",
    "/account/", "/pl/cart", "/frames/user-login", "/pl/no-such-page", "/pl/old-address",
)  # fmt: skip
_ADDRESS = re.compile(r"https?:\\?/\\?/[^\s\"'<>&)]+")
#: Names of vocabularies and namespaces, and what the page's own policy says of the panel.
_OTHERS = (
    *("https://schema.org", "http://www.sitemaps.org", "http://www.w3.org", "https://www.openstreetmap.org/search"),
    f"https://{PANEL}",
)


@dataclass
class Asked:
    """One answer to a forged request."""

    status: int
    told: str


@pytest.fixture
def shop(make_web: MakeWeb) -> Web:
    """A shop with a primary host of its own, its twin with www., and the raw host; one proxy of ours in front."""
    web = make_web(scheme="https", trusted_proxies=1)
    with web.database.writing(tenancy.Platform("operator")) as session:
        for name in (MAIN, WWW):
            platform, primary = factories.PLATFORM_HOST, name == MAIN
            hosts.add_host(session, SYSTEM, web.acme.id, name, platform_host=platform, primary=primary)
    return web


def _asked(web: Web, host: str, path: str, headers: dict[str, str]) -> Asked:
    client = web.app.test_client(use_cookies=False)
    answer = client.get(path, base_url=f"https://{MAIN}", headers=headers, environ_overrides={"HTTP_HOST": host})
    told = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name != "X-Request-Id")
    return Asked(answer.status_code, f"{told}\n\n{answer.get_data(as_text=True)}")


def _wrong(told: str, path: str = "") -> set[str]:
    """Absolute addresses that are not the primary host's. A frame names the stored host that it was asked at."""
    told = told.replace(f"https://{RAW}", ORIGIN) if path.startswith("/frames/") else told
    found = {each.replace("\\/", "/") for each in _ADDRESS.findall(told)}
    return {each for each in found if not each.startswith((f"{ORIGIN}/", *_OTHERS)) and each.rstrip(";") != ORIGIN}


def test_no_forged_header_decides_where_a_link_points_or_what_is_kept(shop: Web) -> None:
    """P17, D6: forms x producers, 0 poisoned. What is kept is what an honest visitor would have got."""
    forms: list[tuple[str, dict[str, str]]] = [(host, {}) for host in WRITTEN]
    forms += list(product((MAIN, RAW), FORGED[1:]))
    honest = {(host, path): _asked(shop, host, path, {}) for host, path in product((MAIN, RAW), PRODUCERS)}
    for (host, headers), path in product(forms, PRODUCERS):
        answer = _asked(shop, host, path, headers)
        assert EVIL not in answer.told, (host, headers, path)
        assert _wrong(answer.told, path) == set(), (host, headers, path)
        assert answer.status == honest[RAW if host == RAW else MAIN, path].status, (host, headers, path)
    assert len(forms) * len(PRODUCERS) == 559
    for host, path in product((MAIN, RAW), ("/pl/", "/en/", "/pl/page/kontakt", "/sitemap.xml")):
        assert _asked(shop, host, path, {}) == honest[host, path], "nothing of it was kept"
        assert ORIGIN in honest[host, path].told


def test_a_forged_host_is_nobodys_whatever_is_forwarded(shop: Web) -> None:
    hosts_of_nobody = (EVIL, f"{MAIN}.{EVIL}", f"{MAIN}@{EVIL}", f"{EVIL}#{MAIN}", f"{MAIN},{EVIL}", "")
    for host, headers in product(hosts_of_nobody, FORGED):
        answer = _asked(shop, host, "/pl/", headers | {"X-Forwarded-Host": MAIN})
        assert answer.status == 421
        assert "Set-Cookie" not in answer.told
        assert "Location" not in answer.told


def test_links_in_mails_point_to_the_primary_host_under_forged_headers(shop: Web) -> None:
    """D8."""
    factories.make_subscriber(shop.database, shop.acme, "anna@example.com")
    for headers in FORGED:
        shop.app.limiter = TryLimiter(None)
        if "Origin" in headers:
            continue  # refused before anything is sent
        client = Client(shop.app, RAW)
        page = client.get("/account/reset?lang=en", headers=headers)
        filled = {"csrf_token": token(page), "email": "anna@example.com"}
        client.post("/account/reset?lang=en", filled, 200, headers=headers)
    worker = Worker(shop.database, MemoryRegistry())
    jobs.drain(worker, shop.database, TASKS)
    assert sum(f"{ORIGIN}/account/reset/" in mail.text for mail in worker.mailer.sent) == len(FORGED) - 1
    for mail in worker.mailer.sent:  # a welcome is among them
        assert f"{ORIGIN}/" in mail.text
        assert _wrong(mail.text + mail.html) == set()


# --- other hosts ---------------------------------------------------------------------------------------------


def test_every_page_of_a_further_host_leads_to_the_same_one_of_the_primary(shop: Web) -> None:
    """D7."""
    www = shop.client(WWW)
    for path in ("/", "/pl/", "/pl/domains?q=b%C3%BCcher", "/account/sign-in?next=/account/", "/sitemap.xml"):
        answer = www.open("GET", path)
        assert (answer.status, answer.location) == (308, f"{ORIGIN}{path}")
        assert not www.cookies()
    for path in ("/healthz", "/frames/user-login"):
        assert www.open("GET", path).status == 200, path


def test_nobody_is_led_to_the_raw_host(shop: Web) -> None:
    with shop.database.writing(tenancy.Tenant(shop.acme.id)) as session:
        raw = next(each for each in hosts.rows(session) if each.kind == "raw")
        hosts.make_primary(session, SYSTEM, raw.id)
    shop.app.sites.forget()
    for host in (MAIN, WWW, RAW):
        assert shop.client(host).open("GET", "/pl/").status == 200


def test_what_is_kept_for_a_host_is_right_after_another_one_became_primary(shop: Web) -> None:
    def canonical(host: str) -> str:
        found = re.search(r'rel="canonical" href="([^"]+)"', shop.client(host).get("/pl/").text)
        assert found is not None
        return found[1]

    assert [canonical(RAW), canonical(RAW), canonical(MAIN), canonical(MAIN)] == [f"{ORIGIN}/pl/"] * 4
    with shop.database.writing(tenancy.Tenant(shop.acme.id)) as session:
        www = next(each for each in hosts.rows(session) if each.name == WWW)
        hosts.make_primary(session, SYSTEM, www.id)
    shop.app.sites.forget()  # or a second later: below
    assert [canonical(RAW), canonical(WWW), canonical(WWW)] == [f"https://{WWW}/pl/"] * 3
    answer = shop.client(MAIN).open("GET", "/pl/")
    assert (answer.status, answer.location) == (308, f"https://{WWW}/pl/")


def test_what_is_between_our_own_machines_is_not_there(shop: Web) -> None:
    """D12."""
    paths = ("/internal", "/internal/x", "/tls-ask", "/tls-ask?domain=acme.example")
    for host, path in product((MAIN, RAW, PANEL, factories.PLATFORM_HOST), paths):
        assert shop.client(host).open("GET", path).status == 404, (host, path)


# --- HSTS ----------------------------------------------------------------------------------------------------

_YEAR = "max-age=31536000"


def _hsts(client: Client, path: str = "/pl/") -> str:
    return client.open("GET", path).response.headers["Strict-Transport-Security"]


def test_hsts_grows_with_the_age_of_a_partners_own_host(shop: Web) -> None:
    """D11. A kept page ends with its step."""
    own = shop.client(MAIN)
    assert {_hsts(own, path) for path in ("/pl/", "/pl/", "/pl/nowhere", "/account/sign-in")} == {"max-age=300"}
    for days, wanted in ((6, "max-age=300"), (8, "max-age=604800"), (27, "max-age=604800"), (29, _YEAR)):
        with clock.shifted(timedelta(days=days)):
            shop.app.sites.forget()
            assert {_hsts(own), _hsts(own)} == {wanted}, days
    assert {_hsts(shop.client(host), "/") for host in (RAW, PANEL, factories.PLATFORM_HOST)} == {_YEAR}


# --- every process, within a second --------------------------------------------------------------------------


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def processes(
    request: pytest.FixtureRequest, shop_databases: TemplateDatabases
) -> Iterator[tuple[Database, _Clock, list[Callable[[str], Site | None]]]]:
    """A database, and what two web processes beside each other remember of it, on one clock."""
    ticks = _Clock()
    with shop_databases.fresh(request.param) as url:
        opened = [Database(url) for _ in range(3)]
        caches = [SiteCache(site_resolver(each), now=ticks) for each in opened[1:]]
        yield opened[0], ticks, [each.site for each in caches]
        for each in opened:
            each.dispose()


def test_a_new_or_detached_host_takes_effect_in_every_process_within_a_second(processes: Any) -> None:
    """New, made primary by another process, gone: each seen by both at the latest a second after its commit."""
    database, ticks, sites = processes
    assert [site(MAIN) for site in sites] == [None, None], "both remember now that it is nobody's"
    with database.writing(tenancy.Platform("operator")) as session:
        partner_id = session.scalars(select(Partner.id).where(Partner.code == "csp1001")).one()
        made = hosts.add_host(session, SYSTEM, partner_id, MAIN, platform_host=factories.PLATFORM_HOST).id
    ticks.now += 0.99
    assert [site(MAIN).code for site in sites] == ["csp1001", "csp1001"]
    assert [site(RAW).primary_host for site in sites] == [RAW, RAW]
    with database.writing(tenancy.Tenant(partner_id)) as session:
        hosts.make_primary(session, SYSTEM, made)
    ticks.now += 0.99
    assert [(site(RAW).primary_host, site(MAIN).leads_on) for site in sites] == [(MAIN, False)] * 2
    with database.writing(tenancy.Tenant(partner_id)) as session:
        change(session, Host, Host.id == made, state="detached", is_primary=False)
        change(session, Host, Host.kind == "raw", is_primary=True)
    ticks.now += 0.99
    assert [(site(MAIN), site(RAW).primary_host) for site in sites] == [(None, RAW)] * 2
