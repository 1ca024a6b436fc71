"""PDF by typst: a template of ours and data as JSON, so no text of a person can become markup.

The compiler sees one template and the data: no network, no packages, no system fonts, nothing else of the disk.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import typst


def compiled(template: Path, data: dict[str, Any]) -> bytes:
    """The PDF of a template (`.typ`) that reads `json(bytes(sys.inputs.data))`; a few milliseconds a page.

    Raises typst.TypstError when the template has a fault: never because of the data's texts.
    """
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return typst.compile(_source(template), format="pdf", sys_inputs=inputs, ignore_system_fonts=True)


@cache
def _source(template: Path) -> bytes:
    return template.read_bytes()
