"""``python -m sandbox``: run the registry, and list and set its state while it runs."""

from __future__ import annotations

import argparse
import json
import logging
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox import steering
from sandbox.faults import KINDS
from sandbox.store import DATABASE, DEFAULTS, Store


class Refused(Exception):
    """Why a command was not done, in a line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 refused, 2 wrong usage)."""
    options = _parser().parse_args(arguments)
    if options.command == "serve":
        return _serve(options)
    try:
        result = _steer(options)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(json.dumps(result) if options.json else steering.as_text(result))
    return 0


def execute(arguments: Sequence[str]) -> object:
    """The result of one command other than ``serve``, for programs. Raises ``Refused`` with its message."""
    return _steer(_parser().parse_args(arguments))


def _steer(options: argparse.Namespace) -> object:
    if not (options.data / DATABASE).exists():
        raise Refused(f"no registry in {options.data}: start one with 'python -m sandbox serve --data {options.data}'")
    store = Store(options.data)
    try:
        with store.transaction() as db:
            return options.run(db, options)
    except (steering.SteeringError, sqlite3.Error) as error:
        raise Refused(str(error)) from error
    finally:
        store.close()


def _serve(options: argparse.Namespace) -> int:
    from sandbox.server import serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        serve(options.data, options.host, options.port, options.ready_file)
    except (OSError, sqlite3.Error) as error:
        print(f"cannot serve on {options.host} port {options.port}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = _command(commands, "serve", "run a registry: EPP over TLS, until SIGTERM")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    serve.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    serve.add_argument("--ready-file", type=Path, help="written when ready: host, port, ca_file, accounts as JSON")
    _listing(commands)
    _objects(commands)
    _time(commands)
    _faults(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, run: steering.Run | None = None
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--data", type=Path, default=Path("var/registry"), help="data folder (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    return parser


def _listing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = _command(commands, "list", "show what the registry holds", steering.show)
    listing.add_argument("what", choices=sorted(steering.TABLES))
    setting = _command(commands, "setting", "show or change a setting", steering.change_setting)
    setting.add_argument(
        "key", nargs="?", choices=sorted(DEFAULTS), metavar="KEY", help="one of: " + ", ".join(sorted(DEFAULTS))
    )
    setting.add_argument("value", nargs="?", help="the new value, as JSON")


def _objects(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    change = _command(commands, "set", "change a domain, an account, an ending or a special name", steering.change)
    change.add_argument("what", choices=("domain", "account", "tld", "name"))
    change.add_argument("name")
    change.add_argument("--registrar", help="domain: the sponsoring registrar")
    change.add_argument("--expires", help="domain: the instant of expiry, ISO 8601")
    change.add_argument("--status", action="append", help="domain: replace the statuses that were set ('' for none)")
    change.add_argument("--auth-info", help="domain: the transfer password")
    change.add_argument("--password", help="account: the password (makes the account if it is new)")
    change.add_argument("--balance", help="account: prepaid balance in minor units, or 'none'")
    change.add_argument("--expiry", choices=("expire", "autorenew", "gone"), help="tld: what happens on the last day")
    change.add_argument("--kind", choices=("reserved", "premium", "free"), help="name: how it is offered")
    take = _command(commands, "take", "let somebody else register a name, from under a client's nose", steering.take)
    take.add_argument("name")
    take.add_argument("--registrar", help="who takes it (default: the last account)")
    take.add_argument("--years", type=int, default=1)


def _time(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    clock = _command(commands, "clock", "show or move the registry's clock", steering.move_clock)
    ways = clock.add_mutually_exclusive_group()
    ways.add_argument("--set", metavar="ISO", help="make it this instant; the clock goes on from there")
    ways.add_argument("--advance", metavar="TIME", help="move forward: 30d, 12h, 45m, 10s, 1y")
    ways.add_argument("--real", action="store_true", help="back to the machine's clock")
    delay = _command(commands, "delay", "answer every command later", steering.set_delay)
    delay.add_argument("--ms", type=int, required=True)
    maintenance = _command(commands, "maintenance", "answer 2500 to every command", steering.set_maintenance)
    maintenance.add_argument("state", choices=("on", "off"))


def _faults(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    fault = _command(
        commands,
        "fault",
        "plant faults: " + "; ".join(f"{kind}: {text}" for kind, text in KINDS.items()),
        steering.fault,
    )
    fault.add_argument("action", choices=("add", "list", "clear"))
    fault.add_argument("--kind", choices=sorted(KINDS))
    # Another dest: 'command' already names the subcommand.
    fault.add_argument("--command", dest="epp_command", help="login, create, 'transfer approve' ... (default: any)")
    fault.add_argument("--object", choices=("domain", "contact", "host"), help="default: any")
    fault.add_argument("--account", help="only this registrar's commands")
    fault.add_argument("--nth", type=int, default=1, help="from which fitting command on, counted from now")
    fault.add_argument("--count", type=int, default=1, help="how many commands suffer")
    fault.add_argument("--code", type=int, help="the result code, for kind code")
    fault.add_argument("--seconds", type=float, help="for kind delay")
