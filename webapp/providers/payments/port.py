"""What we ask of a gateway: to take a payment, to say what became of it, to give money back.

Amounts are minor units. A gateway's word counts only when we asked for it (`status`): what a browser brings back and
what a notification claims merely tell when to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["pending", "paid", "failed", "expired", "refunded", "charged_back"]
RefundState = Literal["sent", "done", "failed"]


class Forged(Exception):
    """A notification that the gateway did not sign for this account, or not lately. Its text is for the log."""


@dataclass(frozen=True)
class Credentials:
    """The partner's own account at a gateway: field -> text, and the same for what is secret."""

    plain: Mapping[str, str]
    secret: Mapping[str, str]


@dataclass(frozen=True)
class StartPayment:
    """One payment to begin. `session_key` is our own random name of it; the same one again begins nothing new."""

    session_key: str
    amount: int
    currency: str
    title: str
    email: str
    name: str
    country: str
    locale: str
    return_url: str
    cancel_url: str
    notify_url: str


@dataclass(frozen=True)
class Redirect:
    """Where the payer goes on. `external_id` is the gateway's name of the payment, "" while it has none."""

    address: str
    external_id: str


@dataclass(frozen=True)
class Notification:
    """A signed word of the gateway. It names a payment by our key, or by the number of the money (`reference`)."""

    event_id: str
    kind: str
    session_key: str
    external_id: str
    reference: str = ""


@dataclass(frozen=True)
class Payment:
    """One that was begun, by all the names that we know of it."""

    session_key: str
    external_id: str
    reference: str = ""


@dataclass(frozen=True)
class Status:
    """What the gateway says when it is asked. `amount` and `currency` are what was really paid.

    `reference` is the gateway's number of the money: there is one of it for all ways in which we hear of a payment.
    """

    state: State
    amount: int = 0
    currency: str = ""
    external_id: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Refund:
    """Money to give back, once for each `key`; with a `reference` it is only asked how far it is."""

    payment: Payment
    amount: int
    currency: str
    key: str
    reason: str
    reference: str = ""


@dataclass(frozen=True)
class RefundStatus:
    """How far it is, and the gateway's number of it."""

    state: RefundState
    reference: str = ""


class PaymentsPort(Protocol):
    """One account at one gateway. Every failure is a ProviderError; nothing is called within a write transaction."""

    @property
    def origin(self) -> str:
        """The scheme and host of the gateway's own pages: payers are sent nowhere else."""

    def check(self) -> None:
        """A real call that only the right keys pass. It takes no money."""

    def start(self, asked: StartPayment) -> Redirect:
        """Begin a payment."""

    def parse_notification(self, raw: bytes, headers: Mapping[str, str]) -> Notification:
        """Read a notification. Header names are in lower case. Raises Forged; never asks anybody."""

    def status(self, payment: Payment) -> Status:
        """Ask what became of a payment; where the gateway wants it, confirm that we have heard of the money."""

    def refund(self, asked: Refund) -> RefundStatus:
        """Give money back, or say how far that is when it was asked for before."""


#: (gateway, the partner's account there) -> its adapter.
Gateways = Callable[[str, Credentials], PaymentsPort]
