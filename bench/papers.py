"""A thousand proformas as PDF in one ZIP by the worker's own job, and the time of one."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import delete

from tests.selling import SELLER, Shop, open_shop
from webapp.foundation.db import Database
from webapp.foundation.outbox import OutboxRow
from webapp.processes.migrate import upgrade
from webapp.reseller.orders import manual, proforma_files

DOCUMENTS = 1000
WANTED_SECONDS = 30.0
_ITEMS = tuple(
    manual.FreeLine(what, 1, 123_00, 2300) for what in ("Set-up of a server", "Mailboxes", "Work by the hour")
)


@dataclass(frozen=True)
class Papers:
    """Seconds for all, and the size of the file in bytes."""

    documents: int
    seconds: float
    size: int

    @property
    def each_ms(self) -> float:
        """Milliseconds for one."""
        return self.seconds / self.documents * 1000


def measure(url: str, documents: int = DOCUMENTS) -> Papers:
    """The job over as many proformas of three items, from the click to the file."""
    upgrade(url)
    with open_shop(Database(url)) as shop:
        ids = [_proforma(shop, number) for number in range(documents)]
        with shop.scope(), shop.database.writing() as session:
            session.execute(delete(OutboxRow))  # their mails would carry the same papers
            proforma_files.start(session, SELLER, ids)
        started = time.perf_counter()
        shop.work()
        seconds = time.perf_counter() - started
        (archive,) = shop.worker.storage.values()
        return Papers(documents, seconds, len(archive))


def _proforma(shop: Shop, number: int) -> int:
    with shop.scope(), shop.database.writing() as session:
        return manual.write_proforma(session, SELLER, shop.subscriber.account_id, _ITEMS, "", str(number)).id
