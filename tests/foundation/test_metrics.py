"""Metrics: what an operator's Prometheus reads, over several processes, and with the database down."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.selling import open_shop
from webapp.foundation import metrics
from webapp.foundation.db import Database
from webapp.foundation.metrics import OutboxState

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    metrics._metrics.cache_clear()


def samples(text: bytes) -> dict[tuple[str, frozenset[str]], float]:
    """Every sample of the exposition by (name, label values); the order of labels is the library's affair."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_surface_route_and_status_class() -> None:
    metrics.observe_request("storefront", "storefront.page", 200, 0.003)
    metrics.observe_request("storefront", "storefront.page", 204, 0.2)
    metrics.observe_request("storefront", None, 404, 0.001)
    found = samples(metrics.render())
    assert found["witryna_request_seconds_count", frozenset(("storefront", "storefront.page", "2xx"))] == 2
    assert found["witryna_request_seconds_count", frozenset(("storefront", "unmatched", "4xx"))] == 1
    assert found["witryna_request_seconds_sum", frozenset(("storefront", "storefront.page", "2xx"))] == pytest.approx(
        0.203
    )
    assert found["witryna_request_seconds_bucket", frozenset(("storefront", "storefront.page", "2xx", "0.005"))] == 1


def test_registry_commands_jobs_and_the_cache_are_counted() -> None:
    metrics.observe_registry_command("domain:check", "ok", 0.03)
    metrics.count_page_cache("hit")
    metrics.observe_job("activate", "done", 0.1)
    metrics.observe_job("activate", "failed", 0.1)
    found = samples(metrics.render())
    assert found["witryna_registry_command_seconds_count", frozenset(("domain:check", "ok"))] == 1
    assert found["witryna_page_cache_total", frozenset(("hit",))] == 1
    assert found["witryna_job_seconds_count", frozenset(("activate", "done"))] == 1
    assert found["witryna_job_seconds_count", frozenset(("activate", "failed"))] == 1


def test_the_outbox_is_asked_when_somebody_reads_not_before() -> None:
    asked: list[int] = []

    def read() -> Mapping[str, OutboxState]:
        asked.append(1)
        return {"mail": OutboxState(7, 12.5), "registry": OutboxState(0, 0.0)}

    assert not asked
    found = samples(metrics.render(read))
    assert asked == [1]
    assert found["witryna_outbox_backlog", frozenset(("mail",))] == 7
    assert found["witryna_outbox_age_seconds", frozenset(("mail",))] == 12.5
    assert found["witryna_outbox_backlog", frozenset(("registry",))] == 0
    assert found["witryna_outbox_readable", frozenset()] == 1


def test_with_the_database_down_the_other_numbers_are_still_there() -> None:
    def down() -> Mapping[str, OutboxState]:
        raise ConnectionError("database is down")

    metrics.observe_request("api", "api.orders", 500, 1.0)
    found = samples(metrics.render(down))
    assert found["witryna_request_seconds_count", frozenset(("api", "api.orders", "5xx"))] == 1
    assert found["witryna_outbox_readable", frozenset()] == 0
    assert not any(name == "witryna_outbox_backlog" for name, _ in found)


def test_no_series_belongs_to_a_tenant() -> None:
    metrics.observe_request("storefront", "storefront.page", 200, 0.003)
    metrics.observe_registry_command("domain:check", "ok", 0.03)
    metrics.observe_job("activate", "done", 0.1)
    text = metrics.render(lambda: {"mail": OutboxState(1, 1.0)}).decode()
    for word in ("tenant", "partner", "host=", "account"):
        assert word not in text


PROCESS = """
from webapp.foundation import metrics
metrics.observe_request("storefront", "storefront.page", 200, 0.01)
metrics.observe_job("mail", "done", 0.01)
"""


def test_any_process_shows_the_sum_of_all(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for _ in range(3):
        subprocess.run([sys.executable, "-c", PROCESS], env=environ, check=True)
    reader = "import sys; from webapp.foundation import metrics; sys.stdout.buffer.write(metrics.render(lambda: {}))"
    shown = subprocess.run([sys.executable, "-c", reader], env=environ, check=True, capture_output=True).stdout
    found = samples(shown)
    assert found["witryna_request_seconds_count", frozenset(("storefront", "storefront.page", "2xx"))] == 3
    assert found["witryna_job_seconds_count", frozenset(("mail", "done"))] == 3
    assert found["witryna_outbox_readable", frozenset()] == 1


def test_importing_opens_no_file(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", "import webapp.foundation.metrics"], env=environ, check=True)
    assert not list(tmp_path.iterdir())


def test_every_run_of_a_task_is_counted(sqlite_url: str) -> None:
    with open_shop(Database(sqlite_url)) as shop:
        shop.sell("counted.com")
    found = samples(metrics.render())
    assert found["witryna_job_seconds_count", frozenset(("domain.provision", "done"))] == 1
