"""The one way in for pictures: whatever is sent is decoded in a limited process and written anew, or refused.

What is stored is always our own encoding of the pixels: no metadata, no second file hidden behind the first, upright,
named by its content. Originals are not kept.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .i18n import N_
from .refusal import Refusal

WORKER = Path(__file__).with_name("image_worker.py")
MOST_BYTES = 10 * 1024 * 1024
MOST_SIDE = 8000
#: Address space of the process that decodes. 40 million pixels of RGBA take 160 MB, twice while they are copied.
MEMORY = 1536 * 1024 * 1024
SECONDS = 20

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


def store_image(data: bytes, purpose: str, media_root: Path) -> StoredImage:
    """Take one uploaded file into `media_root`. The same picture gets the same name and is kept once.

    Raises UploadRefused for what is not a picture or too much of one, KeyError for a purpose without a row above.
    """
    wanted = PURPOSES[purpose]
    if not data:
        raise UploadRefused("empty")
    if len(data) > MOST_BYTES:
        raise UploadRefused("bytes", megabytes=MOST_BYTES // 1024**2)
    facts, content = _converted(data, wanted)
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{facts['extension']}"
    _keep(media_root / name, content)
    return StoredImage(name, facts["width"], facts["height"], len(content), facts["type"])


def _converted(data: bytes, wanted: Purpose) -> tuple[dict[str, Any], bytes]:
    """The facts and bytes of the picture written anew. Raises UploadRefused."""
    if not _turn.acquire(timeout=SECONDS):
        raise UploadRefused("busy")
    try:
        answer = _worker_answer(data, wanted)
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


def _worker_answer(data: bytes, wanted: Purpose) -> bytes:
    """What the worker wrote; empty when it did not end well. It inherits no environment: there are secrets in ours."""
    asked = {
        "pixels": wanted.pixels,
        "side": MOST_SIDE,
        "longest": wanted.longest,
        "lossless": wanted.lossless,
        "memory": MEMORY,
        "seconds": math.ceil(SECONDS),
    }
    command = [sys.executable, "-I", str(WORKER), json.dumps(asked)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, env={}, cwd="/", check=False)  # noqa: S603  our own program, nothing of the sender's in its arguments
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout if done.returncode == 0 else b""


def _keep(path: Path, content: bytes) -> None:
    """Write by rename, so that nobody ever reads half a picture."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    temporary.write_bytes(content)
    temporary.replace(path)
