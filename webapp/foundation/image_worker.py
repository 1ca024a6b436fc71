"""Decodes one picture in a process of its own, under limits, and writes it anew. Started by uploads.py, never imported.

Pillow and resvg parse what strangers send; a crash, a bomb or an endless loop ends this process and nothing else.
Arguments: a JSON object of what is asked and of limits. Standard input: the file. Standard output: one JSON line, then
the new files one after another.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
SVG_BYTES = 200_000
SVG_WIDTH = 1024
#: Quality and effort per format: all eleven files of a photo of 12 million pixels take 1.2 s, of 40 million 1.7 s.
ENCODERS = {"webp": ("WEBP", {"quality": 80, "method": 4}), "avif": ("AVIF", {"quality": 55, "speed": 8})}

_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,", re.IGNORECASE)
_CSS_FETCH = re.compile(r"@import|url\(\s*['\"]?\s*(?!#|\s|['\"])", re.IGNORECASE)


class Rejected(Exception):
    """Carries the code that uploads.py turns into a sentence."""


def main() -> None:
    """One file in, one file out; any failure is a code, any crash is seen by the exit status."""
    asked = json.loads(sys.argv[1])
    _limit(asked["memory"], asked["seconds"])
    data = sys.stdin.buffer.read()
    try:
        answer, content = WORK[asked["work"]](data, asked)
    except Rejected as rejected:
        answer, content = {"error": str(rejected)}, b""
    except MemoryError:
        answer, content = {"error": "pixels"}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def convert(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The facts of the new file and its bytes. Raises Rejected."""
    picture = admitted(data, asked)
    return _written(cleaned(picture, asked["longest"]), asked["lossless"])


