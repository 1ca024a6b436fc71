"""What the gateway remembers: payments that shops began, what payers did, what was given back."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from demo.files import write_json

#: The keys of the demo's accounts, by gateway. They open nothing but this program.
STRIPE = {"secret_key": "sk_test_demo", "webhook_secret": "whsec_demo"}
PRZELEWY24 = {"merchant_id": "100100", "pos_id": "100100", "crc": "demo-crc-key", "api_key": "demo-api-key"}


@dataclass
class Entry:
    """One payment. `id` is Stripe's session or Przelewy24's token; `money` the payment intent or the order."""

    gateway: str
    id: str
    session_key: str
    amount: int
    currency: str
    title: str
    return_url: str
    cancel_url: str
    notify_url: str
    money: str
    state: str = "open"  # open | refused | paid | expired
    verified: bool = False
    disputed: bool = False
    refunds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def refunded(self) -> int:
        """What was given back so far."""
        return sum(one["amount"] for one in self.refunds)


class Book:
    """Safe for several threads; kept in `file` if there is one."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.RLock()
        self.entries: dict[str, Entry] = {}
        #: Idempotency key -> the id that it made.
        self.made: dict[str, str] = {}
        if file is not None and file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
            self.entries = {one["id"]: Entry(**one) for one in kept["entries"]}
            self.made = kept["made"]

    def begin(self, key: str, **facts: Any) -> Entry:
        """A new payment, or the one that this key began before."""
        with self._lock:
            if key in self.made:
                return self.entries[self.made[key]]
            entry = Entry(**facts)
            self.entries[entry.id] = entry
            self.made[key] = entry.id
            self._keep()
            return entry

    def change(self, entry: Entry, **values: Any) -> None:
        """Something happened to a payment."""
        with self._lock:
            for name, value in values.items():
                setattr(entry, name, value)
            self._keep()

    def give_back(self, entry: Entry, key: str, amount: int) -> dict[str, Any] | None:
        """One refund per key; None when more would be given back than was paid."""
        with self._lock:
            before = next((one for one in entry.refunds if one["key"] == key), None)
            if before is not None:
                return before
            if entry.state != "paid" or amount <= 0 or entry.refunded + amount > entry.amount:
                return None
            made = {"key": key, "amount": amount, "id": f"re_{secrets.token_hex(8)}"}
            entry.refunds.append(made)
            self._keep()
            return made

    def find(self, **wanted: str) -> Entry | None:
        """The newest payment with these facts."""
        found = [one for one in self.entries.values() if all(getattr(one, k) == v for k, v in wanted.items())]
        return found[-1] if found else None

    def _keep(self) -> None:
        if self._file is not None:
            write_json(self._file, {"entries": [asdict(one) for one in self.entries.values()], "made": self.made})
