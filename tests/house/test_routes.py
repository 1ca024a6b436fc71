"""No address without a row in routes.tsv, and every row as the code has it."""

from __future__ import annotations

import re

import pytest

from tests.house import routes
from webapp.foundation.web import WebApp
from webapp.surfaces.shared.people import ROLES

ADVICE = "Look at the difference, then write the table anew: python -m tests.house.routes"


@pytest.fixture(scope="module")
def app() -> WebApp:
    """The application."""
    return routes.application()


def test_the_table_is_what_the_code_says(app: WebApp) -> None:
    golden = routes.TABLE.read_text(encoding="utf-8").splitlines()
    present = routes.text(app).splitlines()
    missing = sorted(set(present) - set(golden))
    gone = sorted(set(golden) - set(present))
    assert not missing, f"not in routes.tsv:\n{chr(10).join(missing)}\n{ADVICE}"
    assert not gone, f"in routes.tsv only:\n{chr(10).join(gone)}\n{ADVICE}"
    assert golden == present, ADVICE


def test_every_rule_stands_at_a_door(app: WebApp) -> None:
    known = {"shop", "sales", "operator", "platform", "api"}
    for row in routes.rows(app):
        assert set(row[0].split("|")) <= known, f"{row[1]} has no door: give its blueprint a subdomain"


def test_panels_are_open_to_signed_in_people_only(app: WebApp) -> None:
    """Every exception is named here, with its reason."""
    open_views = {
        "shared.healthz": "monitoring has no account",
        "shared.theme_css": "the sign-in page has colours",
        "shared.media": "media are public and named by their content",
        "sales.sign_in": "the way in",
        "sales.sign_out": "harmless, and it must work when the sign-in has ended",
        "operator.sign_in": "the way in",
        "operator.sign_out": "harmless, and it must work when the sign-in has ended",
    }
    for door, _rule, _methods, endpoint, role, *_ in routes.rows(app):
        if {"sales", "operator"} & set(door.split("|")):
            assert role != "visitor" or endpoint in open_views, f"{endpoint} is open to everybody: remove @public"
            assert role in {*ROLES, "visitor"}


def test_paths_are_kebab_case_and_arguments_have_converters(app: WebApp) -> None:
    for _door, rule, *_ in routes.rows(app):
        plain = re.sub(r"<[^>]+>", "", rule)
        assert re.fullmatch(r"[a-z0-9/._-]*", plain), f"{rule}: lower case words with dashes, please"
        for argument in re.findall(r"<([^>]+)>", rule):
            name = argument.rpartition(":")[2]
            assert ":" in argument or not name.endswith("_id"), f"{rule}: <int:{name}>, so that nonsense is a 404"


def test_only_frames_may_be_framed_by_others(app: WebApp) -> None:
    for _door, rule, _methods, _endpoint, _role, framed_by, _ in routes.rows(app):
        allowed = "self panel" if not rule.startswith(("/account", "/frames")) else "none"
        assert framed_by in ("none", allowed, "self panel" if rule.startswith("/frames") else "none"), rule
