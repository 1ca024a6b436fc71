"""Starter templates: what a new shop says, sells and looks like, as data in `starters/<key>/`.

`starter.toml` holds theme, colours, endings and mark-up; `<locale>.toml` the pages and the header menu;
`starters/common/<locale>.toml` what every shop needs (contact, documents, footer). Texts hold placeholders in braces
from a fixed list, filled in one pass: they are never templates.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import escape

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

FOLDER = Path(__file__).with_name("starters")
COMMON = "common"

#: What a text may hold in braces.
PLACEHOLDERS = ("shop", "legal_name", "address", "tax_id", "email", "phone", "currency", "lang")
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


@dataclass(frozen=True)
class PageText:
    """A page of a starter; `blocks` is stored form without ids."""

    slug: str
    title: str
    description: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class LegalText:
    """A sample legal document; the partner's lawyer has the last word."""

    kind: str
    title: str
    html: str


@dataclass(frozen=True)
class Texts:
    """Everything that a shop says in one language. `menus`: place -> [(label, href)]."""

    pages: list[PageText]
    menus: dict[str, list[tuple[str, str]]]
    legal: list[LegalText]


@dataclass(frozen=True)
class Starter:
    """One starter. `markup_bp` is added to the wholesale price; `price_ending` are the last two digits of a price."""

    key: str
    label: str
    idea: str
    theme: str
    brand: dict[str, Any]
    endings: list[str]
    spotlight: list[str]
    markup_bp: int
    price_ending: int

    def texts(self, locale: str, facts: Mapping[str, str]) -> Texts:
        """Pages, menus and documents in a language, with placeholders filled: `facts` has each but "lang"."""
        own, common = _load(self.key, locale), _load(COMMON, locale)
        filled = _fill({"own": own, "common": common}, {**facts, "lang": locale})
        parts = (filled["own"], filled["common"])
        return Texts(
            pages=[_page(page) for part in parts for page in part.get("pages", ())],
            menus={
                place: [(a, b) for a, b in links] for part in parts for place, links in part.get("menus", {}).items()
            },
            legal=[LegalText(**document) for part in parts for document in part.get("legal", ())],
        )


@cache
def starters() -> dict[str, Starter]:
    """Every starter by key. The folder is read once per process, at the first call."""
    found = (path.parent for path in sorted(FOLDER.glob("*/starter.toml")))
    return {folder.name: _starter(folder) for folder in found}


def starter(key: str) -> Starter:
    """The starter of that key. Raises Refusal("starter")."""
    known = starters()
    if key not in known:
        raise Refusal("starter", N_("There is no such template."), field="starter")
    return known[key]


def _starter(folder: Path) -> Starter:
    return Starter(key=folder.name, **tomllib.loads((folder / "starter.toml").read_text(encoding="utf-8")))


def _load(key: str, locale: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / key / f"{locale}.toml").read_text(encoding="utf-8"))


def _page(raw: dict[str, Any]) -> PageText:
    blocks = [
        {"id": f"b{number}", "type": block["type"], "v": block.get("v", 1), "data": block["data"]}
        for number, block in enumerate(raw["blocks"], start=1)
    ]
    return PageText(raw["slug"], raw["title"], raw.get("description", ""), blocks)


def _fill(value: Any, facts: Mapping[str, str]) -> Any:
    """Placeholders filled in every text of a nested structure."""
    if isinstance(value, str):
        return _filled(value, facts)
    if isinstance(value, list):
        return [_fill(entry, facts) for entry in value]
    if isinstance(value, dict):
        return {name: _fill(entry, facts) for name, entry in value.items()}
    return value


def _filled(text: str, facts: Mapping[str, str]) -> str:
    # Rich text begins with its first tag; there a company called "A & B <C>" must not become markup.
    rich = text.lstrip().startswith("<")
    return _PLACEHOLDER.sub(lambda found: str(escape(facts[found[1]])) if rich else facts[found[1]], text)
