"""Small files that another process reads: complete or absent, never half."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write by rename, so a reader never sees half of it; for its owner only, because keys may stand in it."""
    half = path.with_name(f"{path.name}.half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=2) + "\n")
    half.rename(path)
