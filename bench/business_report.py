"""bench/BUSINESS.md: what a renewal run costs beside bare SQL, and how long a thousand papers take."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from . import papers, renewals_data
from .papers import Papers
from .renewals import FLAT, ROUNDS, Renewals
from .report import Findings, Goal, circumstances, mark, table

#: How many times the bare SQL's time a run may take.
WANTED = 3.0


def goals(found: Findings) -> list[Goal]:
    """Every requirement that was measured."""
    renewals = _run_goals(found.renewals) if found.renewals else ()
    return [*renewals, *(_paper_goals(found.papers) if found.papers else ())]


def _paper_goals(made: Papers) -> Iterable[Goal]:
    told = f"{made.seconds:.1f} s, {made.each_ms:.1f} ms each, {made.size / 1e6:.0f} MB"
    reached = made.seconds <= papers.WANTED_SECONDS
    yield Goal(f"{made.documents:,} proformas as PDF in one ZIP", f"<= {papers.WANTED_SECONDS:g} s", told, reached)


def _run_goals(run: Renewals) -> Iterable[Goal]:
    told = f"{run.ratio:.2f} x ({median(run.run):.2f} s, {median(run.bare):.2f} s)"
    yield Goal(f"Renewal run, {run.rows['proformas']:,} due", f"<= {WANTED:g} x bare SQL", told, run.ratio <= WANTED)
    told = f"{run.growth:.3f} x ({run.quarters[0]:.0f} MiB, {run.quarters[-1]:.0f} MiB)"
    yield Goal("Renewal run: memory, last quarter against the first", f"<= {FLAT:g} x", told, run.growth <= FLAT)
    told = "they differ" if run.differs else "the same numbers of rows and the same sum"
    yield Goal("Renewal run: the rows of both", "the same", told, not run.differs)


def text(found: Findings) -> str:
    """The whole file."""
    rows = [(goal.what, goal.wanted, goal.found, mark(goal)) for goal in goals(found)]
    run = found.renewals
    written = [(name, f"{count:,}") for name, count in run.rows.items()] if run else []
    parts = [
        "# The business, as `make bench` found it",
        "\n".join(f"- {line}" for line in circumstances(found)),
        "## Goals",
        table(("goal", "wanted", "found", ""), rows),
        table(("table", "rows written"), written),
        "## How",
        _how(),
    ]
    return "\n\n".join(parts) + "\n"


def _how() -> str:
    every = renewals_data.PARTNERS * renewals_data.EACH
    return f"""- PostgreSQL, {every:,} domains of {renewals_data.PARTNERS:,} partners; one of each ends in 30 days.
  {ROUNDS} interleaved rounds, each on a fresh copy of the database.
- The reference (bench/renewals_data.py) finds what is due and writes every row of it, each table by one
  INSERT ... SELECT, in one transaction. The run writes the same in chunks with a commit each, in a process of its
  own; what it needs to start is not counted. Rows and sums of both are compared.
- Memory is what the process has in use after each commit; each quarter's largest value counts.
- Papers: the worker's own job on SQLite, from the click to the ZIP in the storage, data read from the database.
"""
