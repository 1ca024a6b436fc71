"""What threads share is made before they start, or by each for itself."""

from __future__ import annotations

import ast
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
#: Made of a mapped class at its first use, in steps that another thread can come between.
HALF_MADE = {"aliased", "with_polymorphic"}


def test_no_alias_of_a_table_is_shared_by_threads() -> None:
    """One at the level of a module was caught half made under load: its process then joined every tenant's row."""
    found = [
        f"{path.relative_to(HOME)}:{node.lineno}"
        for path in sorted((HOME / "webapp").rglob("*.py"))
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in HALF_MADE
    ]
    assert not found, f"make the alias inside of the function that uses it: {found}"
