"""The one builder of absolute addresses. Hosts come from the database or the settings, never from a request."""

from __future__ import annotations

from sqlalchemy.orm import Session

from .config import Settings
from .site import Site


def shop_url(settings: Settings, site: Site | str, path: str) -> str:
    """The absolute address of `path` ("/account/") at a shop, by its Site or stored primary host."""
    host = site if isinstance(site, str) else site.primary_host
    return settings.origin(host) + _rooted(path)


def link(session: Session, host: str, path: str) -> str:
    """The absolute address of `path` at a stored host, for what is written inside a transaction: mails."""
    origin: str = session.info["origin"](host)
    return origin + _rooted(path)


def _rooted(path: str) -> str:
    if not path.startswith("/") or path.startswith("//") or "\\" in path or any(ord(c) < 33 for c in path):
        raise ValueError(f"{path!r} is not a path on our own host")
    return path


def safe_next(path: str | None, default: str) -> str:
    """Where to go after signing in: `path` when it is one on our own host, else `default`."""
    try:
        return _rooted(path) if path and len(path) <= 2000 else default
    except ValueError:
        return default
