"""P1: no paid order is lost or provisioned twice, wherever a process dies; P2: whatever answer is lost.

A sale of two names and a renewal runs in a process of its own against the real registry over EPP. It is killed, without
any handler, before each SQL statement that writes, around each commit and around each EPP command; then a fresh process
goes on. The full tier kills it before each statement that reads, too.
Separately the registry loses, spoils or delays the answer to each command.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from tests.crash.bench import Bench, Fault, Result
from tests.crash.naive import NAIVE
from tests.harness.figures import Figures

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
#: The loops are cut into so many tests, so that the workers share them.
SHARDS = 16
#: Points that the fast tier takes on PostgreSQL, besides the one after each EPP command.
SAMPLE, SEED = 10, 20261121

#: What the registry may do to a command: (kind, result code).
FAULTS = (
    ("lose-before", None),
    ("lose-after", None),
    ("close-mid-frame", None),
    ("duplicate", None),
    ("delay", None),
    ("code", 2400),
    ("code", 2500),
    ("code", 2502),
)

CODES, OTHERS = FAULTS[-3:], FAULTS[2:5]

BenchOf = Callable[[str], Bench]
pytestmark = pytest.mark.timeout(1800)


@cache
def undisturbed(bench: Bench) -> Result:
    """A run that nobody interrupts: it must end well, and tells where one can interrupt."""
    result = bench.run()
    assert (result.died, result.problems) == (False, [])
    return result


def points_of(result: Result, kind: str, full: bool) -> Sequence[int]:
    """Every point, or what the fast tier takes of them on PostgreSQL."""
    everything = range(1, result.points + 1)
    if kind == "sqlite" or full:
        return everything
    sample = random.Random(SEED).sample(everything, SAMPLE)
    return sorted({*sample, *(point for point, phase, _ in result.wire if phase == "after")})


def run_to(bench: Bench, point: int) -> Result:
    """A run that dies at `point`. On a machine that stalls an answer may time out and the run go another way: again."""
    result = bench.run(point)
    return result if result.died or result.problems else bench.run(point)


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_a_sale_survives_the_death_of_its_process_at_every_point(
    bench_of: BenchOf, kind: str, shard: int, full_tier: bool, figures: Figures
) -> None:
    bench = bench_of(kind)
    points = points_of(undisturbed(bench), kind, full_tier)[shard::SHARDS]
    broken = {}
    for point in points:
        result = run_to(bench, point)
        if result.problems or not result.died:
            broken[point] = result.problems or ["the point was not reached"]
    figures.count(f"crash points ({kind})", len(points), broken=len(broken))
    assert not broken


def test_there_is_no_point_behind_the_last_one(bench_of: BenchOf) -> None:
    bench = bench_of("sqlite")
    assert not bench.run(undisturbed(bench).points + 1).died
    assert undisturbed(bench).points > 200


def commands_of(result: Result, kind: str, fault: tuple[str, int | None], full: bool) -> Sequence[int]:
    """Every command of a sale by its number. In the fast tier each command loses its question and its answer, and gets
    one of the other faults and one of the codes; PostgreSQL sees each fault at two commands."""
    everything = range(1, len(result.commands) + 1)
    if full:
        return everything
    if kind != "sqlite":
        return sorted(random.Random(f"{SEED}{fault}").sample(everything, 2))
    alike = next((group for group in (CODES, OTHERS) if fault in group), (fault,))
    return everything[alike.index(fault) :: len(alike)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}{fault[1] or ''}")
@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL])
def test_a_sale_survives_each_spoiled_answer(
    bench_of: BenchOf, kind: str, fault: tuple[str, int | None], full_tier: bool, figures: Figures
) -> None:
    bench = bench_of(kind)
    numbers = commands_of(undisturbed(bench), kind, fault, full_tier)
    broken = {}
    for nth in numbers:
        result = bench.run(fault=Fault(fault[0], nth, fault[1]))
        if result.problems or result.faults != 1:
            broken[nth] = result.problems or ["the fault did not strike"]
    figures.count(f"EPP faults ({kind})", len(numbers), broken=len(broken))
    assert not broken


def test_create_then_mark_breaks_the_promises_so_these_tests_can_fail(bench_of: BenchOf) -> None:
    """The same sale with the provisioning that everybody writes first: fine while nothing happens, and only then."""
    bench = bench_of("sqlite")
    calm = bench.run(tasks=NAIVE)
    assert calm.problems == []
    for point, phase, command in calm.wire:
        if (phase, command) in (("after", "domain:create"), ("after", "domain:renew")):
            assert bench.run(point, tasks=NAIVE).problems, f"killed at {point}, after {command}"
    for nth, command in enumerate(calm.commands, start=1):
        if command in ("create domain", "renew domain"):
            assert bench.run(fault=Fault("lose-after", nth), tasks=NAIVE).problems, f"lost answer to {command}"
