"""Logging in, sharing few sessions, and what a forked worker inherits."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Registry
from tests.contracts.orders import CARD, order, together
from tests.contracts.registries import PROFILE
from webapp.providers.errors import ProviderError
from webapp.providers.registry.epp import EppRegistry

Adapter = Callable[..., EppRegistry]


@pytest.fixture
def adapter(leaving_registry: Registry) -> Iterator[Adapter]:
    """adapter(password=..., ca_file=...) for the first account of a fresh registry."""
    with ExitStack() as stack:

        def make(**changes: Any) -> EppRegistry:
            account = leaving_registry.accounts[0]
            facts: dict[str, Any] = {
                "user": account.user,
                "password": account.password,
                "ca_file": leaving_registry.ca_file,
                "profile": PROFILE,
            }
            made = EppRegistry(leaving_registry.host, leaving_registry.port, **{**facts, **changes})
            stack.callback(made.close)
            return made

        yield make


def logins(registry: Registry) -> list[int | None]:
    return [row["code"] for row in registry.log(command="login")]


def test_a_wrong_password_is_our_trouble_and_is_not_tried_again_by_every_caller(
    leaving_registry: Registry, adapter: Adapter
) -> None:
    locked_out = adapter(password="not-the-one")
    for _ in range(20):
        with pytest.raises(ProviderError) as caught:
            locked_out.info("a.com")
        assert not caught.value.permanent
        assert "not-the-one" not in str(caught.value)
    assert locked_out.check(["a.com"])[0].state == "unknown"
    assert 1 <= len(logins(leaving_registry)) <= 3


def test_the_code_of_a_failed_login_is_told(adapter: Adapter) -> None:
    with pytest.raises(ProviderError) as caught:
        adapter(password="not-the-one").register(order("a.com"), "op-1-1")
    assert (caught.value.code, caught.value.permanent) == (2200, False)


def test_a_registry_with_another_certificate_is_not_spoken_to(leaving_registry: Registry, adapter: Adapter) -> None:
    with pytest.raises(ProviderError, match="TLS") as caught:
        adapter(ca_file=None).info("a.com")
    assert not caught.value.permanent
    assert logins(leaving_registry) == []


def test_a_missing_ca_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        EppRegistry("127.0.0.1", 1, user="me", password="secret-1", ca_file=str(tmp_path / "none.pem"))


def test_the_password_is_in_no_text_of_the_adapter(adapter: Adapter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    secret = "hush-hush-77"
    locked_out = adapter(password=secret)
    locked_out.check(["a.com"])
    assert secret not in caplog.text + repr(locked_out) + repr(vars(locked_out))


def test_a_registry_that_allows_fewer_sessions_serves_all_the_same(
    leaving_registry: Registry, adapter: Adapter
) -> None:
    leaving_registry.cli("setting", "session_limit", "1")
    crowded = adapter(profile=replace(PROFILE, batch_size=5))
    together(8, lambda number: _all_free(crowded, number))
    # A pause grows between the attempts at a further session, also while the one there is works.
    assert logins(leaving_registry).count(2502) <= 2 * PROFILE.sessions


def _all_free(port: EppRegistry, number: int) -> None:
    rows = port.check([f"c{number}-{n}.com" for n in range(20)])
    assert {row.state for row in rows} == {"free"}, rows


def test_a_restarted_registry_is_found_again_without_a_lost_order(leaving_registry: Registry, adapter: Adapter) -> None:
    port = adapter()
    port.ensure_contact(CARD, "contact-1")
    leaving_registry.cli("maintenance", "on")
    with pytest.raises(ProviderError):
        port.info("a.com")
    leaving_registry.cli("maintenance", "off")
    _until_it_works(lambda: port.register(order("after.com"), "op-1-1"))
    assert port.info("after.com") is not None


def _until_it_works(act: Callable[[], object]) -> None:
    for _ in range(100):
        with suppress(ProviderError):
            act()
            return
        threading.Event().wait(0.1)
    raise AssertionError("the registry stayed away")


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_worker_uses_sessions_of_its_own(leaving_registry: Registry, adapter: Adapter) -> None:
    """RQ forks one child per job: parent and child on one TLS stream would read each other's answers."""
    port = adapter()
    port.check(["a.com"])
    child = os.fork()
    if child == 0:
        free = port.check(["b.com"])[0].state == "free" and port.info("b.com") is None
        os._exit(0 if free else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert port.check(["c.com"])[0].state == "free"
    assert logins(leaving_registry) == [1000, 1000]
