"""Logs: one JSON line per record, findable by request and tenant, and no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
import time
import warnings
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.foundation.logs import JsonFormatter, configure_logging, log_context, without_secrets

log = logging.getLogger("shop.orders")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The configured stream; the root logger is put back as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("info", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)


def only(lines: io.StringIO) -> dict[str, Any]:
    text = lines.getvalue()
    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
    found = json.loads(text, parse_constant=pytest.fail)
    assert isinstance(found, dict)
    return found


def test_a_record_is_one_line_that_a_program_can_read(lines: io.StringIO) -> None:
    with log_context("req-1", 42):
        log.info(
            "order %s placed\nfor %s", 17, "żółw\u2028", extra={"amount": Decimal("9.90"), "due": date(2026, 1, 2)}
        )
    line = only(lines)
    assert line["message"] == "order 17 placed\nfor żółw\u2028"
    assert (line["level"], line["logger"], line["request_id"], line["tenant"]) == ("info", "shop.orders", "req-1", 42)
    assert (line["amount"], line["due"]) == ("9.90", "2026-01-02")
    assert line["time"].endswith("+00:00")


def test_outside_a_request_there_is_no_request_id(lines: io.StringIO) -> None:
    with log_context("req-1", 42):
        pass
    log.info("tick")
    assert {"request_id", "tenant"}.isdisjoint(only(lines))


def test_an_exception_is_inside_its_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("first\nsecond password=hunter2")
    except ValueError:
        log.exception("failed")
    line = only(lines)
    assert "ValueError: first\nsecond" in line["exception"]
    assert "hunter2" not in line["exception"]


CANARY = "c4nary-s3cret"


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("message", "args", "extra"),
    [
        ("signed in", (), {"password": CANARY}),
        ("signed in", (), {"new_password_again": CANARY}),
        ("asked", (), {"headers": {"Authorization": f"Bearer {CANARY}", "Cookie": f"session={CANARY}"}}),
        ("transfer", (), {"domain": {"name": "a.pl", "auth_info": CANARY}}),
        ("deep", (), {"a": [{"b": ({"apiToken": CANARY},)}]}),
        ("form %s", ({"email": "a@b", "password": CANARY},), {}),
        ("form %(password)s", ({"password": CANARY},), {}),
        (f"GET /reset?token={CANARY}&x=1", (), {}),
        ("GET %s", (f"/reset?reset_token={CANARY}",), {}),
        (f"Authorization: Bearer {CANARY}", (), {}),
        (f"Authorization: Basic {CANARY}", (), {}),
        (f'{{"client_secret": "{CANARY} with spaces"}}', (), {}),
        (f"{{'password': '{CANARY}'}}", (), {}),
        (f"cannot reach redis://:{CANARY}@localhost:6379/0", (), {}),
        ("cannot reach %s", (f"postgresql://user:{CANARY}@db/x",), {}),
        (f"<domain:authInfo><domain:pw>{CANARY}</domain:pw></domain:authInfo>", (), {}),
        (f"<pw>{CANARY}</pw><newPW>{CANARY}</newPW>", (), {}),
        (f"auth_info={CANARY}", (), {}),
        ("object", (), {"answer": type("A", (), {"__str__": lambda self: f"secret={CANARY}"})()}),
    ],
)
def test_no_secret_reaches_the_log(
    lines: io.StringIO, message: str, args: tuple[object, ...], extra: dict[str, object]
) -> None:
    log.warning(message, *args, extra=extra)
    assert CANARY not in lines.getvalue()
    only(lines)


def test_what_is_no_secret_stays_readable() -> None:
    for text in ("order 5 for a.pl", "http://host:80/path", "she said: the passport is fine", "x=1&y=2"):
        assert without_secrets(text) == text


@pytest.mark.parametrize(
    ("message", "args", "extra"),
    [
        ("%s and %s", ("one",), {}),
        ("%d", ("text",), {}),
        ("%", (1,), {}),
        ("ok", (), {"thing": Broken()}),
        ("ok", (), {"number": float("nan")}),
        ("ok", (), {"bytes": b"\xff\x00"}),
        ("ok", (), {"time": "mine", "level": "mine"}),
    ],
)
def test_a_clumsy_record_is_still_one_line(
    lines: io.StringIO, message: str, args: tuple[object, ...], extra: dict[str, object]
) -> None:
    root = logging.getLogger()
    # Without pytest's own handlers, which raise at a clumsy record.
    root.handlers[:] = [handler for handler in root.handlers if isinstance(handler.formatter, JsonFormatter)]
    log.info(message, *args, extra=extra)
    assert only(lines)["level"] == "info"


def test_a_thing_that_contains_itself_ends(lines: io.StringIO) -> None:
    loop: dict[str, object] = {}
    loop["self"] = loop
    log.info("loop", extra={"thing": loop})
    assert "..." in lines.getvalue()


def test_warnings_are_logged_and_debug_is_not(lines: io.StringIO) -> None:
    log.debug("nobody needs this")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old way", stacklevel=1)
    assert "old way" in only(lines)["message"]


def test_configuring_twice_does_not_double_the_lines(lines: io.StringIO) -> None:
    configure_logging("INFO", lines)
    log.info("once")
    assert only(lines)["message"] == "once"


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure_logging("loud", io.StringIO())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.dictionaries(st.text(max_size=10), st.text(max_size=50), max_size=3))
def test_any_text_is_one_line(lines: io.StringIO, message: str, thing: dict[str, str]) -> None:
    lines.seek(0)
    lines.truncate()
    log.info("%s %s", message, thing)
    only(lines)


@pytest.mark.parametrize(
    "hostile",
    ["password" * 6_000, "password=" * 6_000, "token: " * 8_000, "://a:" * 10_000, "<pw " * 12_000, "'" * 50_000],
)
def test_a_long_hostile_text_is_cheap_to_log(hostile: str) -> None:
    start = time.perf_counter()
    without_secrets(hostile)
    assert time.perf_counter() - start < 0.25
