"""What the shop asks of a domain registry, in our own words.

Names are ASCII (A-labels), lower case, without a trailing dot. Instants are aware datetimes in UTC.
``key`` is the client transaction id (clTRID, RFC 5730 section 2.5: 3 to 64 characters) that the caller
stores **before** the call, so that a lost answer can be looked up afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

State = Literal["free", "taken", "premium", "unknown"]


@dataclass(frozen=True)
class Quote:
    """What the registry asks us for the first year of a premium name: minor units of its currency, net."""

    amount: int
    currency: str


@dataclass(frozen=True)
class Availability:
    """One name's answer. ``unknown`` means: could not be asked or answered now, ask again.

    ``reason`` is for operators and logs (often the registry's own words), not for customers. ``quote`` stands beside
    ``premium`` only, when the registry tells its price with the answer (RFC 8748).
    """

    name: str
    state: State
    reason: str | None = None
    quote: Quote | None = None


@dataclass(frozen=True)
class ContactCard:
    """A holder. ``country`` is ISO 3166 alpha-2, ``phone`` E.164 with a dot after the country code
    ("+48.221234567"), ``street`` one to three lines, ``handle`` 3 to 16 characters (RFC 5733)."""

    handle: str
    name: str
    organisation: str | None
    street: tuple[str, ...]
    city: str
    postcode: str
    country: str
    phone: str
    email: str


@dataclass(frozen=True)
class Registration:
    """An order for one name. ``auth_info`` is random per operation: it is the fingerprint by which a
    later ``info`` proves that this very operation made the registration."""

    name: str
    years: int
    registrant: str
    auth_info: str
    nameservers: tuple[str, ...] = ()


@dataclass(frozen=True)
class DomainFacts:
    """The registry's truth about one name.

    ``ours``: the sponsor is the account that the adapter logs in with. Others' names may come without
    dates, registrant and ``auth_info`` (RFC 5731 section 3.1.2 leaves them out for strangers).
    """

    name: str
    sponsor: str
    registrant: str | None
    created_at: datetime | None
    expires_at: datetime | None
    statuses: tuple[str, ...]
    auth_info: str | None
    ours: bool


@dataclass(frozen=True)
class Receipt:
    """The registry did it (or, with ``pending``, accepted it and reports later by a notice)."""

    registry_transaction: str
    expires_at: datetime | None
    pending: bool


@dataclass(frozen=True)
class Notice:
    """The oldest message in the registry's queue for us; it stays there until acknowledged."""

    id: str
    text: str
    name: str | None
    queued_at: datetime | None


class RegistryPort(Protocol):
    """Every failure is a ``ProviderError``, except in the two checks: there it is a row ``unknown``.

    No method may be called inside a write transaction.
    """

    def check(self, names: Sequence[str]) -> list[Availability]:
        """One row for each name asked, in the order asked. Never raises for an unreachable registry."""

    def check_each(self, names: Sequence[str]) -> Iterator[Availability]:
        """The same rows as they arrive, each name once: for a list that is streamed to a browser."""

    def info(self, name: str) -> DomainFacts | None:
        """The registry's truth, or None when it says that the name is not registered."""

    def ensure_contact(self, card: ContactCard, key: str) -> str:
        """The handle, created or found as ours already. Repeating it is harmless."""

    def register(self, order: Registration, key: str) -> Receipt:
        """Register once. On ``permanent=False`` the outcome is unknown: ask ``info`` before a repeat."""

    def renew(self, name: str, current_expiry: date, years: int, key: str) -> Receipt:
        """Renew from ``current_expiry``; the registry refuses another date, so a repeat cannot renew twice."""

    def poll(self) -> Notice | None:
        """The oldest notice, or None when the queue is empty."""

    def ack(self, notice_id: str) -> None:
        """Take a notice off the queue. One that is gone already is no error."""

    def close(self) -> None:
        """Let go of every connection. The next call opens new ones."""
