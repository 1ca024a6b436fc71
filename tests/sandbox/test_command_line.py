"""The command line: what an operator of the sandbox and a test can list and set."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from epptools import Client

from sandbox.testing import ROOT, Registry, running_registry
from tests.sandbox.conftest import SignIn


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One registry for all that is refused."""
    with running_registry(tmp_path_factory.mktemp("steady")) as running:
        yield running


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    "command", ["", "serve", "list", "set", "take", "clock", "fault", "delay", "maintenance", "setting"]
)
def test_every_command_explains_itself(command: str) -> None:
    done = _run(*filter(None, [command]), "--help")
    assert done.returncode == 0
    assert "usage: python -m sandbox" in done.stdout


def test_without_a_registry_it_says_how_to_start_one(tmp_path: Path) -> None:
    done = _run("list", "domains", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "sandbox serve" in done.stderr


def test_the_ready_file_and_the_end_by_sigterm(tmp_path: Path) -> None:
    with running_registry(tmp_path) as registry:
        facts = json.loads((tmp_path / "registry-ready.json").read_text())
        assert Path(facts["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert len(facts["accounts"]) >= 2
        assert registry.stop() == 0


def test_data_outlives_a_restart_even_a_hard_one(tmp_path: Path) -> None:
    def session(registry: Registry) -> Client:
        from epptools import Config

        client = Client(
            Config(
                host=registry.host,
                port=registry.port,
                ca_file=registry.ca_file,
                clid=registry.accounts[0].user,
                password=registry.accounts[0].password,
            )
        )
        client.login()
        return client

    with running_registry(tmp_path) as registry:
        client = session(registry)
        client.domain.create("kept.com", auth_info="secret-1")
        registry.process.kill()
        registry.process.wait()
        client.disconnect()
    with running_registry(tmp_path) as registry:
        client = session(registry)
        assert client.domain.info("kept.com").auth_info() == "secret-1"
        client.disconnect()


def test_somebody_else_takes_a_name(registry: Registry, epp: Client) -> None:
    assert epp.domain.check(["a.com"]).is_available("a.com") is True
    registry.cli("take", "a.com")
    assert epp.domain.create("a.com", auth_info="secret-1").code() == 2302
    assert epp.domain.info("a.com").sponsor() == registry.accounts[-1].user
    with pytest.raises(RuntimeError, match="In use"):
        registry.cli("take", "a.com")


def test_a_domain_is_moved_and_set_to_expire(registry: Registry, epp: Client) -> None:
    epp.domain.create("a.com", auth_info="secret-1")
    registry.cli("set", "domain", "a.com", "--expires", "2031-05-06T07:08:09Z", "--status", "serverTransferProhibited")
    info = epp.domain.info("a.com")
    assert (info.expiry_date(), "serverTransferProhibited" in info.statuses()) == ("2031-05-06T07:08:09.000Z", True)
    registry.cli("set", "domain", "a.com", "--registrar", registry.accounts[1].user)
    assert epp.domain.info("a.com").sponsor() == registry.accounts[1].user
    gone = registry.cli("set", "domain", "a.com", "--expires", "2020-01-01")
    assert gone == {"deleted": "a.com"}


def test_names_endings_and_accounts_are_set(registry: Registry, sign_in: SignIn) -> None:
    registry.cli("set", "name", "dear.com", "--kind", "premium")
    registry.cli("set", "tld", "example")
    epp = sign_in(0)
    answer = epp.domain.check(["dear.com", "a.example"])
    assert (answer.unavailable_reason("dear.com"), answer.is_available("a.example")) == ("Premium", True)
    registry.cli("set", "name", "dear.com", "--kind", "free")
    assert epp.domain.check(["dear.com"]).is_available("dear.com") is True
    assert registry.cli("set", "account", "newcomer", "--password", "secret-9")["id"] == "newcomer"


def test_the_clock_is_set_advanced_and_put_back(registry: Registry) -> None:
    assert registry.cli("clock", "--set", "2030-01-01T00:00:00Z")["now"].startswith("2030-01-01T00:00:0")
    assert registry.cli("clock", "--advance", "36h")["now"].startswith("2030-01-02T12:00:0")
    assert registry.cli("clock", "--real")["offset_seconds"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "domain", "nobody.com", "--expires", "2030-01-01"),
        ("set", "account", "nobody", "--balance", "1"),
        ("set", "account", "x", "--password", "secret-9"),
        ("clock", "--set", "soon"),
        ("clock", "--advance", "soon"),
        ("clock", "--advance", "99999y"),
        ("fault", "add"),
        ("fault", "add", "--kind", "duplicate", "--command", "dance"),
        ("fault", "add", "--kind", "code"),
        ("fault", "add", "--kind", "code", "--code", "9999"),
        ("delay", "--ms", "-1"),
        ("take", "a b"),
        ("setting", "delay_ms", '"x"'),
        ("setting", "maintenance", "1"),
        ("clock", "--advance", "999999d"),
        ("set", "account", "registrar-one", "--balance", "much"),
        ("clock", "--set", "9999-12-31T23:59:59+00:00"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_and_changes_nothing(steady: Registry, arguments: tuple[str, ...]) -> None:
    before = steady.cli("setting")
    done = _run(*arguments, "--data", str(steady.folder))
    assert done.returncode == 1, done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert steady.cli("setting") == before


def test_the_log_counts_commands_and_holds_no_password(registry: Registry, epp: Client) -> None:
    epp.domain.check(["a.com", "b.com"])
    epp.domain.create("a.com", auth_info="very-secret-1")
    assert [entry["names"] for entry in registry.log(command="check")] == ["a.com b.com"]
    assert registry.log(command="login", account=None)[0]["names"] == registry.accounts[0].user
    dump = json.dumps(registry.log())
    assert "very-secret-1" not in dump
    assert registry.accounts[0].password not in dump


def test_many_sessions_at_once_register_a_name_once(registry: Registry, sign_in: SignIn) -> None:
    clients = [sign_in(number % 3) for number in range(12)]
    codes: list[int] = []
    start = threading.Barrier(len(clients))

    def race(client: Client) -> None:
        start.wait()
        codes.append(client.domain.create("wanted.com", auth_info="secret-1").code())

    threads = [threading.Thread(target=race, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [1000] + [2302] * 11


def test_text_output_reads_as_lines(registry: Registry) -> None:
    registry.cli("take", "a.com")
    done = _run("list", "domains", "--data", str(registry.folder))
    assert "name=a.com" in done.stdout
    assert len(done.stdout.splitlines()) == 1
