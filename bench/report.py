"""bench/RESULTS.md: the goals with what was reached, then every table, then how it was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from demo.starter import web_command

from . import load, machine, pages, partners, search
from .data import ENDINGS, MANY
from .editing import Edited
from .frames import Painted
from .hosts import Hosts
from .pages import Result
from .papers import Papers
from .partners import Install
from .renewals import Renewals
from .rivals import Rivals
from .search import Searched
from .servers import REFERENCE
from .statements import Statements
from .weight import Visit


@dataclass
class Findings:
    """What a run has found so far. A part that was not measured stays empty and says so."""

    page_bytes: int = 0
    seconds: float = 0.0
    results: list[Result] = field(default_factory=list)
    statements: dict[str, Statements] = field(default_factory=dict)
    searched: Searched | None = None
    installs: dict[str, list[Install]] = field(default_factory=dict)
    rivals: Rivals | None = None
    visits: list[Visit] = field(default_factory=list)
    edited: Edited | None = None
    painted: Painted | None = None
    hosts: list[Hosts] = field(default_factory=list)
    renewals: Renewals | None = None
    papers: Papers | None = None
    #: Why something is missing, in sentences.
    remarks: list[str] = field(default_factory=list)
    took: float = 0.0
    #: As it was when the run began: others may commit meanwhile.
    commit: str = field(default_factory=machine.commit)


@dataclass(frozen=True)
class Goal:
    """One requirement: what must hold, what was found, and whether it does."""

    what: str
    wanted: str
    found: str
    reached: bool


def goals(found: Findings) -> list[Goal]:
    """Every requirement that was measured."""
    made = [*_page_goals(found), *_statement_goals(found)]
    if found.searched:
        made += _search_goals(found.searched)
    for kind, (few, many) in found.installs.items():
        made += _partner_goals(kind, few, many)
    return made


def _page_goals(found: Findings) -> Iterable[Goal]:
    base = found.results[0] if found.results else None
    for result in found.results[1:]:
        assert base is not None
        ratio = median(result.ratios(base, lambda shot: shot.load.per_second))
        wanted = result.case.goal or 0.0
        yield Goal(
            f"{result.case.name}: requests a second against the reference",
            f">= {wanted:g} x",
            f"{ratio:.2f} x",
            ratio >= wanted,
        )


def _statement_goals(found: Findings) -> Iterable[Goal]:
    for kind, each in found.statements.items():
        told = f"{each.kept}; {each.host_too} when the host is looked up too (once a second)"
        yield Goal(f"SQL statements of a cold page, {kind}", "<= 3", told, each.host_too <= 3)


def _search_goals(searched: Searched) -> Iterable[Goal]:
    first = median(each.first / each.round_trip for each in searched.alone)
    last = median(each.last / each.round_trip for each in searched.alone)
    yield Goal(f"Search of {ENDINGS} endings: first row", "<= 1.5 round trips", f"{first:.2f}", first <= 1.5)
    yield Goal(f"Search of {ENDINGS} endings: all rows", "<= 2 round trips", f"{last:.2f}", last <= 2)
    shared = max(crowd.all_ / crowd.one for crowd in searched.crowds)
    answered = min(crowd.answered for crowd in searched.crowds)
    told = f"{shared:.2f} x (worst of {len(searched.crowds)}), {answered} of {search.PROSPECTS} fully answered"
    good = shared <= 1.5 and answered == search.PROSPECTS
    yield Goal(f"Registry commands of {search.PROSPECTS} prospects at once", "<= 1.5 x those of one", told, good)


def _partner_goals(kind: str, few: Install, many: Install) -> Iterable[Goal]:
    rows: tuple[tuple[str, list[float], list[float], str, float], ...] = (
        ("start-up", few.start, many.start, "s", 0.1),
        ("memory of a web process", few.memory, many.memory, "MiB", 2.0),
        ("host resolution", few.lookup, many.lookup, "us", 0.0),
    )
    for what, before, after, unit, slack in rows:
        old, new = median(before), median(after)
        # Looking up one row of 20,000 in an index is a step or two longer; what would show is a growth with the rows.
        good = new <= old * 1.25 + slack
        told = f"{old:.4g} {unit} with 2, {new:.4g} {unit} with {MANY + 2:,}"
        yield Goal(f"10,000 more partners, {kind}: {what}", "the same (within a quarter)", told, good)


# --- the page ------------------------------------------------------------------------------------------------


def text(found: Findings) -> str:
    """The whole file."""
    parts = [
        "# Results of `make bench`",
        "Written by the bench. **Ratios are the result**: absolute numbers belong to this machine and these minutes.",
        "\n".join(f"- {line}" for line in circumstances(found)),
        "## Goals",
        table(("goal", "wanted", "found", ""), [(g.what, g.wanted, g.found, mark(g)) for g in goals(found)]),
        *_pages(found),
        *_search(found.searched),
        *_partners(found.installs),
        "## How",
        _how(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def mark(goal: Goal) -> str:
    """The last column of the goals."""
    return "reached" if goal.reached else "**missed**"


def circumstances(found: Findings) -> list[str]:
    """Where and when it was measured, and whether the machine was quiet."""
    loaded = [*found.results, *(found.rivals.results if found.rivals else [])]
    noisy = [shot.foreign for result in loaded for shot in result.shots]
    noisy += found.searched.foreign if found.searched else []
    calm = f"other programs used up to {max(noisy):.2f} cores beside a measurement" if noisy else ""
    doubt = " (above 0.15: not a quiet machine, run it again)" if noisy and max(noisy) > pages.FOREIGN_CORES else ""
    return [
        *machine.facts(),
        f"commit {found.commit}",
        f"load by {load.tool()}; {found.seconds:g} s each; {pages.ROUNDS} interleaved rounds, medians",
        f"this took {found.took / 60:.1f} minutes",
        *([calm + doubt] if calm else []),
        *found.remarks,
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """As Markdown."""
    lines = [head, ["---" for _ in head], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _pages(found: Findings) -> list[str]:
    if not found.results:
        return []
    head = (
        "home page", "req/s", "min-max", "x reference", "min-max", "CPU us/req", "x reference by CPU", "p50 ms",
        "p99 ms", "peak RSS MiB", "PSS MiB", "foreign cores", "bad",
    )  # fmt: skip
    base = found.results[0]
    told = f"## Pages\n\nThe home page of the demo's first shop, {found.page_bytes:,} bytes. Cold: page cache off."
    counts = [(kind, str(s.kept), str(s.host_too), str(s.nothing_kept)) for kind, s in found.statements.items()]
    counted = table(("SQL statements of a cold page", "parts kept", "host looked up too", "first visit ever"), counts)
    note = "BEGIN and ROLLBACK are not counted; on PostgreSQL BEGIN also carries the tenant (row-level security)."
    return [told, table(head, [row(result, base) for result in found.results]), counted, note]


def row(result: Result, base: Result) -> list[str]:
    speed = [shot.load.per_second for shot in result.shots]
    ratios = result.ratios(base, lambda shot: shot.load.per_second)
    cpu = [1 / ratio for ratio in result.ratios(base, lambda shot: shot.cpu)]
    return [
        result.case.name,
        f"{median(speed):,.0f}",
        f"{min(speed):,.0f}-{max(speed):,.0f}",
        f"**{median(ratios):.2f}**",
        f"{min(ratios):.2f}-{max(ratios):.2f}",
        f"{result.middle(lambda shot: shot.cpu):,.0f}",
        f"{median(cpu):.2f}",
        f"{result.middle(lambda shot: shot.load.p50):.2f}",
        f"{result.middle(lambda shot: shot.load.p99):.2f}",
        f"{max(shot.peak for shot in result.shots):.0f}",
        f"{max(shot.pss for shot in result.shots):.0f}",
        f"{max(shot.foreign for shot in result.shots):.2f}",
        str(sum(shot.load.bad for shot in result.shots)),
    ]


def _search(searched: Searched | None) -> list[str]:
    if searched is None:
        return []
    alone = searched.alone

    def spread(of: Callable[[search.Alone], float], unit: str) -> str:
        values = [of(each) for each in alone]
        return f"{median(values):.{2 if unit == 'x' else 1}f} {unit} ({min(values):.2f}-{max(values):.2f})"

    rows = [
        ("one round trip", spread(lambda each: each.round_trip, "ms"), ""),
        ("first answered row", spread(lambda e: e.first, "ms"), spread(lambda e: e.first / e.round_trip, "x")),
        (f"all {ENDINGS} rows", spread(lambda e: e.last, "ms"), spread(lambda e: e.last / e.round_trip, "x")),
    ]
    crowds = [
        (
            str(c.one),
            str(c.all_),
            f"{c.all_ / c.one:.2f}",
            f"{c.answered} ({c.streamed} as a stream)",
            f"{c.seconds:.1f} s",
        )
        for c in searched.crowds
    ]
    told = (
        f"## Search\n\n{ENDINGS} endings at a registry that answers after {search.DELAY_MS} ms, over warm registry "
        f"sessions, read from the web server's event stream; {len(alone)} searches for fresh words; median (min-max)."
    )
    head = ("check commands of one", f"of {search.PROSPECTS} at once", "x", "fully answered", "until the last answer")
    memory = [(name, f"{each.peak:.0f}", f"{each.pss:.0f}") for name, each in sorted(searched.peaks.items())]
    return [
        told,
        table(("", "time", "of a round trip"), rows),
        table(head, crowds),
        _MEMORY,
        table(("process", "peak RSS MiB", "PSS MiB"), memory),
    ]


_MEMORY = """## Memory

