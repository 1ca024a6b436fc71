"""Colour arithmetic: #rrggbb strings, WCAG 2.2 contrast and the OKLCH space (B. Ottosson, 2020).

Lightness moves are made in OKLCH because there a step looks equally large in yellow and in blue.
"""

import math
import re
from functools import lru_cache
from typing import NamedTuple

HEX = re.compile(r"#[0-9a-f]{6}")
WHITE, BLACK = "#ffffff", "#000000"
#: Text, and parts of the interface that must be seen (WCAG 1.4.3 and 1.4.11).
TEXT_RATIO, UI_RATIO = 4.5, 3.0


class Oklch(NamedTuple):
    """Lightness 0..1, chroma 0..0.4, hue in degrees."""

    lightness: float
    chroma: float
    hue: float


def check_hex(colour: str) -> str:
    """Return the colour in lower case; raise ValueError unless it is #rrggbb."""
    lowered = colour.strip().lower()
    if not HEX.fullmatch(lowered):
        raise ValueError(f"A colour is written as #rrggbb, for example #0a7d55; {colour!r} is not.")
    return lowered


def _channels(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """Relative luminance of a #rrggbb colour, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #rrggbb colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def on_colour(background: str) -> str:
    """White or black, whichever text is readable on the background: never below 4.58:1.

    White wins where both would do, since saturated colours carry white text more calmly.
    """
    return WHITE if contrast(WHITE, background) >= TEXT_RATIO else BLACK


def to_oklch(colour: str) -> Oklch:
    """The OKLCH coordinates of a #rrggbb colour."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def _to_linear(colour: Oklch) -> tuple[float, float, float]:
    a = colour.chroma * math.cos(math.radians(colour.hue))
    b = colour.chroma * math.sin(math.radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _in_gamut(channels: tuple[float, float, float]) -> bool:
    return all(-0.0005 <= channel <= 1.0005 for channel in channels)


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """The nearest #rrggbb colour of this lightness and hue; chroma gives way where a screen cannot show it."""
    wanted = Oklch(min(max(lightness, 0.0), 1.0), chroma, hue)
    low, high = 0.0, wanted.chroma
    if not _in_gamut(_to_linear(wanted)):
        for _ in range(12):
            middle = (low + high) / 2
            inside = _in_gamut(_to_linear(wanted._replace(chroma=middle)))
            low, high = (middle, high) if inside else (low, middle)
        wanted = wanted._replace(chroma=low)
    channels = (min(max(_gamma(max(channel, 0.0)), 0.0), 1.0) for channel in _to_linear(wanted))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def shifted(colour: str, by: float) -> str:
    """The colour made lighter (or darker, below 0) by a share of OKLCH lightness."""
    lightness, chroma, hue = to_oklch(colour)
    return from_oklch(lightness + by, chroma, hue)


def passes(colour: str, backgrounds: tuple[str, ...], ratio: float) -> bool:
    """Whether the colour keeps the ratio against every background."""
    return all(contrast(colour, background) >= ratio for background in backgrounds)


def _moved_towards(pole: float, colour: str, backgrounds: tuple[str, ...], ratio: float) -> tuple[float, str]:
    """Smallest move in lightness towards 0 or 1 that passes, and the colour it gives."""
    lightness, chroma, hue = to_oklch(colour)
    fails, succeeds, found = 0.0, 1.0, BLACK if pole == 0 else WHITE
    for _ in range(9):
        share = (fails + succeeds) / 2
        tried = from_oklch(lightness + (pole - lightness) * share, chroma, hue)
        if passes(tried, backgrounds, ratio):
            succeeds, found = share, tried
        else:
            fails = share
    return abs(pole - lightness) * succeeds, found


def nearest_passing_all(colour: str, backgrounds: tuple[str, ...], ratio: float) -> str:
    """Like `nearest_passing`, for a colour that must be seen on several backgrounds."""
    if passes(colour, backgrounds, ratio):
        return colour
    poles = [pole for pole, end in ((0.0, BLACK), (1.0, WHITE)) if passes(end, backgrounds, ratio)]
    if not poles:
        raise ValueError(f"Neither black nor white reaches {ratio}:1 on {', '.join(backgrounds)}.")
    return min(_moved_towards(pole, colour, backgrounds, ratio) for pole in poles)[1]


def nearest_passing(colour: str, background: str, ratio: float) -> str:
    """The colour itself, or the same hue at the nearest lightness that keeps the ratio.

    Every ratio up to 4.58 can be kept on every background; above that, ValueError where it cannot.
    """
    return nearest_passing_all(check_hex(colour), (check_hex(background),), ratio)
