"""What differs between registries. Code asks the profile and never looks at a TLD's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

HostModel = Literal["object", "attribute"]


@dataclass(frozen=True)
class Timeouts:
    """Seconds. ``answer`` is the whole wait for one answer, not for one packet of it."""

    connect: float = 5.0
    answer: float = 15.0
    #: What a ``check`` caller waits for a row before it becomes ``unknown``.
    check: float = 8.0
    #: What a command waits for a free session.
    session: float = 10.0


@dataclass(frozen=True)
class RegistryProfile:
    """One registry's habits. Days and periods are the registry's rules, not the shop's offers."""

    name: str
    #: (namespace of the RFC, the registry's own) for registries that renamed the core (NASK).
    namespaces: tuple[tuple[str, str], ...] = ()
    #: RFC 5731 section 1.1: nameservers are references to host objects, or written into the domain.
    host_model: HostModel = "object"
    #: Roles besides the registrant in which the holder's handle is sent too ("admin", "tech", "billing").
    contact_roles: tuple[str, ...] = ()
    #: Names in one ``check`` command (RFC 5731 sets no maximum, registries do).
    batch_size: int = 25
    #: Whether a ``check`` may ask for prices (RFC 8748); without it a premium name has no quote.
    fees: bool = False
    #: Connections that this process may hold at once; the registry counts them per account.
    sessions: int = 4
    #: Years a registration or a renewal may take.
    periods: tuple[int, ...] = tuple(range(1, 11))
    #: Seconds of silence after which an idle session is kept alive by ``hello``.
    hello_interval: float = 240.0
    timeouts: Timeouts = field(default_factory=Timeouts)
    #: Days after the expiry in which a plain renewal still works.
    grace_days: int = 45
    #: Days after the deletion in which a restore brings the name back.
    redemption_days: int = 30
    #: Days between redemption and the release of the name.
    pending_delete_days: int = 5
    #: Days after a registration or transfer in which the name cannot be transferred.
    lock_days: int = 60


#: Found by name in the configuration. The figures of "rfc" are the usual ones of generic TLDs.
PROFILES: dict[str, RegistryProfile] = {
    "rfc": RegistryProfile("rfc"),
    "rfc-fees": RegistryProfile("rfc-fees", fees=True),
}
