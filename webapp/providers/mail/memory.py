"""A mail server in memory that keeps the same contract: for fast tests of everything above the port."""

from __future__ import annotations

import threading

from webapp.foundation.db import assert_no_write_transaction
from webapp.providers.errors import ProviderError

from .mime import written
from .port import Mail


class MemoryMailer:
    """`MailPort` that keeps what it took in `sent`. `refuse` names recipients with an SMTP code to answer."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.refuse: dict[str, int] = {}
        self._lock = threading.Lock()

    def send(self, mail: Mail) -> None:
        """See MailPort.send. A 5yz code in `refuse` is permanent, a 4yz one temporary."""
        assert_no_write_transaction()
        written(mail)  # what cannot be written cannot be sent here either
        code = self.refuse.get(mail.recipient)
        if code:
            raise ProviderError(f"the mail server said: {code} refused", permanent=code >= 500, code=code)
        with self._lock:
            self.sent.append(mail)
