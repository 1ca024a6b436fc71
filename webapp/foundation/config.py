"""Configuration from the environment, read once at the start. A wrong value stops the start with one clear line."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .outbound_addresses import is_loopback

PREFIX = "WITRYNA_"


class ConfigError(SystemExit):
    """One line that names the variable. Being a SystemExit it ends a process without a traceback."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{PREFIX}{name}: {problem}")


@dataclass(frozen=True)
class Settings:
    """Everything that an install decides. Field `x_y` comes from the variable `WITRYNA_X_Y`."""

    database_url: str
    redis_url: str
    platform_host: str
    secret_key: str
    scheme: str
    media_root: Path
    storage_url: str
    storage_key: str
    storage_secret: str
    media_quota_mb: int
    smtp_url: str
    registry_url: str
    registry_password: str
    registry_ca_file: str
    registry_profile: str
    trusted_proxies: int
    log_level: str
    metrics_token: str
    page_cache: bool = True
    #: Where partners let their names lead; empty: the operator has not said so yet.
    public_addresses: tuple[str, ...] = ()
    #: Resolvers that are asked besides a name's own servers: "ip" or "ip:port".
    dns_resolvers: tuple[str, ...] = ()
    #: What CAA records must allow (RFC 8659): the identities of our certificate authorities.
    certificate_authorities: tuple[str, ...] = ()
    #: host:port at which the TLS front answers, for our own requests; "" when there is none.
    edge: str = ""
    edge_ca_file: str = ""
    #: Where gateways answer: their own addresses, unless a demo or a test has one on this machine.
    stripe_url: str = "https://api.stripe.com"
    przelewy24_url: str = "https://secure.przelewy24.pl"
    przelewy24_sandbox_url: str = "https://sandbox.przelewy24.pl"
    #: host:port of the process that tells the TLS front which names are ours; this machine only.
    tls_ask: str = "127.0.0.1:9123"
    #: Tables of exchange rates of the European and the Polish central bank; "": that bank is not asked.
    ecb_url: str = ""
    nbp_url: str = ""

    @property
    def secure(self) -> bool:
        """True when browsers reach us over HTTPS: decides the Secure flag of cookies and HSTS."""
        return self.scheme == "https"

    def origin(self, host: str) -> str:
        """The origin of one of our hosts: "panel.localhost:8000" -> "http://panel.localhost:8000"."""
        return f"{self.scheme}://{host}"

    def door(self, label: str) -> str:
        """The origin of a platform door: `door("panel")`."""
        return self.origin(f"{label}.{self.platform_host}")

    @property
    def ipv4(self) -> tuple[str, ...]:
        """The public addresses for A records."""
        return tuple(each for each in self.public_addresses if "." in each)

    @property
    def ipv6(self) -> tuple[str, ...]:
        """The public addresses for AAAA records."""
        return tuple(each for each in self.public_addresses if ":" in each)


#: URLs that may do without a host: a file, or the socket of a server on this machine.
_HOSTLESS = ("sqlite", "postgresql", "unix")


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        parts = urlsplit(value)
        scheme = parts.scheme.split("+")[0]
        if scheme not in schemes:
            raise ValueError(f"must be a URL that starts with {' or '.join(f'{s}:' for s in schemes)}")
        if scheme not in _HOSTLESS and not parts.hostname:
            raise ValueError(f'must name a host: "{schemes[0]}://host.example"')
        _port(value)
        return value

    return parse


def _port(url: str) -> None:
    try:
        urlsplit(url).port  # noqa: B018  reading it is the check
    except ValueError:
        raise ValueError("the port must be a number from 0 to 65535") from None


def _database(value: str) -> str:
    _url("sqlite", "postgresql")(value)
    scheme, _, file = value.partition(":///")
    folder = Path(file.partition("?")[0]).parent
    if scheme.startswith("sqlite") and file and not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    return value


def _host(value: str) -> str:
    parts = urlsplit(f"//{value}")
    if not parts.hostname or parts.path or parts.username or value != value.strip().lower():
        raise ValueError('must be a host in lower case, with a port if it is not the usual one: "shops.example"')
    _port(f"//{value}")
    return value


