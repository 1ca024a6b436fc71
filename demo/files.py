"""Small files that another process reads: complete or absent, never half."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write by rename: a reader sees the old file, none, or all of the new one."""
    half = path.with_name(f"{path.name}.half")
    half.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    half.rename(path)
