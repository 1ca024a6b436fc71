"""From one brand colour to all role colours of a page, for light and dark and for four schemes.

Roles (all #rrggbb): bg surface sunken text muted border edge primary on-primary primary-edge primary-hover
primary-soft on-primary-soft accent on-accent link focus ok warn danger and ok-soft warn-soft danger-soft.
Text roles keep 4.5:1 on bg, surface and sunken (states also on their own soft colour); edge, primary-edge
and focus keep 3:1. The brand colour itself is used as it is on large areas; only its edge is moved.
"""

from dataclasses import dataclass
from functools import lru_cache

from webapp.foundation.colours import (
    BLACK,
    TEXT_RATIO,
    UI_RATIO,
    WHITE,
    from_oklch,
    nearest_passing_all,
    on_colour,
    shifted,
    to_oklch,
)

SCHEMES = ("base", "soft", "brand", "inverse")
Roles = dict[str, str]
_STATE_HUES = {"ok": (0.52, 0.12, 152.0), "warn": (0.56, 0.12, 65.0), "danger": (0.53, 0.19, 27.0)}


@dataclass(frozen=True)
class Recipe:
    """What a theme may say about greys: how much brand hue they carry, and how bright paper and cards are."""

    #: Chroma of greys, 0 (neutral) to 0.03 (clearly tinted).
    tint: float = 0.006
    #: OKLCH lightness of the page and of cards on it, light mode.
    paper: float = 1.0
    card: float = 1.0
    #: The same in dark mode.
    night: float = 0.18
    night_card: float = 0.22


@dataclass(frozen=True)
class _Ground:
    """The three backgrounds of a scheme, and whether text on them is light."""

    bg: str
    surface: str
    sunken: str
    dark: bool

    @property
    def all(self) -> tuple[str, str, str]:
        return self.bg, self.surface, self.sunken


class _Inks:
    """Greys and tints that carry the hue of the brand; a grey brand gives neutral greys."""

    def __init__(self, brand: str, recipe: Recipe) -> None:
        self.lightness, self.chroma, self.hue = to_oklch(brand)
        self.recipe = recipe

    def grey(self, lightness: float) -> str:
        return from_oklch(lightness, min(self.recipe.tint, self.chroma), self.hue)

    @property
    def neutral(self) -> bool:
        """A black, white or grey brand: in the dark it turns light instead of muddy."""
        return self.chroma < 0.03

    def at_night(self) -> str:
        """The brand bright enough to read calmly on a dark ground."""
        return from_oklch(max(self.lightness, 0.93 if self.neutral else 0.74), self.chroma, self.hue)

    def tint(self, lightness: float, chroma: float) -> str:
        return from_oklch(lightness, min(chroma, self.chroma), self.hue)


def _ground(inks: _Inks, scheme: str, dark: bool) -> _Ground:
    recipe = inks.recipe
    if scheme == "inverse":
        deep = 0.13 if dark else 0.21
        return _Ground(inks.tint(deep, 0.018), inks.tint(deep + 0.05, 0.02), inks.tint(deep - 0.04, 0.018), True)
    if dark:
        if scheme == "soft":
            return _Ground(inks.tint(0.235, 0.03), inks.tint(0.27, 0.03), inks.tint(0.2, 0.03), True)
        night = recipe.night
        return _Ground(inks.grey(night), inks.grey(recipe.night_card), inks.grey(night - 0.022), True)
    if scheme == "soft":
        return _Ground(inks.tint(0.97, 0.012), inks.grey(recipe.card), inks.tint(0.945, 0.018), False)
    return _Ground(inks.grey(recipe.paper), inks.grey(recipe.card), inks.grey(recipe.paper - 0.03), False)


