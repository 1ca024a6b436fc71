"""Themes as data folders, one Jinja overlay per theme, and a partner's brand as an external stylesheet.

A theme is `themes/<name>/` with `theme.toml`, `templates/` and `static/`; no Python. A template is looked up
in the theme, then in the base theme, then among the surfaces' own; `~/name` skips the theme and finds the
next one, so that a theme can extend what it replaces.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from webapp.foundation.colours import check_hex
from webapp.foundation.palette import SCHEMES, Recipe, roles

#: The recipe of a stylesheet that belongs to no theme (panels, mails).
PLAIN = Recipe()
THEMES_FOLDER = Path(__file__).resolve().parents[2] / "themes"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")

Mode = Literal["light", "dark", "auto"]
Fonts = Literal["theme", "system", "geist", "nunito", "recursive", "archivo", "newsreader", "bricolage"]
Corners = Literal["theme", "sharp", "soft", "round"]
Density = Literal["theme", "compact", "regular", "airy"]
Header = Literal["theme", "left", "centred", "stacked"]
_KINDS = {"mode": Mode, "fonts": Fonts, "corners": Corners, "density": Density, "header": Header}

_SYSTEM = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_GEIST = f'Geist, "Geist fallback", {_SYSTEM}'
_NUNITO = f'Nunito, "Nunito fallback", {_SYSTEM}'
_RECURSIVE = f'Recursive, "Recursive fallback", {_SYSTEM}'
_ARCHIVO = f'Archivo, "Archivo fallback", {_SYSTEM}'
_NEWSREADER = 'Newsreader, "Newsreader fallback", Georgia, "Times New Roman", serif'
_BRICOLAGE = f'"Bricolage Grotesque", "Bricolage Grotesque fallback", {_SYSTEM}'
#: The typefaces of text and of headings; the faces are in static/css/fonts.css, at most two files per pair.
_FONT_PAIRS = {
    "system": (_SYSTEM, _SYSTEM),
    "geist": (_GEIST, _GEIST),
    "nunito": (_NUNITO, _NUNITO),
    "recursive": (_RECURSIVE, _RECURSIVE),
    "archivo": (_ARCHIVO, _ARCHIVO),
    "newsreader": (_GEIST, _NEWSREADER),
    "bricolage": (_GEIST, _BRICOLAGE),
}
#: Folders below static/fonts of what a pair's first paint needs.
_FONT_FOLDERS = {
    "system": (),
    "geist": ("geist-5.3.0",),
    "nunito": ("nunito-5.3.0",),
    "recursive": ("recursive-5.3.0",),
    "archivo": ("archivo-5.3.0",),
    "newsreader": ("newsreader-5.3.0", "geist-5.3.0"),
    "bricolage": ("bricolage-grotesque-5.3.0", "geist-5.3.0"),
}
_RADII = {"sharp": "0px", "soft": "8px", "round": "18px"}
_DENSITIES = {"compact": "0.82", "regular": "1", "airy": "1.2"}


class UnknownTheme(LookupError):
    """No folder of that name; the message lists the names that exist."""


@dataclass(frozen=True)
class BrandTokens:
    """What a partner chooses. Colours are #rrggbb; "theme" leaves a choice to the theme.

    All but `header` become CSS; that one is a class of the page (base theme's layout.html).

    Raises ValueError with a sentence for a wrong value.
    """

    brand: str = "#1f5eff"
    accent: str | None = None
    mode: Mode = "auto"
    fonts: Fonts = "theme"
    corners: Corners = "theme"
    density: Density = "theme"
    header: Header = "theme"

    def __post_init__(self) -> None:
        object.__setattr__(self, "brand", check_hex(self.brand))
        object.__setattr__(self, "accent", check_hex(self.accent) if self.accent else None)
        for name, kind in _KINDS.items():
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} is one of {', '.join(get_args(kind))}; {getattr(self, name)!r} is not.")


@dataclass(frozen=True)
class Theme:
    """One theme folder: label and idea for a picker, its stylesheet (or None), pair of fonts and recipe for greys."""

    name: str
    label: str
    idea: str
    folder: Path
    stylesheet: str | None
    recipe: Recipe
    fonts: str = "geist"

    def font_files(self, chosen: Fonts = "theme") -> tuple[str, ...]:
        """Static files that a page preloads, so that text is not set twice: those of the brand or of the theme."""
        return tuple(
            f"fonts/{folder}/latin.woff2" for folder in _FONT_FOLDERS[self.fonts if chosen == "theme" else chosen]
        )


@cache
def themes(folder: Path = THEMES_FOLDER) -> dict[str, Theme]:
    """Every theme by name. The folder is listed once per process, at the first call."""
    found = (entry for entry in sorted(folder.iterdir()) if _NAME.fullmatch(entry.name))
    return {entry.name: _read_theme(entry) for entry in found if (entry / "theme.toml").is_file()}


def _read_theme(folder: Path) -> Theme:
    data: dict[str, Any] = tomllib.loads((folder / "theme.toml").read_text(encoding="utf-8"))
    has_sheet = (folder / "static" / "theme.css").is_file()
    return Theme(
        name=folder.name,
        label=data["label"],
        idea=data["idea"],
        folder=folder,
        stylesheet=f"themes/{folder.name}/theme.css" if has_sheet else None,
        recipe=Recipe(**data.get("colour", {})),
        fonts=_known_pair(data.get("fonts", "geist"), folder),
    )


def _known_pair(name: str, folder: Path) -> str:
    if name not in _FONT_FOLDERS:
        raise ValueError(f"{folder.name}/theme.toml: fonts is one of {', '.join(_FONT_FOLDERS)}; {name!r} is not.")
    return name


def theme(name: str, folder: Path = THEMES_FOLDER) -> Theme:
    """The theme of that name; UnknownTheme otherwise. A name never becomes a path by itself."""
    known = themes(folder)
    if name not in known:
        raise UnknownTheme(f"There is no theme {name!r}; there are {', '.join(known)}.")
    return known[name]


class SemiStrictUndefined(StrictUndefined):
    """A missing name may be tested (`{% if menu %}`) but printing, looping or looking inside it raises."""

    def __bool__(self) -> bool:  # type: ignore[override]  # jinja2 types it as never returning
        return False

    def _refuse(self, *_: object) -> NoReturn:
        self._fail_with_undefined_error()

    __iter__ = __len__ = __str__ = _refuse


def theme_environment(base_env: Environment, theme_name: str, folder: Path = THEMES_FOLDER) -> Environment:
    """The theme's own overlay of `base_env`: own loader, own template cache, shared filters and globals.

    One per theme and never shared: Jinja caches by template name, so a shared one would hand one
    tenant's templates to another. Kept with `base_env`, so that it goes when that goes. Raises UnknownTheme.
    """
    kept: dict[tuple[str, Path], Environment] = vars(base_env).setdefault("theme_environments", {})
    if (theme_name, folder) not in kept:
        loader = ChoiceLoader(list(_levels(base_env.loader, theme_name, folder)))
        kept[theme_name, folder] = base_env.overlay(loader=loader, undefined=SemiStrictUndefined)
    return kept[theme_name, folder]


def _levels(app_loader: BaseLoader | None, theme_name: str, folder: Path) -> Iterator[BaseLoader]:
    below: list[BaseLoader] = [app_loader] if app_loader else []
    if theme_name != "base":
        base = FileSystemLoader(theme("base", folder).folder / "templates")
        below = [base, PrefixLoader({"~": ChoiceLoader(below)}), *below]
    yield FileSystemLoader(theme(theme_name, folder).folder / "templates")
    yield PrefixLoader({"~": ChoiceLoader(below)})
    yield from below


def brand_stylesheet(brand: BrandTokens, recipe: Recipe = PLAIN) -> tuple[str, str]:
    """The brand as CSS custom properties: (hash of 16 hex digits, text). Same tokens, same hash, on every machine."""
    css = _colour_css(brand, recipe) + _choice_css(brand)
    return hashlib.sha256(css.encode()).hexdigest()[:16], css


def _colour_css(brand: BrandTokens, recipe: Recipe) -> str:
    if brand.mode != "auto":
        return _mode_css(brand, recipe, brand.mode == "dark")
    night = _mode_css(brand, recipe, dark=True)
    return f"{_mode_css(brand, recipe, dark=False)}@media (prefers-color-scheme: dark) {{\n{night}}}\n"


def _mode_css(brand: BrandTokens, recipe: Recipe, dark: bool) -> str:
    accent = brand.accent or brand.brand
    rules = []
    for scheme in SCHEMES:
        colours = roles(brand.brand, accent, scheme, dark, recipe)
        properties = " ".join(f"--{role}: {colour};" for role, colour in colours.items())
        selector = ":root, .scheme-base" if scheme == "base" else f".scheme-{scheme}"
        rules.append(f"{selector} {{ {properties} }}\n")
    return f":root {{ color-scheme: {'dark' if dark else 'light'}; }}\n" + "".join(rules)


def _choice_css(brand: BrandTokens) -> str:
    chosen = []
    if brand.fonts != "theme":
        text, head = _FONT_PAIRS[brand.fonts]
        chosen.append(f"--font-text: {text}; --font-head: {head};")
    if brand.corners != "theme":
        chosen.append(f"--radius: {_RADII[brand.corners]};")
    if brand.density != "theme":
        chosen.append(f"--density: {_DENSITIES[brand.density]};")
    return f":root {{ {' '.join(chosen)} }}\n" if chosen else ""
