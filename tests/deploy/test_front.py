"""The TLS front with the Caddyfile that we ship: who gets a certificate, and what cannot be forged through it.

D1 to D6, D9, D12 and D13 of the list of checks for domains.
"""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from demo.plan import clean_environment
from tests import factories
from tests.harness.dns import World
from webapp.foundation import tenancy
from webapp.reseller.accounts.models import UserSignIn
from webapp.reseller.partners import host_tasks, hosts
from webapp.reseller.partners.audit import SYSTEM

from .conftest import Here, Town
from .front import CADDIES, CADDYFILE, PLATFORM, Front, Product, within

FORGED = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "81",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-Ip": "6.6.6.6",
    "Forwarded": "for=6.6.6.6;host=evil.test;proto=http",
}


def test_an_unknown_name_gets_no_certificate(front: Front, product: Product) -> None:
    """D1: the handshake itself fails, and it was tls-ask that said no."""
    before = product.asks("/healthz").text
    assert front.refuses("nobody.test")
    assert product.says("nobody.test") == 404
    assert _refused(product.asks("/healthz").text) > _refused(before)
    assert "nobody.test" not in front.held()


def test_a_new_domain_is_served_over_https_at_its_first_request(front: Front, product: Product, town: Town) -> None:
    """D2: within three seconds, certificate included."""
    name = town.host(town.acme, f"new.{front.kind}.test")
    within(5, lambda: product.says(name) == 200)
    started = time.monotonic()
    answer = front.get(name, "/pl/")
    assert time.monotonic() - started < 3
    assert answer.status == 200, answer.text
    assert "Acme Domeny" in answer.text


def test_a_name_whose_record_was_seen_gets_its_certificate_before_the_shop_answers(
    front: Front, product: Product, town: Town
) -> None:
    name = town.host(town.acme, f"seen.{front.kind}.test", "dns_ok")
    within(5, lambda: product.says(name) == 200)
    assert front.get(name, "/pl/").status == 421
    assert name in front.held()


def test_a_name_that_is_only_claimed_gets_none(front: Front, town: Town, product: Product) -> None:
    states = ("draft", "waiting_dns", "conflict", "detached", "quarantined")
    names = [town.host(town.acme, f"{state.replace('_', '-')}.{front.kind}.test", state) for state in states]
    last = town.host(town.acme, f"degraded.{front.kind}.test", "degraded")
    within(5, lambda: product.says(last) == 200)  # so the others, which are older, have been read too
    assert [product.says(name) for name in names] == [404] * 5
    assert all(front.refuses(name) for name in names)


def test_the_platforms_own_doors_and_raw_hosts_are_served(front: Front) -> None:
    assert front.get(PLATFORM, "/healthz").status == 200
    assert front.get(f"panel.{PLATFORM}", "/healthz").status == 200
    assert front.get(f"csp1001.{PLATFORM}", "/pl/").status == 200


def test_a_detached_name_is_nobodys_at_once(front: Front, product: Product, town: Town) -> None:
    """D4: the certificate may still be held; the product says 421 and tls-ask says no."""
    name = town.host(town.acme, f"leaving.{front.kind}.test")
    within(5, lambda: product.says(name) == 200)
    assert front.get(name, "/pl/").status == 200
    town.move(name, "detached")
    assert within(1, lambda: product.says(name) == 404) < 1
    within(1, lambda: front.get(name, "/pl/").status == 421)


def test_a_certificate_for_one_shop_does_not_open_another(front: Front) -> None:
    """D5: SNI of one, Host of the other."""
    here, there = f"csp1001.{PLATFORM}", f"csp1002.{PLATFORM}"
    assert front.ask("GET", here, "/", {"Host": there}).status == 421
    assert front.ask("GET", here, "/", {"Host": f"panel.{PLATFORM}"}).status == 421
    assert front.ask("GET", here, "/", {"Host": "evil.test"}).status == 421