def _folder(value: str) -> str:
    """A folder that is there, or that can be made when the first file comes."""
    path = Path(value).absolute()
    found = next(each for each in (path, *path.parents) if each.exists())
    if not found.is_dir() or not os.access(found, os.W_OK):
        raise ValueError(f"{found} is no folder that we may write to")
    return value


def _web_page(value: str) -> str:
    """Empty, or a web address."""
    return _url("https", "http")(value) if value else value


def _certificates(value: str) -> str:
    try:
        if value:
            ssl.create_default_context(cafile=value)
    except OSError:
        raise ValueError("must name a readable file of certificates (PEM)") from None
    return value


def _secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError("must be at least 32 characters of randomness")
    return value


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def _storage(value: str) -> str:
    """Empty: the folder MEDIA_ROOT. Else "s3://bucket/folder?endpoint=https://host&region=...", both may be missing."""
    if not value:
        return value
    _url("s3")(value)
    asked = parse_qs(urlsplit(value).query, keep_blank_values=True)
    if unknown := sorted(set(asked) - {"endpoint", "region"}):
        raise ValueError(f"knows endpoint and region, not {unknown[0]}")
    if endpoint := asked.get("endpoint", [""])[0]:
        _url("https", "http")(endpoint)
    return value


def _megabytes(value: str) -> str:
    if not value.isdigit() or not 1 <= int(value) <= 10_000_000:
        raise ValueError("must be a number of megabytes, at least 1")
    return value


def _listed(check: Callable[[str], str]) -> Callable[[str], str]:
    def parse(value: str) -> str:
        return ",".join(dict.fromkeys(check(each.strip()) for each in value.split(",") if each.strip()))

    return parse


def _address(value: str) -> str:
    try:
        found = ip_address(value)
    except ValueError:
        found = None
    if found is None or getattr(found, "scope_id", None) or found.is_unspecified or found.is_multicast:
        raise ValueError(f"{value!r} is not the IP address of a machine")
    return str(found)


def _resolver(value: str) -> str:
    """ "9.9.9.9", "127.0.0.1:5353", "2620:fe::fe" or "[2620:fe::fe]:5353"."""
    host, port = _split_port(value)
    address = _address(host)
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _split_port(value: str) -> tuple[str, str]:
    if value.count(":") > 1 and not value.startswith("["):
        return value, ""
    host, _, port = value.rpartition(":") if re.search(r":[^\]]*\Z", value) else (value, "", "")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("the port must be a number from 1 to 65535")
    return host.removeprefix("[").removesuffix("]"), port


def _authority(value: str) -> str:
    if not re.fullmatch(r"(?=.{1,253}\Z)[a-z0-9-]+(\.[a-z0-9-]+)+", value):
        raise ValueError(f'{value!r} is not the name of an authority in CAA records: "letsencrypt.org"')
    return value


def _door(value: str) -> str:
    """Empty, or "host:port"."""
    host, port = _split_port(value)
    if value and not (host and port):
        raise ValueError('must be a host and a port: "127.0.0.1:443"')
    return value


def _own_door(value: str) -> str:
    """ "host:port" on this machine: whoever can ask there learns which names are ours."""
    host, port = _split_port(value)
    if not port or not is_loopback(host):
        raise ValueError('must be an address of this machine and a port: "127.0.0.1:9123"')
    return value


def _count(value: str) -> str:
    if not value.isdigit() or int(value) > 5:
        raise ValueError("must be a number from 0 to 5: how many proxies of yours stand in front")
    return value


