"""Numbers for Prometheus. No tenant in any label: ten thousand partners must not become ten thousand series.

With PROMETHEUS_MULTIPROC_DIR set before the start, all processes write to files there and any of them shows the sum.
That folder must be emptied before the first process starts, and only then.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

log = logging.getLogger(__name__)

#: Of the text that `render` returns.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300)


class OutboxState(NamedTuple):
    """What waits in one queue: how many rows, and for how long the oldest is overdue, in seconds."""

    backlog: int
    age_seconds: float


#: Queue (a fixed name, never a tenant) -> what waits there. Called when somebody reads the metrics.
OutboxReader = Callable[[], Mapping[str, OutboxState]]


@dataclass(frozen=True)
class _Metrics:
    registry: CollectorRegistry
    requests: Histogram
    commands: Histogram
    jobs: Histogram
    cache: Counter


@lru_cache(maxsize=1)
def _metrics() -> _Metrics:
    """Made on first use: importing this module registers nothing and opens no file."""
    registry = CollectorRegistry()
    return _Metrics(
        registry,
        Histogram(
            "witryna_request_seconds",
            "HTTP requests",
            ["surface", "endpoint", "status"],
            buckets=_FAST,
            registry=registry,
        ),
        Histogram(
            "witryna_registry_command_seconds",
            "Commands sent to registries",
            ["command", "outcome"],
            buckets=_FAST,
            registry=registry,
        ),
        Histogram("witryna_job_seconds", "Jobs by task", ["task", "outcome"], buckets=_SLOW, registry=registry),
        Counter("witryna_page_cache", "Pages asked of the page cache", ["result"], registry=registry),
    )


def observe_request(surface: str, endpoint: str | None, status: int, seconds: float) -> None:
    """One answered request. `endpoint` is the route's name, never the path; None: no route matched."""
    _metrics().requests.labels(surface, endpoint or "unmatched", f"{status // 100}xx").observe(seconds)


def observe_registry_command(command: str, outcome: str, seconds: float) -> None:
    """One command to the registry ("domain:check"); `outcome` is "ok", "refused" or "lost"."""
    _metrics().commands.labels(command, outcome).observe(seconds)


def observe_job(task: str, outcome: str, seconds: float) -> None:
    """One run of a task of the outbox; `outcome` is "done", "again", "failed" or "lost" (another worker has it)."""
    _metrics().jobs.labels(task, outcome).observe(seconds)


def count_page_cache(result: str) -> None:
    """One look into the page cache: "hit" or "miss"."""
    _metrics().cache.labels(result).inc()


def render(outbox: OutboxReader | None = None) -> bytes:
    """All metrics in the Prometheus text format; the gauges of the outbox are read now."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Forwarded(_metrics().registry))
    if outbox is not None:
        registry.register(_OutboxCollector(outbox))
    return generate_latest(registry)


class _Forwarded(Collector):
    """The metrics of this process, shown beside those that are read on demand."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        yield from self._registry.collect()


class _OutboxCollector(Collector):
    def __init__(self, read: OutboxReader) -> None:
        self._read = read

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        backlog = GaugeMetricFamily("witryna_outbox_backlog", "Outbox rows that wait", labels=["queue"])
        age = GaugeMetricFamily("witryna_outbox_age_seconds", "How long the oldest row is overdue", labels=["queue"])
        readable = GaugeMetricFamily("witryna_outbox_readable", "1 when the outbox could be asked", value=0)
        try:
            states = self._read()
        except Exception:
            # The database may be down: just then somebody needs the other numbers.
            log.exception("the outbox could not be read for the metrics")
            yield readable
            return
        for queue, state in states.items():
            backlog.add_metric([queue], state.backlog)
            age.add_metric([queue], state.age_seconds)
        yield from (backlog, age, GaugeMetricFamily("witryna_outbox_readable", readable.documentation, value=1))
