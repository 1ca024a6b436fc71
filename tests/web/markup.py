"""What every HTML page must be: parsed strictly, and measured against the rules that hold on each page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_FIELDS = frozenset(("input", "select", "textarea"))
_UNLABELLED = frozenset(("hidden", "submit", "button", "image", "reset"))


@dataclass
class Element:
    """One element: its attributes, its text with that of its children, and what is around and in it."""

    tag: str
    attrs: dict[str, str]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, with single spaces."""
        return " ".join(" ".join(self._words()).split())

    def _words(self) -> list[str]:
        return [*self.texts, *(child.text for child in self.children)]

    def all(self, *tags: str) -> list[Element]:
        """Every element of these tags inside, in document order."""
        found = []
        for child in self.children:
            if child.tag in tags:
                found.append(child)
            found += child.all(*tags)
        return found

    def inside(self, tag: str) -> bool:
        """True when an ancestor has this tag."""
        return self.parent is not None and (self.parent.tag == tag or self.parent.inside(tag))


class Markup(HTMLParser):
    """A document's elements and everything that is wrong with it (`problems`)."""

    def __init__(self, text: str, whole: bool = True) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document", {}, None)
        self.problems: list[str] = []
        self._open = self.root
        self.feed(text)
        self.close()
        if self._open is not self.root:
            self.problems.append(f"<{self._open.tag}> is never closed")
        self.elements = _walk(self.root)
        self.problems += [*_repeated_ids(self), *_inline(self), *_forms(self), *_labels(self)]
        if whole:
            self.problems += _page(self, text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element."""
        names = Counter(name for name, _ in attrs)
        self.problems += [f"<{tag}> says {name} twice" for name, count in names.items() if count > 1]
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        if tag not in _VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<use ... />` inside SVG."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes the element that is open, and no other."""
        if tag in _VOID:
            self.problems.append(f"</{tag}> has no meaning")
        elif self._open.tag != tag:
            self.problems.append(f"</{tag}> at line {self.getpos()[0]} closes <{self._open.tag}>")
        elif self._open.parent is not None:
            self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        """Keeps text."""
        self._open.texts.append(data)


def _walk(element: Element) -> list[Element]:
    return [one for child in element.children for one in (child, *_walk(child))]


def _page(markup: Markup, text: str) -> list[str]:
    problems = []
    heads = [each for each in markup.elements if each.tag == "h1"]
    titles = [each for each in markup.elements if each.tag == "title" and not each.inside("svg")]
    html = markup.root.children[0] if markup.root.children else None
    if not text.lstrip().lower().startswith("<!doctype html>"):
        problems.append("no <!doctype html>")
    if len(heads) != 1 or not heads[0].text:
        problems.append(f"{len(heads)} h1 (one with words is wanted)")
    if len(titles) != 1 or not titles[0].text:
        problems.append("not exactly one title with words")
    if html is None or html.tag != "html" or not html.attrs.get("lang"):
        problems.append("<html> without lang")
    return problems


def _repeated_ids(markup: Markup) -> list[str]:
    ids = Counter(each.attrs["id"] for each in markup.elements if "id" in each.attrs)
    return [f"id {name!r} {count} times" for name, count in ids.items() if count > 1]


def _inline(markup: Markup) -> list[str]:
    problems = []
    for each in markup.elements:
        if each.tag == "style" or "style" in each.attrs:
            problems.append(f"inline style at <{each.tag}>")
        if each.tag == "script" and not each.attrs.get("src") and each.attrs.get("type") != "application/ld+json":
            problems.append("inline script")
        problems += [f"{name} at <{each.tag}>" for name in each.attrs if name.startswith(("on", "hx-on"))]
    return problems


def _forms(markup: Markup) -> list[str]:
    problems = []
    for form in (each for each in markup.elements if each.tag == "form"):
        method = form.attrs.get("method", "").lower()
        if not form.attrs.get("action") or method not in ("get", "post"):
            problems.append(f"form without action or method: {form.attrs}")
        names = [each.attrs.get("name") for each in form.all("input")]
        # What stands on pages kept for everybody says so; its view is `@tokenless`, or the form would be refused.
        if method == "post" and "csrf_token" not in names and "data-tokenless" not in form.attrs:
            problems.append(f"form without csrf_token: {form.attrs.get('action')}")
    return problems


def _labels(markup: Markup) -> list[str]:
    labelled = {each.attrs.get("for") for each in markup.elements if each.tag == "label"}
    return [
        f"<{each.tag} name={each.attrs.get('name')}> without a label"
        for each in markup.elements
        if each.tag in _FIELDS
        and each.attrs.get("type") not in _UNLABELLED
        and not (each.attrs.get("id") in labelled or each.inside("label"))
        and not (each.attrs.get("aria-label") or each.attrs.get("aria-labelledby"))
    ]
