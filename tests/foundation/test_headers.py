"""Security headers of every surface, as a table: who may frame it, what it may load, what it tells others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from webapp.foundation.headers import SURFACES, Surface, hsts_changes, hsts_seconds, security_headers

PANEL = "https://panel.shops.example"
SITE = "https://www.partner.example"


def headers(
    surface: Surface,
    path: str = "/",
    https: bool = True,
    framed_by: Sequence[str] = (),
    may_frame: Sequence[str] = (),
) -> dict[str, str]:
    found = security_headers(surface, path, https, PANEL, framed_by=framed_by, may_frame=may_frame)
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def policy(
    surface: Surface, path: str = "/", framed_by: Sequence[str] = (), may_frame: Sequence[str] = ()
) -> dict[str, str]:
    rules = headers(surface, path, True, framed_by, may_frame)["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


@pytest.mark.parametrize(
    ("surface", "path", "ancestors"),
    [
        ("storefront", "/", f"'self' {PANEL}"),
        ("storefront", "/pl/domains", f"'self' {PANEL}"),
        ("storefront", "/accounting", f"'self' {PANEL}"),
        ("storefront", "/frames/user-login", f"'self' {PANEL} {SITE}"),
        ("storefront", "/account/", "'none'"),
        ("storefront", "/account", "'none'"),
        ("storefront", "/embed/v1.js", "'none'"),
        ("account", "/account/", "'none'"),
        ("frames", "/frames/user-login", f"'self' {PANEL} {SITE}"),
        ("frames", "/account/", "'none'"),
        ("sales", "/", "'none'"),
        ("sales", "/frames/user-login", "'none'"),
        ("operator", "/", "'none'"),
        ("api", "/v1/openapi.json", "'none'"),
        ("platform", "/healthz", "'none'"),
    ],
)
def test_who_may_frame_it(surface: Surface, path: str, ancestors: str) -> None:
    assert policy(surface, path, framed_by=[SITE])["frame-ancestors"] == ancestors


@pytest.mark.parametrize("surface", SURFACES)
def test_nothing_inline_and_nothing_from_elsewhere(surface: Surface) -> None:
    rules = policy(surface)
    assert rules["default-src"] == "'none'"
    assert rules["base-uri"] == "'none'"
    assert rules["form-action"] in ("'self'", "'none'")
    text = headers(surface)["Content-Security-Policy"]
    for word in ("unsafe", "*", "http:", "https: ", "blob:", "nonce", "strict-dynamic"):
        assert word not in text
    for name in ("script-src", "style-src", "connect-src", "font-src"):
        assert rules.get(name, "'self'") == "'self'"


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("https", [True, False])
def test_every_answer_says_what_every_answer_must_say(surface: Surface, https: bool) -> None:
    found = headers(surface, https=https)
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Referrer-Policy"] == "same-origin"
    assert "camera=()" in found["Permissions-Policy"]
    assert ("Strict-Transport-Security" in found) is https
    assert "includeSubDomains" not in found.get("Strict-Transport-Security", "")


def test_the_embed_loader_may_be_fetched_by_every_site() -> None:
    found = headers("storefront", "/embed/v1.js")
    assert found["Access-Control-Allow-Origin"] == "*"
    assert found["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in headers("storefront", "/")


def test_the_panels_are_cut_off_from_who_opened_them_and_shops_are_not() -> None:
    assert headers("sales")["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers("operator")["Cross-Origin-Opener-Policy"] == "same-origin"
    shops: tuple[Surface, ...] = ("storefront", "account", "frames")
    for surface in shops:
        assert "Cross-Origin-Opener-Policy" not in headers(surface)


def test_of_the_panels_only_sales_shows_shops_in_a_frame() -> None:
    shop = "http://csp1001.localhost:8000"
    assert policy("sales", may_frame=[shop])["frame-src"] == f"'self' {shop}"
    assert "frame-src" not in policy("sales")
    assert "frame-src" not in policy("operator", may_frame=[shop])


def test_a_shops_page_frames_only_the_players_that_it_names() -> None:
    assert "frame-src" not in policy("storefront"), "default-src 'none' holds"
    player = "https://www.youtube-nocookie.com"
    assert policy("storefront", "/en/page/films", may_frame=[player])["frame-src"] == f"'self' {player}"
    assert "frame-src" not in policy("storefront", "/account/", may_frame=[player])


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example.com",
        "https://a.example/",
        "https://a.example; script-src *",
        "https://a.example\nX: y",
        "https://user@a.example",
        "HTTPS://A.EXAMPLE",
        "javascript:alert(1)",
        "https:",
        "'self'",
        "null",
        "",
    ],
)
def test_only_an_exact_origin_gets_into_the_policy(origin: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        headers("frames", "/frames/user-login", framed_by=[origin])


def test_a_surface_that_nobody_knows_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="unknown surface"):
        security_headers("shop", "/", True, PANEL)  # type: ignore[arg-type]


# --- HSTS grows with a host's age ----------------------------------------------------------------------------

BORN = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "seconds", "step"),
    [
        (timedelta(), 300, timedelta(weeks=1)),
        (timedelta(days=7, seconds=-1), 300, timedelta(weeks=1)),
        (timedelta(days=7), 604800, timedelta(weeks=4)),
        (timedelta(days=28, seconds=-1), 604800, timedelta(weeks=4)),
        (timedelta(days=28), 31536000, None),
        (timedelta(days=4000), 31536000, None),
    ],
)
def test_browsers_are_told_to_keep_https_for_longer_and_longer(
    age: timedelta, seconds: int, step: timedelta | None
) -> None:
    """D11: a week of five minutes, three weeks of a week, then a year; names below are never included."""
    assert hsts_seconds(BORN, BORN + age) == seconds
    assert hsts_changes(BORN, BORN + age) == (BORN + step if step else None)
    found = dict(security_headers("storefront", "/", True, PANEL, hsts=seconds))
    assert found["Strict-Transport-Security"] == f"max-age={seconds}"


def test_a_host_of_unknown_age_begins_carefully_and_one_of_nobody_is_told_nothing() -> None:
    assert (hsts_seconds(None, BORN), hsts_changes(None, BORN)) == (300, None)
    assert "Strict-Transport-Security" not in dict(security_headers("platform", "/", True, PANEL, hsts=None))


def test_forms_lead_to_the_gateways_of_a_page_and_nowhere_else() -> None:
    """Browsers hold the redirect after a form against its page's policy."""
    found = dict(security_headers("storefront", "/pay/x", True, PANEL, may_send_to=("https://checkout.stripe.com",)))
    assert "form-action 'self' https://checkout.stripe.com;" in found["Content-Security-Policy"]
    assert policy("storefront", "/pay/x")["form-action"] == "'self'"
    with pytest.raises(ValueError, match="not an origin"):
        security_headers("storefront", "/pay/x", True, PANEL, may_send_to=("https://a.example; script-src *",))
