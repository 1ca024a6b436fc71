"""``RegistryPort`` over EPP (RFC 5730 to 5734) by epptools."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime

from epptools import Client
from epptools.response import Response

from webapp.foundation.db import assert_no_write_transaction
from webapp.providers.errors import ProviderError
from webapp.providers.registry.checking import Checker
from webapp.providers.registry.names import in_order, required_key, required_name, sort_out
from webapp.providers.registry.pool import SessionPool
from webapp.providers.registry.port import Availability, ContactCard, DomainFacts, Notice, Receipt, Registration
from webapp.providers.registry.profiles import PROFILES, RegistryProfile
from webapp.providers.registry.session import Observer, Session
from webapp.providers.registry.wire import Endpoint, tls_context

log = logging.getLogger(__name__)

Send = Callable[[Client], Response]


class EppRegistry:
    """One account at one registry; made once per process and shared by its threads.

    Connections open with the first command. After a fork the child starts with none of its own and
    leaves the parent's alone.
    """

    _pool: SessionPool
    _checker: Checker

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str,
        password: str,
        ca_file: str | None = None,
        profile: RegistryProfile = PROFILES["rfc"],
        client_cert: str | None = None,
        client_key: str | None = None,
    ) -> None:
        """``ca_file``: PEM of the registry's own authority. ``client_cert``/``client_key``: PEM paths, for
        registries that want mutual TLS."""
        self.user = user
        self.profile = profile
        #: Told ("before" | "after", "domain:create" ...) around every command, in the thread that sends it.
        self.observer: Observer | None = None
        tls = tls_context(ca_file, client_cert, client_key)
        endpoint = Endpoint(host, port, tls, profile.timeouts.connect, profile.namespaces)
        self._open_session = lambda: Session(endpoint, user, password)
        self._starting = threading.Lock()
        self._pid = 0

    def check(self, names: Sequence[str]) -> list[Availability]:
        return in_order(names, self.check_each(names))

    def check_each(self, names: Sequence[str]) -> Iterator[Availability]:
        """Asks at once, not at the first ``next()``, so that several registries can be asked side by side."""
        assert_no_write_transaction()
        self._start()
        fit, unfit = sort_out(names)
        self._checker.observer = self.observer
        return _chained(unfit, self._checker.rows(fit))

    def info(self, name: str) -> DomainFacts | None:
        plain = required_name(name)
        response = self._read("domain:info", lambda client: client.domain.info(plain))
        return None if response is None else self._facts(plain, response)

    def ensure_contact(self, card: ContactCard, key: str) -> str:
        try:
            self._write("contact:create", required_key(key), lambda client: _create_contact(client, card))
        except ProviderError as refusal:
            if refusal.code != 2302 or not self._is_our_contact(card.handle):
                raise
        return card.handle

    def register(self, order: Registration, key: str) -> Receipt:
        name = required_name(order.name)
        required_key(key)
        self._ensure_hosts(order.nameservers, key)
        response = self._write("domain:create", key, lambda client: self._create_domain(client, name, order))
        return _receipt(response)

    def renew(self, name: str, current_expiry: date, years: int, key: str) -> Receipt:
        plain, day = required_name(name), current_expiry.strftime("%Y-%m-%d")
        required_key(key)
        return _receipt(self._write("domain:renew", key, lambda client: client.domain.renew(plain, day, years)))

    def poll(self) -> Notice | None:
        response = self._read("poll:req", lambda client: client.poll.request())
        if response is None or (number := response.message_id()) is None:
            return None
        text = response.queue_message() or ""
        return Notice(number, text, response.object_name(), instant(response.queue_date()))

    def ack(self, notice_id: str) -> None:
        # A repeated ack is answered 2303: the notice is gone, which is what was wanted.
        self._read("poll:ack", lambda client: client.poll.ack(notice_id))

    def close(self) -> None:
        if self._pid == os.getpid():
            self._checker.close()
            self._pool.close()

    # --- sending ----------------------------------------------------------------------------------

    def _start(self) -> None:
        """Pool and threads of this process; sockets and locks of a parent process are of no use here."""
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid == os.getpid():
                return
            if self._pid:
                self._pool.abandon()
            self._pool = SessionPool(self._open_session, self.profile)
            self._checker = Checker(self._pool, self.profile)
            self._pid = os.getpid()

    def _write(self, command: str, key: str | None, send: Send) -> Response:
        """Exactly one attempt: whether a lost one was carried out is for the caller to find out by ``info``."""
        assert_no_write_transaction()
        self._start()
        with self._pool.session() as session:
            return session.run(command, send, seconds=self.profile.timeouts.answer, key=key, observer=self.observer)

    def _read(self, command: str, send: Send) -> Response | None:
        """None: the object does not exist (2303). A lost answer is asked for once more; reading changes nothing."""
        for attempt in (1, 2):
            try:
                return self._write(command, None, send)
            except ProviderError as failure:
                if failure.code == 2303:
                    return None
                if failure.permanent or attempt == 2:
                    raise
        return None

    # --- pieces -----------------------------------------------------------------------------------

    def _is_our_contact(self, handle: str) -> bool:
        try:
            response = self._read("contact:info", lambda client: client.contact.info(handle))
        except ProviderError as refusal:
            if refusal.code in (2201, 2202):
                return False
            raise
        return response is not None and response.sponsor() == self.user

    def _ensure_hosts(self, hosts: Sequence[str], key: str) -> None:
        """RFC 5731 section 3.2.1: a host object must be known before a domain may refer to it."""
        if not hosts or self.profile.host_model != "object":
            return
        names = [required_name(host) for host in hosts]
        response = self._read("host:check", lambda client: client.host.check(names))
        unknown = [name for name in names if response is not None and response.is_available(name)]
        for number, name in enumerate(unknown, start=1):
            self._ensure_host(name, f"{key[:60]}-h{number}")

    def _ensure_host(self, name: str, key: str) -> None:
        try:
            self._write("host:create", key, lambda client: client.host.create(name, []))
        except ProviderError as refusal:
            if refusal.code != 2302:
                raise

    def _create_domain(self, client: Client, name: str, order: Registration) -> Response:
        hosts = [required_name(host) for host in order.nameservers]
        attributes = self.profile.host_model == "attribute"
        return client.domain.create(
            name,
            years=order.years,
            registrant=order.registrant,
            contacts=dict.fromkeys(self.profile.contact_roles, order.registrant),
            nameservers=[{"name": host, "addresses": []} for host in hosts] if attributes else [*hosts],
            auth_info=order.auth_info,
        )

    def _facts(self, name: str, response: Response) -> DomainFacts:
        sponsor = response.sponsor() or ""
        return DomainFacts(
            name=name,
            sponsor=sponsor,
            registrant=response.registrant(),
            created_at=instant(response.created_date()),
            expires_at=instant(response.expiry_date()),
            statuses=tuple(response.statuses()),
            auth_info=response.auth_info(),
            ours=sponsor == self.user,
        )


def _create_contact(client: Client, card: ContactCard) -> Response:
    return client.contact.create(
        card.handle,
        # RFC 5733 section 3.2.1: the "int" form is 7-bit ASCII, anything else belongs into "loc".
        type="int" if _is_ascii(card) else "loc",
        name=card.name,
        org=card.organisation,
        street=list(card.street),
        city=card.city,
        pc=card.postcode,
        cc=card.country,
        voice=card.phone,
        email=card.email,
        auth_info=secrets.token_urlsafe(12),
    )


def _is_ascii(card: ContactCard) -> bool:
    return "".join((card.name, card.organisation or "", *card.street, card.city, card.postcode)).isascii()


def _receipt(response: Response) -> Receipt:
    return Receipt(response.sv_trid() or "", instant(response.expiry_date()), response.is_pending())


def _chained(first: Sequence[Availability], rest: Iterator[Availability]) -> Iterator[Availability]:
    yield from first
    yield from rest


def instant(text: str | None) -> datetime | None:
    """An EPP date-time (RFC 5730 section 2.4: UTC) as an aware datetime; None when absent or unreadable."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        log.warning("unreadable date from the registry: %r", text[:40])
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