def _states(ground: _Ground) -> Roles:
    roles: Roles = {}
    for name, (lightness, chroma, hue) in _STATE_HUES.items():
        soft = from_oklch(0.29, 0.05, hue) if ground.dark else from_oklch(0.955, 0.035, hue)
        ink = from_oklch(0.8 if ground.dark else lightness, chroma, hue)
        roles[name] = nearest_passing_all(ink, (*ground.all, soft), TEXT_RATIO)
        roles[f"{name}-soft"] = soft
    return roles


def _primary(brand: str, inks: _Inks, ground: _Ground) -> Roles:
    seed = inks.at_night() if ground.dark else brand
    primary = nearest_passing_all(seed if inks.neutral else brand, ground.all, UI_RATIO) if ground.dark else brand
    text = on_colour(primary)
    soft = inks.tint(0.3, 0.05) if ground.dark else inks.tint(0.947, 0.032)
    return {
        "primary": primary,
        "on-primary": text,
        "primary-edge": nearest_passing_all(primary, ground.all, UI_RATIO),
        # Away from the text on it, so that hovering never costs contrast.
        "primary-hover": shifted(primary, -0.05 if text == WHITE else 0.05),
        "primary-soft": soft,
        "on-primary-soft": nearest_passing_all(seed, (soft,), TEXT_RATIO),
        "link": nearest_passing_all(seed, (*ground.all, soft), TEXT_RATIO),
        "focus": nearest_passing_all(seed, ground.all, UI_RATIO),
    }


def _text(inks: _Inks, ground: _Ground) -> Roles:
    dark = ground.dark
    return {
        "text": inks.grey(0.95 if dark else 0.23),
        "muted": nearest_passing_all(inks.grey(0.74 if dark else 0.5), ground.all, TEXT_RATIO),
        "border": inks.grey(0.33 if dark else 0.905),
        "edge": nearest_passing_all(inks.grey(0.55 if dark else 0.65), ground.all, UI_RATIO),
    }


def _brand_scheme(brand: str, accent: str) -> Roles:
    """The brand colour as the ground: text, buttons and links are its black or white."""
    text = on_colour(brand)
    away = -0.05 if text == WHITE else 0.05
    ground = _Ground(brand, shifted(brand, away), shifted(brand, away / 2), text == WHITE)
    quiet = nearest_passing_all(shifted(brand, 0.3 if ground.dark else -0.3), ground.all, TEXT_RATIO)
    return {
        "bg": ground.bg, "surface": ground.surface, "sunken": ground.sunken,
        "text": text, "muted": quiet, "border": shifted(brand, -2 * away),
        "edge": nearest_passing_all(shifted(brand, 0.2 if ground.dark else -0.2), ground.all, UI_RATIO),
        "primary": text, "on-primary": brand, "primary-edge": text, "primary-hover": text,
        "primary-soft": ground.surface, "on-primary-soft": text, "link": text, "focus": text,
        "accent": accent, "on-accent": on_colour(accent),
        **_states(ground),
        "shade": BLACK,
    }  # fmt: skip


def roles(brand: str, accent: str, scheme: str, dark: bool, recipe: Recipe) -> Roles:
    """Every role colour of one scheme. `scheme` is one of SCHEMES; colours are #rrggbb."""
    return {**_roles(brand, accent, scheme, dark, recipe)}


@lru_cache(maxsize=512)
def _roles(brand: str, accent: str, scheme: str, dark: bool, recipe: Recipe) -> Roles:
    # Kept, as every page and every mail needs the same few: a scheme takes a millisecond or two to work out.
    if scheme == "brand":
        return _brand_scheme(brand, accent)
    inks = _Inks(brand, recipe)
    ground = _ground(inks, scheme, dark)
    return {
        "bg": ground.bg, "surface": ground.surface, "sunken": ground.sunken,
        **_text(inks, ground), **_primary(brand, inks, ground),
        "accent": accent, "on-accent": on_colour(accent),
        **_states(ground),
        "shade": BLACK if dark else inks.grey(0.25),
    }  # fmt: skip
