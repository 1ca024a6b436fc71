"""Load on one address: by wrk where it is to be had, else by our own generator in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from .generator import BROWSER

CONNECTIONS = 8
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """What came of it. `p50` and `p99` in milliseconds; `bad`: answers that are not 2xx, and broken connections."""

    requests: int
    per_second: float
    p50: float
    p99: float
    bad: int


@cache
def wrk() -> str | None:
    """wrk on PATH; Debian's package is installed first where we are root and may."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "wrk"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(install, env=environment, capture_output=True, check=False, timeout=120)
    return shutil.which("wrk")


def tool() -> str:
    """What to call it in the report."""
    return f"wrk -t2 -c{CONNECTIONS}" if wrk() else f"bench/generator.py with {CONNECTIONS} connections (no wrk here)"


def put(port: int, path: str, host: str, seconds: float) -> Load:
    """Ask for a path as fast as answers come. Raises RuntimeError with the tool's words if it does not work."""
    return _by_wrk(port, path, host, seconds) if wrk() else _by_ours(port, path, host, seconds)


def _by_wrk(port: int, path: str, host: str, seconds: float) -> Load:
    whole = max(round(seconds), 1)
    options = ["-t2", f"-c{CONNECTIONS}", f"-d{whole}s", "--latency", "-H", f"Host: {host}"]
    options += ["-H", f"User-Agent: {BROWSER}"]
    said = _run([wrk() or "wrk", *options, f"http://127.0.0.1:{port}{path}"], seconds)
    bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", said)))
    for line in re.findall(r"Socket errors: (.*)", said):
        bad += sum(map(int, re.findall(r"\d+", line)))
    return Load(
        requests=int(_found(r"(\d+) requests in", said)[0]),
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)[0]),
        p50=_milliseconds(r"50%", said),
        p99=_milliseconds(r"99%", said),
        bad=bad,
    )


def _milliseconds(share: str, said: str) -> float:
    value, unit = _found(rf"{share}\s+([\d.]+)(us|ms|s|m)\b", said)
    return float(value) * _UNITS[unit]


def _found(pattern: str, said: str) -> tuple[str, ...]:
    found = re.search(pattern, said)
    if found is None:
        raise RuntimeError(f"wrk said something unexpected:\n{said}")
    return found.groups()


def _by_ours(port: int, path: str, host: str, seconds: float) -> Load:
    command = [sys.executable, "-m", "bench.generator", str(port), path, host, str(seconds), str(CONNECTIONS)]
    return Load(**json.loads(_run(command, seconds)))


def _run(command: list[str], seconds: float) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 30)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")
    return done.stdout
