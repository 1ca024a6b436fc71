"""Configuration from the environment, read once at the start. A wrong value stops the start with one clear line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

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
    smtp_url: str
    registry_url: str
    registry_password: str
    registry_ca_file: str
    registry_profile: str
    trusted_proxies: int
    log_level: str
    metrics_token: str
    page_cache: bool = True

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


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if urlsplit(value).scheme.split("+")[0] not in schemes:
            raise ValueError(f"must be a URL that starts with {' or '.join(f'{s}:' for s in schemes)}")
        return value

    return parse


def _host(value: str) -> str:
    parts = urlsplit(f"//{value}")
    if not parts.hostname or parts.path or parts.username or value != value.strip().lower():
        raise ValueError('must be a host in lower case, with a port if it is not the usual one: "shops.example"')
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


def _count(value: str) -> str:
    if not value.isdigit() or int(value) > 5:
        raise ValueError("must be a number from 0 to 5: how many proxies of yours stand in front")
    return value


#: variable -> (check, default). None as a default: the variable must be set.
_VARIABLES: dict[str, tuple[Callable[[str], str], str | None]] = {
    "DATABASE_URL": (_url("sqlite", "postgresql"), None),
    "REDIS_URL": (_url("redis", "rediss", "unix"), None),
    "PLATFORM_HOST": (_host, None),
    "SECRET_KEY": (_secret, None),
    "SCHEME": (_choice("http", "https", ""), ""),
    "MEDIA_ROOT": (str, "var/media"),
    "SMTP_URL": (_url("smtp", "smtps"), "smtp://127.0.0.1:25"),
    "REGISTRY_URL": (_url("epp"), "epp://127.0.0.1:700"),
    "REGISTRY_PASSWORD": (str, ""),
    "REGISTRY_CA_FILE": (str, ""),
    "REGISTRY_PROFILE": (str, "rfc"),
    "TRUSTED_PROXIES": (_count, "0"),
    "LOG_LEVEL": (_choice("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    "METRICS_TOKEN": (str, ""),
    "PAGE_CACHE": (_choice("on", "off"), "on"),
}


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment. Raises ConfigError naming the first variable that is missing or wrong."""
    values = {name.lower(): _read(environ, name) for name in _VARIABLES}
    unknown = sorted(k for k in environ if k.startswith(PREFIX) and k[len(PREFIX) :] not in _VARIABLES)
    unknown = [name for name in unknown if not name.startswith((f"{PREFIX}TEST_", f"{PREFIX}BENCH_"))]
    if unknown:
        raise ConfigError(unknown[0][len(PREFIX) :], "no such setting (is it misspelt?)")
    scheme = values.pop("scheme") or _scheme_for(values["platform_host"])
    return Settings(
        **{k: v for k, v in values.items() if k not in ("media_root", "trusted_proxies", "page_cache")},
        scheme=scheme,
        media_root=Path(values["media_root"]),
        trusted_proxies=int(values["trusted_proxies"]),
        page_cache=values["page_cache"] == "on",
    )


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
