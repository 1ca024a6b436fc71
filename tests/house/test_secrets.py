"""What somebody typed comes back when a page was open for too long; passwords never do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from webapp.surfaces.shared.errors import SECRETS

ROOT = Path(__file__).parents[2]


def _password_fields() -> Iterator[tuple[str, str]]:
    """(where, the name that is sent) of each password field; a form's prefix is a part of it."""
    for path in sorted((ROOT / "webapp/surfaces").rglob("*.py")):
        for form in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(form, ast.ClassDef):
                for field in form.body:
                    if isinstance(field, ast.Assign) and ast.unparse(field.value).startswith("PasswordField("):
                        name = ast.unparse(field.targets[0])
                        yield f"{path.name}: {form.name}.{name}", _prefix(form) + name


def _prefix(form: ast.ClassDef) -> str:
    given = [key.value for key in ast.walk(form) if isinstance(key, ast.keyword) and key.arg == "prefix"]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""


def test_every_password_field_is_known_by_its_name() -> None:
    fields = dict(_password_fields())
    assert len(fields) > 5
    open_ones = [where for where, name in fields.items() if not any(word in name for word in SECRETS)]
    assert not open_ones, f"a form that went stale would send them back, for errors.SECRETS lacks them: {open_ones}"
