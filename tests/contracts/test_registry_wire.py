"""What the EPP adapter does when the wire or the registry breaks the rules (safety: section 3.3)."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from epptools import Config

from tests.contracts.orders import together
from tests.contracts.wire_peer import DOMAIN, EPP, HangUp, Script, Step, WirePeer, all_free, answer, cltrid, packed
from webapp.providers.errors import ProviderError
from webapp.providers.registry.epp import EppRegistry
from webapp.providers.registry.epp import instant as parsed_instant
from webapp.providers.registry.port import Registration
from webapp.providers.registry.profiles import PROFILES, RegistryProfile, Timeouts
from webapp.providers.registry.session import KeyedClient

HASTY = replace(PROFILES["rfc"], sessions=2, timeouts=Timeouts(connect=2.0, answer=0.6, check=1.0, session=1.0))
ORDER = Registration("ours.com", 1, "C-1", "secret-fingerprint")
INFO = f'<d:infData xmlns:d="{DOMAIN}"><d:name>ours.com</d:name><d:clID>me</d:clID></d:infData>'

Connect = Callable[..., tuple[WirePeer, EppRegistry]]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """connect(script, profile=...) starts a peer and an adapter that talks to it."""
    with ExitStack() as stack:

        def start(script: Script, profile: RegistryProfile = HASTY) -> tuple[WirePeer, EppRegistry]:
            peer = stack.enter_context(WirePeer(tmp_path, script))
            adapter = EppRegistry(
                peer.host, peer.port, user="me", password="secret-1", ca_file=peer.ca_file, profile=profile
            )
            stack.callback(adapter.close)
            return peer, adapter

        yield start


def info_answer(frame: str) -> str:
    return answer(cltrid(frame), data=INFO)


def unknown_outcome(act: Callable[[], object]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        act()
    assert not caught.value.permanent
    return caught.value


@pytest.mark.parametrize("key", ["somebody-elses", None, ""])
def test_an_answer_with_another_cltrid_is_not_ours_and_ends_the_session(connect: Connect, key: str | None) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield answer(key) if "<domain:create" in frame else info_answer(frame)

    peer, adapter = connect(script)
    error = unknown_outcome(lambda: adapter.register(ORDER, "op-1"))
    assert error.code is None
    assert adapter.info("ours.com") is not None
    assert peer.logins == 2


def test_a_late_answer_is_never_taken_for_the_next_one(connect: Connect) -> None:
    """Answer n comes after the timeout, just before answer n+1 would."""

    def script(frame: str) -> Iterator[Step]:
        if "<domain:create" in frame:
            yield 0.9
        yield info_answer(frame) if "<domain:info" in frame else answer(cltrid(frame))

    peer, adapter = connect(script)
    unknown_outcome(lambda: adapter.register(ORDER, "op-1"))
    facts = adapter.info("ours.com")
    assert facts is not None
    assert facts.ours
    assert peer.logins == 2


def test_a_second_copy_of_an_answer_is_not_read_as_the_next_answer(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield info_answer(frame)
        yield info_answer(frame)

    _, adapter = connect(script)
    for _ in range(4):
        assert adapter.info("ours.com") is not None
        time.sleep(0.02)


def test_a_dripping_answer_is_given_up_at_the_deadline(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        for byte in packed(info_answer(frame)):
            yield bytes([byte])
            yield 0.05

    _, adapter = connect(script)
    start = time.monotonic()
    unknown_outcome(lambda: adapter.register(ORDER, "op-1"))
    assert time.monotonic() - start < 1.0


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x00\x00\x00",
        b"\x7f\xff\xff\xff",
        b"\x00\x00\x00\x05\xff",
        packed("<epp"),
        packed('<!DOCTYPE epp [<!ENTITY a "b">]><epp>&a;</epp>'),
        packed("<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'/>"),
        packed("<a>" * 30_000),
    ],
)
def test_garbage_is_an_unknown_outcome_and_the_session_is_dropped(connect: Connect, garbage: bytes) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield garbage if "<domain:create" in frame else info_answer(frame)

    peer, adapter = connect(script)
    unknown_outcome(lambda: adapter.register(ORDER, "op-1"))
    assert adapter.info("ours.com") is not None
    assert peer.logins == 2


def test_a_session_that_the_registry_closed_while_idle_is_not_used_for_an_order(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield info_answer(frame) if "<domain:info" in frame else answer(cltrid(frame))

    peer, adapter = connect(script)
    adapter.info("ours.com")
    peer.hang_up()
    time.sleep(0.1)
    assert adapter.register(ORDER, "op-1").registry_transaction == "SV-1"
    assert peer.logins == 2


def test_a_lost_order_is_sent_once_and_a_lost_question_again(connect: Connect) -> None:
    lost: list[str] = []

    def script(frame: str) -> Iterator[Step]:
        if "<domain:create" in frame or not lost:
            lost.append(frame)
            raise HangUp
        yield info_answer(frame)

    peer, adapter = connect(script)
    assert adapter.info("ours.com") is not None
    assert len(peer.commands) == 2
    unknown_outcome(lambda: adapter.register(ORDER, "op-1"))
    assert sum("<domain:create" in frame for frame in peer.commands) == 1


@pytest.mark.parametrize("code", [2400, 2500, 2501, 2502, 2002, 2104])
def test_the_servers_own_trouble_is_no_refusal(connect: Connect, code: int) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield answer(cltrid(frame), code)

    _, adapter = connect(script)
    assert unknown_outcome(lambda: adapter.register(ORDER, "op-1")).code == code


def test_a_session_is_not_used_after_the_registry_said_that_it_closes_it(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield answer(cltrid(frame), 2500) if "<domain:create" in frame else info_answer(frame)

    peer, adapter = connect(script)
    unknown_outcome(lambda: adapter.register(ORDER, "op-1"))
    adapter.info("ours.com")
    assert peer.logins == 2


def test_a_dead_registry_answers_every_caller_quickly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    adapter = EppRegistry("127.0.0.1", port, user="me", password="secret-1", profile=HASTY)
    start = time.monotonic()
    rows = [row for _ in range(20) for row in adapter.check([f"a{n}.com" for n in range(50)])]
    unknown_outcome(lambda: adapter.info("a.com"))
    unknown_outcome(lambda: adapter.register(ORDER, "op-1"))
    adapter.close()
    assert {row.state for row in rows} == {"unknown"}
    assert time.monotonic() - start < 2.0


def test_a_registry_that_accepts_and_says_nothing_does_not_hold_callers_for_long(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield 0.0

    _, adapter = connect(script)
    start = time.monotonic()
    assert adapter.check(["a.com"])[0].state == "unknown"
    for _ in range(3):
        unknown_outcome(lambda: adapter.info("a.com"))
    assert time.monotonic() - start < 6.0
    # By now answers were lost three times in a row: callers are turned away at once.
    start = time.monotonic()
    unknown_outcome(lambda: adapter.info("a.com"))
    assert time.monotonic() - start < 0.2


def test_the_registry_comes_back_and_so_do_we(tmp_path: Path) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield all_free(frame)

    with WirePeer(tmp_path, script) as peer:
        port = peer.port
    adapter = EppRegistry("127.0.0.1", port, user="me", password="secret-1", ca_file=peer.ca_file, profile=HASTY)
    assert adapter.check(["a.com"])[0].state == "unknown"
    revived = WirePeer(tmp_path, script, port)
    with revived:
        deadline = time.monotonic() + 5
        while adapter.check(["a.com"])[0].state != "free":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        adapter.close()


def test_idle_sessions_are_kept_alive_by_hello(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield info_answer(frame)

    peer, adapter = connect(script, replace(HASTY, hello_interval=0.2))
    adapter.info("ours.com")
    time.sleep(0.7)
    adapter.info("ours.com")
    assert peer.hellos >= 2
    assert peer.logins == 1


def test_a_refused_batch_does_not_spoil_the_other_names(connect: Connect) -> None:
    """One name that the registry will not even look at makes it refuse the whole command."""

    def script(frame: str) -> Iterator[Step]:
        yield answer(cltrid(frame), 2306) if "poison.com" in frame else all_free(frame)

    _, adapter = connect(script)
    names = [f"a{n}.com" for n in range(12)] + ["poison.com"] + [f"b{n}.com" for n in range(12)]
    rows = {row.name: row.state for row in adapter.check(names)}
    assert rows.pop("poison.com") == "unknown"
    assert set(rows.values()) == {"free"}


def test_a_name_left_out_of_the_answer_is_unknown_not_free(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield all_free(frame.replace("<domain:name>silent.com<", "<domain:other>"))

    _, adapter = connect(script)
    assert [row.state for row in adapter.check(["a.com", "silent.com"])] == ["free", "unknown"]


def test_frames_written_by_many_threads_at_once_leave_no_trace_in_the_process() -> None:
    """epptools swaps ElementTree's global prefix table while it writes a frame: two threads at once would leave
    it changed for the whole process, and may lose the prefix by which epptools finds its own clTRID."""
    client = KeyedClient(Config(host="none", clid="me", password="secret-1"))
    client.key = "op-1"
    frames: list[str] = []
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        together(6, lambda number: frames.extend(_info_frame(client) for _ in range(800)))
    finally:
        sys.setswitchinterval(usual)
    assert all("<clTRID>op-1</clTRID>" in frame and "<domain:info" in frame for frame in frames)
    assert EPP not in vars(ET)["_namespace_map"]


def _info_frame(client: KeyedClient) -> str:
    frame = client.frame()
    frame.ns(frame.verb("info"), DOMAIN, "domain:info")
    return frame.to_xml()


def test_abandoned_and_closed_adapters_leave_no_thread_behind(connect: Connect) -> None:
    def script(frame: str) -> Iterator[Step]:
        yield all_free(frame)

    _, adapter = connect(script)
    next(adapter.check_each(["a.com", "b.com"]))
    adapter.close()
    deadline = time.monotonic() + 2
    while any(thread.name.startswith("registry-") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert adapter.check(["c.com"])[0].state == "free"


def test_a_registry_with_namespaces_of_its_own_is_spoken_to_in_them(connect: Connect) -> None:
    theirs = "http://registry.example/domain-2.1"

    def script(frame: str) -> Iterator[Step]:
        assert theirs in frame
        assert DOMAIN not in frame
        yield info_answer(frame).replace(DOMAIN, theirs)

    _, adapter = connect(script, replace(HASTY, namespaces=((DOMAIN, theirs),)))
    facts = adapter.info("ours.com")
    assert facts is not None
    assert facts.ours


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2027-04-01T09:15:00Z", datetime(2027, 4, 1, 9, 15, tzinfo=UTC)),
        ("2027-04-01T09:15:00.0Z", datetime(2027, 4, 1, 9, 15, tzinfo=UTC)),
        ("2027-04-01T09:15:00", datetime(2027, 4, 1, 9, 15, tzinfo=UTC)),
        ("2027-04-01T01:15:00+02:00", datetime(2027, 3, 31, 23, 15, tzinfo=UTC)),
        ("1 April 2027", None),
        (None, None),
    ],
)
def test_dates_are_utc_whatever_the_registry_writes(text: str | None, meant: datetime | None) -> None:
    assert parsed_instant(text) == meant
