"""The golden table of addresses: `python -m tests.house.routes` writes routes.tsv, test_routes.py compares strictly.

Every address of every door stands there with the least role that may call it, who may frame its answer, and whether
calling it twice is calling it once. A route without a row is red: nobody adds an address without saying who it is for.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import gettempdir

from webapp import create_app
from webapp.foundation import config
from webapp.foundation.headers import Surface, security_headers
from webapp.foundation.web import WebApp
from webapp.surfaces.shared.guards import HEADER_ROWS
from webapp.surfaces.shared.people import minimal_role

TABLE = Path(__file__).with_name("routes.tsv")
COLUMNS = ("door", "rule", "methods", "endpoint", "role", "framed by", "idempotent")

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


def application() -> WebApp:
    """The application, with no server behind it."""
    return create_app(
        config.load(
            {
                "WITRYNA_DATABASE_URL": f"sqlite:///{gettempdir()}/never-opened.sqlite3",
                "WITRYNA_REDIS_URL": "redis://127.0.0.1:1",
                "WITRYNA_PLATFORM_HOST": "localhost:8000",
                "WITRYNA_SECRET_KEY": "x" * 40,
            }
        )
    )


def rows(app: WebApp) -> list[tuple[str, ...]]:
    """Every rule of the URL map, as it stands in the table."""
    found = []
    for rule in app.url_map.iter_rules():
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        doors = _doors(rule.subdomain or "")
        role = minimal_role(app, rule.endpoint)
        repeats = "yes" if set(methods) <= _SAFE else _repeats(app, rule.endpoint)
        row = (
            "|".join(doors),
            rule.rule,
            ",".join(methods),
            rule.endpoint,
            role,
            _framing(doors[0], rule.rule),
            repeats,
        )
        found.append(row)
    return sorted(found)


def _doors(subdomain: str) -> list[str]:
    choice = re.fullmatch(r"<any\((.*)\):door>", subdomain)
    return choice[1].split(",") if choice else [subdomain]


def _framing(door: str, rule: str) -> str:
    surface: Surface = HEADER_ROWS[door]
    headers = dict(security_headers(surface, rule, https=False, panel_origin="http://panel.test"))
    ancestors = headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2].split(";")[0]
    return ancestors.replace("http://panel.test", "panel").replace("'", "")


def _repeats(app: WebApp, endpoint: str) -> str:
    """ "key" when a repetition is recognised (`@idempotent` on the view), else "no"."""
    return "key" if getattr(app.view_functions[endpoint], "idempotent", False) else "no"


def text(app: WebApp) -> str:
    """The whole table."""
    return "".join("\t".join(row) + "\n" for row in (COLUMNS, *rows(app)))


if __name__ == "__main__":
    TABLE.write_text(text(application()), encoding="utf-8")
