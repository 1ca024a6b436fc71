"""The bridge to the wholesale side (H-07 to H-11): credentials shown once, tested over real HTTP, errors that name
their cause."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from tests.web.sales.conftest import Desk
from webapp.foundation import tenancy
from webapp.providers.wholesale import signing
from webapp.providers.wholesale.install import Install
from webapp.reseller.partners.models import UpstreamConnection, WholesaleAccess

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_SECRET = re.compile(r"<code[^>]*>([^<]+)</code>")


@pytest.fixture
def bridged(desk: Desk) -> Iterator[Desk]:
    """The API door on a real socket, where the panel's adapter asks for it."""

    def at_the_api_door(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = "api.localhost:8000"
        return desk.web.app(environ, start)

    server = make_server("127.0.0.1", 0, at_the_api_door, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base = f"http://api.localhost:{server.server_port}"
    desk.web.app.extensions["upstreams"] = lambda credentials: Install(credentials, base)
    yield desk
    server.shutdown()
    thread.join()
    server.server_close()


def _shown(text: str) -> list[str]:
    """Login, password and key, as far as the page shows them."""
    return [each for each in _SECRET.findall(text) if len(each) > 10]


def _send(desk: Desk, path: str, **values: str) -> str:
    """Fill in a form; what its answer shows, or the page that it leads to."""
    access = path.endswith("/access")
    page = desk.owner.submit(desk.owner.get(path), values, 200 if access else 303, action=path)
    return page.text if access else desk.owner.follow(page).text


def _state(desk: Desk) -> tuple[str, str]:
    with tenancy.tenant(desk.web.acme.id), desk.web.database.reading() as session:
        row = session.scalars(select(UpstreamConnection)).one()
        return row.state, row.problem


def test_the_bridge_is_connected_only_after_its_test_and_says_which_secret_is_wrong(bridged: Desk) -> None:
    desk = bridged
    password, key = _shown(_send(desk, "/settings/api/access", act="update", password="a long password 1"))[-2:]
    assert signing.is_key(key)
    assert password not in desk.owner.get("/settings/api/access").text, "shown once"
    with tenancy.tenant(desk.web.acme.id), desk.web.database.reading() as session:
        row = session.scalars(select(WholesaleAccess)).one()
        assert row.login == desk.web.acme.code
        assert key not in row.key
        assert password not in row.password_hash
    wrong = {
        "login": {"login": "nobody", "password": password, "api_key": key},
        "password": {"login": row.login, "password": "another password", "api_key": key},
        "key": {"login": row.login, "password": password, "api_key": "0" * 64},
    }
    for code, typed in wrong.items():
        page = _send(desk, "/settings/api", **typed)
        assert _state(desk) == ("failed", code)
        assert "Bridge error" in page
    page = _send(desk, "/settings/api", login=row.login, password=password, api_key=key)
    assert _state(desk) == ("connected", "")
    assert "Balance" in page
    assert password not in page
    assert key not in page
    new = _shown(_send(desk, "/settings/api/access", act="key"))[-1]
    assert new != key
    assert _state(desk)[0] == "unchecked"


def test_a_signature_is_of_one_request_at_one_time() -> None:
    key = "ab" * 32
    signed = signing.signature(key, "GET", "/v1/a", "Sun, 22 Nov 2026 08:00:00 GMT")
    others = [
        signing.signature(key, "POST", "/v1/a", "Sun, 22 Nov 2026 08:00:00 GMT"),
        signing.signature(key, "GET", "/v1/b", "Sun, 22 Nov 2026 08:00:00 GMT"),
        signing.signature(key, "GET", "/v1/a", "Sun, 22 Nov 2026 08:00:01 GMT"),
        signing.signature(key, "GET", "/v1/a", "Sun, 22 Nov 2026 08:00:00 GMT", b"x"),
        signing.signature("cd" * 32, "GET", "/v1/a", "Sun, 22 Nov 2026 08:00:00 GMT"),
    ]
    assert signed not in others


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 22 Nov 2020 08:00:00 GMT", "22 Nov 2026 08:00:00"])
def test_an_old_request_is_not_let_in(date: str) -> None:
    from datetime import UTC, datetime

    assert not signing.is_recent(date, datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
