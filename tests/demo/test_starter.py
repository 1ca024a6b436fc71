"""The demo as a whole: everything up, everything described, everything down again; its data stay."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import ssl
import time
from pathlib import Path

import httpx
import pytest

from demo.plan import LOOPBACK, free_port
from tests.harness.running_demo import RunningDemo, running_demo

pytestmark = pytest.mark.timeout(240)

KEYS = {
    *("platform", "panel", "operator", "api", "shops", "outside_site", "mail", "dns", "gateway", "registry"),
    *("sign_ins", "env", "pids"),
}


@pytest.fixture(scope="module")
def port() -> int:
    """The port is a part of the shops' names, so it stays with the data."""
    return free_port()


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all: the first start fills it, the others find what is there."""
    return tmp_path_factory.mktemp("demo")


def _get(address: str) -> httpx.Response:
    """As a browser does: every name under localhost is this machine."""
    url = httpx.URL(address)
    return httpx.get(url.copy_with(host=LOOPBACK), headers={"Host": f"{url.host}:{url.port}"}, timeout=20)


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _all_gone(demo: RunningDemo) -> bool:
    deadline = time.monotonic() + 10
    while any(map(_alive, demo.facts["pids"].values())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(_alive, demo.facts["pids"].values()))


def test_a_ready_demo_answers_at_every_address_that_it_names(var: Path, port: int) -> None:
    with running_demo(var, port) as demo:
        facts = demo.facts
        assert set(facts) == KEYS
        assert all(map(_alive, facts["pids"].values()))
        assert set(facts["pids"]) == {"web", "worker", "tick", "registry", "mail"}
        assert _get(f"{facts['platform']}/healthz").json() == {"status": "ok"}
        for url in (*facts["shops"].values(), facts["panel"], facts["operator"], facts["outside_site"]):
            assert _get(url).status_code in (200, 302, 303), url
        # The seeded subscriber's order went through the real queue: her mails came from her shop's own address.
        senders = {mail["from"] for mail in httpx.get(f"{facts['mail']}/messages.json").json()}
        assert senders <= {"Acme Domeny <biuro@acme.example>"}
        for role in ("operator", "partner", "partner2", "subscriber"):
            assert facts["sign_ins"][role]["password"] == "demo-demo-demo"
            assert facts["sign_ins"][role]["email"] in demo.output.read_text()
        ssl.create_default_context(cafile=facts["registry"]["ca_file"])
        platform_user = facts["env"]["WITRYNA_REGISTRY_URL"].removeprefix("epp://").partition("@")[0]
        assert facts["registry"]["accounts"][0]["user"] != platform_user
    assert demo.process.returncode == 0
    assert not (var / "demo.json").exists()
    assert _all_gone(demo)


def test_a_killed_demo_leaves_nothing_behind_and_the_next_one_keeps_its_data_until_a_program_dies(
    var: Path, port: int
) -> None:
    with running_demo(var, port) as first:
        key = first.facts["env"]["WITRYNA_SECRET_KEY"]
        before = _partners(var)
        first.process.kill()
        first.process.wait()
        assert _all_gone(first)
    assert json.loads((var / "demo.json").read_text()) == first.facts  # stale: nobody was left to remove it
    with running_demo(var, port) as second:
        assert second.facts["env"]["WITRYNA_SECRET_KEY"] == key
        assert _partners(var) == before
        _it_ends_as_a_whole_when_one_of_its_programs_dies(second)


def _it_ends_as_a_whole_when_one_of_its_programs_dies(demo: RunningDemo) -> None:
    os.kill(demo.facts["pids"]["worker"], signal.SIGKILL)
    assert demo.process.wait(60) == 1
    assert "worker was ended by SIGKILL" in demo.output.read_text()
    assert _all_gone(demo)


def _partners(var: Path) -> list[tuple[str, ...]]:
    with sqlite3.connect(var / "witryna.sqlite3") as connection:
        return connection.execute("SELECT code, name FROM partners ORDER BY code").fetchall()
