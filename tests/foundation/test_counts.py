"""Counts: added up in memory, written together, nothing lost by trouble or an ordinary end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from webapp.foundation.counts import MOST, Counts, Key, is_bot


class Book:
    """Takes what is written; refuses it while `broken`."""

    def __init__(self) -> None:
        self.sums: Counter[Key] = Counter()
        self.broken = False

    def write(self, counted: Mapping[Key, int]) -> Mapping[Key, int]:
        if self.broken:
            raise OSError("no database")
        self.sums.update(counted)
        return {}


def test_threads_add_up_and_trouble_only_delays() -> None:
    book = Book()
    counts = Counts(book.write, every=3600)
    book.broken = True

    def visit() -> None:
        for _ in range(2000):
            counts.add("visit", 1)

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    counts.flush()
    for thread in threads:
        thread.join()
    book.broken = False
    counts.flush()
    assert book.sums == {("visit", 1): 8000}


def test_a_flood_of_different_names_stays_within_bounds() -> None:
    book = Book()
    counts = Counts(book.write, every=3600)
    for number in range(MOST + 50):
        counts.add("name", 1, number)
    counts.add("name", 1, 0)
    counts.flush()
    assert len(book.sums) == MOST
    assert book.sums["name", 1, 0] == 2


def test_an_ordinary_end_of_the_process_writes_what_is_left(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    program = (
        "import pathlib; from webapp.foundation.counts import Counts\n"
        f"counts = Counts(lambda sums: pathlib.Path({str(kept)!r}).write_text(repr(sums)) and {{}})\n"
        "counts.add('visit', 1)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert kept.read_text() == "{('visit', 1): 1}"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("", True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("curl/8.5.0", True),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
            False,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", False),
    ],
)
def test_programs_that_say_so_are_no_visitors(agent: str, expected: bool) -> None:
    assert is_bot(agent) is expected
