"""`python -m bench.scores [THEME ...]`: Lighthouse on home, prices, search results and checkout in every theme.

Lighthouse comes from npm, pinned by bench/lighthouse/package-lock.json, into .bench/; it drives the Chromium of the
tests with its settings for phones. Writes bench/LIGHTHOUSE.md when every theme was looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.plan import PASSWORD, SIGN_INS
from demo.starter import ROOT
from sandbox.testing import running_registry
from tests.harness.browser import FLAGS, open_chromium
from tests.harness.chromium import find_chromium
from webapp.foundation import tenancy
from webapp.foundation.theming import themes
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import bump_content
from webapp.wiring import BLOCKS

from . import data, machine, readme, servers
from .pages import HOST
from .servers import Place, witryna
from .weight import found_at

RESULTS = Path(__file__).parent / "LIGHTHOUSE.md"
GOAL = 95
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SHOP, WORD, PRICES = f"http://{HOST}", "kwiaciarnia", "cennik-domen"
#: name -> (path, does a good place in search engines count). Results and checkout are noindex.
PAGES = {
    "home": (f"/{data.LANGUAGE}/", True),
    "prices": (f"/{data.LANGUAGE}/page/{PRICES}", True),
    "search results": (f"/{data.LANGUAGE}/domains?q={WORD}", False),
    "checkout": (f"/{data.LANGUAGE}/checkout", False),
}
_FILES, _CACHE = Path(__file__).parent / "lighthouse", ROOT / ".bench" / "lighthouse"


@dataclass(frozen=True)
class Score:
    """One page in one theme: points by category, and what cost points, worst first."""

    theme: str
    page: str
    points: dict[str, int]
    lost: tuple[str, ...]

    @property
    def reached(self) -> bool:
        """Every category that counts for this page."""
        counted = CATEGORIES if PAGES[self.page][1] else CATEGORIES[:-1]
        return all(self.points[name] >= GOAL for name in counted)


def main() -> int:
    """Exit code 0 when every page was looked at, whatever its points."""
    parser = argparse.ArgumentParser(prog="python -m bench.scores", description="Lighthouse on four pages per theme.")
    parser.add_argument("themes", nargs="*", choices=[*sorted(themes()), []], help="only these (writes no file)")
    parser.add_argument("--page", choices=PAGES, help="only this page (writes no file)")
    asked, commit = parser.parse_args(), machine.commit()
    try:
        found = _run(asked.themes or sorted(themes()), [asked.page] if asked.page else list(PAGES))
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 1
    if not asked.themes and not asked.page:
        RESULTS.write_text(text(found, commit), encoding="utf-8")
        readme.put(RESULTS.name, summary(found))
        print(f"Written: bench/{RESULTS.name}")
    return 0


def _run(chosen: Sequence[str], pages: Sequence[str]) -> list[Score]:
    program = _installed()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="witryna-lighthouse-")))
        redis_url = stack.enter_context(servers.running_valkey(folder))
        place = Place(folder, redis_url, stack.enter_context(running_registry(folder)))
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
        data.prepare(url, place.settings(url))
        _write_prices(url)
        server = stack.enter_context(witryna(place, url))
        cookie = _cookie_with_basket(server.port)
        found = []
        for theme in chosen:
            _dress(url, theme)
            _must_wear(server.port, theme)
            for name in pages:
                found.append(_score(program, folder, server.port, theme, name, cookie))
                print(_line(found[-1]), flush=True)
    return found


def _line(score: Score) -> str:
    points = ", ".join(f"{name} {score.points[name]}" for name in CATEGORIES)
    lost = "".join(f"\n      {each}" for each in score.lost)
    return f"  {'reached' if score.reached else 'MISSED '} {score.theme}, {score.page}: {points}{lost}"


def _installed() -> Path:
    """Lighthouse's program; installed at the first use. Raises RuntimeError without npm or when it fails."""
    program, wanted = _CACHE / "node_modules" / ".bin" / "lighthouse", _FILES / "package-lock.json"
    if not (npm := shutil.which("npm")):
        raise RuntimeError("Lighthouse needs Node 18.20 or newer with npm on PATH.")
    kept = _CACHE / wanted.name
    if not (program.exists() and kept.exists() and kept.read_bytes() == wanted.read_bytes()):
        print("Installing Lighthouse into .bench/lighthouse (once) ...", flush=True)
        _CACHE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_FILES / name, _CACHE)
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=_CACHE, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise RuntimeError(f"npm ci failed:\n{done.stderr[-2000:]}")
    return program


# --- the shop ----------------------------------------------------------------------------------------------------


def _must_wear(port: int, theme: str) -> None:
    """Web processes see another theme within a second; Lighthouse must not be earlier."""
    time.sleep(1.2)
    status, body = servers.get(port, PAGES["home"][0], HOST)
    if status != 200 or f"themes/{theme}/theme.css".encode() not in body:
        raise RuntimeError(f"the shop does not wear {theme} (status {status})")


@contextmanager
def _shop(url: str) -> Iterator[tuple[Session, Partner]]:
    """The demo's first shop, to be changed."""
    with data.opened(url) as database:
        with database.reading(tenancy.Platform("operator")) as session:
            number = session.scalars(select(Partner.id).where(Partner.code == data.HOME_SHOP)).one()
        with tenancy.tenant(number), database.writing() as session:
            yield session, session.get_one(Partner, number)


def _dress(url: str, theme: str) -> None:
    """Give the shop another theme."""
    with _shop(url) as (session, partner):
        partner.theme = theme
        bump_content(session)


