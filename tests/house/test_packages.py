"""What a newcomer installs: every package that the product imports is named, and locked with hashes."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"app", "webapp", "cms_blocks", "sandbox", "demo", "bench", "tests", "migrations"}
PRODUCT = ["app.py", "webapp", "cms_blocks", "sandbox", "demo", "migrations"]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-browsers.lock"]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {_normal(re.split(r"[\[<>= ;]", line)[0]) for line in project["dependencies"]}


def _locked(lock: str) -> set[str]:
    return {_normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / lock).read_text(), re.MULTILINE)}


def _files() -> Iterator[Path]:
    for place in PRODUCT:
        path = ROOT / place
        yield from [path] if path.is_file() else path.rglob("*.py")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module


def test_every_package_that_the_product_imports_is_a_direct_dependency() -> None:
    homes = packages_distributions()
    direct = _dependencies()
    missing = {
        f"{path.relative_to(ROOT)} imports {module}: name its package in pyproject.toml, then `make lock`"
        for path in _files()
        for module in (name.split(".")[0] for name in _imports(path))
        if module not in OURS and module not in sys.stdlib_module_names and module != "_typeshed"
        if not direct & {_normal(home) for home in homes.get(module, [])}
    }
    assert not missing, "\n".join(sorted(missing))


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_holds_every_direct_dependency_with_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert _dependencies() <= _locked(lock), "pyproject.toml changed: `make lock`"
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if "==" in entry.splitlines()[0]]
    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--index-url|--find-links|file:", text)


def test_both_locks_agree() -> None:
    pinned = r"^([A-Za-z0-9._-]+==\S+) ;(.*) \\$"
    product = set(re.findall(pinned, (ROOT / LOCKS[0]).read_text(), re.MULTILINE))
    everything = set(re.findall(pinned, (ROOT / LOCKS[1]).read_text(), re.MULTILINE))
    assert len(product) > 30
    assert {pin for pin, _ in product} <= {pin for pin, _ in everything}, "`make lock`"
