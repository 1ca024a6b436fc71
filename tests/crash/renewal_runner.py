"""One renewal run that may die: `python -m tests.crash.renewal_runner URL POINT` kills itself (-9) at a point.

Points: before every SQL statement, and before and after every commit. Prints how many it passed.
"""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy import event

from tests.selling import Worker
from webapp.foundation.db import Database
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller import models  # noqa: F401  every table must be known
from webapp.reseller.orders import renewal_run

#: Renewals of one transaction here, so that a run has several.
SIZE = 7


class Points:
    """Counts, and dies at the wanted one."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.passed = 0

    def hit(self, *_: object, **__: object) -> None:
        """One more."""
        self.passed += 1
        if self.passed == self.wanted:
            os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, point: int) -> None:
    """Run to the end, or to the point."""
    database, points = Database(url), Points(point)
    event.listen(database.engine, "before_cursor_execute", points.hit)
    event.listen(database.engine, "commit", points.hit)
    event.listen(database.session_class, "after_commit", points.hit)
    said = renewal_run.run(Worker(database, MemoryRegistry()), SIZE)
    print(points.passed, said)
    database.dispose()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
