"""Fresh migrated databases for tests, cheap: the migrations run once per kind and worker, then the result is copied.

SQLite copies the file; PostgreSQL says `CREATE DATABASE ... TEMPLATE`.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from . import postgres

_TEMPLATE = "witryna_template"


class TemplateDatabases:
    """Makes fresh databases. `prepare(url)` fills an empty one (migrations) and leaves no connection open."""

    def __init__(self, folder: Path, prepare: Callable[[str], None]) -> None:
        self._folder = folder
        self._prepare = prepare
        self._numbers = itertools.count(1)
        self._sqlite_template: Path | None = None
        self._cluster: postgres.Cluster | None = None

    @contextmanager
    def fresh(self, kind: str) -> Iterator[str]:
        """The URL of a fresh database of `kind` ("sqlite" or "postgresql"), gone when the block ends."""
        makers = {"sqlite": self._fresh_sqlite, "postgresql": self._fresh_postgresql}
        with makers[kind]() as url:
            yield url

    def copy(self, url: str, name: str) -> str:
        """The URL of database `name`, made anew as a copy of the one behind `url`.

        Nobody may be connected to the original; connections to an older copy of that name are ended.
        """
        original = make_url(url).database or ""
        if not url.startswith("sqlite"):
            cluster = self._cluster or self._start_cluster()
            cluster.drop(name)
            return cluster.create(name, template=original)
        target = Path(original).with_name(f"{name}.sqlite3")
        for leftover in target.parent.glob(f"{target.name}*"):
            leftover.unlink()
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
        return f"sqlite:///{target}"

    def close(self) -> None:
        """Stop the server, if one was started."""
        if self._cluster is not None:
            self._cluster.stop()
            self._cluster = None

    @contextmanager
    def _fresh_sqlite(self) -> Iterator[str]:
        if self._sqlite_template is None:
            self._sqlite_template = self._make_sqlite_template()
        path = self._folder / f"test_{next(self._numbers)}.sqlite3"
        shutil.copyfile(self._sqlite_template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()

    def _make_sqlite_template(self) -> Path:
        path = self._folder / "template.sqlite3"
        self._prepare(f"sqlite:///{path}")
        # Bring what still stands in the write-ahead log into the file: only the file is copied.
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return path

    @contextmanager
    def _fresh_postgresql(self) -> Iterator[str]:
        cluster = self._cluster or self._start_cluster()
        name = f"test_{next(self._numbers)}"
        url = cluster.create(name, template=_TEMPLATE)
        try:
            yield url
        finally:
            cluster.drop(name)

    def _start_cluster(self) -> postgres.Cluster:
        cluster = postgres.start()
        try:
            self._prepare(cluster.create(_TEMPLATE))
        except BaseException:
            cluster.stop()
            raise
        self._cluster = cluster
        return cluster
