"""Which sites may show a partner's frames, and which views are switched off (H-48): typed, pasted, hostile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import PLATFORM_HOST, make_partner
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.headers import is_origin
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import frames, queries
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.frame_origins import origin_of, twin_of
from webapp.reseller.partners.models import Partner

EWA = Actor("staff", 1, "ewa@acme.example")

SITES = {
    "https://www.acme.example": "https://www.acme.example",
    "  WWW.Acme.Example.  ": "https://www.acme.example",
    "acme.example:443": "https://acme.example",
    "acme.example:8443": "https://acme.example:8443",
    "https://acme.example/kontakt?utm=a,b;c='*'#formularz": "https://acme.example",
    "https://acme.example/" + "a" * 900: "https://acme.example",
    "https://Żółw.pl/": "https://xn--w-uga1v8h.pl",
    "https://xn--w-uga1v8h.pl": "https://xn--w-uga1v8h.pl",
    "acme.github.io": "https://acme.github.io",
}

NO_SITES = {
    "": "empty",
    "   ": "empty",
    "http://acme.example": "http",
    "https://*.acme.example": "wildcard",
    "*": "wildcard",
    "javascript:alert(1)": "scheme",
    "JavaScript://acme.example/%0aalert(1)": "scheme",
    "data:text/html,hello": "scheme",
    "file:///etc/passwd": "scheme",
    "ftp://acme.example": "scheme",
    "https://eve@acme.example": "userinfo",
    "https://acme.example@eve.example": "userinfo",
    "https://acme.example:0": "port",
    "https://acme.example:65536": "port",
    "https://acme.example:x": "port",
    "https://acme.example:٤٤٣": "port",
    "https://192.0.2.1": "ip",
    "https://[2001:db8::1]": "ip",
    "https://0x7f.1": "ip",
    "2130706433": "ip",
    "localhost": "name",
    "null": "name",
    "https://" + "a" * 300 + ".example": "name",
    "https://" + ".".join(["a" * 60] * 5) + ".example": "name",
    "https://acme..example": "name",
    "https://my_site.example": "name",
    "https://acme.example;script-src": "name",
    "https:///acme.example": "name",
    "//acme.example": "name",
    "com.pl": "suffix",
    "https://github.io": "suffix",
    "https://acme.example\\@eve.example": "address",
    "https://acme.example https://eve.example": "address",
    "https://acme.example\r\nSet-Cookie: a=b": "address",
    "https://acme.example/" + "a" * 2000: "address",
}


@pytest.fixture
def acme(database: Database) -> Partner:
    return make_partner(database)


def add(database: Database, partner: Partner, typed: str, **how: Any) -> list[str]:
    with tenancy.tenant(partner.id), database.writing() as session:
        return frames.add_origin(session, EWA, typed, **how)


def rules(database: Database, partner: Partner) -> frames.FrameRules:
    with tenancy.tenant(partner.id), database.reading() as session:
        return frames.rules(session)


def allowed(database: Database, partner: Partner) -> tuple[str, ...]:
    """What stands in the header of every frame."""
    with database.reading(tenancy.Platform("resolve-host")) as session:
        site = queries.site_for_host(session, f"{partner.code}.{PLATFORM_HOST}")
    assert site is not None
    return site.frame_origins


def test_h48_a_site_is_one_exact_origin_however_it_is_typed() -> None:
    assert {typed: origin_of(typed) for typed in SITES} == SITES
    assert all(map(is_origin, SITES.values()))


def test_h48_nothing_else_gets_into_the_list() -> None:
    refused = {}
    for typed in NO_SITES:
        with pytest.raises(Refusal) as caught:
            origin_of(typed)
        refused[typed] = caught.value.code
        assert caught.value.field == "address"
    assert refused == NO_SITES


def test_h48_http_is_for_a_machine_of_ones_own() -> None:
    assert origin_of("http://blog.localhost:8000/wpis", local=True) == "http://blog.localhost:8000"
    for typed in ("http://blog.localhost:8000", "https://localhost"):
        with pytest.raises(Refusal):
            origin_of(typed)
    with pytest.raises(Refusal):
        origin_of("http://acme.example", local=True)


def test_h48_a_site_has_a_twin_with_www_and_a_subdomain_has_none() -> None:
    assert twin_of("https://acme.com.pl") == "https://www.acme.com.pl"
    assert twin_of("https://www.acme.com.pl:8443") == "https://acme.com.pl:8443"
    assert twin_of("https://blog.acme.com.pl") == ""


def test_h48_added_sites_may_show_frames_at_once_and_removed_ones_no_longer(database: Database, acme: Partner) -> None:
    other = make_partner(database)
    before = queries_version(database, acme)
    assert add(database, acme, "acme.example", both=True) == ["https://acme.example", "https://www.acme.example"]
    add(database, acme, "https://builder.example/edit/7", kind="previews")
    assert allowed(database, acme) == (
        "https://acme.example",
        "https://www.acme.example",
        "https://builder.example",
    )
    assert allowed(database, other) == ()
    assert queries_version(database, acme) > before, "pages that name the sites are kept: they must be made anew"
    for known in ("https://acme.example/", "builder.example"):
        with pytest.raises(Refusal, match="in the list already"):
            add(database, acme, known)
    with tenancy.tenant(acme.id), database.writing() as session:
        frames.remove_origin(session, EWA, "https://acme.example")
        with pytest.raises(NotFound):
            frames.remove_origin(session, EWA, "https://acme.example")
    assert allowed(database, acme) == ("https://www.acme.example", "https://builder.example")
    with tenancy.tenant(acme.id), database.reading() as session:
        done = [event.action for event in queries.audit_events(session).items]
    assert done[:4] == ["frames.origin_removed"] + 3 * ["frames.origin_added"]


def queries_version(database: Database, partner: Partner) -> int:
    with tenancy.tenant(partner.id), database.reading() as session:
        return queries.partner(session).content_version


def test_h48_the_eleventh_site_is_refused_and_so_is_half_a_pair(database: Database, acme: Partner) -> None:
    for number in range(9):
        add(database, acme, f"shop{number}.example")
    with pytest.raises(Refusal, match="At most 10"):
        add(database, acme, "acme.example", both=True)
    add(database, acme, "acme.example")
    with pytest.raises(Refusal, match="At most 10"):
        add(database, acme, "eleventh.example")
    assert len(rules(database, acme).origins) == 10
    with pytest.raises(NotFound):
        add(database, acme, "x.example", kind="off")


def test_h48_a_view_is_switched_off_and_on(database: Database, acme: Partner) -> None:
    def switch(view: str, on: bool) -> None:
        with tenancy.tenant(acme.id), database.writing() as session:
            frames.switch_view(session, EWA, view, on, known=("user-login",))

    switch("user-login", False)
    switch("user-login", False)
    assert rules(database, acme).off == ("user-login",)
    switch("user-login", True)
    assert rules(database, acme).off == ()
    with pytest.raises(NotFound):
        switch("user-../..", False)


@pytest.mark.parametrize("stored", [[], "x", {"origins": "https://a.example"}, {"origins": [1, "javascript:x"]}, None])
def test_a_damaged_row_allows_nobody_and_can_be_mended(database: Database, acme: Partner, stored: Any) -> None:
    with tenancy.tenant(acme.id), database.writing() as session:
        queries.partner(session).frames = stored if stored is not None else {"off": {}}
    assert rules(database, acme) == frames.FrameRules()
    assert allowed(database, acme) == ()
    add(database, acme, "acme.example")
    assert allowed(database, acme) == ("https://acme.example",)
