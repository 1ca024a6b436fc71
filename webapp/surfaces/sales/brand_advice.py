"""What a choice of colours does to a page: sentences, and the nearest passing shade as an offer, never as a deed.

WCAG 2.2: text needs 4.5 to 1 (1.4.3), what one must see of the interface 3 to 1 (1.4.11).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.foundation.colours import TEXT_RATIO, UI_RATIO, WHITE, contrast, nearest_passing_all, on_colour
from webapp.foundation.i18n import gettext as _
from webapp.foundation.palette import Recipe, Roles, roles
from webapp.foundation.theming import BrandTokens, theme

#: A logo is hard to see when less than this share of it stands out from its ground, by at least this ratio.
SEEN, STANDS_OUT = 0.5, 1.5


@dataclass(frozen=True)
class Offer:
    """A colour that is too weak: `field` of the form, the colour, a shade of it that passes, and both ratios."""

    field: str
    colour: str
    ratio: str
    shade: str
    shade_ratio: str
    needed: str
    dark: bool


@dataclass(frozen=True)
class Advice:
    """What a brand colour does to a page: sentences, offers, and the colours of a small picture."""

    sentences: list[str]
    offers: list[Offer]
    light: Roles
    dark: Roles


def advice(tokens: BrandTokens, theme_name: str, kept: Collection[str] = ()) -> Advice:
    """`kept`: weak colours that the partner wants to keep for decoration."""
    recipe = theme(theme_name).recipe
    light, dark = (_roles(tokens.brand, tokens.accent, night, recipe) for night in (False, True))
    offers = _offers(tokens, recipe, dark if tokens.mode == "dark" else light)
    told = _sentences(tokens, light, dark) + [_keeps(offer) for offer in offers if offer.colour in kept]
    return Advice(told, [offer for offer in offers if offer.colour not in kept], light, dark)


def _roles(brand: str, accent: str | None, dark: bool, recipe: Recipe) -> Roles:
    return roles(brand, accent or brand, "base", dark, recipe)


def _offers(tokens: BrandTokens, recipe: Recipe, page: Roles) -> list[Offer]:
    grounds = (page["bg"], page["surface"], page["sunken"])
    dark = tokens.mode == "dark"
    found = []
    if contrast(tokens.brand, page["bg"]) < TEXT_RATIO:
        found.append(_offer("brand", tokens.brand, _link_shade(tokens.brand, dark, recipe), TEXT_RATIO, page, dark))
    if tokens.accent and contrast(tokens.accent, page["bg"]) < UI_RATIO:
        shade = nearest_passing_all(tokens.accent, grounds, UI_RATIO)
        found.append(_offer("accent", tokens.accent, shade, UI_RATIO, page, dark))
    return found


def _link_shade(colour: str, dark: bool, recipe: Recipe) -> str:
    """The shade that links have anyway; taken as the brand colour it must pass on the grounds that it then makes."""
    for _again in range(4):
        colour = _roles(colour, None, dark, recipe)["link"]
        page = _roles(colour, None, dark, recipe)
        if contrast(colour, page["bg"]) >= TEXT_RATIO:
            break
    return colour


def _offer(field: str, colour: str, shade: str, needed: float, page: Roles, dark: bool) -> Offer:
    now, then = (f"{contrast(one, page['bg']):.1f}" for one in (colour, shade))
    return Offer(field, colour, now, shade, then, f"{needed:g}", dark)


def _sentences(tokens: BrandTokens, light: Roles, dark: Roles) -> list[str]:
    colour = tokens.brand
    values = {"ratio": f"{contrast(colour, on_colour(colour)):.1f}"}
    if on_colour(colour) == WHITE:
        told = [_("White text on your colour reads well (contrast %(ratio)s to 1).", **values)]
    else:
        told = [_("Your colour is light: buttons get black text (contrast %(ratio)s to 1).", **values)]
    if tokens.mode != "dark" and contrast(colour, light["bg"]) < UI_RATIO:
        told.append(_("On a white page it is hard to see, so buttons get a darker edge."))
    if tokens.mode == "auto" and dark["link"].lower() != colour.lower():
        told.append(_("On dark pages links are %(link)s, a lighter shade of it.", link=dark["link"]))
    return told


def _keeps(offer: Offer) -> str:
    if offer.field == "accent":
        return _("You keep %(colour)s as the accent: it only decorates.", colour=offer.colour)
    return _(
        "You keep %(colour)s as it is, on large areas and buttons. Links and headings in colour are %(shade)s.",
        colour=offer.colour,
        shade=offer.shade,
    )


def logo_warnings(inks: Mapping[str, Sequence[Sequence[Any]]], tokens: BrandTokens, theme_name: str) -> list[str]:
    """Where a logo is hardly seen. `inks`: "logo" and "logo_dark" -> [colour, share of its pixels]."""
    recipe = theme(theme_name).recipe
    day, night = (_roles(tokens.brand, tokens.accent, dark, recipe)["bg"] for dark in (False, True))
    told = []
    if tokens.mode != "dark" and _lost(inks.get("logo", ()), day):
        told.append(_("Your logo is hardly seen on light pages. Take one in darker colours, or choose “always dark”."))
    if tokens.mode != "light" and _lost(inks.get("logo_dark") or inks.get("logo", ()), night):
        told.append(_("Your logo is hardly seen on dark pages. Add a lighter one for them."))
    return told


def _lost(inks: Sequence[Sequence[Any]], ground: str) -> bool:
    return bool(inks) and sum(share for colour, share in inks if contrast(colour, ground) >= STANDS_OUT) < SEEN
