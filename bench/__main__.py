"""`python -m bench`: what `make bench` runs. BENCH_SECONDS (8) is the length of one measurement of a page.

A file of results is written when all its parts were measured: `python -m bench rivals weight editor frames` for one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from demo.supervisor import EndRequested, ProgramFailed, end_on_signal
from sandbox.testing import running_registry
from tests.harness import postgres
from tests.harness.databases import TemplateDatabases

from . import (
    business_report,
    data,
    editing,
    frames,
    hosts,
    hosts_report,
    long_page,
    pages,
    papers,
    partners,
    readme,
    renewals,
    report,
    rivals,
    search,
    servers,
    shop_report,
    statements,
    weight,
)
from .report import Findings
from .servers import PLATFORM_HOST, Place

#: What is measured, by the file that it is written to.
FILES = {
    "RESULTS.md": ("pages", "search", "partners"),
    "SHOP.md": ("rivals", "weight", "editor", "frames"),
    "HOSTS.md": ("hosts",),
    "BUSINESS.md": ("renewals", "papers"),
}
PARTS = tuple(part for parts in FILES.values() for part in parts)
#: Seconds of a part after which no disturbed measurement is repeated: the whole stays below 20 minutes.
REPEAT_FOR = 240.0
#: The long page has shorter rounds: its three parts together take less than eight minutes.
REPEAT_RIVALS_FOR = 100.0


def main() -> int:
    """Exit code 0 when everything was measured, whatever was found; 1 when something could not be."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure pages, search, memory and many partners."
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"only these of {', '.join(PARTS)}")
    chosen = tuple(parser.parse_args().parts) or PARTS
    try:
        with end_on_signal():
            found = _run(chosen, _seconds())
    except (ProgramFailed, RuntimeError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except EndRequested:
        print("Ended; nothing was written.")
        return 1
    _tell(found, chosen)
    return 0


def _seconds() -> float:
    given = os.environ.get("BENCH_SECONDS", "8")
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 20:
        raise SystemExit(f"BENCH_SECONDS={given}: give a number from 1 to 20.")
    return seconds


def _tell(found: Findings, chosen: tuple[str, ...]) -> None:
    texts = {"RESULTS.md": report.text, "SHOP.md": shop_report.text, "HOSTS.md": hosts_report.text}
    texts["BUSINESS.md"] = business_report.text
    for name, parts in FILES.items():
        if set(parts) <= set(chosen):
            (Path(__file__).resolve().parent / name).write_text(texts[name](found), encoding="utf-8")
            print(f"Written: bench/{name}")
            if name == "SHOP.md":
                readme.put(name, shop_report.goal_table(found))
        elif set(parts) & set(chosen):
            print(texts[name](found))
    for goal in (
        *report.goals(found),
        *shop_report.goals(found),
        *hosts_report.goals(found),
        *business_report.goals(found),
    ):
        print(f"{'reached' if goal.reached else 'MISSED ':8} {goal.what}: {goal.found} ({goal.wanted})")


@contextmanager
def _place() -> Iterator[Place]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="witryna-bench-")))
        redis_url = stack.enter_context(servers.running_valkey(folder))
        yield Place(folder, redis_url, stack.enter_context(running_registry(folder)))


def _run(chosen: tuple[str, ...], seconds: float) -> Findings:
    started = time.monotonic()
    found = Findings(seconds=seconds)
    with _place() as place, _databases(place) as databases, ExitStack() as stack:
        print("Preparing the databases ...", flush=True)
        kinds = _kinds(found) if {*FILES["RESULTS.md"], *FILES["HOSTS.md"]} & set(chosen) else {}
        urls = {name: stack.enter_context(databases.fresh(kind)) for name, kind in kinds.items()}
        shop = stack.enter_context(databases.fresh("sqlite"))
        steps: dict[str, Callable[[], None]] = {
            "pages": lambda: _pages(found, place, urls),
            "search": lambda: _search(found, place, urls["SQLite"]),
            "partners": lambda: _partners(found, place, urls, databases, kinds),
            "rivals": lambda: _rivals(found, place, shop),
            "weight": lambda: _weight(found, place, shop),
            "editor": lambda: _editor(found, place, shop),
            "frames": lambda: _frames(found, place, shop),
            "hosts": lambda: _hosts(found, place, databases, kinds),
            "renewals": lambda: _renewals(found, place),
            "papers": lambda: _papers(found, place),
        }
        # In this order whatever was typed: search brings a worker, which draws the icons that pages link to.
        for part, step in steps.items():
            if part in chosen:
                print(f"{part} ...", flush=True)
                step()
    found.took = time.monotonic() - started
    return found


@contextmanager
def _databases(place: Place) -> Iterator[TemplateDatabases]:
    folder = place.folder / "databases"
    folder.mkdir()
    databases = TemplateDatabases(folder, lambda url: data.prepare(url, place.settings(url)))
    try:
        yield databases
    finally:
        databases.close()


def _kinds(found: Findings) -> dict[str, str]:
    if postgres.find_binaries() is None:
        found.remarks.append("PostgreSQL was not measured: no server on this machine")
        return {"SQLite": "sqlite"}
    return {"SQLite": "sqlite", "PostgreSQL": "postgresql"}


def _pages(found: Findings, place: Place, urls: dict[str, str]) -> None:
    found.statements = {kind: statements.count(place, url) for kind, url in urls.items()}
    found.page_bytes = pages.keep_page(place, urls["SQLite"])
    found.results = pages.measure(place, urls, found.seconds, time.monotonic() + REPEAT_FOR)


def _search(found: Findings, place: Place, url: str) -> None:
    data.teach(place.registry)
    found.searched = search.measure(place, url)


def _partners(
    found: Findings, place: Place, urls: dict[str, str], databases: TemplateDatabases, kinds: dict[str, str]
) -> None:
    for name, kind in kinds.items():
        with databases.fresh(kind) as big:
            data.add_partners(big, PLATFORM_HOST)
            found.installs[name] = partners.measure(place, urls[name], big)


def _rivals(found: Findings, place: Place, url: str) -> None:
    _open_shops(place, url)
    found.rivals = rivals.measure(place, url, found.seconds, time.monotonic() + REPEAT_RIVALS_FOR)


def _weight(found: Findings, place: Place, url: str) -> None:
    _open_shops(place, url)
    found.visits = weight.measure(place, url)


def _editor(found: Findings, place: Place, url: str) -> None:
    found.edited = editing.measure(place, url)


def _frames(found: Findings, place: Place, url: str) -> None:
    found.painted = frames.measure(place, url)


def _hosts(found: Findings, place: Place, databases: TemplateDatabases, kinds: dict[str, str]) -> None:
    for name, kind in kinds.items():
        with databases.fresh(kind) as few, databases.fresh(kind) as many:
            data.add_partners(few, PLATFORM_HOST, hosts.FEW - 2)
            data.add_partners(many, PLATFORM_HOST, hosts.MANY - 2)
            found.hosts.append(hosts.measure(place, name, few, many))


def _renewals(found: Findings, place: Place) -> None:
    if postgres.find_binaries() is None:
        found.remarks.append("The renewal run was not measured: no PostgreSQL server on this machine")
        return
    found.renewals = renewals.measure(place.folder / "renewals")


def _papers(found: Findings, place: Place) -> None:
    found.papers = papers.measure(f"sqlite:///{place.folder / 'papers.db'}")


def _open_shops(place: Place, url: str) -> None:
    """The shops with the long page, once."""
    with data.opened(url) as database:
        long_page.open_shops(database, place.settings(url))


if __name__ == "__main__":
    sys.exit(main())