Peaks over all searches, the largest process of each kind (the web server's children answer, the worker's are jobs)."""


def _partners(installs: dict[str, list[Install]]) -> list[str]:
    rows = [
        (
            f"{each.name}, {kind}",
            f"{median(each.start):.2f}",
            f"{median(each.memory):.1f}",
            f"{median(each.lookup):.0f}",
            f"{median(each.after_many):.1f}" if each.after_many else "",
        )
        for kind, both in installs.items()
        for each in both
    ]
    if not rows:
        return []
    head = (
        "install", "start-up s", "web process MiB (PSS)", "host resolution us",
        f"MiB after {partners.SHOPS_VISITED} shops",
    )  # fmt: skip
    told = (
        f"## {MANY:,} more partners\n\nEach with its row, host, brand and home page. Memory after {partners.VISITS} "
        f"visits of one shop; the last column after {partners.SHOPS_VISITED} other shops were visited too: their pages "
        "are then in the page cache, which is bounded."
    )
    return [told, table(head, rows)]


def _how() -> str:
    return f"""- Reference: a bare Flask route that returns the same bytes under
  `python -m {" ".join(REFERENCE)} "bench.reference:create()"`.
- Witryna: the web server as `make demo` starts it, `python -m {" ".join(web_command(8000)[2:])}`, with its metrics;
  cold with `WITRYNA_PAGE_CACHE=off`.
- Each measurement starts its server afresh, warms it for {pages.WARM_UP:g} s, then loads it from the same machine. One
  that other programs disturbed by more than {pages.FOREIGN_CORES} cores is repeated, at most {pages.REPEATS} times.
- CPU per request is that of the web server, Valkey and PostgreSQL. PostgreSQL is a fresh cluster on a unix socket.
- "x reference" is taken inside each round. Again: `make bench`, shorter: `make bench BENCH_SECONDS=2`."""
