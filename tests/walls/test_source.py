"""What the first wall cannot see, nobody may write: a column of a bare table beside an entity passes unnarrowed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Names that lead from a model to its bare table.
BARE = {"__table__", "local_table", "persist_selectable", "columns", "c", "tables"}
#: Functions that make statements out of text.
RAW = {"text", "literal_column", "table", "column", "exec_driver_sql"}
#: May speak raw SQL (foundation/db.py says why), or looks at constraints only.
FREE = {"webapp/foundation/db.py", "webapp/foundation/walls.py"}


def bare_names(source: str, *, model: bool = False) -> Iterator[str]:
    """Each use of a bare table, and each import of a maker of raw SQL. A model's partial index may be text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in BARE and not _is_for_constraints(source, node):
            yield f"{node.lineno}: .{node.attr}"
        elif not model and isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            yield from (f"{node.lineno}: import {name.name}" for name in node.names if name.name in RAW)


def _is_for_constraints(source: str, node: ast.Attribute) -> bool:
    """`Model.__table__.constraints` asks nothing of the database."""
    line = source.splitlines()[node.lineno - 1]
    return f"{ast.unparse(node)}.constraints" in line


def files() -> list[Path]:
    """Every Python file of the product."""
    return [path for folder in ("webapp", "cms_blocks", "demo") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_room_reaches_for_a_bare_table() -> None:
    found = {}
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if name not in FREE and "sqlalchemy" in (source := path.read_text(encoding="utf-8")):
            found[name] = list(bare_names(source, model=path.name.endswith("models.py")))
    assert len(found) > 30
    assert {name: uses for name, uses in found.items() if uses} == {}


@pytest.mark.parametrize(
    "line",
    [
        "select(Contact.__table__).where(Contact.id == 1)",
        "select(*mapper.columns).order_by(Contact.id)",
        "select(mapper.local_table.c.name)",
        "Base.metadata.tables['contacts']",
        "from sqlalchemy import text",
    ],
)
def test_a_bare_table_is_red(line: str) -> None:
    assert list(bare_names(line))
