"""What a partner pastes into a page: the snippet of a view in each form that site builders take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.reseller.cms.frame_views import FrameView

#: The field that can be filled in beforehand, by view.
FILLS = {"domain-search": "query", "domain-order": "query", "user-login": "email", "user-register": "email"}
#: Height of an iframe without our script, which cannot follow its content.
HEIGHTS = {
    "domain-search": 900,
    "domain-order": 1100,
    "hosting-order": 1000,
    "certificate-order": 1000,
    "user-login": 480,
    "user-register": 1100,
    "user-panel": 800,
}


@dataclass(frozen=True)
class Wanted:
    """A view as the partner wants it. `origin` is the shop's; `width` in pixels, 0 for all that there is."""

    view: FrameView
    origin: str
    shop: str
    lang: str
    theme: str = "auto"
    accent: str = ""
    width: int = 0
    fill: str = ""

    @property
    def label(self) -> str:
        """What screen readers and the fallback link say, in the visitors' language."""
        with i18n.use_locale(self.lang):
            return f"{i18n.gettext(self.view.title)} – {self.shop}"

    @property
    def address(self) -> str:
        """The raw link: works by itself, too."""
        return f"{self.origin}/frames/{self.view.name}?{urlencode(self._look())}"

    @property
    def attributes(self) -> dict[str, str]:
        """Of the element; empty ones are left out."""
        prefill = {f"data-{FILLS[self.view.name]}": self.fill} if self.fill else {}
        return {"view": self.view.name, **self._look(), "label": self.label, **prefill}

    def _look(self) -> dict[str, str]:
        theme = {} if self.theme == "auto" else {"theme": self.theme}
        return {"lang": self.lang, **theme, **({"accent": self.accent} if self.accent else {})}


@dataclass(frozen=True)
class Snippet:
    """`key`, heading, when to take it, and the text to copy."""

    key: str
    title: str
    note: str
    code: str


def snippets(wanted: Wanted) -> list[Snippet]:
    """The best one first."""
    return [Snippet(key, title, note, _CODES[key](wanted)) for key, (title, note) in WORDS.items()]


WORDS = {
    "element": (N_("Tag with script"), N_("For your own page or a block for HTML. Grows with its content.")),
    "div": (N_("For page builders"), N_("The same, for builders that remove tags they do not know.")),
    "wordpress": (N_("WordPress"), N_("With our plugin: a shortcode in any page, or the block of the same name.")),
    "iframe": (
        N_("Plain iframe"),
        N_("Where scripts are not allowed. Has a fixed height; nothing can be filled in beforehand."),
    ),
}


def _attributes(pairs: Mapping[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in pairs.items())


def _link(wanted: Wanted) -> str:
    return f'  <a href="{escape(wanted.address)}">{escape(wanted.label, quote=False)}</a>'


def _in_width(wanted: Wanted, lines: list[str]) -> str:
    if not wanted.width:
        return "\n".join(lines)
    inside = "\n".join(f"  {line}" for line in lines)
    return f'<div style="max-width: {wanted.width}px; margin: 0 auto">\n{inside}\n</div>'


def _script(wanted: Wanted) -> str:
    return f'<script src="{escape(wanted.origin)}/embed/v1.js" async></script>'


def _element(wanted: Wanted) -> str:
    tag = [f"<shop-frame {_attributes(wanted.attributes)}>", _link(wanted), "</shop-frame>"]
    return f"{_in_width(wanted, tag)}\n{_script(wanted)}"


def _div(wanted: Wanted) -> str:
    named = {name if name.startswith("data-") else f"data-{name}": value for name, value in wanted.attributes.items()}
    tag = [f"<div data-shop-frame {_attributes(named)}>", _link(wanted), "</div>"]
    return f"{_in_width(wanted, tag)}\n{_script(wanted)}"


def _iframe(wanted: Wanted) -> str:
    facts = {
        "src": wanted.address,
        "title": wanted.label,
        "width": str(wanted.width or "100%"),
        "height": str(HEIGHTS.get(wanted.view.name, 800)),
        "loading": "lazy",
        "referrerpolicy": "strict-origin-when-cross-origin",
        "style": "border: 0; max-width: 100%",
    }
    return f"<iframe {_attributes(facts)}></iframe>"


def _shortcode(wanted: Wanted) -> str:
    # WordPress ends a shortcode at "]" and an attribute at its quotation mark; it knows no escapes for them.
    safe = {name: value.translate({ord(each): " " for each in '[]<>"'}) for name, value in wanted.attributes.items()}
    plain = {name.removeprefix("data-"): value for name, value in safe.items()}
    return "[witryna " + " ".join(f'{name}="{value}"' for name, value in plain.items()) + "]"


_CODES = {"element": _element, "div": _div, "wordpress": _shortcode, "iframe": _iframe}
