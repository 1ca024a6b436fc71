"""The two registries that the contract suite runs over, with the same switches on both."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Protocol

from epptools import Client, Config

from sandbox.store import Store
from sandbox.testing import Registry
from webapp.providers.registry.epp import EppRegistry
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.registry.port import ContactCard, Quote, Registration, RegistryPort
from webapp.providers.registry.profiles import PROFILES, Timeouts
from webapp.providers.registry.session import Observer

#: Short waits, so that a test of a broken registry does not take minutes.
PROFILE = replace(PROFILES["rfc-fees"], timeouts=Timeouts(connect=3.0, answer=5.0, check=5.0, session=5.0))

#: What a premium name costs at both.
PREMIUM = Quote(123_456, "PLN")

#: What commands and switches write; settings, accounts and endings stay.
LEFT_BEHIND = ("domain_hosts", "domain_contacts", "hosts", "domains", "contacts", "messages", "faults", "log")


NOTICE_CARD = ContactCard(
    "NOTE-1", "Ola Nota", None, ("Rynek 2",), "Opole", "45-001", "PL", "+48.77123456", "o@n.example"
)


class Observed(RegistryPort, Protocol):
    """A port with the hook that crash tests use."""

    observer: Observer | None


class Desk(Protocol):
    """A registry as one registrar sees it (``port``), a second registrar (``other``) and switches."""

    @property
    def port(self) -> Observed: ...

    @property
    def other(self) -> RegistryPort: ...

    def take(self, name: str) -> None:
        """Somebody registers the name."""

    def make_premium(self, name: str) -> None:
        """The registry wants a special price for the name."""

    def lose(self, command: str, *, done: bool) -> None:
        """The next such command gets no answer, after it was carried out when ``done``, else before."""

    def answer_code(self, command: str, code: int) -> None:
        """The next such command is answered with the code and not carried out."""

    def count(self, command: str) -> int:
        """How many such commands reached the registry from ``port``."""

    def notify(self, name: str) -> None:
        """The registry queues a notice about a name of ``port`` (registered with this very call)."""

    def go_away(self) -> None:
        """The registry cannot be reached any more."""


class MemoryDesk:
    """The in-memory twin."""

    def __init__(self) -> None:
        self.port = MemoryRegistry("acme", profile=PROFILE)
        self.other = self.port.seen_by("nordhost")

    def take(self, name: str) -> None:
        self.port.take(name)

    def make_premium(self, name: str) -> None:
        self.port.world.premium.add(name)
        self.port.world.quotes[name] = PREMIUM

    def lose(self, command: str, *, done: bool) -> None:
        self.port.break_next(command, done=done)

    def answer_code(self, command: str, code: int) -> None:
        self.port.break_next(command, code)

    def count(self, command: str) -> int:
        return self.port.world.log.count(("acme", command))

    def notify(self, name: str) -> None:
        self.port.notify("Transfer requested", name)

    def go_away(self) -> None:
        for _ in range(10):
            self.port.break_next("domain:check")


class EppDesk:
    """The EPP adapter and the sandbox registry in its own process."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._user = registry.accounts[0].user
        self.port = self._adapter(0)
        self.other = self._adapter(1)

    def _adapter(self, number: int) -> EppRegistry:
        account, registry = self.registry.accounts[number], self.registry
        return EppRegistry(
            registry.host,
            registry.port,
            user=account.user,
            password=account.password,
            ca_file=registry.ca_file,
            profile=PROFILE,
        )

    def take(self, name: str) -> None:
        self.registry.cli("take", name)

    def make_premium(self, name: str) -> None:
        self.registry.cli("set", "name", name, "--kind", "premium")
        self.registry.cli("setting", "premium_price", str(PREMIUM.amount))

    def lose(self, command: str, *, done: bool) -> None:
        self._fault("lose-after" if done else "lose-before", command)

    def answer_code(self, command: str, code: int) -> None:
        self._fault("code", command, "--code", str(code))

    def _fault(self, kind: str, command: str, *more: str) -> None:
        thing, _, verb = command.partition(":")
        self.registry.cli("fault", "add", "--kind", kind, "--object", thing, "--command", verb, *more)

    def count(self, command: str) -> int:
        return len(self.keys(command))

    def keys(self, command: str) -> list[str]:
        """The clTRIDs of such commands, oldest first."""
        thing, _, verb = command.partition(":")
        return [str(row["cltrid"]) for row in self.registry.log(account=self._user, object=thing, command=verb)]

    def notify(self, name: str) -> None:
        """Another registrar asks for the transfer: that is what a registry tells the sponsor by a notice."""
        self.port.ensure_contact(NOTICE_CARD, "notify-1")
        self.port.register(Registration(name, 1, NOTICE_CARD.handle, "moving-secret-1"), "notify-2")
        account = self.registry.accounts[1]
        config = Config(
            host=self.registry.host,
            port=self.registry.port,
            clid=account.user,
            password=account.password,
            ca_file=self.registry.ca_file,
        )
        with Client.connect_and_login(config) as client:
            client.domain.transfer("request", name, "moving-secret-1")

    def go_away(self) -> None:
        self.registry.stop()

    def wipe(self) -> None:
        """Forget everything that a test left behind; a process per test would cost half a second each."""
        store = Store(self.registry.folder)
        with store.transaction() as db:
            for table in LEFT_BEHIND:
                db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM special_names WHERE name = 'jewel.com'")
        store.close()

    def close(self) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(self.port.close)
            stack.callback(self.other.close)
