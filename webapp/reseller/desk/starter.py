"""Starter templates: what a new shop says, sells and looks like, as data in `starters/<key>/`.

`starter.toml` holds theme, colours, endings, mark-up, menus, and the pages with their blocks but without words;
`<locale>.toml` the words. `starters/common` has pages, words and documents that starters share. Texts hold placeholders
in braces from a fixed list, filled in one pass: they are never templates.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import escape

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

FOLDER = Path(__file__).with_name("starters")
COMMON = "common"
HOME = "home"

#: What a text may hold in braces, besides `{page:<key>}` (address of a page) and `{doc:<kind>}` (of a document).
PLACEHOLDERS = ("shop", "legal_name", "company", "address", "tax_id", "email", "phone", "currency", "lang")
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r"|(?:page|doc):[a-z-]+)\}")
#: Words of an entry of a list, in the order in which the files write them.
ITEM_WORDS = {
    "faq": ("question", "answer"),
    "steps": ("title", "text"),
    "cards": ("title", "text", "link_label"),
    "columns": ("title", "body"),
    "featured_tlds": ("ending", "text"),
}
#: Words that are markup; written as plain text they become paragraphs, one a line.
RICH = ("body", "answer", "note")

#: A line of a menu: label, address, lines below.
Line = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class PageText:
    """A page of a starter; `blocks` is stored form. `key` is the same in every language, `slug` is not."""

    key: str
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
    """Everything that a shop says in one language. `menus`: place -> lines."""

    pages: list[PageText]
    menus: dict[str, list[Line]]
    legal: list[LegalText]


@dataclass(frozen=True)
class Starter:
    """One starter. `markup_bp` is added to the wholesale price; `price_ending` are the last two digits of a price.

    `pages` are its own, without words; `common_pages` names those that it takes from all starters' common ones.
    """

    key: str
    label: str
    idea: str
    theme: str
    brand: dict[str, Any]
    endings: list[str]
    spotlight: list[str]
    markup_bp: int
    price_ending: int
    header: list[Any]
    pages: list[dict[str, Any]]
    common_pages: list[str]
    footer: list[Any] = field(default_factory=list)

    def texts(self, locale: str, facts: Mapping[str, str], slugs: Mapping[str, str] | None = None) -> Texts:
        """Pages, menus and documents in a language, with placeholders filled: `facts` has each but "lang".

        `slugs`: addresses by key of pages that the shop has already; they keep them.
        """
        words = _words(self.key, locale)
        used = {page["key"]: words[page["key"]]["slug"] for page in self.all_pages()} | dict(slugs or {})
        fill = _filler(locale, facts, used)
        common = _load(COMMON, "pages")
        menus = {"header": self.header, "footer": self.footer or common["footer"], **common["menus"]}
        return Texts(
            pages=[_page(page, used[page["key"]], words[page["key"]], fill) for page in self.all_pages()],
            menus={place: [_line(line, words["labels"], fill) for line in lines] for place, lines in menus.items()},
            legal=[LegalText(**fill(document)) for document in words["legal"]],
        )

    def all_pages(self) -> list[dict[str, Any]]:
        """Its own pages, then the common ones, without words; home comes first."""
        common = {page["key"]: page for page in _load(COMMON, "pages")["pages"]}
        return [*self.pages, *(common[key] for key in self.common_pages)]


@cache
def starters() -> dict[str, Starter]:
    """Every starter by key. The folder is read once per process, at the first call."""
    found = (path.parent for path in sorted(FOLDER.glob("*/starter.toml")))
    return {folder.name: Starter(key=folder.name, **_load(folder.name, "starter")) for folder in found}


def starter(key: str) -> Starter:
    """The starter of that key. Raises Refusal("starter")."""
    known = starters()
    if key not in known:
        raise Refusal("starter", N_("There is no such template."), field="starter")
    return known[key]


@cache
def _load(key: str, name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / key / f"{name}.toml").read_text(encoding="utf-8"))


def _words(key: str, locale: str) -> dict[str, Any]:
    """Words by page, labels of menus and documents in a language: common ones, and the starter's own before them."""
    common, own = _load(COMMON, locale), _load(key, locale)
    titles = {document["kind"]: document["title"] for document in common["legal"]}
    return {**common, **own, "labels": {**titles, **common["labels"], **own.get("labels", {})}}


# --- structure and words -------------------------------------------------------------------------------------


def _page(page: Mapping[str, Any], slug: str, words: Mapping[str, Any], fill: Callable[[Any], Any]) -> PageText:
    blocks = [
        {"id": block["id"], "type": block["type"], "v": block.get("v", 1), "data": fill(_data(block, words))}
        for block in page["blocks"]
    ]
    return PageText(page["key"], slug, words["title"], fill(words.get("description", "")), blocks)


def _data(block: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """A block's fixed values and its words in one."""
    fixed, said = dict(block.get("data", {})), words.get(block["id"], {})
    lists = {
        name: _entries(block["type"], fixed.get(name, ()), value)
        for name, value in said.items()
        if isinstance(value, list)
    }
    plain = {name: _rich(name, value) for name, value in said.items() if name not in lists}
    return {**fixed, **plain, **lists}


def _entries(kind: str, fixed: Sequence[Mapping[str, Any]], said: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Entries of a list: what is fixed of each, if anything is, and its words."""
    names = ITEM_WORDS[kind]
    return [
        {
            **(fixed[number] if fixed else {}),
            **{name: _rich(name, text) for name, text in zip(names, texts, strict=False)},
        }
        for number, texts in enumerate(said)
    ]


def _rich(name: str, text: str) -> str:
    if name not in RICH or text.lstrip().startswith("<"):
        return text
    return "".join(f"<p>{line}</p>" for line in text.splitlines() if line.strip())


def _line(line: Sequence[Any], labels: Mapping[str, str], fill: Callable[[Any], Any]) -> Line:
    """`[label's name, address]` or `[label's name, address, lines below]` as a line of a menu."""
    label, href, *below = line
    lower = tuple((labels[name], fill(address)) for name, address in (below[0] if below else ()))
    return labels[label], fill(href), lower


# --- placeholders --------------------------------------------------------------------------------------------


def _filler(locale: str, facts: Mapping[str, str], slugs: Mapping[str, str]) -> Callable[[Any], Any]:
    """Fills placeholders in every text of a nested structure."""

    def fact(name: str) -> str:
        kind, _, wanted = name.partition(":")
        if kind == "page":
            return f"/{locale}/page/{slugs[wanted]}" if slugs[wanted] else f"/{locale}/"
        if kind == "doc":
            return f"/{locale}/documents/{wanted}"
        return locale if name == "lang" else facts[name]

    return lambda value: _fill(value, fact)


def _fill(value: Any, fact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return _filled(value, fact)
    if isinstance(value, list):
        return [_fill(entry, fact) for entry in value]
    if isinstance(value, dict):
        return {name: _fill(entry, fact) for name, entry in value.items()}
    return value


def _filled(text: str, fact: Callable[[str], str]) -> str:
    # Rich text begins with its first tag; there a company called "A & B <C>" must not become markup.
    rich = text.lstrip().startswith("<")
    return _PLACEHOLDER.sub(lambda found: str(escape(fact(found[1]))) if rich else fact(found[1]), text)
