"""Where caught mails are kept: one folder, two files a mail (the mail as it came, and its envelope)."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from .message import Mail


class Store:
    """All mails, oldest first. They survive a restart; several threads may use one store."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._mails = [_load(path) for path in sorted(folder.glob("*.json"))]
        self._last = max((int(mail.id) for mail in self._mails), default=0)

    def add(self, sender: str, recipients: Sequence[str], raw: bytes) -> Mail:
        """Keep a mail. It is on the disk when this returns."""
        with self._lock:
            self._last += 1
            mail = Mail(f"{self._last:06}", sender, tuple(recipients), datetime.now(UTC), raw)
            self._write(mail)
            self._mails.append(mail)
        return mail

    def all(self) -> list[Mail]:
        """Every mail, oldest first."""
        with self._lock:
            return list(self._mails)

    def get(self, mail_id: str) -> Mail | None:
        """The mail with this id, or None."""
        return next((mail for mail in self.all() if mail.id == mail_id), None)

    def clear(self) -> None:
        """Forget every mail. Ids are not used again, so an old link never shows another mail."""
        with self._lock:
            for mail in self._mails:
                for ending in ("json", "eml"):
                    (self._folder / f"{mail.id}.{ending}").unlink(missing_ok=True)
            self._mails.clear()

    def _write(self, mail: Mail) -> None:
        envelope = {"from": mail.sender, "to": mail.recipients, "received": mail.received.isoformat()}
        (self._folder / f"{mail.id}.eml").write_bytes(mail.raw)
        # The envelope comes last and by rename: a mail without one was never accepted.
        half = self._folder / f"{mail.id}.half"
        half.write_text(json.dumps(envelope), encoding="utf-8")
        half.rename(self._folder / f"{mail.id}.json")


def _load(path: Path) -> Mail:
    envelope = json.loads(path.read_text(encoding="utf-8"))
    received = datetime.fromisoformat(envelope["received"])
    raw = path.with_suffix(".eml").read_bytes()
    return Mail(path.stem, envelope["from"], tuple(envelope["to"]), received, raw)
