"""What is reached by name exists: import-linter cannot see into strings, so each is loaded once here."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp import wiring
from webapp.foundation import jobs

ROOT = Path(wiring.__file__).parents[1]
TABLES = ("SURFACES", "TASKS", "BLOCKS", "PERIODIC", "PAPERS", "ADAPTERS")


def _names() -> Iterator[tuple[str, str]]:
    for table in TABLES:
        for key, dotted in getattr(wiring, table).items():
            yield f"{table}[{key}]", dotted
    for dotted in _strings_like_names(ROOT / "webapp/wiring.py"):
        yield "wiring.load", dotted
    yield "jobs.WAKE_UP", jobs.WAKE_UP


def _strings_like_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith(("webapp.", "cms_blocks."))
        ):
            yield node.value


@pytest.mark.parametrize("dotted", sorted({dotted for _, dotted in _names()}))
def test_every_dotted_name_loads(dotted: str) -> None:
    # Not wiring.load: some are modules, which only it knows once somebody has imported them.
    assert pkgutil.resolve_name(dotted) is not None


@pytest.mark.parametrize("kind", wiring.TASKS)
def test_a_task_takes_a_context_and_a_lease(kind: str) -> None:
    assert list(inspect.signature(wiring.load(wiring.TASKS[kind])).parameters) == ["context", "lease"]


@pytest.mark.parametrize("job", wiring.PERIODIC)
def test_a_daily_job_takes_a_context(job: str) -> None:
    assert list(inspect.signature(wiring.load(wiring.PERIODIC[job])).parameters) == ["context"]


def _enqueued() -> Iterator[tuple[str, str]]:
    """(kind, where) of every call of `outbox.enqueue`; a kind must be a literal, so that it can be found."""
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "outbox.enqueue":
                kind = node.args[1]
                assert isinstance(kind, ast.Constant), f"{path}:{node.lineno}: write the kind as a literal"
                yield str(kind.value), f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_kind_of_outbox_row_has_a_task_and_every_task_its_kind() -> None:
    found = dict(_enqueued())
    orphans = {kind: where for kind, where in found.items() if kind not in wiring.TASKS}
    assert not orphans, f"no task in wiring.TASKS for {orphans}"
    assert set(wiring.TASKS) <= set(found), "nobody asks for these any more: remove them from wiring.TASKS"
