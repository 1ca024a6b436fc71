"""From the editor to the preview, and from "publish" to every web process: seconds, in a real Chromium."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Frame, Page
from sqlalchemy import select

from demo.plan import LOOPBACK, PASSWORD, SIGN_INS
from tests.harness.browser import open_chromium
from webapp.foundation import tenancy
from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.models import Page as PageRow
from webapp.reseller.partners.models import Partner

from . import data
from .memory import web_workers
from .pages import HOST, PATH
from .servers import PLATFORM_HOST, Place, Server, witryna
from .weight import found_at

ROUNDS, PATIENCE = 5, 10.0
PANEL = f"http://panel.{PLATFORM_HOST}"


@dataclass
class Edited:
    """Seconds: from the last letter to the preview, and from the press on "publish" to the slowest web process."""

    processes: int = 0
    previews: list[float] = field(default_factory=list)
    publications: list[float] = field(default_factory=list)


def measure(place: Place, url: str) -> Edited:
    """The heading of the demo's first shop, changed and published again and again."""
    page_id, block = _home(url)
    with witryna(place, url) as server, open_chromium(found_at(server.port)) as browser:
        page = browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 900}).new_page()
        _sign_in(page)
        with _one_to_each_process(server) as connections:
            found = Edited(len(connections))
            for number in range(ROUNDS):
                word = f"Ready in a moment {number} {time.time_ns() % 10**6}"
                page.goto(f"{PANEL}/site/pages/{page_id}/edit?block={block}")
                found.previews.append(_typed(page, word))
                page.locator("#editor-state[data-state=saved]").wait_for()
                page.goto(f"{PANEL}/site/pages/{page_id}/edit/publish")
                found.publications.append(_published(page, connections, word))
    return found


def _home(url: str) -> tuple[int, str]:
    """(id of the first shop's home page, id of its first block)."""
    with data.opened(url) as database, database.reading(tenancy.Platform("operator")) as session:
        number = session.scalars(select(Partner.id).where(Partner.code == data.HOME_SHOP)).one()
    home = (PageRow.slug == "", PageRow.locale == data.LANGUAGE)
    with data.opened(url) as database, tenancy.tenant(number), database.reading() as session:
        view = cms.draft(session, session.scalars(select(PageRow.id).where(*home)).one())
        return view.page_id, next(block["id"] for block in view.blocks if block["type"] == "hero_search")


def _sign_in(page: Page) -> None:
    page.goto(f"{PANEL}/sign-in")
    page.fill("[name=email]", SIGN_INS["partner"])
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _typed(page: Page, word: str) -> float:
    """Seconds from the last letter in the form to the words in the preview."""
    frame = _preview(page)
    page.locator("[name='f.title']").fill(word)
    started = time.perf_counter()
    while not frame.evaluate("word => document.body.textContent.includes(word)", word):
        if time.perf_counter() - started > PATIENCE:
            raise RuntimeError("the preview does not show what was typed")
        page.wait_for_timeout(5)
    return time.perf_counter() - started


def _preview(page: Page) -> Frame:
    """The preview, loaded and listening."""
    page.frame_locator("#editor-frame").locator(".block-frame").first.wait_for(state="attached")
    frame = page.locator("#editor-frame").element_handle().content_frame()
    if frame is None:
        raise RuntimeError("the editor has no preview")
    frame.wait_for_load_state("networkidle")
    return frame


def _published(page: Page, connections: list[http.client.HTTPConnection], word: str) -> float:
    """Seconds from the press of the button to the last process that shows the words."""
    seen: list[float] = []
    started = time.perf_counter()
    watchers = [threading.Thread(target=_watch, args=(one, word.encode(), seen)) for one in connections]
    for watcher in watchers:
        watcher.start()
    page.locator("button[name=do][value=publish]").click(no_wait_after=True)
    for watcher in watchers:
        watcher.join()
    if len(seen) < len(connections):
        raise RuntimeError("a process does not show what was published")
    return max(seen) - started


def _watch(connection: http.client.HTTPConnection, word: bytes, seen: list[float]) -> None:
    """Ask again and again until the words are there."""
    end = time.perf_counter() + PATIENCE
    while time.perf_counter() < end:
        if word in _ask(connection):
            seen.append(time.perf_counter())
            return
        time.sleep(0.01)


def _ask(connection: http.client.HTTPConnection) -> bytes:
    connection.request("GET", PATH, headers={"Host": HOST})
    return connection.getresponse().read()


@contextmanager
def _one_to_each_process(server: Server) -> Iterator[list[http.client.HTTPConnection]]:
    """A kept connection to each web process: which of them has taken it is read from the kernel's tables."""
    wanted, opened = set(web_workers(server.program.pid)), list[http.client.HTTPConnection]()
    found: dict[int, http.client.HTTPConnection] = {}
    try:
        while len(found) < len(wanted):
            if len(opened) > 200:
                raise RuntimeError(f"only {len(found)} of {len(wanted)} web processes take connections")
            opened.append(http.client.HTTPConnection(LOOPBACK, server.port, timeout=30))
            _ask(opened[-1])
            own = opened[-1].sock.getsockname()[1]
            found.setdefault(_owner(own, server.port, wanted), opened[-1])
        yield list(found.values())
    finally:
        for connection in opened:
            connection.close()


def _owner(visitor: int, port: int, processes: set[int]) -> int:
    """The process at the other end of a loopback connection, by both port numbers (proc(5): net/tcp, fd)."""
    ends = (f"0100007F:{port:04X}", f"0100007F:{visitor:04X}")
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    socket = next(f"socket:[{row[9]}]" for row in rows if (row[1], row[2]) == ends)
    for pid in processes:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(handle.readlink()) == socket:
                    return pid
    raise RuntimeError("nobody has the connection")