@pytest.mark.parametrize("host", ["CSP1001.Platform.TEST", "csp1001.platform.test.", "csp1001.platform.test:443"])
def test_other_spellings_of_a_host_open_the_same_shop_or_none(front: Front, host: str) -> None:
    """D6: never another one, and links name the stored host."""
    usual = front.get(f"csp1001.{PLATFORM}", "/pl/")
    other = front.ask("GET", f"csp1001.{PLATFORM}", "/pl/", {"Host": host})
    assert other.status == 421 or (other.status, other.body) == (200, usual.body)


def test_forged_forwarding_headers_change_nothing(front: Front, town: Town) -> None:
    """D6: neither the page, nor where a redirect leads, nor who is written down as the visitor."""
    name = f"csp1001.{PLATFORM}"
    for path in ("/", "/pl/", "/pl/cart", "/account/sign-in", "/sitemap.xml", "/nothing-here"):
        plain = front.ask("GET", name, path, {"Host": name})
        forged = front.ask("GET", name, path, {"Host": name, **FORGED})
        assert (forged.status, forged.headers["Location"]) == (plain.status, plain.headers["Location"]), path
        assert _without_secrets(forged.text) == _without_secrets(plain.text), path
        assert "evil" not in forged.text
        assert "6.6.6.6" not in forged.text
    email = f"anna-{front.kind}@example.com"
    with tenancy.tenant(town.acme):
        user = factories.make_subscriber(town.database, _Partner(town.acme), email).user  # type: ignore[arg-type]
    _sign_in(front, name, email)
    with tenancy.tenant(town.acme), town.database.reading() as session:
        seen = session.query(UserSignIn).filter(UserSignIn.user_id == user.id).one()
    assert seen.ip == "127.0.0.1"


class _Partner:
    def __init__(self, number: int) -> None:
        self.id = number


