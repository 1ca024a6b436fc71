"""The demo's registrar: what is set on its page is what the product's own look-up sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.dns.__main__ import running
from demo.dns.registrar import OLD_HOST
from webapp.providers.dns.lookup import Lookup
from webapp.providers.dns.port import Sighting
from webapp.reseller.partners.dns_verdict import Expected, judge, txt_found

OURS = Expected(("127.0.0.1",), cas=("letsencrypt.org",))


class Desk:
    """The page as a person uses it, and the look-up as the product does."""

    def __init__(self, resolver: str, url: str) -> None:
        self.http = httpx.Client(base_url=url, follow_redirects=True)
        self._lookup = Lookup([resolver], allow_loopback=True)

    def look(self, name: str) -> Sighting:
        return self._lookup.look(name, f"_shop-verify.{name}")

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self.http.post(path, data=fields)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with running(tmp_path) as (resolver, url):
        made = Desk(resolver, url)
        with made.http:
            yield made


def test_a_domain_of_the_demo_leads_elsewhere_until_somebody_turns_it_to_the_shop_h_53(desk: Desk) -> None:
    before = desk.look("my-shop.example")
    assert [view.addresses for view in before.authoritative] == [(OLD_HOST,)] * 2
    assert judge(before, OURS).elsewhere
    page = desk.post("/domains/my-shop.example/0", value="127.0.0.1")
    assert (page.status_code, 'value="127.0.0.1"' in page.text) == (200, True)
    after = judge(desk.look("my-shop.example"), OURS)
    assert (after.code, after.points_here, after.params["minutes"]) == ("propagating", True, 1)
    assert judge(desk.look("www.my-shop.example"), OURS).points_here


def test_a_new_domain_gets_every_kind_of_record_and_loses_it_again(desk: Desk) -> None:
    assert desk.post("/", name="Second.Example.").url.path == "/domains/second.example"
    desk.post("/domains/second.example", name="_shop-verify", kind="TXT", value='shop-"csp1001"')
    desk.post("/domains/second.example", name="@", kind="CAA", value='0 issue "letsencrypt.org"')
    seen = desk.look("second.example")
    assert txt_found(seen, 'shop-"csp1001"')
    assert seen.caa == ('0 issue "letsencrypt.org"',)
    desk.post("/domains/second.example/0", delete="1")
    assert desk.look("second.example").authoritative[0].addresses == ()


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("@", "A", "shop.example"),
        ("@", "A", ""),
        ("@", "CNAME", "a.example"),
        ("www", "A", "127.0.0.1"),
        ("a b", "A", "127.0.0.1"),
        ("x", "A", "127.0.0.1\n@ A 10.0.0.1"),
        ("x", "CAA", "hello"),
    ],
)
def test_what_no_zone_can_hold_is_refused_and_nothing_is_lost(desk: Desk, name: str, kind: str, value: str) -> None:
    refused = desk.post("/domains/my-shop.example", name=name, kind=kind, value=value)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert desk.look("my-shop.example").authoritative[0].addresses == (OLD_HOST,)


def test_a_change_that_is_refused_keeps_what_was_typed(desk: Desk) -> None:
    refused = desk.post("/domains/my-shop.example/0", value="127.0.0.1.5")
    assert (refused.status_code, 'value="127.0.0.1.5"' in refused.text) == (422, True)


def test_records_are_there_after_a_restart_and_strangers_press_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (_, url):
        httpx.post(f"{url}/", data={"name": "kept.example"})
        foreign = httpx.post(f"{url}/", data={"name": "x.example"}, headers={"Sec-Fetch-Site": "cross-site"})
        rebound = httpx.get(f"{url}/", headers={"Host": "evil.example"})
        assert (foreign.status_code, rebound.status_code) == (403, 421)
    with running(tmp_path) as (_, url):
        assert "kept.example" in httpx.get(url).text
