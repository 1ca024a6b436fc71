"""What deploy/backup makes, deploy/restore brings back: every row and file, on both databases."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from demo.plan import clean_environment
from demo.starter import ROOT
from tests import factories
from tests.harness import postgres
from tests.harness.databases import TemplateDatabases
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.schema import Base
from webapp.reseller.accounts.models import User
from webapp.reseller.partners.models import Partner

pytestmark = pytest.mark.full
OPERATOR = tenancy.Platform("operator")


@dataclass
class Machine:
    """An install's settings, and the programs of deploy/ run with them."""

    database_url: str
    folder: Path
    secret: str = "tests only: forty characters of nothing much"
    more: dict[str, str] = field(default_factory=dict)

    @property
    def media(self) -> Path:
        """Where its files are."""
        return self.folder / "media"

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A program of deploy/."""
        self.folder.mkdir(exist_ok=True)
        settings = self.folder / "witryna.env"
        values = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": "redis://127.0.0.1:9",
            "PLATFORM_HOST": factories.PLATFORM_HOST,
            "SECRET_KEY": self.secret,
            "MEDIA_ROOT": str(self.media),
            **self.more,
        }
        settings.write_text("# settings\n" + "".join(f"WITRYNA_{name}={value}\n" for name, value in values.items()))
        environment = clean_environment(os.environ) | {"SETTINGS": str(settings)}
        if (binaries := postgres.find_binaries()) and (binaries / "pg_dump").exists():
            environment["PATH"] = f"{binaries}:{environment['PATH']}"
        command = [str(ROOT / "deploy" / program), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def filled(database_url: str, tmp_path: Path) -> Machine:
    """An install with two shops, a subscriber each, and a file."""
    if database_url.startswith("postgresql") and not _has_pg_dump():
        pytest.skip("no pg_dump on this machine")
    database = Database(database_url)
    for email in ("anna@example.com", "hans@example.com"):
        partner = factories.make_partner(database, email=email)
        factories.make_subscriber(database, partner, email)
    database.dispose()
    machine = Machine(database_url, tmp_path / "old")
    (machine.media / "originals").mkdir(parents=True)
    (machine.media / "originals" / "a b.png").write_bytes(b"\x89PNG picture")
    return machine


@pytest.fixture
def empty_url(database_url: str, databases: TemplateDatabases, tmp_path: Path) -> Iterator[str]:
    """A database of the same kind with nothing in it, not even tables."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'restored.sqlite3'}"
        return
    cluster = databases._cluster
    assert cluster is not None
    yield cluster.create("restored")
    cluster.drop("restored")


def test_a_restored_install_has_every_row_and_file(filled: Machine, empty_url: str, tmp_path: Path) -> None:
    backup = _backup(filled, tmp_path)
    new = Machine(empty_url, tmp_path / "new")
    done = new.run("restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert _counts(empty_url) == _counts(filled.database_url)
    assert (new.media / "originals" / "a b.png").read_bytes() == b"\x89PNG picture"
    again = new.run("restore", str(backup))
    assert again.returncode == 1
    assert "is not empty" in again.stderr, "what is there is never written over"
    _walls_stand(empty_url)


def test_a_damaged_backup_is_refused_before_anything_is_written(
    filled: Machine, empty_url: str, tmp_path: Path
) -> None:
    backup = _backup(filled, tmp_path)
    with (backup / "media.tar").open("r+b") as file:
        file.seek(600)
        file.write(b"X")
    done = Machine(empty_url, tmp_path / "new").run("restore", str(backup))
    assert (done.returncode, "is damaged" in done.stderr) == (1, True)
    assert not (tmp_path / "new" / "media").exists()


def test_another_secret_key_is_pointed_out(filled: Machine, empty_url: str, tmp_path: Path) -> None:
    backup = _backup(filled, tmp_path)
    done = Machine(empty_url, tmp_path / "new", secret="another one of at least thirty-two characters").run(
        "restore", str(backup)
    )
    assert done.returncode == 0
    assert "WITRYNA_SECRET_KEY" in done.stderr


def test_a_backup_is_for_its_owner_only_and_old_ones_go(filled: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    old = folder / "2020-01-01T000000Z"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    (folder / "notes").mkdir()
    os.utime(folder / "notes", (0, 0))
    done = filled.run("backup", "--keep", "7", str(folder))
    assert done.returncode == 0, done.stderr
    made = Path(done.stdout.strip())
    assert {each.name for each in folder.iterdir()} == {made.name, "notes"}
    assert [oct(path.stat().st_mode & 0o077) for path in (made, *made.iterdir())] == ["0o0"] * (
        1 + len(list(made.iterdir()))
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "name the folder"), (("/nowhere",), "no folder"), (("--keep", "x", "/tmp"), "number of days")],
)
def test_a_wrong_call_says_what_is_wrong(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = Machine(f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path / "old").run("backup", *words)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    machine = Machine("postgresql://nobody@127.0.0.1:9/none", tmp_path / "old")
    assert machine.run("backup", str(tmp_path / "backups")).returncode != 0
    assert not list((tmp_path / "backups").iterdir())


def _has_pg_dump() -> bool:
    binaries = postgres.find_binaries()
    return bool((binaries and (binaries / "pg_dump").exists()) or shutil.which("pg_dump"))


def _backup(machine: Machine, tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    done = machine.run("backup", str(tmp_path / "backups"))
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def _counts(url: str) -> dict[str, int]:
    database = Database(url)
    try:
        with database.reading(OPERATOR) as session:
            models = [mapper.class_ for mapper in Base.registry.mappers]
            return {model.__name__: session.scalar(select(func.count()).select_from(model)) or 0 for model in models}
    finally:
        database.dispose()


def _walls_stand(url: str) -> None:
    """A restored database keeps tenants apart as before: PostgreSQL's own wall too, with ours off."""
    database = Database(url, walls=frozenset())
    try:
        with database.reading(OPERATOR) as session:
            numbers = session.scalars(select(Partner.id)).all()
        for number in numbers if database.is_postgresql else ():
            with database.reading(tenancy.Tenant(number)) as session:
                assert set(session.scalars(select(User.partner_id))) == {number}
    finally:
        database.dispose()
