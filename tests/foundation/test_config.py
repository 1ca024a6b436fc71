"""An operator sets a variable wrongly: the start ends with one line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.foundation import config

GOOD = {
    "WITRYNA_DATABASE_URL": "sqlite://",
    "WITRYNA_REDIS_URL": "redis://127.0.0.1:6379/0",
    "WITRYNA_PLATFORM_HOST": "localhost:8000",
    "WITRYNA_SECRET_KEY": "k" * 32,
}

WRONG = [
    ("DATABASE_URL", "mysql://db.example/shop"),
    ("DATABASE_URL", "sqlite:////no-such-folder/shop.sqlite3"),
    ("DATABASE_URL", "postgresql://db.example:99999/shop"),
    ("REDIS_URL", "http://127.0.0.1"),
    ("REDIS_URL", "redis://127.0.0.1:port"),
    ("PLATFORM_HOST", "http://shops.example/"),
    ("PLATFORM_HOST", "shops.example:eighty"),
    ("SECRET_KEY", "short"),
    ("SCHEME", "gopher"),
    ("MEDIA_ROOT", __file__),
    ("MEDIA_ROOT", f"{__file__}/media"),
    ("SMTP_URL", "mail.example"),
    ("SMTP_URL", "smtp://mail.example:99999"),
    ("SMTP_URL", "smtp://"),
    ("REGISTRY_URL", "https://registry.example"),
    ("REGISTRY_URL", "epp://:700"),
    ("REGISTRY_CA_FILE", "/no-such-file.pem"),
    ("REGISTRY_CA_FILE", __file__),
    ("TRUSTED_PROXIES", "-1"),
    ("LOG_LEVEL", "loud"),
    ("PAGE_CACHE", "maybe"),
    ("DATABSE_URL", "sqlite://"),
    ("PUBLIC_ADDRESSES", "shops.example"),
    ("PUBLIC_ADDRESSES", "203.0.113.7,0.0.0.0"),
    ("DNS_RESOLVERS", "1.1.1.1:99999"),
    ("DNS_RESOLVERS", "dns.example"),
    ("CERTIFICATE_AUTHORITIES", "Let's Encrypt"),
    ("STRIPE_URL", "api.stripe.com"),
    ("PRZELEWY24_URL", "ftp://gateway.example"),
    ("EDGE", "127.0.0.1"),
    ("EDGE_CA_FILE", "/no-such-file.pem"),
    ("TLS_ASK", "0.0.0.0:9123"),
    ("TLS_ASK", "127.0.0.1"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_line_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.load(GOOD | {f"WITRYNA_{name}": value})
    line = str(caught.value)
    assert line.startswith(f"WITRYNA_{name}: ")
    assert "\n" not in line


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(config.ConfigError, match=f"^{name}: is not set$"):
        config.load({key: value for key, value in GOOD.items() if key != name})


def test_usual_values_pass(tmp_path: Path) -> None:
    more = {
        "WITRYNA_DATABASE_URL": f"sqlite:///{tmp_path}/shop.sqlite3",
        "WITRYNA_MEDIA_ROOT": f"{tmp_path}/not/made/yet",
        "WITRYNA_SMTP_URL": "smtp://user:pass@mail.example:587",
        "WITRYNA_REGISTRY_URL": "epp://account@registry.example",
    }
    settings = config.load(GOOD | more)
    assert settings.media_root == tmp_path / "not" / "made" / "yet"
    for url in ("postgresql+psycopg:///shop?host=/var/run/postgresql", "sqlite://", "sqlite:///shop.sqlite3"):
        assert config.load(GOOD | {"WITRYNA_DATABASE_URL": url}).database_url == url
    assert config.load(GOOD | {"WITRYNA_REDIS_URL": "unix:///run/valkey.sock"}).redis_url


HTTPS = {"WITRYNA_SCHEME": "https"}


def test_lists_of_addresses_come_in_one_spelling() -> None:
    lists = {
        "PUBLIC_ADDRESSES": " 192.0.2.7, 2001:DB8::7,192.0.2.7",
        "DNS_RESOLVERS": "127.0.0.1:5353,[::1]:53,9.9.9.9",
    }
    settings = config.load(GOOD | {f"WITRYNA_{name}": value for name, value in lists.items()} | HTTPS)
    assert (settings.ipv4, settings.ipv6) == (("192.0.2.7",), ("2001:db8::7",))
    assert settings.dns_resolvers == ("127.0.0.1:5353", "[::1]:53", "9.9.9.9")
    assert settings.edge == "192.0.2.7:443"


def test_without_public_addresses_or_https_there_is_no_front_to_ask() -> None:
    assert config.load(GOOD | HTTPS).edge == ""
    assert config.load(GOOD | {"WITRYNA_PUBLIC_ADDRESSES": "127.0.0.1"}).edge == ""
