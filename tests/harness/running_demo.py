"""The whole demo, as `make demo` starts it, for journeys in a browser: `with running_demo(folder) as demo: ...`."""

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
from urllib.request import urlopen

from demo.plan import free_port
from demo.starter import ROOT

START_SECONDS = 120.0


@dataclass(frozen=True)
class RunningDemo:
    """`facts` is what stands in demo.json; `process` is the starter; `output` takes what it prints."""

    facts: dict[str, Any]
    process: subprocess.Popen[bytes]
    output: Path

    def mails(self) -> list[dict[str, Any]]:
        """Every mail that the demo sent so far, oldest first."""
        with urlopen(f"{self.facts['mail']}/messages.json") as answer:
            listed: list[dict[str, Any]] = json.load(answer)
        return listed

    def alive(self) -> set[str]:
        """Which of its programs run."""
        return {name for name, pid in self.facts["pids"].items() if Path(f"/proc/{pid}").exists()}

    def all_gone(self, seconds: float = 10) -> bool:
        """True as soon as none of its programs runs, False when some still does after that time."""
        deadline = time.monotonic() + seconds
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.alive()


@contextmanager
def running_demo(var: Path, port: int | None = None) -> Iterator[RunningDemo]:
    """A ready demo whose data are in `var`. Raises AssertionError with its words if it does not become ready."""
    var.mkdir(parents=True, exist_ok=True)
    (var / "demo.json").unlink(missing_ok=True)  # of a killed run: must not be taken for ours
    output = var / "starter.log"
    command = [sys.executable, "-m", "demo", "--var", str(var), "--port", str(port or free_port())]
    with output.open("wb") as sink, subprocess.Popen(command, cwd=ROOT, stdout=sink, stderr=sink) as process:
        try:
            yield RunningDemo(_facts(process, var / "demo.json", output), process, output)
        finally:
            process.terminate()  # the starter ends its children; Popen waits for it


def _facts(process: subprocess.Popen[bytes], summary: Path, output: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while not summary.exists():
        ended = process.poll() is not None
        assert not ended, f"the demo ended with exit code {process.returncode}:\n{output.read_text()}"
        assert time.monotonic() < deadline, f"the demo is not ready after {START_SECONDS:.0f} s:\n{output.read_text()}"
        time.sleep(0.1)
    facts: dict[str, Any] = json.loads(summary.read_text())
    return facts
