"""Render every component and the main views with sample data, to look at them without a running shop.

    python -m tests.look.gallery OUT             write the pages for every theme and mode
    python -m tests.look.gallery OUT --serve     and serve them on a free port, under the shop's strict CSP

The pages use the real layouts, macros, stylesheets and brand derivation; only the data is made up.
"""

import argparse
import functools
import http.server
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from babel.numbers import format_currency
from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from tests.look import blocks, samples
from webapp.foundation.theming import BrandTokens, Mode, brand_stylesheet, theme, theme_environment, themes

ROOT = Path(__file__).resolve().parents[2]
_KINDS = ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
CSP = "default-src 'none'; " + "; ".join(f"{kind} 'self'" for kind in _KINDS)
#: What themes draw, and every component once. Pages that only views can fill are looked at in the demo.
SHOP_PAGES = ("home", "results", "checkout", "components", "page", "blocks", "blocks_long")
PANEL_PAGES = ("panel_start", "panel_list")


def _money(minor: int, currency: str) -> str:
    return format_currency(minor / 100, currency, locale=samples.LOCALE)


def base_environment() -> Environment:
    """An environment with the globals and filters that the application gives to templates."""
    folders = [Path(__file__).parent / "templates", ROOT / "webapp/surfaces/shared/templates"]
    loader = ChoiceLoader([FileSystemLoader(folders), blocks.loader()])
    env = Environment(loader=loader, autoescape=True, extensions=["jinja2.ext.i18n"])
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(
        money=_money, date=str, datetime=lambda value, zone: str(value), percent=lambda share: f"{share:.0%}", upto=str
    )
    env.globals.update(
        static_url=lambda path: f"/static/{path}",
        url_for=lambda endpoint, **_: f"/{endpoint}",
        csrf_token=lambda: "sample",
        locale=samples.LOCALE,
    )
    return env


def _write_static(out: Path) -> None:
    shutil.copytree(ROOT / "webapp/static", out / "static", dirs_exist_ok=True)
    for name, each in themes().items():
        if (each.folder / "static").is_dir():
            shutil.copytree(each.folder / "static", out / "static/themes" / name, dirs_exist_ok=True)


def _brand(out: Path, tokens: BrandTokens, theme_name: str) -> str:
    digest, css = brand_stylesheet(tokens, theme(theme_name).recipe)
    (out / "theme").mkdir(exist_ok=True)
    (out / "theme" / f"{digest}.css").write_text(css, encoding="utf-8")
    return f"/theme/{digest}.css"


def _render(out: Path, theme_name: str, mode: Mode, env: Environment) -> None:
    overlay = theme_environment(env, theme_name)
    tokens = replace(samples.BRANDS.get(theme_name, BrandTokens()), mode=mode)
    values: dict[str, Any] = samples.shop(theme_name) | {
        "theme_css_url": _brand(out, tokens, theme_name),
        "font_files": theme(theme_name).font_files(tokens.fonts),
    }
    folder = out / f"{theme_name}-{mode}"
    folder.mkdir(parents=True, exist_ok=True)
    for page in SHOP_PAGES:
        text = overlay.get_template(f"{page}.html").render(values | _blocks(overlay, page))
        (folder / f"{page}.html").write_text(text, encoding="utf-8")


def _blocks(env: Environment, page: str) -> dict[str, Any]:
    stored = {"blocks": blocks.examples, "blocks_long": blocks.longest}.get(page)
    return {"blocks": blocks.page(env, stored())} if stored else {}


def _render_panel(out: Path, mode: Mode, env: Environment) -> None:
    overlay = theme_environment(env, "base")
    values = samples.panel() | {"theme_css_url": _brand(out, replace(samples.PANEL_BRAND, mode=mode), "base")}
    folder = out / f"panel-{mode}"
    folder.mkdir(parents=True, exist_ok=True)
    for page in PANEL_PAGES:
        (folder / f"{page}.html").write_text(overlay.get_template(f"{page}.html").render(values), encoding="utf-8")


def write(out: Path, modes: Sequence[Mode] = get_args(Mode)) -> list[str]:
    """Write all pages in these modes below `out`; returns their addresses relative to it."""
    out.mkdir(parents=True, exist_ok=True)
    _write_static(out)
    env = base_environment()
    for mode in modes:
        for name in themes():
            _render(out, name, mode, env)
        _render_panel(out, mode, env)
    (out / "storefront.me").write_text(env.get_template("me.html").render(), encoding="utf-8")
    return sorted(str(path.relative_to(out)) for path in out.glob("*-*/*.html"))


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {".me": "text/html; charset=utf-8"}

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Silent: the pages are looked at, not the log."""


def server(out: Path) -> http.server.ThreadingHTTPServer:
    """A loopback server of the written pages on a free port; the caller runs and closes it."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(out)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    pages = write(options.out)
    print(f"{len(pages)} pages in {options.out}")
    if options.serve:
        with server(options.out) as running:
            print(f"http://127.0.0.1:{running.server_port}/")
            running.serve_forever()


if __name__ == "__main__":
    main()
