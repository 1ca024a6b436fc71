"""The environment of a real install over fresh stores, and real processes in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Commands:
    """A process that has the libraries loaded, and forks for each command (commands.py)."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.processes.commands"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, environment: dict[str, str], words: tuple[str, ...], folder: Path) -> int:
        """The exit code of a command; `out` and `err` in the folder take what it prints."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"environment": environment, "words": words, "folder": str(folder)}) + "\n")
        stdin.flush()
        code: int = json.loads(stdout.readline())["code"]
        return code

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        assert self._process.returncode == 0


@dataclass
class Install:
    """An install's environment; `start` runs one of its processes, `flask` one of its commands."""

    environment: dict[str, str]
    folder: Path
    commands: Commands
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, module: str) -> subprocess.Popen[bytes]:
        """A process that goes on until it is ended."""
        with (self.folder / f"{module}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=self.environment, stderr=log)
        self.running.append(process)
        return process

    def log(self, module: str) -> str:
        """What a process has written so far."""
        return (self.folder / f"{module}.log").read_text(encoding="utf-8")

    def flask(self, *words: str, without: str = "") -> subprocess.CompletedProcess[str]:
        """`flask --app app ...` by a process that was warm."""
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        code = self.commands.run(self._without(without), words, self.folder)
        out, err = ((self.folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
        return subprocess.CompletedProcess(command, code, out, err)

    def flask_process(self, *words: str, without: str = "") -> subprocess.CompletedProcess[str]:
        """The same in a new process, as people run it."""
        environment = self._without(without)
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False
        )

    def _without(self, name: str) -> dict[str, str]:
        return {each: value for each, value in self.environment.items() if each != name}


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    """Until it is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """The process that runs commands."""
    made = Commands()
    yield made
    made.close()


@pytest.fixture
def install(sqlite_url: str, redis_url: str, tmp_path: Path, commands: Commands) -> Iterator[Install]:
    """Over SQLite; nothing listens at its mail server and registry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WITRYNA_", "PROMETHEUS_"))}
    environment = kept | {
        "WITRYNA_DATABASE_URL": sqlite_url,
        "WITRYNA_REDIS_URL": redis_url,
        "WITRYNA_PLATFORM_HOST": "localhost:8000",
        "WITRYNA_SECRET_KEY": "tests only: forty characters of nothing much",
        "WITRYNA_MEDIA_ROOT": str(tmp_path / "media"),
        "WITRYNA_SMTP_URL": "smtp://127.0.0.1:9",
        "WITRYNA_REGISTRY_URL": "epp://nobody@127.0.0.1:9",
    }
    made = Install(environment, tmp_path, commands)
    yield made
    for process in made.running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
