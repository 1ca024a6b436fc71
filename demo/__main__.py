"""`python -m demo --var var --port 8000`: what `make demo` runs."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .plan import PASSWORD, SHOPS, CannotStart, Plan, make_plan, only_run, wait_for_port
from .starter import ROOT, Starter
from .supervisor import EndRequested, ProgramFailed, Supervisor, end_on_signal

WHO = {"operator": "Operator", "partner": "Acme Domeny", "partner2": "Nordhost", "subscriber": "Anna, a buyer"}


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM; 1 with the reason if the demo cannot start or one of its programs ends."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Run all of Witryna on this machine.")
    parser.add_argument("--var", default="var", help="folder that keeps the demo's data (default: var)")
    parser.add_argument("--port", default="8000", help="port of every web address (default: 8000)")
    given = parser.parse_args()
    try:
        with end_on_signal():
            _run(make_plan(given.var, given.port))
    except (CannotStart, ProgramFailed) as problem:
        print(problem, file=sys.stderr)
        return 1
    except EndRequested:
        print("Ended. The data stay for the next start.", flush=True)
    return 0


def _run(plan: Plan) -> None:
    with only_run(plan):
        wait_for_port(plan)
        print("Starting (a few seconds) ...", flush=True)
        try:
            with Supervisor(plan.logs, ROOT) as supervisor:
                summary = Starter(plan, supervisor).start()
                print(_welcome(plan, summary), flush=True)
                supervisor.watch()
        finally:
            plan.summary.unlink(missing_ok=True)


def _welcome(plan: Plan, summary: dict[str, Any]) -> str:
    shops = [("Shop", f"{summary['shops'][code]}   {name} ({code})") for code, name in SHOPS.items()]
    places = [
        *shops,
        ("Sales Panel", summary["panel"]),
        ("Operator", summary["operator"]),
        ("Outside site", summary["outside_site"]),
        ("Mails", f"{summary['mail']}   everything that the demo sends"),
        ("Gateway", f"{summary['gateway']}   payments in which no money moves"),
        ("DNS", f"{summary['dns']}   made-up domains, to be turned to a shop"),
    ]
    people = [(WHO[role], sign_in["email"]) for role, sign_in in summary["sign_ins"].items()]
    lines = ["", "Witryna is ready.", ""]
    lines += [f"  {name:<15}{what}" for name, what in places]
    lines += ["", f"  Sign in with the password {PASSWORD}", ""]
    lines += [f"  {name:<15}{what}" for name, what in people]
    return "\n".join([*lines, "", f"  Data and logs: {plan.var}. Ctrl-C ends everything.", ""])


if __name__ == "__main__":
    sys.exit(main())
