"""The long page against Wagtail 7.4 on Django 5.2, both under granian, in interleaved rounds of the same minutes."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from demo.plan import LOOPBACK, clean_environment, free_port
from demo.starter import ROOT, web_command
from webapp.reseller.partners.operations import bump_content
from webapp.reseller.partners.queries import partner_by_code

from . import data, long_page, pages
from .pages import Case, Result
from .servers import Place, Server, get, serving, witryna

#: Outside the history; what is in it is made anew when the list of packages changes.
CACHE = ROOT / ".bench"
_FILES = Path(__file__).parent / "wagtail_site"
ROUNDS, REMADE = 3, 5
THEME = "base"
HOST = long_page.host(THEME)
COLD_GOAL, WARM_GOAL = 8.0, 5.0
OURS_COLD, THEIRS_COLD = "Witryna, page cache off", "Wagtail 7.4, no cache"
OURS_WARM, THEIRS_WARM = "Witryna, page cache on", "Wagtail 7.4 with wagtail-cache on Redis"
_ROW = re.compile(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', re.DOTALL)
_SECTION = re.compile(r"<section[^>]*>(.*?)</section>", re.DOTALL)
#: Forms, lists and documents that our blocks fetch or draw; Wagtail gets them as finished markup.
_PROGRAMMED = frozenset(("featured_tlds", "search", "bulk_search", "video", "contact", "contact_form", "terms"))
_CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
_AMOUNT = re.compile(r">([^<>]+)<")


@dataclass(frozen=True)
class Rivals:
    """Rows in the order of `_cases`; bytes of both pages.

    Milliseconds of one visit with nobody else there: ours when every part has to be made again because the content
    has changed (`remade`), theirs without a cache (`alone`).
    """

    results: list[Result]
    ours_bytes: int
    theirs_bytes: int
    remade: list[float]
    alone: list[float]

    def ratio(self, ours: str, theirs: str) -> list[float]:
        """Our requests a second over theirs, round by round."""
        rows = {result.case.name: result for result in self.results}
        return rows[ours].ratios(rows[theirs], lambda shot: shot.load.per_second)


def measure(place: Place, url: str, seconds: float, repeats_until: float) -> Rivals:
    """`url` is an SQLite database with the long pages. Raises RuntimeError when Wagtail cannot be installed."""
    python = _installed()
    with witryna(place, url) as server:
        ours = _page(server, long_page.PATH, HOST)
        remade = [_remade(server, url) for _ in range(REMADE)]
    database = place.folder / "wagtail.sqlite3"
    _fill(place, python, database, _content(ours.decode()))
    with _wagtail(place, python, database, "off") as server:
        theirs = _page(server, "/long/", "localhost")
        alone = [_timed(server, "/long/", "localhost") for _ in range(4 * REMADE)]
    sizes = {"ours": ours, "theirs": theirs}
    for name, body in sizes.items():
        (place.folder / f"{name}.html").write_bytes(body)
    results = [Result(case) for case in _cases(place, url, python, database)]
    for number in range(ROUNDS):
        for result in results:
            shot = pages.calm_shot(place, result.case, seconds, repeats_until)
            result.shots.append(shot)
            print(f"  round {number + 1}: {result.case.name}: {shot.load.per_second:,.0f}/s", flush=True)
    return Rivals(results, len(ours), len(theirs), remade, alone)


def _cases(place: Place, url: str, python: Path, database: Path) -> list[Case]:
    def ours(cache: str) -> Callable[[], AbstractContextManager[Server]]:
        return lambda: witryna(place, url, page_cache=cache)

    def theirs(cache: str) -> Callable[[], AbstractContextManager[Server]]:
        return lambda: _wagtail(place, python, database, cache)

    mine, other = place.folder / "ours.html", place.folder / "theirs.html"
    return [
        Case(OURS_COLD, ours("off"), long_page.PATH, HOST, COLD_GOAL, mine),
        Case(THEIRS_COLD, theirs("off"), "/long/", "localhost", page=other),
        Case(OURS_WARM, ours("on"), long_page.PATH, HOST, WARM_GOAL, mine),
        Case(THEIRS_WARM, theirs("on"), "/long/", "localhost", page=other),
    ]


def _page(server: Server, path: str, host: str) -> bytes:
    for _ in range(2):
        status, body = get(server.port, path, host)
        if status != 200:
            raise RuntimeError(f"{path} at {host} answers {status}")
    return body


def _remade(server: Server, url: str) -> float:
    """Milliseconds of the first visit after a change of content, when every part has to be made again."""
    with data.opened(url) as database, database.writing(long_page.OPERATOR) as session:
        partner = partner_by_code(session, long_page.shops()[THEME])
        assert partner is not None
        bump_content(session, partner.id)
    time.sleep(1.1)  # hosts, and with them content versions, are kept for a second
    return _timed(server, long_page.PATH, HOST)


def _timed(server: Server, path: str, host: str) -> float:
    started = time.perf_counter()
    get(server.port, path, host)
    return (time.perf_counter() - started) * 1000


# --- Wagtail ---------------------------------------------------------------------------------------------------


def _installed() -> Path:
    """Its own Python with the pinned packages; made at the first use."""
    folder, wanted = CACHE / "wagtail", (_FILES / "requirements.txt").read_text()
    python, done = folder / "bin" / "python", folder / "installed.txt"
    if not (done.exists() and done.read_text() == wanted):
        print("  installing Wagtail into .bench/wagtail (once) ...", flush=True)
        _run([sys.executable, "-m", "venv", str(folder)], {})
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:"]
        _run([*pip, "-r", str(_FILES / "requirements.txt")], {})
        done.write_text(wanted)
    return python


def _fill(place: Place, python: Path, database: Path, content: dict[str, Any]) -> None:
    told = place.folder / "wagtail.json"
    told.write_text(json.dumps(content), encoding="utf-8")
    _run([str(python), "-m", "bench.wagtail_site.fill", str(told)], _environment(place, database, "off"))


def _run(command: list[str], more: dict[str, str]) -> None:
    environment = clean_environment(os.environ) | more
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")


def _environment(place: Place, database: Path, cache: str) -> dict[str, str]:
    redis = place.redis_url.rpartition("/")[0] + "/9"
    return {"BENCH_DATABASE": str(database), "BENCH_REDIS": redis, "BENCH_CACHE": cache}


@contextmanager
def _wagtail(place: Place, python: Path, database: Path, cache: str) -> Iterator[Server]:
    """Under the same web server with the same settings as ours."""
    port = free_port()
    environment = _environment(place, database, cache)
    with serving(place, "wagtail", wagtail_command(python, port), environment, port, "/long/", LOOPBACK) as server:
        yield server


def wagtail_command(python: Path | str, port: int) -> list[str]:
    """Our own command with another application."""
    options = [part for part in web_command(port)[1:] if part != "--factory"]
    return [str(python), *options[:-1], "bench.wagtail_site.wsgi:application"]


# --- the same content ------------------------------------------------------------------------------------------


def _content(ours: str) -> dict[str, Any]:
    """Our page as StreamField values; the table as it was printed, so that Wagtail has no amount to format."""
    rows = [_price(ending, cells) for ending, cells in _ROW.findall(ours)]
    if len(rows) != long_page.ROWS:
        raise RuntimeError(f"the page has {len(rows)} prices, not {long_page.ROWS}")
    framed = [name for name in long_page.BLOCKS if name != "divider"]
    drawn = dict(zip(framed, _SECTION.findall(ours), strict=True))
    return {
        "title": "Twenty blocks",
        "description": "Everything on one page.",
        "menu": ["Domeny", "Cennik", "Pomoc", "O nas", "Kontakt", "Regulamin"],
        "body": [_part(block["type"], block["data"], rows, drawn) for block in long_page.blocks()],
    }


def _price(ending: str, cells: str) -> dict[str, Any]:
    amounts = [[html.unescape(one).strip() for one in _AMOUNT.findall(f">{cell}<")] for cell in _CELL.findall(cells)]
    first, then, transfer = ([one for one in cell if one] for cell in amounts[:3])
    return {"ending": ending, "first": first, "then": then, "transfer": "".join(transfer)}


def _part(kind: str, values: dict[str, Any], rows: list[dict[str, Any]], drawn: dict[str, str]) -> dict[str, Any]:
    words = {"title": values.get("title") or "", "text": values.get("text") or values.get("lead") or ""}
    if kind == "hero_search":
        return {"type": "hero", "value": words | {"placeholder": values["placeholder"]}}
    if kind == "tld_prices":
        return {"type": "prices", "value": words | {"rows": rows}}
    items = next((value for value in values.values() if isinstance(value, list)), [])
    more = {
        "look": kind.replace("_", "-"),
        "scheme": values.get("scheme") or "base",
        "body": values.get("body") or "",
        "link": values.get("link") or "",
        "label": values.get("link_label") or "",
        "items": [_item(item) for item in items],
        "markup": drawn[kind] if kind in _PROGRAMMED else "",
    }
    return {"type": "section", "value": words | more}


def _item(item: dict[str, Any]) -> dict[str, str]:
    """Its rich text, and of its plain texts the first as title, the others below."""
    rich = [value for value in item.values() if isinstance(value, str) and value.startswith("<p>")]
    plain = [value for value in item.values() if isinstance(value, str) and value and value not in rich]
    return {"title": (plain or [""])[0], "text": "\n".join(plain[1:]), "body": "".join(rich)}


def summary(found: Rivals) -> tuple[float, float]:
    """(cold, warm): medians of the ratios."""
    return median(found.ratio(OURS_COLD, THEIRS_COLD)), median(found.ratio(OURS_WARM, THEIRS_WARM))
