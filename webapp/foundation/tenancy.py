"""Whose data a piece of work may touch. A scope is set at the edge (request, job, command) and never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class ScopeError(RuntimeError):
    """Somebody touched tenant data without a scope, or data of another tenant."""


@dataclass(frozen=True)
class Tenant:
    """Work for one partner: sees and writes that partner's rows only."""

    partner_id: int


@dataclass(frozen=True)
class Platform:
    """Work over all partners, by the name of a declared job."""

    job: str


Scope = Tenant | Platform

#: Every piece of work that may look across tenants, with its reason. A name that is not here raises.
PLATFORM_JOBS = {
    "resolve-host": "the host decides the tenant, so it is looked up before there is one",
    "tls-ask": "the TLS front asks whether a name is anybody's before it is anybody's request",
    "hosts": "a name is one partner's among all, so whoever else claims it or had it must be seen",
    "staff-sign-in": "the panel has one address for the staff of every partner",
    "operator": "the operator's own panel and commands",
    "seal-log": "which partners' logs have deeds without a link; each is then sealed in its own scope",
    "verify-log": "which partners there are; each one's chain is then walked in its own scope",
    "wholesale-api": "a login at the API door says whose request it is, so it is looked up before there is a tenant",
    "outbox": "the relay leases due rows of every partner, then enters the tenant of each",
    "tick": "periodic work finds what is due for every partner, then enters the tenant of each",
    "books": "the invariants are checked over all partners",
    "platform-home": "the install's first page names the demo's shops, if this is the demo",
    "metrics": "backlog figures without tenant labels",
    "migrate": "schema and data migrations",
    "media": "media files are named by the hash of their content and are public",
}

_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current() -> Scope:
    """The scope of the running work. Raises ScopeError when none is set (fails closed)."""
    scope = _current.get()
    if scope is None:
        raise ScopeError("no tenant is set: enter tenant(partner_id) or platform(job) first")
    return scope


def is_entered() -> bool:
    """True within a scope."""
    return _current.get() is not None


@contextmanager
def entered(scope: Scope) -> Iterator[None]:
    """Make `scope` the current one within the block."""
    if isinstance(scope, Platform) and scope.job not in PLATFORM_JOBS:
        raise ScopeError(f"{scope.job!r} is not a declared platform job")
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def tenant(partner_id: int) -> Iterator[None]:
    """Work for one partner within the block."""
    with entered(Tenant(partner_id)):
        yield


@contextmanager
def platform(job: str) -> Iterator[None]:
    """Declared work over all partners within the block."""
    with entered(Platform(job)):
        yield
