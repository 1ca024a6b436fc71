"""What a partner's panel asks the side that it buys from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Credentials:
    """What signs in: the login, its password, and the key (64 hex digits) that signs every request."""

    login: str
    password: str = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True)
class Funds:
    """What there is, in minor units: `restricted` is held by operations that run."""

    currency: str
    balance: int
    restricted: int


class BridgeError(Exception):
    """The bridge to the wholesale side does not carry. `code`: login | password | key | clock | unreachable | busy |
    strange."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WholesalePort(Protocol):
    """One upstream, signed in to with one partner's credentials."""

    def balance(self) -> Funds:
        """Read the balance. Raises BridgeError."""
        ...


#: Credentials -> the adapter that uses them.
Upstreams = Callable[[Credentials], WholesalePort]
