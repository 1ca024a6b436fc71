"""PDF by typst: templates of ours and data as JSON, so no text of a person can become markup.

The compiler sees the templates of one folder, the pictures that it is handed, our fonts and the data: no network, no
packages, no system fonts, nothing else of the disk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

_FONTS = Path(__file__).with_name("paper_fonts")


def compiled(
    template: Path, data: dict[str, Any], pictures: Mapping[str, bytes] | None = None, standard: str = ""
) -> bytes:
    """The PDF of a template (`.typ`) that reads `json(bytes(sys.inputs.data))`; a few milliseconds a page.

    The template may import the others of its folder by name. `pictures` (PNG, JPEG, GIF, WebP) reach it by name as
    arrays of bytes in `json(bytes(sys.inputs.pictures))`: the compiler takes files of text only.
    `standard`: "a-3b" for PDF/A-3, which keeps for decades and takes attachments; "" for an ordinary PDF.
    Raises typst.TypstError when the template has a fault or a picture cannot be read: never because of texts.
    """
    files = {"main": _source(template), **_siblings(template)}
    shown = {name: list(content) for name, content in (pictures or {}).items()}
    inputs = {"data": json.dumps(data, ensure_ascii=False), "pictures": json.dumps(shown, separators=(",", ":"))}
    options: dict[str, Any] = {"font_paths": _fonts(), "ignore_system_fonts": True, "pdf_standards": standard or None}
    # The stubs do not know yet that several files may come as a dictionary; the one named "main" is the template.
    made: bytes = typst.compile(files, format="pdf", sys_inputs=inputs, **options)  # type: ignore[call-overload, unused-ignore]
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(font_paths=[_FONTS], include_system_fonts=False)


@cache
def _source(template: Path) -> bytes:
    return template.read_bytes()


@cache
def _siblings(template: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(template.parent.glob("*.typ")) if path != template}
