"""Starts programs, watches them, ends them all: in reverse order, on every way out.

A program that this process started cannot outlive it: the kernel sends it SIGTERM if we are killed outright
(parentage.py), so no run leaves anything behind that the next one would trip over.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

from .parentage import die_with_parent

Found = TypeVar("Found")

#: How long a program may take to end by itself, in seconds; then it is killed with all its children.
GRACE = 8.0
POLL = 0.05


class EndRequested(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM. Not an Exception: no `except Exception` on the way may swallow it."""


class ProgramFailed(Exception):
    """A program ended or did not become ready. Its message names the program and shows its last words."""


@dataclass(frozen=True)
class Program:
    """A started program and the file that takes its output."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class Supervisor:
    """The programs of one run. Use it in a `with` block: leaving the block ends them."""

    def __init__(self, logs: Path, folder: Path) -> None:
        """`logs` takes a file per program; `folder` is where they run."""
        self._logs = logs
        self._folder = folder
        self._programs: list[Program] = []

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Program:
        """Start a program. Its output goes to <logs>/<name>.log; the log of the run before is kept as .log.1."""
        log = self._logs / f"{name}.log"
        with suppress(FileNotFoundError):
            log.rename(log.with_suffix(".log.1"))
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C of the terminal reaches us alone; we end the others in order
                preexec_fn=die_with_parent(),  # noqa: PLW1509  one system call, no lock that could hang
            )
        program = Program(name, process, log)
        self._programs.append(program)
        return program

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a program to its end. Raises ProgramFailed if it does not end well."""
        program = self.start(name, command, environment)
        while program.process.poll() is None:
            self._check(but=program)
            time.sleep(POLL)
        self._programs.remove(program)
        if program.process.returncode:
            raise ProgramFailed(_obituary(program))

    def wait(self, program: Program, ready: Callable[[], Found | None], seconds: float = 60.0) -> Found:
        """Ask `ready` until it gives something, and return that. Raises ProgramFailed if a program ends first."""
        deadline = time.monotonic() + seconds
        while (found := ready()) is None:
            self._check()
            if time.monotonic() > deadline:
                raise ProgramFailed(f"{program.name} is not ready after {seconds:.0f} seconds. {_said(program)}")
            time.sleep(POLL)
        return found

    def watch(self) -> NoReturn:
        """Wait for ever. Raises ProgramFailed as soon as a program ends, EndRequested on a signal."""
        while True:
            self._check()
            time.sleep(0.2)

    def end(self, program: Program) -> None:
        """End one program, which nobody misses from now on."""
        self._programs.remove(program)
        _end(program)

    def stop(self) -> None:
        """End every program, the last started first; nobody loses a service that he still needs to end well."""
        with _deaf():
            for program in reversed(self._programs):
                _end(program)
            self._programs.clear()

    def _check(self, but: Program | None = None) -> None:
        for program in self._programs:
            if program is not but and program.process.poll() is not None:
                raise ProgramFailed(_obituary(program))


@contextmanager
def end_on_signal() -> Iterator[None]:
    """Inside the block SIGINT, SIGTERM and SIGHUP raise EndRequested in the main thread."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise EndRequested(signal.Signals(number).name)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _deaf() -> Iterator[None]:
    """While we are ending, a second Ctrl-C must not interrupt it half way."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(program: Program) -> None:
    with suppress(ProcessLookupError):
        program.process.terminate()
    with suppress(subprocess.TimeoutExpired):
        program.process.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)  # whoever is left of its session: workers of a killed master
    program.process.wait()


def _obituary(program: Program) -> str:
    code = program.process.returncode
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"{program.name} {how}. {_said(program)}"


def _said(program: Program) -> str:
    words = program.last_words()
    return f"The end of {program.log}:\n{words}" if words else f"{program.log} is empty."