def _sign_in(front: Front, name: str, email: str) -> None:
    page = front.get(name, "/account/sign-in")
    cookie = (page.headers["Set-Cookie"] or "").partition(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None
    fields = {"Host": name, "Cookie": cookie, "Origin": f"https://{name}", **FORGED}
    form = f"csrf_token={token[1]}&email={email.replace('@', '%40')}&password=correct+horse+battery"
    fields["Content-Type"] = "application/x-www-form-urlencoded"
    assert front.ask("POST", name, "/account/sign-in", fields, form.encode()).status in (302, 303)


def test_what_is_ours_alone_is_not_reachable_from_outside(front: Front) -> None:
    """D12."""
    for name in (PLATFORM, f"csp1001.{PLATFORM}", f"panel.{PLATFORM}"):
        for path in ("/tls-ask?domain=x", "/TLS-ASK", "/internal/x", "/internal", "/%69nternal/x", "/metrics"):
            assert front.get(name, path).status == 404, (name, path)


def test_plain_http_leads_to_https_and_nowhere_else(front: Front) -> None:
    answer = front.plain(f"csp1001.{PLATFORM}", "/pl/page/x?a=1&b=%2F")
    assert answer.status == 308
    assert answer.headers["Location"] == f"https://csp1001.{PLATFORM}/pl/page/x?a=1&b=%2F"


def test_the_check_of_a_new_domain_reaches_us_over_plain_http(front: Front) -> None:
    """Before there is a certificate: the product answers, whatever it says."""
    answer = front.plain("not-yet.test", "/.well-known/shop-check/0123456789abcdef")
    assert answer.status != 308
    assert answer.headers["Location"] is None


def test_the_check_of_a_machine_says_what_is_wrong(product: Product, tmp_path: Path) -> None:
    """deploy/check, first with everything well but the backup, then with all well."""
    command = [str(CADDYFILE.with_name("check")), str(tmp_path)]
    environment = product.environment | {"SETTINGS": "", "WEB": f"127.0.0.1:{product.web_port}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if "disk" not in line and line.startswith("BAD")] == [
        "BAD  there is a backup of the last 26 hours"
    ]
    (tmp_path / "2026-11-22T024000Z").mkdir()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "BAD" not in done.stdout.replace("BAD  a tenth of the disk is free", "")


def test_a_restart_while_tls_ask_is_down(front: Front, product: Product) -> None:
    """D3, as docs/operate.md says: Debian's 2.6.2 goes on with certificates that it holds, current ones ask first."""
    name = f"csp1001.{PLATFORM}"
    assert front.get(name, "/pl/").status == 200
    product.stop_ask()
    try:
        assert front.get(name, "/pl/").status == 200, "what is in Caddy's memory is not asked for again"
        front.stop()
        front.start()
        assert front.refuses(name) is (front.kind == "current")
        assert front.refuses("nobody.test")
        assert front.get(f"panel.{PLATFORM}", "/healthz").status == 200, "the doors need no ask"
    finally:
        product.start_ask()
    assert front.get(name, "/pl/").status == 200


@pytest.mark.parametrize("kind", CADDIES)
def test_the_caddyfile_is_valid_without_any_variable(kind: str, tmp_path: Path) -> None:
    """D13. Caddy writes keys of its own where it stands."""
    if not CADDIES[kind].exists():
        pytest.skip(f"no Caddy at {CADDIES[kind]}")
    command = [str(CADDIES[kind]), "validate", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
    done = subprocess.run(command, cwd=tmp_path, env=clean_environment({}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _without_secrets(text: str) -> str:
    """Form tokens and request ids differ from page to page."""
    return re.sub(r'value="[^"]{40,}"|content="[^"]{40,}"|[0-9a-f]{16,}', "", text)


def _refused(health: str) -> int:
    found = re.search(r'"refused": (\d+)', health)
    assert found is not None
    return int(found[1])


def test_only_caddys_own_authority_is_trusted_here(front: Front) -> None:
    """The visitors of these tests check certificates: without this, a handshake that succeeds would prove little."""
    with pytest.raises(ssl.SSLCertVerificationError):
        front.ask("GET", f"csp1001.{PLATFORM}", "/", {"Host": "x"}, trusting=ssl.create_default_context())


# --- a partner's domain from the claim to its first visitor ------------------------------------------------------


def test_from_the_claim_to_the_first_visitor(
    here: Here, front: Front, product: Product, town: Town, world: World
) -> None:
    """D9: waiting, DNS seen, certificate, live; then gone again, within a second."""
    name = f"shop.{front.kind}-partner.example"
    zone = world.zone(f"{front.kind}-partner.example", "shop A 198.51.100.7", ttl=1)
    with tenancy.tenant(town.acme), town.database.writing() as session:
        host_id = hosts.claim(session, SYSTEM, name.upper(), platform_host=PLATFORM).id

    host_tasks.look_at(here, host_id)
    assert town.row(host_id).state == "waiting_dns"
    assert product.says(name) == 404
    assert front.refuses(name)

    zone.set("shop A 127.0.0.1")
    world.forget()
    host_tasks.look_at(here, host_id)
    made = town.row(host_id)
    assert (made.state, made.dns["code"], made.https["code"]) == ("live", "ok", "ok"), (made.dns, made.https)
    assert name in front.held(), "our own first request got the certificate, no visitor waits for it"
    assert "Caddy" in made.https["params"]["issuer"]

    started = time.monotonic()
    within(1, lambda: front.get(name, "/pl/").status == 200)
    answer = front.get(name, "/pl/")
    assert time.monotonic() - started < 3
    assert "Acme Domeny" in answer.text
    assert PLATFORM not in answer.text, "no operator's name in what visitors see"

    with tenancy.tenant(town.acme), town.database.writing() as session:
        hosts.remove(session, SYSTEM, host_id)
    within(1, lambda: product.says(name) == 404)
    within(1, lambda: front.get(name, "/pl/").status == 421)
