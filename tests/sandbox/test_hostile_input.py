"""Whatever comes in, the registry answers a code or closes, and serves the next client."""

from __future__ import annotations

import random
import socket
import struct
import time

import pytest

from sandbox.testing import Registry
from tests.sandbox.wire import EPP, Wire, code_of, command, domain, login_xml

CHECK = domain("check", "<q:name>a.com</q:name>")


def _still_serves(registry: Registry) -> None:
    with Wire(registry) as wire:
        assert wire.login(registry.accounts[0].user, registry.accounts[0].password) == 1000
        assert wire.ask(CHECK) == 1000
    assert registry.process.poll() is None
    assert "Traceback" not in (registry.folder.parent / "registry.log").read_text()


BAD_XML = {
    "empty": b" ",
    "no xml": b"hello",
    "cut": CHECK.encode()[:-9],
    "binary": bytes(range(256)),
    "entity bomb": b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><epp>&c;</epp>',
    "outside entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><epp>&b;</epp>',
    "dtd": b'<!DOCTYPE epp SYSTEM "http://127.0.0.1/x.dtd"><epp/>',
    "no namespace": b"<epp><command><logout/></command></epp>",
    "wrong root": f'<command xmlns="{EPP}"><logout/></command>'.encode(),
    "unknown encoding": b'<?xml version="1.0" encoding="nonsense"?><epp/>',
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?>+ADw-epp/+AD4-',
    "deep": b"<a>" * 5000 + b"</a>" * 5000,
    "wide": f'<epp xmlns="{EPP}"><command><check>{"<a/>" * 20000}</check></command></epp>'.encode(),
    "two commands": f'<epp xmlns="{EPP}"><hello/><hello/></epp>'.encode(),
    "text around": command("<poll op='req'/>x").encode(),
}


def test_bad_xml_is_2001_and_the_session_goes_on(registry: Registry, wire: Wire) -> None:
    answers = {name: wire.ask(data) for name, data in BAD_XML.items()}
    assert answers.pop("text around") in (1300, 2001)
    assert set(answers.values()) == {2001}
    assert b"root:" not in wire.answer
    assert wire.ask(CHECK) == 1000


@pytest.mark.parametrize("length", [0, 3, 4, 1024 * 1024 + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_an_impossible_length_gets_2500_and_the_end(registry: Registry, wire: Wire, length: int) -> None:
    wire.socket.sendall(struct.pack("!I", length))
    assert code_of(wire.read()) == 2500
    with pytest.raises(ConnectionError):
        wire.read()
    _still_serves(registry)


def test_a_frame_may_arrive_byte_by_byte_and_two_at_once(wire: Wire) -> None:
    data = CHECK.encode()
    frame = struct.pack("!I", len(data) + 4) + data
    for byte in frame:
        wire.socket.sendall(bytes([byte]))
    assert code_of(wire.read()) == 1000
    wire.socket.sendall(frame + frame)
    assert [code_of(wire.read()), code_of(wire.read())] == [1000, 1000]


def test_a_frame_of_nearly_a_mebibyte_is_read(wire: Wire) -> None:
    padding = "<!--" + "x" * (1024 * 1024 - len(CHECK) - 20) + "-->"
    assert wire.ask(CHECK.replace("<command>", f"<command>{padding}")) == 1000


def test_a_frame_that_never_ends_is_cut_off_and_so_is_a_silent_peer(registry: Registry, wire: Wire) -> None:
    registry.cli("setting", "frame_seconds", "1")
    registry.cli("setting", "idle_seconds", "2")
    assert wire.ask(CHECK) == 1000
    start = time.monotonic()
    wire.socket.sendall(struct.pack("!I", 500) + b"<epp")
    with pytest.raises(ConnectionError):
        wire.read()
    assert time.monotonic() - start < 2
    with Wire(registry) as silent:
        start = time.monotonic()
        with pytest.raises(ConnectionError):
            silent.read()
        assert 1 < time.monotonic() - start < 4


def test_a_peer_that_speaks_no_tls_or_leaves_at_once_costs_nothing(registry: Registry) -> None:
    for data in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x10hello"):
        with socket.create_connection((registry.host, registry.port), timeout=5) as raw:
            raw.sendall(data)
    _still_serves(registry)


def test_sql_in_values_is_only_text(wire: Wire) -> None:
    for value in ("'; DROP TABLE domains; --", "a.com' OR '1'='1", "%", "\\", '"'):
        assert wire.ask(domain("info", f"<q:name>{value}</q:name>")) in (2303, 2005)
    assert wire.ask(CHECK) == 1000


def _mutations(seed: int, count: int) -> list[bytes]:
    """Good frames with bytes flipped, cut out, doubled, and tags swapped; the seed makes a run repeatable."""
    chance = random.Random(seed)
    good = [
        item.encode()
        for item in (
            CHECK,
            login_xml("registrar-two", "sandbox-two"),
            command("<poll op='req'/>"),
            domain("create", "<q:name>a.com</q:name><q:period unit='y'>1</q:period><q:authInfo><q:pw/></q:authInfo>"),
            domain("update", "<q:name>a.com</q:name><q:add><q:status s='clientHold'/></q:add><q:chg/>"),
            domain("transfer", "<q:name>a.com</q:name><q:authInfo><q:pw>abc</q:pw></q:authInfo>", " op='request'"),
            domain("renew", "<q:name>a.com</q:name><q:curExpDate>2027-01-01</q:curExpDate>"),
        )
    ]
    tokens = [
        b"<q:name>",
        b"</q:name>",
        b"99999999999999999999",
        b"&#0;",
        b"&#x1F600;",
        b"<![CDATA[x]]>",
        b"<?pi x?>",
        b" s='1'",
        b"\x00",
        b"\xff\xfe",
        "ż".encode(),
        b"-1",
        b"<q:ns><q:hostObj/></q:ns>",
        b"",
    ]
    frames = []
    for _ in range(count):
        data = bytearray(chance.choice(good))
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(data))
            end = min(len(data), start + chance.choice([0, 1, 1, 5, 20]))
            damage = [chance.choice(tokens), bytes([chance.randrange(256)]), data[start:end] * 2]
            data[start:end] = chance.choice(damage)
        frames.append(bytes(data) or b" ")
    return frames


def test_damaged_frames_always_get_a_code_or_a_close(registry: Registry) -> None:
    codes = set()
    wire = Wire(registry)
    for frame in _mutations(seed=7, count=1500):
        wire.send(frame)
        answer = wire.read()
        if b"<greeting>" in answer:
            continue
        code = code_of(answer)
        codes.add(code)
        if code in (1500, 2500, 2501, 2502):
            wire.socket.close()
            wire = Wire(registry)
    wire.socket.close()
    assert {1000, 2001} <= codes
    assert 2400 not in codes
    _still_serves(registry)
