"""What the demo starts besides the product: an embedded Valkey that remembers, an outside site on its own host."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Page
from werkzeug.serving import make_server
from werkzeug.test import Client
from werkzeug.wrappers import Response

from demo import valkey
from demo.outside import create_outside_site
from demo.plan import free_port
from demo.supervisor import Supervisor
from demo.web import answering_host
from tests.harness.axe import assert_accessible


def _answers(port: int) -> bool | None:
    return valkey.answers(port) or None


def test_the_embedded_valkey_finds_its_queue_again_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "a folder with spaces"
    for expected in (1, 2):
        port = free_port()
        with Supervisor(tmp_path, tmp_path) as supervisor:
            program = supervisor.start("valkey", valkey.command(data, port), os.environ)
            supervisor.wait(program, partial(_answers, port))
            with redis.Redis(port=port) as client:
                assert client.incr("starts") == expected
                assert client.config_get("bind") == {"bind": "127.0.0.1"}
                assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_only_the_outside_host_gets_the_outside_site() -> None:
    outside = create_outside_site(shop="http://csp1001.localhost:8000")
    site = Client(answering_host("blog.localhost:8000", outside, Response("the product")))
    for host in ("localhost:8000", "csp1001.localhost:8000", "blog.localhost:8001", "xblog.localhost:8000"):
        assert site.get("/", headers={"Host": host}).text == "the product"
    for host in ("blog.localhost:8000", "BLOG.localhost:8000"):
        assert "Pracownia Acme" in site.get("/", headers={"Host": host}).text


@pytest.fixture
def outside_origin() -> Iterator[str]:
    port = free_port()
    server = make_server("127.0.0.1", port, create_outside_site(f"http://csp1001.localhost:{port}"), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://blog.localhost:{port}"
    server.shutdown()
    server.server_close()


def test_the_outside_site_sends_the_two_lines_that_the_panel_prints_and_names_the_demos_shop() -> None:
    site = Client(create_outside_site("http://csp1001.localhost:9000"))
    front = site.get("/")
    assert "script-src 'self' http://csp1001.localhost:9000; frame-src" in front.headers["Content-Security-Policy"]
    for page in ("/", "/hosting.html", "/konto.html", "/logowanie.html", "/panel.html"):
        text = site.get(page).text
        assert '<script src="http://csp1001.localhost:9000/embed/v1.js" async></script>' in text
        assert ":8000" not in text
    assert site.get("/strona.js").mimetype == "text/javascript"
    for inside in ("/README.md", "/..", "/.", "/%2e%2e%2foutside.py"):
        assert site.get(inside).status_code == 404, inside


@pytest.mark.browser
def test_a_reader_of_the_outside_site_searches_in_the_shop(page: Page, outside_origin: str) -> None:
    page.goto(outside_origin)
    assert_accessible(page)
    page.get_by_label("Jak ma się nazywać twoja strona?").fill("dobra piekarnia")
    page.get_by_role("button", name="Sprawdź nazwę").click()
    assert page.url == outside_origin.replace("blog", "csp1001") + "/pl/domains?q=dobra+piekarnia"
