"""The one way in for pictures: whatever is sent is decoded in a limited process and written anew, or refused.

What is served is always our own encoding of the pixels: no metadata, no second file hidden behind the first, upright,
named by its content. `store_image` makes one file of it; the media library keeps the original and makes `sizes`.
"""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .i18n import N_
from .refusal import Refusal

WORKER = Path(__file__).with_name("image_worker.py")
ICON_WORKER = Path(__file__).with_name("icon_worker.py")
#: What that one does.
DRAWINGS = ("brand", "social")
MOST_BYTES = 10 * 1024 * 1024
MOST_SIDE = 8000
#: Address space of the process that decodes. 40 million pixels of RGBA take 160 MB, twice while they are copied.
MEMORY = 1536 * 1024 * 1024
SECONDS = 20
#: For making all sizes of the largest picture; still well within the lease of a job.
SECONDS_FOR_SIZES = 90

#: Widths that pages choose from, in pixels; none is ever made wider than the picture. AVIF takes too long beyond 1600.
WIDTHS = (320, 640, 960, 1280, 1600, 2400)
WIDEST = {"webp": 2400, "avif": 1600}
#: Longest side of the picture without its crop, for the page on which the crop is chosen.
WHOLE = 1280

#: A decoded picture is large and decoding takes a processor: one at a time in each process.
_turn = threading.BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a picture is for: pixels that may come in, the longest side that is kept, and whether to keep it exactly."""

    pixels: int
    longest: int
    lossless: bool


PURPOSES: Mapping[str, Purpose] = {
    "logo": Purpose(10_000_000, 1024, lossless=True),
    "favicon": Purpose(10_000_000, 512, lossless=True),
    "banner": Purpose(40_000_000, 1600, lossless=False),
    "picture": Purpose(40_000_000, 2400, lossless=False),
}

_SENTENCES = {
    "empty": N_("The file is empty."),
    "bytes": N_("The file is too large: at most %(megabytes)s MB."),
    "format": N_("This is not a picture that can be used here. Send a PNG, JPEG, WebP, AVIF, GIF or SVG file."),
    "pixels": N_("The picture has too many pixels: at most %(millions)s million, and %(side)s on each side."),
    "broken": N_("The picture is damaged and cannot be read. Save it again and send the new file."),
    "svg_size": N_("The SVG drawing is too large: at most 200 kB."),
    "svg_declarations": N_("The SVG drawing contains a DOCTYPE or entities. Export it as plain SVG."),
    "svg_outside": N_("The SVG drawing refers to files outside of it. Export it with everything embedded."),
    "svg_text": N_("The SVG drawing contains text that needs a font. Convert the text to paths."),
    "busy": N_("Many pictures are being worked on. Try again in a minute."),
}


class UploadRefused(Refusal):
    """The file is not taken; `message` (filled with `params`) says why and what would help."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code, _SENTENCES[code], "file", **params)


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture in the media folder: file name, size in pixels, size in bytes, media type."""

    name: str
    width: int
    height: int
    bytes: int
    type: str


class Keeper(Protocol):
    """Where files are put (providers/storage)."""

    def put(self, key: str, content: bytes) -> None:
        """Keep this under that name."""


@dataclass(frozen=True, slots=True)
class Made:
    """One size of a picture: `whole` marks the one without the crop."""

    width: int
    height: int
    format: str
    whole: bool
    content: bytes


def store_image(data: bytes, purpose: str, storage: Keeper) -> StoredImage:
    """Take one uploaded file into the storage. The same picture gets the same name and is kept once.

    Raises UploadRefused for what is not a picture or too much of one, KeyError for a purpose without a row above.
    """
    wanted = PURPOSES[purpose]
    _check_bytes(data)
    asked = {"work": "convert", "longest": wanted.longest, "lossless": wanted.lossless}
    facts, content = _worked(data, wanted, asked, SECONDS)
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{facts['extension']}"
    storage.put(name, content)
    return StoredImage(name, facts["width"], facts["height"], len(content), facts["type"])


def inspect(data: bytes) -> tuple[int, int]:
    """Width and height, upright, of a picture for the library that can be read to its end. Raises UploadRefused."""
    _check_bytes(data)
    facts, _ = _worked(data, PURPOSES["picture"], {"work": "inspect"}, SECONDS)
    return facts["width"], facts["height"]


def sizes(data: bytes, crop: tuple[int, int, int, int] | None) -> list[Made]:
    """Everything that pages need of a picture. `crop`: left, top, right, bottom in pixels. Raises UploadRefused."""
    asked = {"work": "sizes", "crop": crop, "widths": WIDTHS, "formats": WIDEST, "whole": WHOLE}
    facts, content = _worked(data, PURPOSES["picture"], asked, SECONDS_FOR_SIZES)
    made, start = [], 0
    for one in facts["files"]:
        part = content[start : start + one["bytes"]]
        made.append(Made(one["w"], one["h"], one["format"], one["whole"], part))
        start += one["bytes"]
    return made


def drawn(
    work: str, pictures: Mapping[str, bytes], asked: Mapping[str, Any]
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Icons of a shop ("brand") or its social picture alone ("social"): files by name, and what else was learned.

    `pictures`: logo, logo_dark, favicon, as far as there are any. Raises UploadRefused.
    """
    wanted = PURPOSES["logo"]
    parts = [(name, len(content)) for name, content in pictures.items()]
    full = {**asked, "work": work, "parts": parts}
    facts, content = _worked(b"".join(pictures.values()), wanted, full, SECONDS)
    files, start = {}, 0
    for one in facts.pop("files"):
        files[one["name"]] = content[start : start + one["bytes"]]
        start += one["bytes"]
    return files, facts


def _check_bytes(data: bytes) -> None:
    if not data:
        raise UploadRefused("empty")
    if len(data) > MOST_BYTES:
        raise UploadRefused("bytes", megabytes=MOST_BYTES // 1024**2)


def _worked(data: bytes, wanted: Purpose, asked: dict[str, Any], seconds: float) -> tuple[dict[str, Any], bytes]:
    """The facts and bytes that the worker answers. Raises UploadRefused."""
    if not _turn.acquire(timeout=seconds):
        raise UploadRefused("busy")
    try:
        answer = _worker_answer(data, wanted, asked, seconds)
    finally:
        _turn.release()
    head, newline, content = answer.partition(b"\n")
    if not newline:  # it crashed or was stopped: what it read is not worth a second look
        raise UploadRefused("broken")
    facts: dict[str, Any] = json.loads(head)
    if facts.get("error") == "pixels":
        raise UploadRefused("pixels", millions=wanted.pixels // 1_000_000, side=MOST_SIDE)
    if "error" in facts:
        raise UploadRefused(facts["error"])
    return facts, content


def _worker_answer(data: bytes, wanted: Purpose, asked: dict[str, Any], seconds: float) -> bytes:
    """What the worker wrote; empty when it did not end well. It inherits no environment: there are secrets in ours."""
    limits = {"pixels": wanted.pixels, "side": MOST_SIDE, "memory": MEMORY, "seconds": math.ceil(seconds)}
    worker = ICON_WORKER if asked["work"] in DRAWINGS else WORKER
    command = [sys.executable, "-I", str(worker), json.dumps(asked | limits)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=seconds, env={}, cwd="/", check=False)  # noqa: S603  our own program, nothing of the sender's in its arguments
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout if done.returncode == 0 else b""
