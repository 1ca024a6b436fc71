"""A kind of mail, its data and a partner's facts become subject, HTML and plain text in the recipient's language.

Templates are ours alone (partners' texts are data): `templates/<kind>.html` and its twin `<kind>.txt`, which also holds
the subject as a block. They see the caller's data, `sender`, `locale`, `zone` and `link`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from webapp.foundation import i18n
from webapp.reseller.partners import validate

TEMPLATES = Path(__file__).with_name("templates")
LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Sender:
    """Who writes: what the layout shows of a partner. Colours are role -> #rrggbb; a light-only brand has no `dark`."""

    name: str
    legal_name: str
    address: str
    tax_id: str
    email: str
    phone: str
    origin: str
    logo: str  # absolute address, or ""
    logo_dark: str
    logo_width: int
    logo_height: int
    light: Mapping[str, str]
    dark: Mapping[str, str] | None


@dataclass(frozen=True)
class Rendered:
    """A finished mail."""

    subject: str
    text: str
    html: str


def render(kind: str, locale: str, data: Mapping[str, Any], sender: Sender, link: str) -> Rendered:
    """Raises jinja2.TemplateNotFound for an unknown kind and UndefinedError for data that a template misses.

    `link` is where the mail's button leads.
    """
    language = i18n.supported(locale)
    values = {**data, "sender": sender, "locale": language, "link": link}
    with i18n.use_locale(language):
        twin = _environment().get_template(f"{kind}.txt")
        subject = " ".join("".join(twin.blocks["subject"](twin.new_context(values))).split())
        values["subject"] = subject = shortened(subject)
        html = _environment().get_template(f"{kind}.html").render(values)
        return Rendered(subject, _tidy(twin.render(values)), html)


def shortened(subject: str) -> str:
    """A subject line of at most LONGEST_SUBJECT characters."""
    return subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _tidy(text: str) -> str:
    """No spaces at line ends, never two empty lines in a row, one line break at the end."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    i18n.setup(env)
    env.filters.update(grouped=_grouped, aligned=_aligned, rate=_rate, country=_country)
    return env


def _rate(basis_points: int) -> str:
    """2300 -> "23%", as the language writes it."""
    return i18n.format_percent(Decimal(basis_points) / 10_000)


def _country(code: str) -> str:
    """The name of a country in the reader's language; a code that we do not know stays as it is."""
    return dict(validate.countries(i18n.current_locale())).get(code, code)


def _grouped(iban: str) -> str:
    """An account number in groups of four, as it is printed (ISO 13616)."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _aligned(rows: Iterable[tuple[str, str]]) -> str:
    """Facts of the plain twin, one a line, values below each other."""
    shown = [(label, value) for label, value in rows if value]
    width = max((len(label) for label, _ in shown), default=0)
    return "\n".join(f"{label + ':':<{width + 1}}  {value}" for label, value in shown)
