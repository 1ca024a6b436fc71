"""Reading and writing the protocol's XML.

Reading never looks at prefixes, only at namespaces, and refuses DTDs and entities. Writing uses the customary
prefixes (``domain:``, ``contact:`` ...) because some clients look for those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox.epp import namespaces as ns
from sandbox.epp.results import Refused

MAX_ELEMENTS = 5000
MAX_DEPTH = 32
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(data: bytes) -> Element:
    """The root element of a frame. Raises ``Refused(2001)`` on anything that is not plain, small XML."""
    try:
        root: Element = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise Refused(2001, "document type declarations are not accepted") from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise Refused(2001, f"not well-formed XML: {error}"[:200]) from error
    _refuse_monsters(root)
    return root


def _refuse_monsters(root: Element) -> None:
    pending = [(root, 1)]
    seen = 0
    while pending:
        element, depth = pending.pop()
        seen += 1
        if seen > MAX_ELEMENTS or depth > MAX_DEPTH:
            raise Refused(2001, "too many or too deeply nested elements")
        pending.extend((child, depth + 1) for child in element)


def split(tag: str) -> tuple[str, str]:
    """``{uri}name`` as (uri, name); the uri is empty for an element without a namespace."""
    uri, _, name = tag[1:].partition("}") if tag.startswith("{") else ("", "}", tag)
    return uri, name


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return split(element.tag)[1]


def namespace(element: Element) -> str:
    """The element's namespace URI."""
    return split(element.tag)[0]


def child(element: Element, name: str) -> Element | None:
    """The first child of this name in the element's own namespace."""
    return next(children(element, name), None)


def children(element: Element, name: str) -> Iterator[Element]:
    """All children of this name in the element's own namespace."""
    uri = namespace(element)
    return (item for item in element if split(item.tag) == (uri, name))


def collapse(value: str | None) -> str:
    """White space as the schema type ``token`` sees it."""
    return " ".join((value or "").split())


def text(element: Element, name: str, default: str = "") -> str:
    """The collapsed text of a child, or the default when there is no such child."""
    found = child(element, name)
    return default if found is None else collapse(found.text)


def texts(element: Element, name: str) -> list[str]:
    """The collapsed texts of all children of this name."""
    return [collapse(item.text) for item in children(element, name)]


def block(prefix: str, name: str) -> Element:
    """A new element ``prefix:name`` that declares the prefix, for use under ``resData`` or ``extension``."""
    uri = {**ns.OBJECTS, **ns.EXTENSIONS}[prefix]
    return Element(f"{prefix}:{name}", {f"xmlns:{prefix}": uri})


def add(parent: Element, name: str, value: str | None = None, /, **attributes: str) -> Element:
    """Append a child with the parent's prefix; returns the child."""
    prefix, colon, _ = parent.tag.partition(":")
    element = SubElement(parent, f"{prefix}:{name}" if colon else name, attributes)
    element.text = None if value is None else clean(value)
    return element


def clean(value: str) -> str:
    """Drop the characters that XML 1.0 cannot carry."""
    return _NOT_XML.sub("", value)


def document(body: Element) -> bytes:
    """A whole EPP document around ``greeting`` or ``response``."""
    root = Element("epp", {"xmlns": ns.EPP})
    root.append(body)
    body_text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n{body_text}'.encode()
