"""What is decided before a demo starts: where it keeps its things, on which port it answers, who signs in."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
PASSWORD = "demo-demo-demo"  # noqa: S105  a demo that nobody can sign in to shows nothing; `demo seed` sets the same
SIGN_INS = {
    "operator": "operator@demo.example",
    "partner": "partner@acme.example",
    "partner2": "partner@nordhost.example",
    "subscriber": "anna@subscriber.example",
}
SHOPS = {"csp1001": "Acme Domeny", "csp1002": "Nordhost"}

#: Children of a killed run end by themselves within this time; the port and the folder are free again then.
PATIENCE = 5.0


class CannotStart(Exception):
    """One line that says what to change."""


@dataclass(frozen=True)
class Plan:
    """`var` is absolute."""

    var: Path
    port: int

    @property
    def platform_host(self) -> str:
        """The platform's own host; browsers leave the usual port out, so do we."""
        return "localhost" if self.port == 80 else f"localhost:{self.port}"

    def url(self, label: str = "") -> str:
        """The address of a host of the platform: `url("panel")` is http://panel.localhost:8000."""
        return f"http://{label}{'.' if label else ''}{self.platform_host}"

    @property
    def summary(self) -> Path:
        """The file for programs: there when the demo is ready, absent otherwise."""
        return self.var / "demo.json"

    @property
    def logs(self) -> Path:
        """The folder of the programs' output."""
        return self.var / "log"

    def folder(self, name: str) -> Path:
        """A folder of one program, made if it is not there."""
        made = self.var / name
        made.mkdir(parents=True, exist_ok=True)
        return made

    def secret_key(self) -> str:
        """The secret of this install: random, made once, readable by its owner only."""
        path = self.var / "secret"
        if not path.exists():
            half = path.with_name("secret.half")
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            half.rename(path)
        return path.read_text(encoding="ascii").strip()


def make_plan(var: str, port: str) -> Plan:
    """The plan for what was typed. Raises CannotStart in words."""
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise CannotStart(f"PORT={port} is no port: give a number from 1 to 65535, for example PORT=8000.")
    folder = Path(var).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "log").mkdir(exist_ok=True)
    except OSError as problem:
        raise CannotStart(f"VAR={var} cannot be used: {problem.strerror}. Name another folder with VAR=.") from None
    return Plan(folder, int(port))


@contextmanager
def only_run(plan: Plan) -> Iterator[None]:
    """Hold the demo's folder. Raises CannotStart while another demo uses it; a killed one does not hold it."""
    with (plan.var / "lock").open("a") as lock:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CannotStart(f"Another demo is running in {plan.var}: end it, or name another VAR=.") from None
                time.sleep(0.1)
        yield


def wait_for_port(plan: Plan) -> None:
    """Return when PORT is free; raises CannotStart if somebody else keeps it."""
    deadline = time.monotonic() + PATIENCE
    while (problem := _taken(plan.port)) is not None:
        if time.monotonic() > deadline or isinstance(problem, PermissionError):
            why = "only root may use it" if isinstance(problem, PermissionError) else "another program uses it"
            raise CannotStart(f"Port {plan.port} is not free: {why}. Choose another one: make demo PORT=8001")
        time.sleep(0.1)


def _taken(port: int) -> OSError | None:
    with socket.socket() as probe:
        # As a server does: connections that are still closing do not count as a user of the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as problem:
            return problem
    return None


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the programs inherit: the caller's environment without settings that would change the product or servers."""
    foreign = ("WITRYNA_", "GRANIAN_", "FLASK_", "WERKZEUG_", "PROMETHEUS_")
    kept = {name: value for name, value in environ.items() if not name.startswith(foreign)}
    return kept | {"PYTHONUNBUFFERED": "1"}
