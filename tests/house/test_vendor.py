"""What we ship of others is what they published: each VENDOR.json row is re-hashed, and a licence stands beside it."""

import hashlib
import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "webapp" / "static"
LISTS = sorted(STATIC.parent.rglob("VENDOR.json"))
ROWS = [(listing.parent, row) for listing in LISTS for row in json.loads(listing.read_text())]
NAMES = [f"{row['name']} {row['file']}" for _, row in ROWS]


@pytest.mark.parametrize(("folder", "row"), ROWS, ids=NAMES)
def test_a_vendored_file_is_the_published_one(folder: Path, row: dict[str, str]) -> None:
    """`made`: how a font file was joined out of published subsets."""
    assert set(row) - {"made"} == {"name", "version", "file", "sha256", "licence"}
    found = hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest()
    assert found == row["sha256"], "restore the file or record the new version"
    assert any((folder / name).is_file() for name in ("LICENSE", "OFL.txt")), "keep the licence beside the file"


def test_htmx_is_the_version_that_was_examined() -> None:
    hashes = {row["file"]: row["sha256"] for _, row in ROWS}
    assert hashes["htmx.min.js"] == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
    assert hashes["hx-sse.min.js"] == "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103"


def test_every_binary_font_and_vendored_script_is_listed() -> None:
    listed = {folder / row["file"] for folder, row in ROWS}
    found = {*STATIC.rglob("*.woff2"), *STATIC.parent.rglob("*.ttf"), *(STATIC / "vendor").rglob("*.js")}
    assert found == listed


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    root = STATIC.parents[1]
    have = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    call = re.compile(r"""(?:icon\(|icon_name=)["']([\w-]+)["']""")
    templates = [path for folder in ("webapp", "themes", "cms_blocks") for path in (root / folder).rglob("*.html")]
    named = {name for path in templates for name in call.findall(path.read_text(encoding="utf-8"))}
    assert named <= have, f"add {sorted(named - have)} to icons.svg (Lucide) or use another"
    assert (STATIC / "LICENSE.icons.txt").is_file()
