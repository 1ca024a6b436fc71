"""The figures in README.md: each table stands between two comments and is written anew by the run that measured it."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def put(name: str, lines: str, readme: Path = README) -> None:
    """Replace what stands between `<!-- NAME -->` and `<!-- / -->`. Says so when there is no such place."""
    text = readme.read_text(encoding="utf-8")
    place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- / -->)", re.DOTALL)
    if not place.search(text):
        print(f"{readme.name} has no place for {name}: nothing was written there")
        return
    readme.write_text(place.sub(lambda found: f"{found[1]}{lines}\n{found[2]}", text, count=1), encoding="utf-8")