def inspect(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Size in pixels, upright, of a file that decodes to its end. Raises Rejected."""
    picture = admitted(data, asked)
    width, height = picture.size
    turned = picture.getexif().get(0x0112) in (5, 6, 7, 8)
    try:
        picture.draft("RGB", (1, 1))  # a JPEG is read whole but decoded small
        picture.load()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  decoders raise what they like
        raise Rejected("broken") from None
    return ({"width": height, "height": width} if turned else {"width": width, "height": height}), b""


def sizes(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The cropped picture in several widths and formats; with a crop, also the whole one for the panel."""
    picture = cleaned(admitted(data, asked), None)
    made: list[tuple[dict[str, Any], bytes]] = []
    if asked["crop"]:
        whole = picture.copy()
        whole.thumbnail((asked["whole"], asked["whole"]))
        made.append(_encoded(whole, "webp", whole=True))
        picture = picture.crop(tuple(asked["crop"]))
    for width in sorted(_widths(picture.width, asked["widths"]), reverse=True):
        picture = _narrowed(picture, width)  # each from the next wider one: as good, and far quicker
        made.extend(_encoded(picture, name) for name, widest in asked["formats"].items() if width <= widest)
    return {"files": [facts for facts, _ in made]}, b"".join(content for _, content in made)


def _widths(own: int, wanted: list[int]) -> list[int]:
    """The picture's own width (or the widest wanted), and those that are clearly below it."""
    top = min(own, max(wanted))
    return [top, *(width for width in wanted if width < top * 0.9)]


def _narrowed(picture: Picture, width: int) -> Picture:
    from PIL import Image

    if picture.width == width:
        return picture
    height = max(round(picture.height * width / picture.width), 1)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _encoded(picture: Picture, name: str, *, whole: bool = False) -> tuple[dict[str, Any], bytes]:
    kind, options = ENCODERS[name]
    out = io.BytesIO()
    picture.save(out, kind, **options)
    content = out.getvalue()
    return {"w": picture.width, "h": picture.height, "format": name, "bytes": len(content), "whole": whole}, content


def admitted(data: bytes, asked: dict[str, Any]) -> Picture:
    """The picture, opened; nothing is decoded yet. Raises Rejected for one that has too many pixels."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        data = rasterised(data)
    picture = _opened(data)
    width, height = picture.size
    if max(width, height) > asked["side"] or width * height > asked["pixels"]:
        raise Rejected("pixels")
    return picture


def _opened(data: bytes) -> Picture:
    """Only the header is read here: the size is known before anything is decoded."""
    from PIL import Image, UnidentifiedImageError

    # Our own caps are checked by the caller; Pillow's would only warn.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except MemoryError:
        raise
    except UnidentifiedImageError:
        raise Rejected("format") from None
    except Exception:  # noqa: BLE001  decoders raise what they like
        raise Rejected("broken") from None


def cleaned(picture: Picture, longest: int | None) -> Picture:
    """The first frame in sRGB, upright, not larger than needed, in a new image that carries nothing else along."""
    from PIL import Image, ImageOps

    try:
        picture = _in_srgb(picture)
        if longest:
            picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
        ImageOps.exif_transpose(picture, in_place=True)
        clean = Image.new(picture.mode, picture.size)
        clean.paste(picture)
    except (MemoryError, Rejected):
        raise
    except Exception:  # noqa: BLE001  decoders raise what they like
        raise Rejected("broken") from None
    return clean


def _in_srgb(picture: Picture) -> Picture:
    """RGB or RGBA, colours as the picture's own profile means them."""
    from PIL import Image

    profile = picture.info.get("icc_profile")
    orientation = picture.getexif().get(0x0112)
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    wanted = "RGBA" if picture.has_transparency_data else "RGB"
    converted = _by_profile(picture, profile, wanted) if profile else None
    converted = converted or (picture if picture.mode == wanted else picture.convert(wanted))
    if wanted == "RGBA" and converted.getchannel("A").getextrema() == (255, 255):
        converted = converted.convert("RGB")
    if orientation:
        converted.getexif()[0x0112] = orientation
    assert isinstance(converted, Image.Image)
    return converted


def _by_profile(picture: Picture, profile: bytes, wanted: str) -> Picture | None:
    from PIL import ImageCms

    if picture.mode not in ("RGB", "RGBA", "CMYK", "L") or (wanted == "RGBA" and picture.mode != "RGBA"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode=wanted)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # a profile that does not fit: the colours as they are


def _written(picture: Picture, lossless: bool) -> tuple[dict[str, Any], bytes]:
    out = io.BytesIO()
    if lossless:
        kind, extension = "image/png", "png"
        picture.save(out, "PNG", optimize=True)
    elif picture.mode == "RGBA":
        kind, extension = "image/webp", "webp"
        picture.save(out, "WEBP", quality=82, method=4)
    else:
        kind, extension = "image/jpeg", "jpg"
        picture.save(out, "JPEG", quality=82, progressive=True, optimize=True)
    width, height = picture.size
    return {"type": kind, "extension": extension, "width": width, "height": height}, out.getvalue()


# --- SVG: never stored, only drawn ---


def rasterised(data: bytes) -> bytes:
    """A PNG of a drawing that refers to nothing outside of itself. resvg has no engine that could run a script."""
    import resvg_py

    text = checked_svg(data)
    try:
        return resvg_py.svg_to_bytes(svg_string=text, width=SVG_WIDTH, skip_system_fonts=True)
    except ValueError:
        raise Rejected("broken") from None


def checked_svg(data: bytes) -> str:
    """The drawing's text. Raises Rejected for declarations, references to the outside, and text without outlines."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    text = _svg_text(data)
    try:
        root = fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        raise Rejected("svg_declarations") from None
    except (ParseError, ValueError):
        raise Rejected("format") from None
    if root.tag not in ("{http://www.w3.org/2000/svg}svg", "svg"):
        raise Rejected("format")
    for element in root.iter():
        _check_element(element)
    return text


def _svg_text(data: bytes) -> str:
    if re.search(rb"<!(?:DOCTYPE\s+svg|ENTITY)", data[: SVG_BYTES * 5], re.IGNORECASE):
        raise Rejected("svg_declarations")
    if b"<svg" not in data[:SVG_BYTES] and b":svg" not in data[:SVG_BYTES]:
        raise Rejected("format")
    if len(data) > SVG_BYTES:
        raise Rejected("svg_size")
    try:
        text = data.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        raise Rejected("format") from None
    if "<?xml-stylesheet" in text:
        raise Rejected("svg_outside")
    return text


def _check_element(element: Any) -> None:
    name = str(element.tag).rpartition("}")[2]
    if name == "text":
        raise Rejected("svg_text")
    if name == "style" and _CSS_FETCH.search("".join(element.itertext())):
        raise Rejected("svg_outside")
    for attribute, value in element.attrib.items():
        if _leads_outside(name, attribute.rpartition("}")[2], attribute, value):
            raise Rejected("svg_outside")


def _leads_outside(element: str, local: str, attribute: str, value: str) -> bool:
    if attribute == "{http://www.w3.org/XML/1998/namespace}base":
        return True
    if local == "href" and element != "a":  # a link in a picture is not followed
        return not (value.strip().startswith("#") or _EMBEDDED.match(value.strip()))
    return bool(_CSS_FETCH.search(value))


WORK = {"convert": convert, "inspect": inspect, "sizes": sizes}

if __name__ == "__main__":
    main()
