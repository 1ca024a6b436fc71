"""What a shop's first visit loads besides its page, by theme, in bytes. `make bench` weighs the whole visit."""

from __future__ import annotations

import re
from functools import cache
from typing import get_args

import pytest
from jinja2 import Template

from tests.look import gallery, samples
from webapp.foundation.compression import zipped
from webapp.foundation.theming import BrandTokens, Fonts, brand_stylesheet, theme, theme_environment, themes

#: Of the 90 kB of a first visit; the rest is for HTML (20 blocks with 60 prices: 14 kB).
MOST_CSS_AND_JS, MOST_FONTS = 55_000, 80_000
#: Partners' pages wait for it, too.
MOST_LOADER = 4_000
_LOADED = re.compile(r'<(?:link rel="stylesheet" href|script src)="/static/([^"]+)"')
_FONT = re.compile(r'<link rel="preload" href="/static/([^"]+)" as="font"')


@cache
def _template(name: str) -> Template:
    return theme_environment(gallery.base_environment(), name).get_template("home.html")


def _home(name: str, fonts: Fonts) -> str:
    """The home page of the gallery: the real layout of a theme."""
    files = {"theme_css_url": "/theme/x.css", "font_files": theme(name).font_files(fonts)}
    return _template(name).render(samples.shop(name) | files)


def _size(path: str, *, text: bool) -> int:
    prefix = re.match(r"themes/([a-z]+)/", path)
    folder = theme(prefix[1]).folder / "static" if prefix else gallery.ROOT / "webapp" / "static"
    body = (folder / path.removeprefix(prefix[0] if prefix else "")).read_bytes()
    return len(zipped(body)) if text else len(body)


@pytest.mark.parametrize("name", sorted(themes()))
def test_the_look_and_the_scripts_of_a_theme_are_light(name: str) -> None:
    files = {path: _size(path, text=True) for path in _LOADED.findall(_home(name, "theme"))}
    assert any(path.endswith("theme.css") for path in files)
    assert any(path.endswith("htmx.min.js") for path in files)
    files["the brand's own"] = len(zipped(brand_stylesheet(BrandTokens(), theme(name).recipe)[1].encode()))
    assert sum(files.values()) <= MOST_CSS_AND_JS, files


@pytest.mark.parametrize("name", sorted(themes()))
def test_no_pair_of_fonts_is_heavy(name: str) -> None:
    for fonts in get_args(Fonts):
        files = {path: _size(path, text=False) for path in _FONT.findall(_home(name, fonts))}
        assert (fonts == "system") == (not files)
        assert len(files) <= 2
        assert sum(files.values()) <= MOST_FONTS, files


def test_the_loader_of_the_frames_is_light_and_asks_for_nothing_else() -> None:
    loader = (gallery.ROOT / "webapp" / "static" / "embed" / "v1.js").read_bytes()
    assert len(zipped(loader)) <= MOST_LOADER
    assert not re.search(rb"\bimport\b|\bfetch\(|XMLHttpRequest|innerHTML|eval\(", loader)
