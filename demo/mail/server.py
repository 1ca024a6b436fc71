"""SMTP on one free loopback port, pages on another, until it is told to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from werkzeug.serving import BaseWSGIServer, make_server

from .pages import create_pages
from .store import Store

LOOPBACK = "127.0.0.1"
LARGEST_MAIL = 25 * 1024 * 1024


@dataclass(frozen=True)
class Catcher:
    """Where a running catcher answers. `url` has no slash at its end."""

    smtp_port: int
    url: str
    store: Store


class _Handler:
    """What aiosmtpd calls when a mail is complete."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  its name
        content = envelope.original_content or b""
        mail = await asyncio.to_thread(self._store.add, envelope.mail_from or "", envelope.rcpt_tos, content)
        return f"250 2.0.0 caught as {mail.id}"


@contextmanager
def running_catcher(folder: Path, smtp_port: int = 0, http_port: int = 0) -> Iterator[Catcher]:
    """A catcher that keeps its mails in `folder`; port 0 means a free one. It stops when the block ends."""
    store = Store(folder)
    with _serving_pages(store, http_port) as pages, _serving_smtp(store, smtp_port) as port:
        yield Catcher(smtp_port=port, url=f"http://{LOOPBACK}:{pages.server_port}", store=store)


@contextmanager
def _serving_pages(store: Store, port: int) -> Iterator[BaseWSGIServer]:
    server = make_server(LOOPBACK, port, create_pages(store), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="mail-pages", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _serving_smtp(store: Store, port: int) -> Iterator[int]:
    # The loop lives in a thread of its own from its first step: the caller's thread may have a loop already.
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="mail-smtp", daemon=True)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(_open(store, port), loop).result(5)
        yield server.sockets[0].getsockname()[1]
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(5)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _open(store: Store, port: int) -> asyncio.Server:
    def session() -> SMTP:
        return SMTP(_Handler(store), enable_SMTPUTF8=True, data_size_limit=LARGEST_MAIL, ident="witryna demo")

    return await asyncio.get_running_loop().create_server(session, LOOPBACK, port)


async def _close(server: asyncio.Server) -> None:
    server.close()
    mine = asyncio.current_task()
    open_sessions = [task for task in asyncio.all_tasks() if task is not mine]
    for task in open_sessions:
        task.cancel()
    await asyncio.gather(*open_sessions, return_exceptions=True)
