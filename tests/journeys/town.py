"""What stands around the product in a journey: the registry's command line, the mailbox, addresses and sign-ins."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sandbox.cli import execute
from tests.harness.running_demo import RunningDemo

T = TypeVar("T")
PATIENCE = 45.0


@dataclass(frozen=True)
class Town:
    """A running demo and its data folder."""

    demo: RunningDemo
    folder: Path

    @property
    def shops(self) -> dict[str, str]:
        """Code -> address."""
        found: dict[str, str] = self.demo.facts["shops"]
        return found

    @property
    def panel(self) -> str:
        """The Sales Panel's address."""
        return str(self.demo.facts["panel"])

    @property
    def operator(self) -> str:
        """The operator's address."""
        return str(self.demo.facts["operator"])

    def sign_in(self, who: str) -> tuple[str, str]:
        """E-mail and password of operator, partner, partner2 or subscriber."""
        found = self.demo.facts["sign_ins"][who]
        return found["email"], found["password"]

    def registry(self, *arguments: str) -> Any:
        """What a command of `python -m sandbox` gives."""
        command, *rest = arguments
        return execute([command, "--data", str(self.folder / "registry"), *rest])

    def registered(self, name: str) -> dict[str, Any] | None:
        """The domain as the registry has it, or None."""
        return next((row for row in self.registry("list", "domains") if row["name"] == name), None)

    def mails_to(self, address: str, *words: str) -> list[dict[str, Any]]:
        """Caught mails to an address in whose subject or text every word stands."""
        found = [mail for mail in self.demo.mails() if address in json.dumps(mail["to"])]
        return [mail for mail in found if all(word in mail["subject"] + mail["text"] for word in words)]


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` finds in the end; workers take their time."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:.0f} s"
        time.sleep(0.3)
    return found


def fresh_word() -> str:
    """A label that nobody has asked for before."""
    return f"reise{secrets.token_hex(4)}"
