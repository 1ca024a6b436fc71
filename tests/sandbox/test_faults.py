"""Planted faults: what was executed, and what the client sees of it."""

from __future__ import annotations

import time

import pytest

from sandbox.testing import Registry
from tests.sandbox.wire import Wire, code_of, command, domain, value_of

CREATE = domain("create", "<q:name>a.com</q:name><q:authInfo><q:pw>secret-1</q:pw></q:authInfo>")
INFO = domain("info", "<q:name>a.com</q:name>")


def _again(registry: Registry) -> Wire:
    wire = Wire(registry)
    assert wire.login(registry.accounts[1].user, registry.accounts[1].password) == 1000
    return wire


@pytest.mark.parametrize(("kind", "there"), [("lose-before", 2303), ("lose-after", 1000), ("close-mid-frame", 1000)])
def test_a_lost_answer_leaves_the_command_done_or_not(registry: Registry, wire: Wire, kind: str, there: int) -> None:
    registry.cli("fault", "add", "--kind", kind, "--command", "create", "--object", "domain")
    with pytest.raises(ConnectionError):
        wire.ask(CREATE)
    with _again(registry) as second:
        assert second.ask(INFO) == there
    (entry,) = registry.log(command="create")
    assert entry["fault"] == kind
    assert entry["code"] == (None if kind == "lose-before" else 1000)


def test_half_a_frame_is_really_sent(registry: Registry, wire: Wire) -> None:
    registry.cli("fault", "add", "--kind", "close-mid-frame", "--command", "poll req")
    assert wire.ask(command("<poll op='ack' msgID='1'/>")) == 2303
    with pytest.raises(ConnectionError, match=r"closed after [1-9]\d+ of"):
        wire.ask(command("<poll op='req'/>"))


def test_a_planted_code_is_answered_without_doing_anything(registry: Registry, wire: Wire) -> None:
    registry.cli("fault", "add", "--kind", "code", "--code", "2400", "--command", "create")
    assert [wire.ask(CREATE), wire.ask(INFO), wire.ask(CREATE)] == [2400, 2303, 1000]
    registry.cli("fault", "add", "--kind", "code", "--code", "2502", "--command", "info")
    assert wire.ask(INFO) == 2502
    with pytest.raises(ConnectionError):
        wire.read()


def test_a_duplicate_answer_comes_before_the_next_ones(registry: Registry, wire: Wire) -> None:
    registry.cli("fault", "add", "--kind", "duplicate", "--command", "info")
    assert wire.ask(INFO) == 2303
    wire.send(command("<poll op='req'/>", cltrid="NEXT-1"))
    assert value_of(wire.read(), "clTRID") == "RAW-1"
    assert code_of(wire.read()) == 1300


def test_a_delay_strikes_once_and_the_general_one_always(registry: Registry, wire: Wire) -> None:
    registry.cli("fault", "add", "--kind", "delay", "--seconds", "0.5", "--command", "info")
    start = time.monotonic()
    wire.ask(INFO)
    assert time.monotonic() - start > 0.5
    registry.cli("delay", "--ms", "100")
    start = time.monotonic()
    wire.ask(INFO)
    wire.ask(INFO)
    assert 0.2 < time.monotonic() - start < 0.5


def test_nth_and_count_choose_the_commands_and_the_rest_is_spared(registry: Registry, wire: Wire) -> None:
    registry.cli(
        "fault",
        "add",
        "--kind",
        "code",
        "--code",
        "2400",
        "--command",
        "info",
        "--nth",
        "2",
        "--count",
        "2",
        "--account",
        registry.accounts[1].user,
    )
    assert [wire.ask(INFO) for _ in range(4)] == [2303, 2400, 2400, 2303]
    assert wire.ask(CREATE) == 1000
    assert registry.cli("fault", "list")[0]["seen"] == 4
    assert registry.cli("fault", "clear") == []


def test_a_lost_login_answer(registry: Registry) -> None:
    registry.cli("fault", "add", "--kind", "lose-after", "--command", "login")
    with Wire(registry) as wire, pytest.raises(ConnectionError):
        wire.login(registry.accounts[0].user, registry.accounts[0].password)
    with Wire(registry) as wire:
        assert wire.login(registry.accounts[0].user, registry.accounts[0].password) == 1000
