"""`python -m bench.papers`: a thousand proformas as PDF in one ZIP by the worker's own job, and the time of one."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select

from tests.selling import SELLER, open_shop
from webapp.foundation.db import Database
from webapp.processes.migrate import upgrade
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders import proforma_files

DOCUMENTS = 1000
#: Orders are slow to make, papers are what is measured: each order's paper is set again and again.
ORDERS = 20
WANTED_SECONDS = 30.0


@dataclass(frozen=True)
class Papers:
    """Seconds for all, milliseconds for one, and the size of the file in bytes."""

    documents: int
    seconds: float
    each_ms: float
    size: int


def measure(url: str, documents: int = DOCUMENTS) -> Papers:
    """Runs of the job over the same orders, until as many papers were set."""
    upgrade(url)
    with open_shop(Database(url)) as shop:
        for number in range(ORDERS):
            shop.order(f"one{number}.com", f"two{number}.pl")
        shop.work()
        with shop.scope(), shop.database.reading() as session:
            ids = session.scalars(select(Proforma.id)).all()
        rounds = documents // len(ids)
        for _ in range(rounds):
            with shop.scope(), shop.database.writing() as session:
                proforma_files.start(session, SELLER, ids)
        started = time.perf_counter()
        shop.work()
        seconds = time.perf_counter() - started
        size = sum(map(len, shop.worker.storage.values()))
        return Papers(rounds * len(ids), seconds, seconds / (rounds * len(ids)) * 1000, size)


def main() -> None:
    """Print the figures as JSON."""
    with tempfile.TemporaryDirectory(prefix="witryna-papers-") as folder:
        found = measure(f"sqlite:///{Path(folder) / 'papers.db'}")
    print(json.dumps(asdict(found) | {"reached": found.seconds <= WANTED_SECONDS}))


if __name__ == "__main__":
    main()
