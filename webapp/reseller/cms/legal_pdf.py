"""A legal document as PDF: the sanitised HTML read into blocks and runs, which the template sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Protocol

from webapp.foundation import i18n, pdf

from .legal import LegalView

_TEMPLATE = Path(__file__).with_name("paper") / "legal.typ"
_BLOCKS = {"p": "p", "h2": "h2", "h3": "h3", "h4": "h4", "li": "item", "blockquote": "quote"}


class Sender(Protocol):
    """Who publishes the document."""

    @property
    def name(self) -> str:
        """Legal name."""

    @property
    def street(self) -> str:
        """Street and house."""

    @property
    def postcode(self) -> str:
        """Postal code."""

    @property
    def city(self) -> str:
        """Town."""


def document(view: LegalView, sender: Sender, timezone: str, colour: str = "#444444") -> bytes:
    """A version on A4 pages, with its title, version and date. `colour` ("#rrggbb") is the line under the sender."""
    place = " ".join(part for part in (sender.postcode, sender.city) if part)
    day = i18n.format_datetime(view.published_at, timezone)
    facts = i18n.gettext("Version %(version)s, published %(date)s") % {"version": view.version, "date": day}
    data = {
        "title": view.title,
        "lang": view.locale,
        "facts": facts,
        "issuer": ", ".join(part for part in (sender.name, sender.street, place) if part),
        "page": i18n.gettext("Page"),
        "colour": colour,
        "blocks": blocks(str(view.html)),
    }
    return pdf.compiled(_TEMPLATE, data)


def blocks(html: str) -> list[dict[str, Any]]:
    """Sanitised rich text as the template takes it: paragraphs, headings and list items with their runs of text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    return reader.blocks


@dataclass
class _List:
    ordered: bool
    count: int = 0


@dataclass
class _Style:
    bold: int = 0
    italic: int = 0
    hrefs: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Knows just the tags that richtext.clean lets through."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[dict[str, Any]] = []
        self._runs: list[dict[str, Any]] = []
        self._kind = "p"
        self._number = 0
        self._lists: list[_List] = []
        self._style = _Style()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.end_block()
            self._begin(tag)
        elif tag in ("ul", "ol"):
            self.end_block()
            self._lists.append(_List(tag == "ol"))
        elif tag == "br":
            self._add("\n")
        else:
            self._inline(tag, 1, dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_block()
        elif tag in ("ul", "ol"):
            self.end_block()
            if self._lists:
                self._lists.pop()
        else:
            self._inline(tag, -1, "")

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text:
            text = " " if data and self._runs else ""
        else:
            text = (" " if data[0].isspace() and self._runs else "") + text + (" " if data[-1].isspace() else "")
        self._add(text)

    def _begin(self, tag: str) -> None:
        self._kind = _BLOCKS[tag]
        if tag == "li" and self._lists:
            here = self._lists[-1]
            here.count += 1
            self._number = here.count if here.ordered else 0

    def _inline(self, tag: str, step: int, href: str) -> None:
        style = self._style
        if tag in ("b", "strong"):
            style.bold = max(style.bold + step, 0)
        elif tag in ("i", "em"):
            style.italic = max(style.italic + step, 0)
        elif tag == "a":
            style.hrefs.append(href) if step > 0 else style.hrefs and style.hrefs.pop()

    def _add(self, text: str) -> None:
        if not text:
            return
        style = self._style
        # A path of the shop leads nowhere on paper.
        href = style.hrefs[-1] if style.hrefs and style.hrefs[-1].startswith(("https:", "http:", "mailto:")) else ""
        self._runs.append({"text": text, "bold": style.bold > 0, "italic": style.italic > 0, "href": href})

    def end_block(self) -> None:
        """Keep what was collected, and go back to plain paragraphs."""
        if any(run["text"].strip() for run in self._runs):
            depth = max(len(self._lists), 1)
            block = {"kind": self._kind, "depth": depth, "number": self._number, "runs": self._runs}
            self.blocks.append(block)
        self._runs, self._kind, self._number = [], "p", 0
