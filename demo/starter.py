"""The demo, program by program, in the order in which they need each other."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from . import valkey
from .files import write_json
from .plan import LOOPBACK, PASSWORD, SHOPS, SIGN_INS, Plan, clean_environment, free_port
from .supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parents[1]
BLOCKING_THREADS = 16


class Starter:
    """Starts everything for one plan. `start()` returns what stands in demo.json."""

    def __init__(self, plan: Plan, supervisor: Supervisor) -> None:
        self._plan = plan
        self._supervisor = supervisor
        self._environment = clean_environment(os.environ)
        self._programs: dict[str, Program] = {}

    def start(self) -> dict[str, Any]:
        """Start all, in order, and write demo.json when the shop answers. Raises ProgramFailed."""
        self._plan.summary.unlink(missing_ok=True)
        port = free_port()
        valkey_program = self._start("valkey", valkey.command(self._plan.folder("valkey"), port))
        self._start_what_stands_around()
        self._environment |= self._own_settings(f"redis://{LOOPBACK}:{port}/0")
        self._migrate()  # while those load
        self._supervisor.wait(valkey_program, lambda: valkey.answers(port) or None)
        registry, mail, names, gateway = (self._ready(name) for name in ("registry", "mail", "dns", "pay"))
        settings = self._own_settings(f"redis://{LOOPBACK}:{port}/0")
        settings |= self._settings(registry, mail, names) | _gateway_settings(gateway)
        self._environment |= settings | {"PROMETHEUS_MULTIPROC_DIR": str(self._empty_folder("metrics"))}
        self._seed()
        self._start_product()
        summary = self._summary(registry, mail, names, settings) | {"gateway": gateway["url"]}
        write_json(self._plan.summary, summary)
        return summary

    def _start_what_stands_around(self) -> None:
        """Registry, mail catcher, names and gateway: all at once, each takes a while to load."""
        folder = {name: str(self._plan.folder(name)) for name in ("registry", "mail", "dns", "pay")}
        notify = f"{self._plan.url('csp1002')}/pay/stripe/notify"
        self._start_with_ready_file("registry", ["sandbox", "serve", "--data", folder["registry"], "--port", "0"])
        self._start_with_ready_file("mail", ["demo.mail", "--data", folder["mail"]])
        self._start_with_ready_file("dns", ["demo.dns", "--data", folder["dns"]])
        self._start_with_ready_file("pay", ["demo.pay", "--data", folder["pay"], "--stripe-endpoint", notify])

    def _start_with_ready_file(self, name: str, module: list[str]) -> None:
        ready = self._plan.var / f"{name}.ready.json"
        ready.unlink(missing_ok=True)
        self._start(name, [sys.executable, "-m", *module, "--ready-file", str(ready)])

    def _ready(self, name: str) -> dict[str, Any]:
        """What a program says of itself when it is ready."""
        ready = self._plan.var / f"{name}.ready.json"
        facts: dict[str, Any] = self._supervisor.wait(self._programs[name], lambda: _read_json(ready))
        return facts

    def _own_settings(self, redis_url: str) -> dict[str, str]:
        """What is known before anything answers."""
        return {
            "WITRYNA_DATABASE_URL": f"sqlite:///{self._plan.var / 'witryna.sqlite3'}",
            "WITRYNA_REDIS_URL": redis_url,
            "WITRYNA_PLATFORM_HOST": self._plan.platform_host,
            "WITRYNA_SECRET_KEY": self._plan.secret_key(),
            "WITRYNA_MEDIA_ROOT": str(self._plan.folder("media")),
            "WITRYNA_PUBLIC_ADDRESSES": LOOPBACK,
            # The demo runs without a network: it has a table of each bank, which says of which day it is.
            "WITRYNA_ECB_URL": "",
            "WITRYNA_NBP_URL": "",
        }

    def _settings(
        self, registry: Mapping[str, Any], mail: Mapping[str, Any], names: Mapping[str, Any]
    ) -> dict[str, str]:
        platform = _platform_account(registry)
        return {
            "WITRYNA_SMTP_URL": f"smtp://{mail['smtp']['host']}:{mail['smtp']['port']}",
            "WITRYNA_REGISTRY_URL": f"epp://{platform['user']}@{registry['host']}:{registry['port']}",
            "WITRYNA_REGISTRY_PASSWORD": platform["password"],
            "WITRYNA_REGISTRY_CA_FILE": registry["ca_file"],
            "WITRYNA_REGISTRY_PROFILE": "rfc-fees",
            "WITRYNA_DNS_RESOLVERS": names["resolver"],
        }

    def _migrate(self) -> None:
        self._supervisor.run("migrate", [sys.executable, "-m", "webapp.processes.migrate"], self._environment)

    def _seed(self) -> None:
        """Before the shop answers: who sees it healthy may rely on all that is in it."""
        seed = [sys.executable, "-m", "flask", "--app", "app", "demo", "seed"]
        self._supervisor.run("seed", seed, self._environment)

    def _start_product(self) -> None:
        web = self._start("web", web_command(self._plan.port))
        for name in ("worker", "tick"):
            self._start(name, [sys.executable, "-m", f"webapp.processes.{name}"])
        self._supervisor.wait(web, self._healthy)

    def _healthy(self) -> bool | None:
        # Asked twenty times a second while the product loads: a client that reads all of the machine's certificates
        # first, as httpx does, took as much processor time as the product itself.
        asking = HTTPConnection(LOOPBACK, self._plan.port, timeout=5)
        with closing(asking):
            try:
                asking.request("GET", "/healthz", headers={"Host": self._plan.platform_host})
                return asking.getresponse().status == 200 or None
            except (OSError, HTTPException):
                return None

    def _start(self, name: str, command: list[str]) -> Program:
        program = self._supervisor.start(name, command, self._environment)
        self._programs[name] = program
        return program

    def _empty_folder(self, name: str) -> Path:
        shutil.rmtree(self._plan.var / name, ignore_errors=True)
        return self._plan.folder(name)

    def _summary(
        self,
        registry: Mapping[str, Any],
        mail: Mapping[str, Any],
        names: Mapping[str, Any],
        settings: Mapping[str, str],
    ) -> dict[str, Any]:
        url = self._plan.url
        return {
            "platform": url(),
            "panel": url("panel"),
            "operator": url("operator"),
            "api": url("api"),
            "shops": {code: url(code) for code in SHOPS},
            "outside_site": url("blog"),
            "mail": mail["url"],
            "dns": names["url"],
            "registry": {key: registry[key] for key in ("host", "port", "ca_file", "accounts")},
            "sign_ins": {role: {"email": email, "password": PASSWORD} for role, email in SIGN_INS.items()},
            "env": dict(settings),
            "pids": {name: self._programs[name].pid for name in ("web", "worker", "tick", "registry", "mail")},
        }


def _gateway_settings(gateway: Mapping[str, Any]) -> dict[str, str]:
    """One program is every gateway."""
    names = ("STRIPE", "PRZELEWY24", "PRZELEWY24_SANDBOX")
    return {f"WITRYNA_{name}_URL": gateway["url"] for name in names}


def _platform_account(registry: Mapping[str, Any]) -> dict[str, str]:
    """The registrar account that the product uses: the second one; the first is left to people and tests."""
    account: dict[str, str] = registry["accounts"][1]
    return account


def web_command(port: int) -> list[str]:
    """The web server on a loopback port; `make bench` measures this very one."""
    where = ["--host", LOOPBACK, "--port", str(port)]
    size = ["--workers", "2", "--blocking-threads", str(BLOCKING_THREADS)]
    manners = ["--no-ws", "--log-level", "warning", "--workers-kill-timeout", "3"]
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", *where, *size, *manners]
    return [*granian, "--factory", "demo.web:create_site"]


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return value
