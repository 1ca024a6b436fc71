"""What the kernel says about processes and the machine: CPU, memory, and who else is at work. Linux only (proc(5))."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; the name before it may hold spaces and parentheses."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _all() -> dict[int, list[str]]:
    found = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                found[int(entry.name)] = _stat(int(entry.name))
    return found


def tree(root: int) -> list[int]:
    """A process and everything that descends from it."""
    parents = {pid: int(fields[1]) for pid, fields in _all().items()}
    mine = {root}
    while more := {pid for pid, parent in parents.items() if parent in mine and pid not in mine}:
        mine |= more
    return sorted(pid for pid in mine if pid in parents)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes and of those children of theirs that have ended."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            ticks += sum(map(int, _stat(pid)[11:15]))
    return ticks / _TICK


def _busy_seconds() -> float:
    """User, nice and system time of the whole machine. Interrupts are left out: ours cannot be told from others'."""
    return sum(map(int, (_PROC / "stat").read_text().split(maxsplit=4)[1:4])) / _TICK


class Stopwatch:
    """CPU from its making on: of the servers that we started, and of everybody who does not descend from us."""

    def __init__(self) -> None:
        self._start = self._now()

    def _now(self) -> tuple[float, float, float, float]:
        me = os.getpid()
        servers = cpu_seconds(pid for pid in tree(me) if pid != me)
        return time.monotonic(), servers, servers + cpu_seconds([me]), _busy_seconds()

    def read(self) -> tuple[float, float]:
        """(CPU seconds of the servers, cores that others kept busy on average).

        A load generator that has ended by now counts as ours, not as a server: its time is with its parent, us.
        """
        seconds, servers, ours, all_ = (now - then for now, then in zip(self._now(), self._start, strict=True))
        return servers, max(all_ - ours, 0.0) / seconds


@dataclass(frozen=True)
class Memory:
    """MiB of one process: its own share now (PSS: shared pages are divided), and the most that it ever had (RSS)."""

    pss: float
    peak: float


def memory(pid: int) -> Memory:
    """Raises OSError for a process that is gone."""
    rollup = _kib((_PROC / str(pid) / "smaps_rollup").read_text(), "Pss")
    return Memory(rollup / 1024, _kib((_PROC / str(pid) / "status").read_text(), "VmHWM") / 1024)


def _kib(text: str, name: str) -> int:
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])


def facts() -> list[str]:
    """The machine and the programs, one line each; no path and no host name."""
    model = next((line for line in _lines("cpuinfo") if line.startswith("model name")), ": ?").partition(": ")[2]
    memory_gib = next(int(line.split()[1]) for line in _lines("meminfo") if line.startswith("MemTotal")) / 1024**2
    return [
        f"{os.cpu_count()} cores, {model}, {memory_gib:.0f} GiB, Linux {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()})",
    ]


def _lines(name: str) -> list[str]:
    return (_PROC / name).read_text().splitlines()


def commit() -> str:
    """The commit that is measured, and whether files differ from it."""
    if not (known := _git("rev-parse", "HEAD")):
        return "unknown (no git here)"
    changed = [line for line in _git("status", "--porcelain").splitlines() if not line.endswith("bench/RESULTS.md")]
    return known + (f", with {len(changed)} changed or new files" if changed else "")


def _git(*arguments: str) -> str:
    folder = Path(__file__).resolve().parent
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
