"""Functions and files that one can read in one go."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("webapp", "cms_blocks", "sandbox", "demo", "bench", "migrations")
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_TEMPLATE = 50, 400, 150
#: Files that are written by a program, or are one long list of facts. Each with its reason.
EXCUSED = {
    "migrations/versions/20261121_foundation.py": "one migration, generated from the models",
    "migrations/versions/20261122_shop_content.py": "another one",
    "migrations/versions/20261124_business.py": "a third",
}


def _sources() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name not in EXCUSED:
                yield name, path.read_text(encoding="utf-8")


def _functions() -> Iterator[tuple[str, int]]:
    for name, text in _sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_is_longer_than_fifty_lines() -> None:
    long = [f"{where}: {lines} lines" for where, lines in _functions() if lines > LONGEST_FUNCTION]
    assert not long, "take a step out of it and give the step a name:\n" + "\n".join(long)


def test_most_functions_are_short() -> None:
    lengths = sorted(lines for _, lines in _functions())
    assert statistics.median(lengths) <= 10
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = [f"{name}: {text.count(chr(10))} lines" for name, text in _sources() if text.count("\n") > LONGEST_FILE]
    assert not long, "split it along its own headings:\n" + "\n".join(long)


def test_no_template_is_longer_than_one_can_read() -> None:
    paths = [
        *(ROOT / "webapp").rglob("*.html"),
        *(ROOT / "themes").rglob("*.html"),
        *(ROOT / "cms_blocks").rglob("*.html"),
    ]
    long = [str(path.relative_to(ROOT)) for path in paths if path.read_text("utf-8").count("\n") > LONGEST_TEMPLATE]
    assert not long, "make a part of it a _fragment.html:\n" + "\n".join(long)


def test_the_excuses_are_still_needed() -> None:
    for name in EXCUSED:
        assert (ROOT / name).read_text(encoding="utf-8").count("\n") > LONGEST_FILE, f"{name} needs no excuse"
