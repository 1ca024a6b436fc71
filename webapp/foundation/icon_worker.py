"""Draws a shop's icons and its picture for social networks. Started by uploads.py under the limits of image_worker.py.

Arguments: a JSON object of what is asked. Standard input: the pictures that `asked["parts"]` names, one after another.
Standard output: one JSON line, then the new files one after another.
"""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFont import FreeTypeFont

    from webapp.foundation import image_worker
else:
    # This program stands outside of every package (python -I), so its neighbour is found by its place.
    _spec = importlib.util.spec_from_file_location("image_worker", Path(__file__).with_name("image_worker.py"))
    image_worker = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(image_worker)

#: Everything is drawn at this side and reduced.
FULL = 512
#: Shares of the side: room around a mark on a home screen, and inside the circle that masks may leave (40 % radius).
PADDING, SAFE = 0.10, 0.22
#: A mark must not be wider or taller than this to be one: what is longer cannot be read in 16 pixels.
SQUARISH = 1.5
SOCIAL = (1200, 630)
EDGE, LARGEST, SMALLEST, LINES = 88, 92, 44, 3
#: A pixel that is less opaque than this does not count as part of a logo; nor does a colour with less than this share.
OPAQUE, COUNTS = 128, 0.02


def brand(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Icons in every size, the social picture, and the colours of the logos."""
    parts = _parts(data, asked)
    mark = parts.get("favicon") or _squarish(parts.get("logo"))
    files = {
        "ico": _ico(_tile(mark, asked, 0.0, clear=True)),
        "apple": _png(_tile(mark, asked, PADDING), 180),
        "icon_192": _png(_tile(mark, asked, 0.0, clear=True), 192),
        "icon_512": _png(_tile(mark, asked, 0.0, clear=True), FULL),
        "maskable": _png(_tile(mark, asked, SAFE), FULL),
        "social": _social(parts, asked),
    }
    inks = {name: _inks(parts[name]) for name in ("logo", "logo_dark") if name in parts}
    return _answer(files) | {"inks": inks}, b"".join(files.values())


def social(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The social picture alone."""
    files = {"social": _social(_parts(data, asked), asked)}
    return _answer(files), files["social"]


def _answer(files: dict[str, bytes]) -> dict[str, Any]:
    return {"files": [{"name": name, "bytes": len(content)} for name, content in files.items()]}


def _parts(data: bytes, asked: dict[str, Any]) -> dict[str, Picture]:
    """The pictures that were sent along, decoded; RGBA."""
    found, start = {}, 0
    for name, length in asked["parts"]:
        picture = image_worker.admitted(data[start : start + length], asked)
        found[name] = _trimmed(image_worker.cleaned(picture, None).convert("RGBA"))
        start += length
    return found


def _trimmed(picture: Picture) -> Picture:
    """Without the empty edges that drawing programs leave around a logo."""
    box = picture.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    return picture.crop(box) if box else picture


def _squarish(logo: Picture | None) -> Picture | None:
    if logo is None:
        return None
    return logo if 1 / SQUARISH <= logo.width / logo.height <= SQUARISH else None


# --- icons ---------------------------------------------------------------------------------------------------


def _tile(mark: Picture | None, asked: dict[str, Any], padding: float, *, clear: bool = False) -> Picture:
    """The mark, or the shop's first letter, on a ground that shows it. `clear`: a mark may stand on nothing."""
    from PIL import Image

    ground = asked["ground"] if mark is None else _ground(mark, asked)
    canvas = Image.new("RGBA", (FULL, FULL), (0, 0, 0, 0) if clear else ground)
    if mark is not None:
        room = round(FULL * (1 - 2 * padding))
        fitted = _fitted(mark, room, room)
        canvas.alpha_composite(fitted, ((FULL - fitted.width) // 2, (FULL - fitted.height) // 2))
        return canvas if clear else canvas.convert("RGB")
    _letter(canvas, asked, padding, rounded=clear)
    return canvas if clear else canvas.convert("RGB")


def _letter(canvas: Picture, asked: dict[str, Any], padding: float, *, rounded: bool) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(canvas)
    if rounded:
        draw.rounded_rectangle((0, 0, FULL - 1, FULL - 1), radius=FULL * 0.2, fill=asked["ground"])
    font = _font(asked["font"], round(FULL * (0.8 - padding)))
    draw.text((FULL / 2, FULL / 2), asked["letter"], font=font, fill=asked["ink"], anchor="mm")


def _ground(mark: Picture, asked: dict[str, Any]) -> str:
    """The brand colour, unless the mark would be lost on it."""
    inks = _inks(mark)
    grounds: tuple[str, ...] = (asked["ground"], "#ffffff", "#17181c")
    return max(grounds, key=lambda colour: min(seen(inks, colour), 0.6))


def _fitted(picture: Picture, width: int, height: int) -> Picture:
    from PIL import Image

    scale = min(width / picture.width, height / picture.height)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _png(picture: Picture, side: int) -> bytes:
    return _saved(_fitted(picture, side, side))


def _saved(picture: Picture) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _ico(picture: Picture) -> bytes:
    out = io.BytesIO()
    picture.save(out, "ICO", sizes=[(16, 16), (32, 32), (48, 48)])
    return out.getvalue()


# --- colours -------------------------------------------------------------------------------------------------


def _inks(picture: Picture) -> list[list[Any]]:
    """The few colours that a logo consists of: ["#rrggbb", share of its visible pixels]."""
    small = picture.copy()
    small.thumbnail((160, 160))
    data = list(small.getdata())
    visible = [pixel[:3] for pixel in data if pixel[3] > OPAQUE]
    return _clustered(visible) if visible else []


def _clustered(pixels: list[tuple[int, int, int]]) -> list[list[Any]]:
    from PIL import Image

    strip = Image.new("RGB", (len(pixels), 1))
    strip.putdata(pixels)
    few = strip.quantize(6)
    palette = few.getpalette() or []
    counted: Any = sorted(few.getcolors() or [], reverse=True)
    shares = [(count / len(pixels), palette[index * 3 : index * 3 + 3]) for count, index in counted]
    return [
        ["#" + "".join(f"{part:02x}" for part in colour), round(share, 3)]
        for share, colour in shares
        if share >= COUNTS
    ]


def seen(inks: list[list[Any]], ground: str) -> float:
    """Which share of a logo stands out from a ground (1.5 to 1: lines of a logo need less than text)."""
    return float(sum(share for colour, share in inks if _contrast(colour, ground) >= 1.5))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# --- the social picture --------------------------------------------------------------------------------------


def _social(parts: dict[str, Picture], asked: dict[str, Any]) -> bytes:
    """Logo (or name) above, the title below in at most three lines, a bar in the brand colour."""
    from PIL import Image, ImageDraw

    logo, look = _logo_and_look(parts, asked)
    canvas = Image.new("RGB", SOCIAL, look["bg"])
    draw = ImageDraw.Draw(canvas)
    width, height = SOCIAL
    draw.rectangle((0, height - 20, width, height), fill=asked["ground"])
    draw.rectangle((width - 240, height - 20, width, height), fill=asked["accent"])
    if logo is not None and asked["title"] == asked["name"]:  # the logo says it already
        fitted = _fitted(logo, 760, 260)
        canvas.paste(fitted, ((width - fitted.width) // 2, (height - 20 - fitted.height) // 2), fitted)
        return _saved(canvas)
    if logo is not None:
        fitted = _fitted(logo, 480, 120)
        canvas.paste(fitted, (EDGE, EDGE - 8), fitted)
    elif asked["title"] != asked["name"]:
        named = _broken(asked["name"], _font(asked["font"], 44), width - 2 * EDGE)[0]
        draw.text((EDGE, EDGE), named, font=_font(asked["font"], 44), fill=look["link"])
    _write(draw, asked, look["text"])
    return _saved(canvas)


def _logo_and_look(parts: dict[str, Picture], asked: dict[str, Any]) -> tuple[Picture | None, dict[str, str]]:
    """The first logo that can be seen on a ground of its mode; the preferred mode without one."""
    modes = ("light", "dark") if asked["mode"] != "dark" else ("dark", "light")
    for mode in modes:
        logo = (parts.get("logo_dark") if mode == "dark" else None) or parts.get("logo")
        if logo is not None and seen(_inks(logo), asked[mode]["bg"]) >= 0.5:
            return logo, asked[mode]
    return None, asked[modes[0]]


def _write(draw: Any, asked: dict[str, Any], ink: str) -> None:
    """The title, as large as three lines allow, standing on the lower edge."""
    room = SOCIAL[0] - 2 * EDGE
    size, lines = SMALLEST, []
    for size in range(LARGEST, SMALLEST - 1, -4):
        lines = _broken(asked["title"], _font(asked["font"], size), room)
        if len(lines) <= LINES:
            break
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], lines[LINES - 1][:-1].rstrip() + "…"]
    step, font = round(size * 1.16), _font(asked["font"], size)
    top = SOCIAL[1] - EDGE - step * len(lines) - 8
    for number, line in enumerate(lines):
        draw.text((EDGE, top + number * step), line, font=font, fill=ink)


def _broken(text: str, font: FreeTypeFont, room: int) -> list[str]:
    """Lines no longer than `room`; a word that is too long for a line is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = lines[-1] or word
        while font.getlength(lines[-1]) > room:
            fits = next(at for at in range(len(lines[-1]) - 1, 0, -1) if font.getlength(lines[-1][:at]) <= room)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return lines


def _font(path: str, size: int) -> FreeTypeFont:
    """A bundled typeface in a bold weight; its other axes as they are."""
    from PIL import ImageFont

    font = ImageFont.truetype(path, size)
    axes: Any = font.get_variation_axes()
    wanted = {b"Weight": 700, b"Width": 100}
    font.set_variation_by_axes([_within(axis, wanted.get(axis["name"], axis["default"])) for axis in axes])
    return font


def _within(axis: Any, value: float) -> float:
    return float(min(max(value, axis["minimum"]), axis["maximum"]))


image_worker.WORK.update(brand=brand, social=social)

if __name__ == "__main__":
    image_worker.main()
