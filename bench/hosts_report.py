"""bench/HOSTS.md: names that shops answer at, by the thousand."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from . import hosts
from .hosts import Hosts
from .report import Findings, Goal, circumstances, mark, table


def goals(found: Findings) -> list[Goal]:
    """Every requirement that was measured."""
    return [goal for each in found.hosts for goal in _goals(each)]


def _goals(each: Hosts) -> Iterable[Goal]:
    for how, asked in (("one connection", each.kept), ("a connection each", each.anew)):
        told = f"{asked.p99:.2f} ms (middle {asked.p50:.2f} ms)"
        yield Goal(f"{each.kind}: tls-ask over {hosts.MANY:,} hosts, p99, {how}", "< 2 ms", told, asked.p99 < 2)
    ratio = median(many / few for few, many in zip(each.few, each.many, strict=True))
    told = f"{ratio:.2f} x ({median(each.few):.0f} us, {median(each.many):.0f} us)"
    yield Goal(
        f"{each.kind}: the shop of a host, {hosts.MANY:,} hosts against {hosts.FEW}", "<= 1.25 x", told, ratio <= 1.25
    )
    for what, times in (
        ("tls-ask, a new host", each.ask_new),
        ("tls-ask, a detached host", each.ask_gone),
        ("every web process, a new host", each.web_new),
        ("every web process, a detached host", each.web_gone),
    ):
        told = f"{max(times):.2f} s (worst of {len(times)})"
        yield Goal(f"{each.kind}: takes effect, {what}", "<= 1 s", told, max(times) <= 1)


def text(found: Findings) -> str:
    """The whole file."""
    rows = [(goal.what, goal.wanted, goal.found, mark(goal)) for goal in goals(found)]
    memory = [
        (each.kind, f"{each.memory:.0f}", f"{max(each.kept.foreign, each.anew.foreign):.2f}") for each in found.hosts
    ]
    parts = [
        "# Hosts, as `make bench` found them",
        "\n".join(f"- {line}" for line in circumstances(found)),
        "## Goals",
        table(("goal", "wanted", "found", ""), rows),
        table(("database", "tls-ask MiB (PSS)", "foreign cores while asking"), memory),
        "## How",
        _how(),
    ]
    return "\n\n".join(parts) + "\n"


def _how() -> str:
    return f"""- tls-ask runs as the systemd unit starts it and is asked {hosts.ASKED:,} times in turn, half of the
  names nobody's, by Python's HTTP client on the same machine: its time is in the figures.
- The shop of a host is one statement, timed without any cache, {hosts.ROUNDS} interleaved rounds of {hosts.LOOKUPS}.
- {hosts.CHANGES} hosts are added and detached in the database. For {hosts.WATCHED} s after each commit tls-ask and a
  web server with two processes, which knew the old state, are asked every few milliseconds; the time is that of the
  last answer that was still the old one."""