def _write_prices(url: str) -> None:
    """A page of prices, as a partner writes one."""
    facts = {"locale": data.LANGUAGE, "slug": PRICES, "title": "Cennik domen", "description": "Ceny końcówek."}
    with _shop(url) as (session, _partner):
        kinds = BlockTypes.load(BLOCKS).by_name
        chosen = ("tld_prices", "steps", "faq", "call_to_action")
        stored = [
            {"id": name, "type": name, "v": kinds[name].version, "data": kinds[name].example()} for name in chosen
        ]
        version = cms.store_page(session, SYSTEM, blocks=stored, settings=None, key=None, **facts)
        cms.publish_page(session, SYSTEM, version.page_id)


def _cookie_with_basket(port: int) -> str:
    """The Cookie header of a subscriber who is about to order two names."""
    with open_chromium(found_at(port)) as browser:
        context = browser.new_context(locale="pl-PL")
        page = context.new_page()
        page.goto(f"{SHOP}/account/sign-in")
        page.fill("[name=email]", SIGN_INS["subscriber"])
        page.fill("[name=password]", PASSWORD)
        _press(page, "main form[method=post] button:not([name])")
        for name in ("lipowa-kwiaty.com", "lipowa-kwiaty.pl"):
            page.goto(f"{SHOP}/{data.LANGUAGE}/domains?q={name}")
            page.locator(f"[data-name='{name}'][data-state=free] form button").first.click()
            page.locator(f"[data-name='{name}'] form[action*='/cart/add']").wait_for(state="detached")
        page.goto(f"{SHOP}{PAGES['checkout'][0]}")
        if not page.url.endswith("/checkout"):
            raise RuntimeError(f"the checkout leads to {page.url}")
        return "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())


def _press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.locator(button).first.click()


# --- Lighthouse --------------------------------------------------------------------------------------------------


def _score(program: Path, folder: Path, port: int, theme: str, name: str, cookie: str) -> Score:
    path = PAGES[name][0]
    out, headers = folder / "report.json", folder / "headers.json"
    headers.write_text(json.dumps({"Cookie": cookie} if name == "checkout" else {}))
    flags = " ".join(["--headless=new", *FLAGS, _quoted(found_at(port))])
    command = [
        str(program), f"{SHOP}{path}", "--quiet", "--output=json", f"--output-path={out}", f"--chrome-flags={flags}",
        f"--only-categories={','.join(CATEGORIES)}", f"--extra-headers={headers}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": find_chromium() or ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode:
        raise RuntimeError(f"Lighthouse failed on {name} in {theme}:\n{done.stderr[-2000:]}")
    return _read(json.loads(out.read_text(encoding="utf-8")), theme, name)


def _quoted(flag: str) -> str:
    name, _, value = flag.partition("=")
    return f'{name}="{value}"'


def _read(report: dict[str, Any], theme: str, name: str) -> Score:
    if report.get("runtimeError"):
        raise RuntimeError(f"{name} in {theme}: {report['runtimeError']['message']}")
    if report["finalDisplayedUrl"] != f"{SHOP}{PAGES[name][0]}":
        raise RuntimeError(f"{name} in {theme} led to {report['finalDisplayedUrl']}")
    categories = report["categories"]
    points = {each: round((categories[each]["score"] or 0) * 100) for each in CATEGORIES}
    lost = []
    for each in CATEGORIES if PAGES[name][1] else CATEGORIES[:-1]:
        for ref in categories[each]["auditRefs"]:
            audit = report["audits"][ref["id"]]
            if ref["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                lost.append(f"{each}: {ref['id']} {audit.get('displayValue', '')}".strip())
    return Score(theme, name, points, tuple(lost))


def text(found: Sequence[Score], commit: str) -> str:
    """bench/LIGHTHOUSE.md."""
    rows = [
        f"| {one.theme} | {one.page} | " + " | ".join(_told(one, name) for name in CATEGORIES) + " |" for one in found
    ]
    missed = [f"- {one.theme}, {one.page}: {'; '.join(one.lost)}" for one in found if not one.reached]
    version = json.loads((_FILES / "package.json").read_text())["dependencies"]["lighthouse"]
    return "\n".join(
        [
            "# Results of `make lighthouse`\n",
            f"Written by the bench. Lighthouse {version}, its settings for phones (a slow phone on a slow network,",
            f"simulated), headless Chromium, the demo's first shop in each theme. Wanted: at least {GOAL} everywhere;",
            "SEO counts on home and prices only (search results and checkout are not for search engines).\n",
            *[f"- {line}" for line in machine.facts()],
            f"- commit {commit}\n",
            "| theme | page | " + " | ".join(CATEGORIES) + " |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
            *(["\nMissed:\n", *missed] if missed else ["\nEverything is reached."]),
            "",
        ]
    )


def summary(found: Sequence[Score]) -> str:
    """The lowest points of each page over all themes, for README.md."""
    rows = []
    for name in PAGES:
        points = [min(one.points[each] for one in found if one.page == name) for each in CATEGORIES]
        rows.append(f"| {name} | " + " | ".join(map(str, points[:-1])) + f" | {points[-1] if PAGES[name][1] else ''} |")
    count = len({one.theme for one in found})
    head = f"| lowest of {count} themes | " + " | ".join(CATEGORIES) + " |"
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows])


def _told(score: Score, category: str) -> str:
    if category == "seo" and not PAGES[score.page][1]:
        return f"({score.points[category]})"
    return str(score.points[category])


if __name__ == "__main__":
    sys.exit(main())
