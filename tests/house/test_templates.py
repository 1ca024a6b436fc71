"""Templates obey the strict CSP: nothing inline. And files stay readable."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("webapp", "themes", "cms_blocks", "demo", "sandbox")
TEMPLATES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.html"))
#: Mail programs drop external styles, so mails alone carry their own.
MAIL = re.compile(r"webapp/reseller/notifications/templates/.*")
RULES = {
    "script": (
        r"<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)[^>]*>",
        "move the script to a file in webapp/static",
    ),
    "style element": (r"<style[\s>]", "move the rules to a stylesheet"),
    "style attribute": (r"""\sstyle\s*=\s*["']""", "give the element a class"),
    "on... attribute": (r"<[^>]*\son[a-z]+\s*=", "listen in webapp/static/app.js"),
    "hx-on": (r"\bhx-on\b", "listen in webapp/static/app.js"),
    "js: expression": (r"""["']\s*(?:js|javascript):""", "send the value from a field"),
    "trigger filter": (r"""hx-trigger\s*=\s*["'][^"']*\[""", "a filter is evaluated as script; listen in app.js"),
    "other origin": (r"""(?:src|href|hx-get|hx-post)\s*=\s*["'](?:https?:)?//""", "ship the file with us"),
}
STYLE_RULES = {"style element", "style attribute"}


def breaches(text: str, is_mail: bool = False) -> list[str]:
    """The rules that a template breaks, with what to do instead."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    checked = {name: rule for name, rule in RULES.items() if not (is_mail and name in STYLE_RULES)}
    return [
        f"{name}: {advice}" for name, (pattern, advice) in checked.items() if re.search(pattern, text, re.IGNORECASE)
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_nothing_inline(path: Path) -> None:
    assert not breaches(path.read_text(encoding="utf-8"), bool(MAIL.fullmatch(path.relative_to(ROOT).as_posix())))


@pytest.mark.parametrize(
    "planted",
    [
        "<script>x()</script>",
        '<script type="module">x</script>',
        "<style>p{}</style>",
        '<p style="color:red">',
        "<p style='a'>",
        '<a onclick="x()">',
        '<img src="/a.png"\n onerror=x>',
        '<a hx-on:click="x">',
        '<a hx-vals="js:{a:1}">',
        '<a href="javascript:x">',
        '<b hx-trigger="click[ctrlKey]">',
        '<script src="//cdn.example/x.js">',
    ],
)
def test_the_rules_catch_what_is_planted(planted: str) -> None:
    assert breaches(planted)


def test_the_rules_let_through_what_is_meant() -> None:
    assert not breaches(
        '<script src="{{ static_url(\'app.js\') }}" defer></script><script type="application/ld+json">{}</script>'
    )
    assert not breaches('<p class="style" data-once="x">on = fine</p>{# style="" in a comment #}')


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 150, "split it: fragments are files named _part.html"


def test_there_are_templates_to_check() -> None:
    assert len(TEMPLATES) > 15
