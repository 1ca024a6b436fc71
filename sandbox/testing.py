"""For tests: a real registry in its own process, reached over TLS, steered through its command line.

with running_registry(tmp_path) as registry:
    client = Client(Config(host=registry.host, port=registry.port, ca_file=registry.ca_file, ...))
    registry.cli("clock", "--advance", "30d")
    assert [entry["code"] for entry in registry.log(command="create")] == [1000]
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cli import Refused, execute

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Account:
    """A registrar's sign-in."""

    user: str
    password: str


@dataclass(frozen=True)
class Registry:
    """A running registry. ``accounts`` are in the order of the ready file."""

    folder: Path
    host: str
    port: int
    ca_file: str
    accounts: tuple[Account, ...]
    process: subprocess.Popen[bytes]

    def cli(self, *arguments: str) -> Any:
        """What ``python -m sandbox`` with these arguments does to this registry, in this process; gives its result.

        Raises ``RuntimeError`` with its message when the command fails.
        """
        try:
            result = execute([*arguments, "--data", str(self.folder)])
        except Refused as refused:
            raise RuntimeError(str(refused)) from refused
        return json.loads(json.dumps(result))

    def log(self, **wanted: str | int | None) -> list[dict[str, Any]]:
        """The command log, oldest first; keywords filter by column (``command="create"``, ``object="domain"``).

        Columns: id, at, account, command, object, names, cltrid, svtrid, code, fault, reason. A transfer's command
        is ``transfer request`` and so on, a poll's ``poll req``; a new connection is ``connect``. ``code`` is None
        where nothing was executed or answered by code (connect, hello, lose-before).
        """
        entries: list[dict[str, Any]] = self.cli("list", "log")
        return [entry for entry in entries if all(entry[key] == value for key, value in wanted.items())]

    def stop(self, seconds: float = 10) -> int:
        """End the process as an operator would (SIGTERM); returns its exit code."""
        self.process.terminate()
        return self.process.wait(seconds)


@contextmanager
def running_registry(folder: Path, *arguments: str, seconds: float = 20) -> Iterator[Registry]:
    """Start a registry with its data under ``folder`` and stop it at the end.

    More arguments go to ``serve``. A second start over the same folder continues with the same data.
    """
    data, ready = folder / "registry", folder / "registry-ready.json"
    ready.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "serve",
        "--data",
        str(data),
        "--port",
        "0",
        "--ready-file",
        str(ready),
        *arguments,
    ]
    with (folder / "registry.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603
    try:
        facts = _wait(ready, process, folder / "registry.log", seconds)
        accounts = tuple(Account(item["user"], item["password"]) for item in facts["accounts"])
        yield Registry(data, facts["host"], facts["port"], facts["ca_file"], accounts, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(ready: Path, process: subprocess.Popen[bytes], log: Path, seconds: float) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready.exists():
            facts: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
            return facts
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"the registry did not start: {log.read_text(encoding='utf-8')[-2000:]}")
