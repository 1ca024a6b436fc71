"""Logos of the demo's two shops: small compositions of our own, drawn at four times their size and reduced."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"
_SCALE = 4
#: Height of the picture in pixels: twice that of the header, for dense screens.
HEIGHT = 96
_MARK = 88  # side of the square mark

Draw = ImageDraw.ImageDraw
Point = tuple[float, float]


@dataclass(frozen=True)
class Logo:
    """What a logo is made of. `axes` are the values of the font's axes in its own order."""

    text: str
    font: str
    axes: tuple[float, ...]
    size: int
    ink: str
    draw_mark: Callable[[Draw, float], None]


def png(logo: Logo) -> bytes:
    """The logo on a transparent ground."""
    font = _font(logo)
    left, top, right, bottom = font.getbbox(logo.text)
    gap = 20 * _SCALE
    width = _MARK * _SCALE + gap + round(right - left) + 4 * _SCALE
    canvas = Image.new("RGBA", (width, HEIGHT * _SCALE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(canvas)
    logo.draw_mark(draw, (HEIGHT - _MARK) / 2 * _SCALE)
    baseline = (HEIGHT * _SCALE - (bottom - top)) / 2 - top
    draw.text((_MARK * _SCALE + gap - left, baseline), logo.text, font=font, fill=logo.ink)
    small = canvas.resize((width // _SCALE, HEIGHT), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _font(logo: Logo) -> ImageFont.FreeTypeFont:
    path = next(FONTS.glob(f"{logo.font}-*/latin.woff2"))
    font = ImageFont.truetype(str(path), logo.size * _SCALE)
    font.set_variation_by_axes(list(logo.axes))
    return font


def peak(main: str, second: str) -> Callable[[Draw, float], None]:
    """A round tile with a summit that is also an A; under it the dot of a domain name."""

    def draw(canvas: Draw, offset: float) -> None:
        side = _MARK * _SCALE

        def at(x: float, y: float) -> Point:
            return offset + x * side, offset + y * side

        def disc(x: float, y: float, radius: float, fill: str) -> None:
            canvas.ellipse((at(x - radius, y - radius), at(x + radius, y + radius)), fill=fill)

        canvas.rounded_rectangle((at(0, 0), at(1, 1)), radius=side * 0.28, fill=main)
        slope = [(0.22, 0.74), (0.5, 0.25), (0.78, 0.74)]
        canvas.line([at(x, y) for x, y in slope], fill="#ffffff", width=round(side * 0.13))
        for x, y in slope:
            disc(x, y, 0.065, "#ffffff")
        disc(0.5, 0.72, 0.1, second)

    return draw


def north(main: str, second: str) -> Callable[[Draw, float], None]:
    """A compass needle that points up: its lit and its shaded half, in a ring open at the top."""

    def draw(canvas: Draw, offset: float) -> None:
        side = _MARK * _SCALE
        centre = offset + side / 2

        def at(angle: float, distance: float) -> Point:
            turn = math.radians(angle - 90)
            return centre + math.cos(turn) * distance * side, centre + math.sin(turn) * distance * side

        box = (offset + side * 0.04, offset + side * 0.04, offset + side * 0.96, offset + side * 0.96)
        canvas.arc(box, start=-60, end=240, fill=main, width=round(side * 0.09))
        tip, foot, left, right = at(0, 0.5), at(180, 0.3), at(270, 0.19), at(90, 0.19)
        canvas.polygon([tip, left, foot], fill=main)
        canvas.polygon([tip, right, foot], fill=second)

    return draw
