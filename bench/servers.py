"""The programs of a bench: Valkey and the sandbox for the whole of it, web servers anew for every measurement."""

from __future__ import annotations

import http.client
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo import valkey
from demo.plan import LOOPBACK, clean_environment, free_port
from demo.starter import ROOT, web_command
from demo.supervisor import Program, Supervisor
from sandbox.testing import Registry
from webapp.foundation import config
from webapp.foundation.config import Settings

PLATFORM_HOST = "localhost:8000"
#: As the performance notes of the product name it; the reference of every ratio.
REFERENCE = ("gunicorn", "-w", "2", "-k", "gthread", "--threads", "4", "--log-level", "warning", "--no-control-socket")


@dataclass(frozen=True)
class Place:
    """Where a bench keeps its things, and what the product is told. `folder` is a temporary one."""

    folder: Path
    redis_url: str
    registry: Registry

    def environment(self, database_url: str, **more: str) -> dict[str, str]:
        """The product's environment; `more` are settings without their prefix, in lower case."""
        account = self.registry.accounts[1]
        values = {
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis_url,
            "PLATFORM_HOST": PLATFORM_HOST,
            "SECRET_KEY": "bench only: forty characters of nothing much",
            "MEDIA_ROOT": str(self.folder / "media"),
            "REGISTRY_URL": f"epp://{account.user}@{self.registry.host}:{self.registry.port}",
            "REGISTRY_PASSWORD": account.password,
            "REGISTRY_CA_FILE": self.registry.ca_file,
            **{name.upper(): value for name, value in more.items()},
        }
        return {f"WITRYNA_{name}": value for name, value in values.items()}

    def settings(self, database_url: str, **more: str) -> Settings:
        """The same as the product reads it, for work inside our own process."""
        return config.load(self.environment(database_url, **more))


@contextmanager
def running_valkey(folder: Path) -> Iterator[str]:
    """An empty Valkey with the demo's settings; gives its URL."""
    port = free_port()
    data = folder / "valkey"
    data.mkdir()
    with Supervisor(_logs(folder), ROOT) as supervisor:
        program = supervisor.start("valkey", valkey.command(data, port), clean_environment(os.environ))
        supervisor.wait(program, lambda: valkey.answers(port) or None)
        yield f"redis://{LOOPBACK}:{port}/0"


@dataclass(frozen=True)
class Server:
    """A web server that answers. `start_seconds`: from its start to its first answer."""

    program: Program
    port: int
    start_seconds: float


@contextmanager
def witryna(place: Place, database_url: str, **settings: str) -> Iterator[Server]:
    """The product under the web server that it ships with, as `make demo` starts it."""
    port = free_port()
    metrics = place.folder / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    environment = place.environment(database_url, **settings) | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    with serving(place, "web", web_command(port), environment, port, "/healthz", PLATFORM_HOST) as server:
        yield server


@contextmanager
def reference(place: Place, page: Path) -> Iterator[Server]:
    """Bare Flask with the bytes of `page` under gunicorn."""
    port = free_port()
    command = [sys.executable, "-m", *REFERENCE, "-b", f"{LOOPBACK}:{port}", "bench.reference:create()"]
    with serving(place, "reference", command, {"BENCH_PAGE": str(page)}, port, "/", PLATFORM_HOST) as server:
        yield server


@contextmanager
def beside(place: Place, database_url: str) -> Iterator[list[Program]]:
    """The product's other processes: worker and tick."""
    environment = clean_environment(os.environ) | place.environment(database_url)
    with Supervisor(_logs(place.folder), ROOT) as supervisor:
        names = ("worker", "tick")
        yield [
            supervisor.start(name, [sys.executable, "-m", f"webapp.processes.{name}"], environment) for name in names
        ]


@contextmanager
def serving(
    place: Place, name: str, command: list[str], more: Mapping[str, str], port: int, path: str, host: str
) -> Iterator[Server]:
    """Any web server, from its first answer to `path` on."""
    with Supervisor(_logs(place.folder), ROOT) as supervisor:
        started = time.perf_counter()
        program = supervisor.start(name, command, clean_environment(os.environ) | dict(more))
        supervisor.wait(program, lambda: _answers(port, path, host) or None)
        yield Server(program, port, time.perf_counter() - started)


def _answers(port: int, path: str, host: str) -> bool:
    try:
        return get(port, path, host, timeout=5)[0] == 200
    except OSError:
        return False


def get(port: int, path: str, host: str, timeout: float = 30) -> tuple[int, bytes]:
    """Status and body of one request on a connection of its own. Raises OSError."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as problem:
        raise OSError(str(problem)) from problem
    finally:
        connection.close()


def _logs(folder: Path) -> Path:
    logs = folder / "log"
    logs.mkdir(exist_ok=True)
    return logs
