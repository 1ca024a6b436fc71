"""Fresh migrated databases for tests, cheap: the migrations run once per kind and worker, then the result is copied.

SQLite copies the file; PostgreSQL says `CREATE DATABASE ... TEMPLATE`. What many tests begin with (two shops, a desk)
is put on top of the migrated template once, and copied likewise.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from . import books_hold, postgres

Prepare = Callable[[str], None]


class TemplateDatabases:
    """Makes fresh databases. `prepare(url)` fills an empty one (migrations) and leaves no connection open.

    With a `base` it goes on where that one's ended, on the same server. `books`: whatever money they hold came there by
    the product's own deeds, so that the books of each hold in the end.
    """

    def __init__(
        self, folder: Path, prepare: Prepare, base: TemplateDatabases | None = None, *, books: bool = True
    ) -> None:
        self._folder = folder
        self._prepare = prepare
        self._base = base
        self._books = books
        self._numbers: Iterator[int] = base._numbers if base else itertools.count(1)
        self._sqlite_template: Path | None = None
        self._postgresql_template = ""
        self._cluster: postgres.Cluster | None = None

    @contextmanager
    def fresh(self, kind: str) -> Iterator[str]:
        """The URL of a fresh database of `kind` ("sqlite" or "postgresql"), gone when the block ends well or badly.

        After a good end its books are looked at.
        """
        makers = {"sqlite": self._fresh_sqlite, "postgresql": self._fresh_postgresql}
        with makers[kind]() as url:
            yield url
            if self._books:
                books_hold.look(url)

    def copy(self, url: str, name: str) -> str:
        """The URL of database `name`, made anew as a copy of the one behind `url`.

        Nobody may be connected to the original; connections to an older copy of that name are ended.
        """
        original = make_url(url).database or ""
        if not url.startswith("sqlite"):
            cluster = self._server()
            cluster.drop(name)
            return cluster.create(name, template=original)
        target = Path(original).with_name(f"{name}.sqlite3")
        for leftover in target.parent.glob(f"{target.name}*"):
            leftover.unlink()
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
        return f"sqlite:///{target}"

    def close(self) -> None:
        """Stop the server, if this one started it."""
        if self._cluster is not None:
            self._cluster.stop()
            self._cluster = None

    @contextmanager
    def _fresh_sqlite(self) -> Iterator[str]:
        path = self._folder / f"test_{next(self._numbers)}.sqlite3"
        shutil.copyfile(self._file(), path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()

    def _file(self) -> Path:
        """The SQLite template."""
        if self._sqlite_template is None:
            self._sqlite_template = self._make_file()
        return self._sqlite_template

    def _make_file(self) -> Path:
        path = self._folder / "template.sqlite3"
        if self._base is not None:
            shutil.copyfile(self._base._file(), path)
        self._prepare(f"sqlite:///{path}")
        # Bring what still stands in the write-ahead log into the file: only the file is copied.
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return path

    @contextmanager
    def _fresh_postgresql(self) -> Iterator[str]:
        cluster = self._server()
        name = f"test_{next(self._numbers)}"
        url = cluster.create(name, template=self._template())
        try:
            yield url
        finally:
            cluster.drop(name)

    def _template(self) -> str:
        """The PostgreSQL template's name."""
        if not self._postgresql_template:
            origin = {"template": self._base._template()} if self._base else {}
            name = f"template_{next(self._numbers)}"
            self._prepare(self._server().create(name, **origin))
            self._postgresql_template = name
        return self._postgresql_template

    def _server(self) -> postgres.Cluster:
        """The server of the whole family, started when first asked for."""
        if self._base is not None:
            return self._base._server()
        if self._cluster is None:
            self._cluster = postgres.start()
        return self._cluster
