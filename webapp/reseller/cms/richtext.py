"""Partner-written rich text: one allow list, applied when it is stored and again when it is shown."""

from __future__ import annotations

import re

import nh3
from markupsafe import Markup

_HEADINGS = {"h2", "h3", "h4"}
_INLINE = {"a", "b", "br", "em", "i", "strong"}
_BLOCKS = {"blockquote", "li", "ol", "p", "ul"}
_TAGS = _HEADINGS | _INLINE | _BLOCKS
_ATTRIBUTES = {"a": {"href", "title"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_SPACE = re.compile(r"\s+")


def clean(html: str) -> str:
    """Sanitised HTML: what is not on the list loses its tag and keeps its text; scripts and styles go whole."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        clean_content_tags={"script", "style"},
        link_rel="noopener",
        strip_comments=True,
    ).strip()


def shown(html: str) -> Markup:
    """Stored rich text for a template: cleaned once more, since a row may be older than a rule."""
    return Markup(clean(html))  # noqa: S704  this is the one place where partners' HTML becomes markup, after nh3


def plain(html: str) -> str:
    """The text without tags, for lengths and descriptions."""
    spaced = re.sub(r"<(?=[^>]*>)", " <", html)
    return _SPACE.sub(" ", Markup(nh3.clean(spaced, tags=set())).unescape()).strip()  # noqa: S704  only unescaped
