"""The browser harness must see what a person would suffer from, with the page's own policy switched on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from playwright.sync_api import Browser

from tests.harness.axe import assert_accessible, violations
from tests.harness.browser import Troubles

_GOOD = "<!doctype html><html lang=en><title>Shop</title><main><h1>Shop</h1><p>Names for sale.</p></main>"


class _Pages(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, str]] = {
        "/good": _GOOD,
        "/nameless": _GOOD + "<main><form><input type=text></form></main>",
        "/inline": _GOOD + "<script>document.title = 'inline'</script>",
        "/broken": _GOOD + "<script src=/broken.js></script>",
        "/broken.js": "undefinedFunction()",
    }

    def do_GET(self) -> None:
        body = self.pages.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'self'; script-src 'self'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is inherited
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://shop.localhost:{server.server_port}"
        server.shutdown()


@contextmanager
def _troubles_at(chromium: Browser, url: str) -> Iterator[Troubles]:
    context = chromium.new_context()
    troubles = Troubles()
    troubles.watch(context)
    page = context.new_page()
    page.goto(url)
    page.wait_for_timeout(200)
    yield troubles
    context.close()


@pytest.mark.browser
def test_axe_names_the_field_without_a_label_though_the_policy_forbids_foreign_scripts(
    chromium: Browser, origin: str
) -> None:
    page = chromium.new_page()
    page.goto(f"{origin}/nameless")
    assert any(line.startswith("[label]") for line in violations(page))
    with pytest.raises(AssertionError, match="label"):
        assert_accessible(page)
    page.goto(f"{origin}/good")
    assert_accessible(page)
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "words"), [("/inline", "policy violation"), ("/broken", "script error: undefinedFunction is not defined")]
)
def test_a_page_reports_its_own_troubles(chromium: Browser, origin: str, path: str, words: str) -> None:
    with _troubles_at(chromium, origin + path) as troubles:
        assert len(troubles) == 1
        assert words in troubles[0]


@pytest.mark.browser
def test_a_clean_page_reports_nothing(chromium: Browser, origin: str) -> None:
    with _troubles_at(chromium, f"{origin}/good") as troubles:
        assert troubles == []
