"""Greeting, login, logout, hello: what a session may do and when it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from epptools import Client

from sandbox.testing import Registry, running_registry
from tests.sandbox.conftest import SignIn
from tests.sandbox.wire import DOMAIN, EPP, SERVICES, Wire, code_of, command, domain, login_xml, value_of


def test_the_greeting_names_the_services_and_hello_repeats_it(registry: Registry) -> None:
    with Wire(registry) as wire:
        assert value_of(wire.greeting, "svID") == "Sandbox registry"
        assert all(uri.encode() in wire.greeting for uri in SERVICES)
        wire.send(f'<e:epp xmlns:e="{EPP}"><e:hello/></e:epp>')
        assert b"<greeting>" in wire.read()


def test_nothing_is_done_before_login_and_a_second_login_is_refused(registry: Registry) -> None:
    user, password = registry.accounts[0].user, registry.accounts[0].password
    with Wire(registry) as wire:
        assert wire.ask(domain("check", "<q:name>a.com</q:name>")) == 2002
        assert wire.ask(command("<logout/>")) == 2002
        assert wire.login(user, password) == 1000
        assert wire.login(user, password) == 2002


def test_a_wrong_password_is_2200_and_the_third_closes_with_2501(registry: Registry) -> None:
    with Wire(registry) as wire:
        user = registry.accounts[0].user
        assert [wire.login(user, "wrong-one"), wire.login("nobody", "wrong-one")] == [2200, 2200]
        assert wire.login(user, "wrong-one") == 2501
        with pytest.raises(ConnectionError):
            wire.read()


def test_a_new_password_holds_from_the_next_login_on_and_over_a_restart(tmp_path: Path) -> None:
    with running_registry(tmp_path) as registry:
        user, old = registry.accounts[0].user, registry.accounts[0].password
        with Wire(registry) as wire:
            assert wire.login(user, old, new="another-one") == 1000
        with Wire(registry) as wire:
            assert wire.login(user, old) == 2200
            assert wire.login(user, "another-one") == 1000
    with running_registry(tmp_path) as registry:
        assert registry.accounts[0].password == "another-one"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": "1.1"}, 2100),
        ({"version": "one"}, 2005),
        ({"lang": "pl"}, 2102),
        ({"objects": "<objURI>urn:example:shoe-1.0</objURI>"}, 2307),
        ({"objects": ""}, 2003),
        ({"extensions": "<svcExtension><extURI>urn:example:none-1.0</extURI></svcExtension>"}, 2103),
        ({"new": "short"}, 2005),
    ],
)
def test_login_options_have_their_own_codes(registry: Registry, changes: dict[str, str], code: int) -> None:
    with Wire(registry) as wire:
        assert wire.login(registry.accounts[0].user, registry.accounts[0].password, **changes) == code
        assert wire.login(registry.accounts[0].user, registry.accounts[0].password) == 1000


def test_a_service_that_was_not_named_at_login_is_a_use_error(registry: Registry) -> None:
    with Wire(registry) as wire:
        account = registry.accounts[0]
        wire.login(account.user, account.password, objects=f"<objURI>{SERVICES[1]}</objURI>", extensions="")
        assert wire.ask(domain("check", "<q:name>a.com</q:name>")) == 2002


def test_over_the_limit_of_sessions_login_answers_2502_and_a_closed_session_frees_its_place(
    registry: Registry, sign_in: SignIn
) -> None:
    registry.cli("setting", "session_limit", "1")
    first = sign_in(0)
    with Wire(registry) as wire:
        assert wire.login(registry.accounts[0].user, registry.accounts[0].password) == 2502
        with pytest.raises(ConnectionError):
            wire.read()
    assert first.logout().code() == 1500
    with Wire(registry) as wire:
        assert wire.login(registry.accounts[0].user, registry.accounts[0].password) == 1000


def test_logout_answers_1500_and_closes(wire: Wire) -> None:
    assert wire.ask(command("<logout/>")) == 1500
    with pytest.raises(ConnectionError):
        wire.read()


def test_the_client_id_comes_back_and_server_ids_never_repeat(wire: Wire, registry: Registry) -> None:
    seen = set()
    for number in range(5):
        wire.ask(command("<poll op='req'/>", cltrid=f"MINE-{number}"))
        assert value_of(wire.answer, "clTRID") == f"MINE-{number}"
        seen.add(value_of(wire.answer, "svTRID"))
    assert len(seen) == 5
    assert seen <= {entry["svtrid"] for entry in registry.log()}
    assert wire.ask(f'<epp xmlns="{EPP}"><command><poll op="req"/></command></epp>') == 1300
    assert value_of(wire.answer, "clTRID") is None


def test_a_refused_command_gets_its_client_id_back_too(wire: Wire) -> None:
    assert wire.ask(command("<nonsense/>", cltrid="MINE-X")) == 2000
    assert value_of(wire.answer, "clTRID") == "MINE-X"


def test_maintenance_answers_2500_and_ends_with_the_switch(registry: Registry, epp: Client) -> None:
    registry.cli("maintenance", "on")
    assert epp.domain.check(["a.com"]).code() == 2500
    with Wire(registry) as wire:
        wire.send(login_xml(registry.accounts[0].user, registry.accounts[0].password))
        assert code_of(wire.read()) == 2500
    registry.cli("maintenance", "off")
    with Wire(registry) as wire:
        assert wire.login(registry.accounts[0].user, registry.accounts[0].password) == 1000


def test_any_prefix_and_any_default_namespace_is_understood(wire: Wire) -> None:
    frames = [
        (
            f'<x:epp xmlns:x="{EPP}"><x:command><x:check><check xmlns="{DOMAIN}"><name>a.com</name></check></x:check>'
            "<x:clTRID>ABC-1</x:clTRID></x:command></x:epp>"
        ),
        (
            f'<epp xmlns="{EPP}" xmlns:epp="{DOMAIN}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="{EPP} epp-1.0.xsd"><command><check><epp:check xsi:schemaLocation="{DOMAIN} d.xsd">'
            "<!-- a note --><epp:name>\n a.com \n</epp:name></epp:check></check></command></epp>"
        ),
    ]
    for frame in frames:
        for encoding in ("utf-8", "utf-16"):
            text = frame if encoding == "utf-8" else f'<?xml version="1.0" encoding="UTF-16"?>{frame}'
            assert wire.ask(text.encode(encoding)) == 1000
            assert b'avail="1">a.com<' in wire.answer
