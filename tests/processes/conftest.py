"""The environment of a real install over fresh stores, and real processes in it."""

from __future__ import annotations

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


@dataclass
class Install:
    """An install's environment; `start` runs one of its processes, `flask` one of its commands."""

    environment: dict[str, str]
    folder: Path
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
        """`flask --app app ...`."""
        environment = {name: value for name, value in self.environment.items() if name != without}
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90, check=False
        )


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    """Until it is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


@pytest.fixture
def install(sqlite_url: str, redis_url: str, tmp_path: Path) -> Iterator[Install]:
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
    made = Install(environment, tmp_path)
    yield made
    for process in made.running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
