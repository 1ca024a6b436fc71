"""A small language for the RFC schemas, and the check of a command against it.

Four content models suffice: text of a type, a sequence, one of several, and nothing. A misplaced element is
2001, a missing one 2003, a value of the wrong shape 2005, a number outside the protocol's range 2004.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.etree.ElementTree import Element

from sandbox.epp import namespaces as ns
from sandbox.epp.results import Refused
from sandbox.epp.xml import collapse, local, namespace, split

Check: TypeAlias = Callable[[str], None]
MANY = 10_000


@dataclass(frozen=True)
class Text:
    """Text content; ``check`` raises ``Refused`` for a value that does not belong to the type."""

    check: Check


@dataclass(frozen=True)
class Sequence:
    """Children in this order; none at all makes an empty element."""

    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class OneOf:
    """Exactly one of these children (each as often as its own bounds say)."""

    parts: tuple[Part, ...]


Content: TypeAlias = "Text | Sequence | OneOf"


@dataclass(frozen=True)
class Part:
    """A child element: its name, content, how often it may stand, and its attributes (True = required)."""

    name: str
    content: Content
    least: int = 1
    most: int = 1
    attributes: dict[str, tuple[Check, bool]] = field(default_factory=dict)


def verify(element: Element, part: Part) -> None:
    """Raise ``Refused`` unless the element is a valid ``part``. Children live in the element's own namespace."""
    _verify_attributes(element, part)
    if isinstance(part.content, Text):
        _verify_text(element, part.content)
        return
    if (element.text or "").strip() or any((item.tail or "").strip() for item in element):
        raise Refused(2001, f"unexpected text in <{local(element)}>")
    if isinstance(part.content, OneOf):
        _verify_choice(element, part.content)
    else:
        _verify_sequence(element, part.content.parts)


def _verify_attributes(element: Element, part: Part) -> None:
    for name, value in element.attrib.items():
        if split(name)[0] == ns.XSI:
            continue
        if name not in part.attributes:
            raise Refused(2001, f"unexpected attribute {name!r} of <{local(element)}>")
        part.attributes[name][0](collapse(value))
    for name, (_, required) in part.attributes.items():
        if required and name not in element.attrib:
            raise Refused(2003, f"attribute {name!r} of <{local(element)}> is missing")


def _verify_text(element: Element, content: Text) -> None:
    if len(element):
        raise Refused(2001, f"unexpected element in <{local(element)}>")
    try:
        content.check(collapse(element.text))
    except Refused as refusal:
        raise Refused(refusal.code, f"<{local(element)}>: {refusal.reason}") from refusal


def _verify_choice(element: Element, content: OneOf) -> None:
    names = " or ".join(f"<{part.name}>" for part in content.parts)
    if not len(element):
        raise Refused(2003, f"<{local(element)}> needs {names}")
    chosen = [part for part in content.parts if part.name == local(element[0])]
    if not chosen:
        raise Refused(2001, f"<{local(element)}> takes {names}")
    _verify_sequence(element, (chosen[0],))


def _verify_sequence(element: Element, parts: tuple[Part, ...]) -> None:
    items = list(element)
    for part in parts:
        count = 0
        while count < part.most and items and _is(items[0], part, element):
            verify(items.pop(0), part)
            count += 1
        if count < part.least:
            raise Refused(2003, f"<{local(element)}> needs <{part.name}>")
    if items:
        raise Refused(2001, f"unexpected <{local(items[0])}> in <{local(element)}>")


def _is(item: Element, part: Part, parent: Element) -> bool:
    return local(item) == part.name and namespace(item) == namespace(parent)


def one(name: str, content: Content, /, **attributes: tuple[Check, bool]) -> Part:
    """An element that must stand once."""
    return Part(name, content, 1, 1, attributes)


def maybe(name: str, content: Content, /, **attributes: tuple[Check, bool]) -> Part:
    """An element that may be absent."""
    return Part(name, content, 0, 1, attributes)


def several(name: str, content: Content, least: int = 1, most: int = MANY, /, **attributes: tuple[Check, bool]) -> Part:
    """An element that repeats."""
    return Part(name, content, least, most, attributes)


def seq(*parts: Part) -> Sequence:
    """Children in this order."""
    return Sequence(parts)


def token(least: int = 0, most: int = MANY) -> Check:
    """A string with a length between the bounds."""

    def check(value: str) -> None:
        if not least <= len(value) <= most:
            raise Refused(2005, f"must have {least} to {most} characters")

    return check


def matching(pattern: str) -> Check:
    """A string that matches the whole pattern."""
    expression = re.compile(pattern)

    def check(value: str) -> None:
        if not expression.fullmatch(value):
            raise Refused(2005, "is not well-formed")

    return check


def word(*allowed: str) -> Check:
    """One of these words."""

    def check(value: str) -> None:
        if value not in allowed:
            raise Refused(2005, f"must be one of {', '.join(allowed)}")

    return check


def number(least: int, most: int) -> Check:
    """A whole number; outside the bounds is a range error."""

    def check(value: str) -> None:
        if not re.fullmatch(r"[+]?[0-9]{1,9}", value):
            raise Refused(2005, "must be a whole number")
        if not least <= int(value) <= most:
            raise Refused(2004, f"must be from {least} to {most}")

    return check