#: variable -> (check, default). None as a default: the variable must be set.
_VARIABLES: dict[str, tuple[Callable[[str], str], str | None]] = {
    "DATABASE_URL": (_database, None),
    "REDIS_URL": (_url("redis", "rediss", "unix"), None),
    "PLATFORM_HOST": (_host, None),
    "SECRET_KEY": (_secret, None),
    "SCHEME": (_choice("http", "https", ""), ""),
    "MEDIA_ROOT": (_folder, "var/media"),
    "STORAGE_URL": (_storage, ""),
    "STORAGE_KEY": (str, ""),
    "STORAGE_SECRET": (str, ""),
    # For the media library of each partner: originals with every size made of them.
    "MEDIA_QUOTA_MB": (_megabytes, "1000"),
    "SMTP_URL": (_url("smtp", "smtps"), "smtp://127.0.0.1:25"),
    "REGISTRY_URL": (_url("epp"), "epp://127.0.0.1:700"),
    "REGISTRY_PASSWORD": (str, ""),
    "REGISTRY_CA_FILE": (_certificates, ""),
    "REGISTRY_PROFILE": (str, "rfc"),
    "TRUSTED_PROXIES": (_count, "0"),
    "LOG_LEVEL": (_choice("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    "METRICS_TOKEN": (str, ""),
    "PAGE_CACHE": (_choice("on", "off"), "on"),
    "PUBLIC_ADDRESSES": (_listed(_address), ""),
    "DNS_RESOLVERS": (_listed(_resolver), "1.1.1.1,8.8.8.8"),
    "CERTIFICATE_AUTHORITIES": (_listed(_authority), "letsencrypt.org,sectigo.com"),
    # Empty: port 443 of the first public address, where browsers reach us over HTTPS.
    "EDGE": (_door, ""),
    "EDGE_CA_FILE": (_certificates, ""),
    "TLS_ASK": (_own_door, "127.0.0.1:9123"),
    # Several days each, so that a night without network is made up for.
    "ECB_URL": (_web_page, "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml"),
    "NBP_URL": (_web_page, "https://api.nbp.pl/api/exchangerates/tables/A/last/20/?format=json"),
    "STRIPE_URL": (_url("https", "http"), "https://api.stripe.com"),
    "PRZELEWY24_URL": (_url("https", "http"), "https://secure.przelewy24.pl"),
    "PRZELEWY24_SANDBOX_URL": (_url("https", "http"), "https://sandbox.przelewy24.pl"),
}


#: Settings that are something else than text.
_NO_TEXT = ("media_root", "media_quota_mb", "trusted_proxies", "page_cache")
#: Those that are several texts, with commas between them.
_LISTS = ("public_addresses", "dns_resolvers", "certificate_authorities")


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment. Raises ConfigError naming the first variable that is missing or wrong."""
    values = {name.lower(): _read(environ, name) for name in _VARIABLES}
    unknown = sorted(k for k in environ if k.startswith(PREFIX) and k[len(PREFIX) :] not in _VARIABLES)
    unknown = [name for name in unknown if not name.startswith((f"{PREFIX}TEST_", f"{PREFIX}BENCH_"))]
    if unknown:
        raise ConfigError(unknown[0][len(PREFIX) :], "no such setting (is it misspelt?)")
    if values["storage_url"] and not (values["storage_key"] and values["storage_secret"]):
        raise ConfigError("STORAGE_KEY", "and STORAGE_SECRET must be set with STORAGE_URL")
    scheme = values.pop("scheme") or _scheme_for(values["platform_host"])
    lists: dict[str, Any] = {name: tuple(filter(None, values.pop(name).split(","))) for name in _LISTS}
    if scheme == "https":
        values["edge"] = values["edge"] or _usual_edge(lists["public_addresses"])
    texts: dict[str, Any] = {k: v for k, v in values.items() if k not in _NO_TEXT}
    return Settings(
        **texts,
        **lists,
        scheme=scheme,
        media_root=Path(values["media_root"]),
        media_quota_mb=int(values["media_quota_mb"]),
        trusted_proxies=int(values["trusted_proxies"]),
        page_cache=values["page_cache"] == "on",
    )


def _usual_edge(addresses: tuple[str, ...]) -> str:
    if not addresses:
        return ""
    return f"[{addresses[0]}]:443" if ":" in addresses[0] else f"{addresses[0]}:443"


def usual_origin(host: str) -> str:
    """The origin of a host where no setting says otherwise: HTTPS, except on this machine's own localhost names."""
    return f"{_scheme_for(host)}://{host}"


def _scheme_for(host: str) -> str:
    name = host.split(":", maxsplit=1)[0]
    return "http" if name == "localhost" or name.endswith(".localhost") else "https"


def _read(environ: Mapping[str, str], name: str) -> str:
    check, default = _VARIABLES[name]
    value = environ.get(PREFIX + name, default)
    if value is None:
        raise ConfigError(name, "is not set")
    try:
        return check(value)
    except ValueError as problem:
        raise ConfigError(name, str(problem)) from None
