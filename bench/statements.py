"""How many SQL statements a page takes when nothing is in the page cache. Counted inside our own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from webapp import create_app
from webapp.foundation.web import WebApp

from .pages import HOST, PATH
from .servers import Place


@dataclass(frozen=True)
class Statements:
    """Per request. On PostgreSQL each transaction also says whose it is (wall 4): `set_config`, counted in `walls`."""

    kept: int
    host_too: int
    nothing_kept: int
    walls: int


def count(place: Place, url: str) -> Statements:
    """A cold page with its parts kept; the same when the host has to be looked up too; and the very first one."""
    app = create_app(place.settings(url, page_cache="off"))
    try:
        with _recorded(app.database.engine) as said:
            first = _visit(app, said)
            kept = _visit(app, said)
            app.sites.forget()
            host_too = _visit(app, said)
    finally:
        app.database.dispose()
        app.redis.close()
    walls = sum(map(_is_wall, host_too))
    return Statements(_reads(kept), _reads(host_too), _reads(first), walls)


def _visit(app: WebApp, said: list[str]) -> list[str]:
    said.clear()
    answer = app.test_client().get(PATH, base_url=f"http://{HOST}")
    if answer.status_code != 200:
        raise RuntimeError(f"the home page answers {answer.status_code}")
    return list(said)


def _reads(said: list[str]) -> int:
    return sum(not _is_wall(statement) for statement in said)


def _is_wall(statement: str) -> bool:
    return "set_config" in statement


@contextmanager
def _recorded(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)
