"""What the registry tests order, and how they order it from many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from webapp.providers.registry.port import ContactCard, Registration

CARD = ContactCard(
    "ACME-1",
    "Anna Nowak",
    "Acme",
    ("ul. Prosta 1", "m. 2"),
    "Kraków",
    "30-001",
    "PL",
    "+48.123456789",
    "anna@acme.example",
)


def order(name: str, **changes: Any) -> Registration:
    return Registration(
        **{"name": name, "years": 1, "registrant": CARD.handle, "auth_info": "x7-fingerprint", **changes}
    )


def together(count: int, act: Callable[[int], object]) -> None:
    """Run ``act(0)`` to ``act(count - 1)`` in as many threads that start at once; their errors surface."""
    barrier = threading.Barrier(count)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            act(number)
        except BaseException as error:  # noqa: BLE001 (raised again below, in the test's own thread)
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
