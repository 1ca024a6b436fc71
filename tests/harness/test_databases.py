"""The ground under the other tests: if a database were not fresh, or its owner above the policies, they would lie."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.harness import postgres
from tests.harness.databases import TemplateDatabases

_POLICY = """
    CREATE TABLE things (id integer PRIMARY KEY, tenant integer NOT NULL);
    INSERT INTO things VALUES (1, 1), (2, 2);
    ALTER TABLE things ENABLE ROW LEVEL SECURITY;
    ALTER TABLE things FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON things USING (tenant = current_setting('app.tenant', true)::integer);
"""


def _prepare(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("CREATE TABLE things (id integer PRIMARY KEY, tenant integer NOT NULL)")
            connection.exec_driver_sql("INSERT INTO things VALUES (1, 1), (2, 2)")
        else:
            connection.exec_driver_sql(_POLICY)
    engine.dispose()


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemplateDatabases]:
    made = TemplateDatabases(tmp_path_factory.mktemp("examples"), _prepare)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_each_database_is_fresh_and_gone_afterwards(examples: TemplateDatabases, kind: str) -> None:
    for _ in range(2):
        with examples.fresh(kind) as url:
            engine = sa.create_engine(url)
            with engine.begin() as connection:
                if kind == "postgresql":
                    connection.exec_driver_sql("SET LOCAL app.tenant = '1'")
                connection.exec_driver_sql("INSERT INTO things VALUES (3, 1)")  # twice would break the key
            engine.dispose()
            assert _exists(url)
        assert not _exists(url)


@pytest.mark.postgresql
def test_the_owner_is_bound_by_row_level_security(examples: TemplateDatabases) -> None:
    with examples.fresh("postgresql") as url, psycopg.connect(_plain(url), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM things").fetchone() == (0,)
        connection.execute("SET app.tenant = '2'")
        assert connection.execute("SELECT id FROM things").fetchall() == [(2,)]
        rights = "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(rights).fetchone() == (False, False, False)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.postgresql
def test_a_copy_costs_a_fraction_of_a_second(examples: TemplateDatabases) -> None:
    with examples.fresh("postgresql"):
        pass  # the first one starts the server
    begun = time.monotonic()
    for _ in range(5):
        with examples.fresh("postgresql"):
            pass
    assert time.monotonic() - begun < 5


@pytest.mark.postgresql
def test_no_server_survives_a_killed_test_run(tmp_path: Path) -> None:
    code = "from tests.harness import postgres as p; c = p.start(); print(c.process.pid, c.folder, flush=True); input()"
    run = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdin is not None
    pid, folder = run.stdout.readline().split()
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    run.stdin.close()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
    shutil.rmtree(folder)


@pytest.mark.postgresql
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the user")
def test_root_starts_the_server_as_somebody_else(examples: TemplateDatabases) -> None:
    with examples.fresh("postgresql"):
        cluster = examples._cluster
        assert cluster is not None
        assert Path(f"/proc/{cluster.process.pid}").stat().st_uid not in (0,)
        assert cluster.folder.stat().st_mode & 0o077 == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("private_home", [False, True])
def test_the_wheel_serves_where_debian_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, private_home: bool
) -> None:
    wheel = postgres._wheel_folders()
    if not wheel:
        pytest.skip("the wheel is not installed")
    if private_home:  # pytest's folders are closed to other users, like a virtual environment under /root
        wheel = [postgres._copy_wheel(wheel[0], tmp_path)]
    monkeypatch.setattr(postgres, "_candidates", lambda: wheel)
    cluster = postgres.start()
    try:
        with psycopg.connect(_plain(cluster.create("example"))) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        cluster.stop()
    assert not cluster.folder.exists()


def _exists(url: str) -> bool:
    if url.startswith("sqlite"):
        return Path(url.removeprefix("sqlite:///")).exists()
    try:
        psycopg.connect(_plain(url)).close()
    except psycopg.OperationalError:
        return False
    return True


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:")
