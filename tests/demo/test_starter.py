"""The demo as a whole: everything up, everything described, everything down again; its data stay."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import ssl
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


def _get(address: str) -> httpx.Response:
    """As a browser does: every name under localhost is this machine."""
    url = httpx.URL(address)
    return httpx.get(url.copy_with(host=LOOPBACK), headers={"Host": f"{url.host}:{url.port}"}, timeout=20)


def test_a_demo_answers_survives_its_starter_and_ends_as_a_whole(tmp_path: Path) -> None:
    """One folder for all: the first start fills it, the second finds what is there. How one ends that is asked to, the
    journeys see (tests/journeys/conftest.py).
    """
    port = free_port()  # a part of the shops' names, so it stays with the data
    with running_demo(tmp_path, port) as first:
        _it_answers_at_every_address_that_it_names(first)
        key, before = first.facts["env"]["WITRYNA_SECRET_KEY"], _partners(tmp_path)
        first.process.kill()
        first.process.wait()
        assert first.all_gone()
    assert json.loads((tmp_path / "demo.json").read_text()) == first.facts  # stale: nobody was left to remove it
    with running_demo(tmp_path, port) as second:
        assert second.facts["env"]["WITRYNA_SECRET_KEY"] == key
        assert _partners(tmp_path) == before
        _it_ends_as_a_whole_when_one_of_its_programs_dies(second)


def _it_answers_at_every_address_that_it_names(demo: RunningDemo) -> None:
    facts = demo.facts
    assert set(facts) == KEYS
    assert demo.alive() == set(facts["pids"])
    assert set(facts["pids"]) == {"web", "worker", "tick", "registry", "mail"}
    assert _get(f"{facts['platform']}/healthz").json() == {"status": "ok"}
    for url in (*facts["shops"].values(), facts["panel"], facts["operator"], facts["outside_site"]):
        assert _get(url).status_code in (200, 302, 303), url
    # The seeded subscriber's order went through the real queue: her mails came from her shop's own address.
    assert {mail["from"] for mail in demo.mails()} <= {"Acme Domeny <biuro@acme.example>"}
    for role in ("operator", "partner", "partner2", "subscriber"):
        assert facts["sign_ins"][role]["password"] == "demo-demo-demo"
        assert facts["sign_ins"][role]["email"] in demo.output.read_text()
    ssl.create_default_context(cafile=facts["registry"]["ca_file"])
    platform_user = facts["env"]["WITRYNA_REGISTRY_URL"].removeprefix("epp://").partition("@")[0]
    assert facts["registry"]["accounts"][0]["user"] != platform_user


def _it_ends_as_a_whole_when_one_of_its_programs_dies(demo: RunningDemo) -> None:
    os.kill(demo.facts["pids"]["worker"], signal.SIGKILL)
    assert demo.process.wait(60) == 1
    assert "worker was ended by SIGKILL" in demo.output.read_text()
    assert demo.all_gone()


def _partners(var: Path) -> list[tuple[str, ...]]:
    with sqlite3.connect(var / "witryna.sqlite3") as connection:
        return connection.execute("SELECT code, name FROM partners ORDER BY code").fetchall()
