"""Every block of the install, by its example: it can be published, shown in every theme, and harms nobody."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from markupsafe import Markup

from webapp.foundation import i18n
from webapp.foundation.theming import theme_environment, themes
from webapp.reseller.cms import arrange
from webapp.reseller.cms.kit import Block, BlockTypes, Context, LegalView, Offer
from webapp.wiring import BLOCKS

ROOT = Path(__file__).resolve().parents[2]
TYPES = BlockTypes.load(BLOCKS)
NAMES = sorted(TYPES.by_name)
ICONS = set(re.findall(r'<symbol[^>]* id="([^"]+)"', (ROOT / "webapp/static/icons.svg").read_text(encoding="utf-8")))


def offer(tld: str, register: int, *, spotlight: bool = True, renew: dict[int, int] | None = None) -> Offer:
    return Offer(
        product_id=1, tld=tld, tld_id=1, registry_key="sandbox", spotlight=spotlight, min_years=1, max_years=10,
        register={1: register}, renew={1: 2 * register} if renew is None else renew, transfer={}, restore={},
    )  # fmt: skip


LEGAL = LegalView(
    1, "terms", "general", "en", 3, "Terms", Markup("<h2>First</h2><p>Words</p>"),
    published_at=datetime(2026, 11, 21, 23, 30, tzinfo=UTC), must_accept=True, ask_again=False, withdrawn=False,
)  # fmt: skip
CONTEXT = Context(
    locale="en",
    currency="PLN",
    tax_rate_bp=2300,
    timezone="Europe/Warsaw",
    search_action="/en/domains",
    links={"search": "/en/domains", "bulk": "/en/domains/bulk"},
    offers=(offer("com", 4999), offer("pl", 999, spotlight=False)),
    legal={"terms": LEGAL},
)


def environment(theme: str = "base") -> Environment:
    surfaces = FileSystemLoader([str(path) for path in sorted((ROOT / "webapp/surfaces").glob("*/templates"))])
    env = Environment(loader=ChoiceLoader([surfaces, TYPES.loader]), autoescape=True)
    i18n.setup(env)
    env.globals.update(static_url=lambda path: f"/static/{path}", url_for=lambda name, **values: f"/{name}")
    return theme_environment(env, theme)


def stored(name: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    definition = TYPES.by_name[name]
    return {"id": "b1", "type": name, "v": definition.version, "data": data or definition.example()}


def render(*blocks: dict[str, Any], context: Context = CONTEXT, theme: str = "base") -> str:
    return str(TYPES.render(environment(theme), blocks, context))


class Page(HTMLParser):
    """Open tags, ids and forbidden attributes of a fragment."""

    VOID = frozenset({"br", "img", "input", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.bad: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.bad += [name for name in values if name.startswith(("on", "hx-on")) or name == "style"]
        if tag == "script" and values.get("type") != "application/ld+json":
            self.bad.append("script")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_of_a_block_is_complete(name: str) -> None:
    definition = TYPES.by_name[name]
    assert definition.folder() == ROOT / "cms_blocks" / name
    for file in ("block.py", "template.html", "example.json", "__init__.py"):
        assert (definition.folder() / file).is_file()
    assert definition.label
    assert definition.group
    assert definition.icon in ICONS, f"{definition.icon} is not in the sprite"
    assert definition.presets, "without a preset it cannot be added"


def test_every_folder_is_a_known_block() -> None:
    assert {path.parent.name for path in (ROOT / "cms_blocks").glob("*/block.py")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_can_be_published_as_it_is(name: str) -> None:
    block = stored(name)
    assert TYPES.clean([block], publish=True) == ([block], {})


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_a_valid_draft_that_renders(name: str) -> None:
    for preset in TYPES.by_name[name].presets:
        (block,), errors = TYPES.clean([stored(name, dict(preset.values))])
        assert errors == {}, preset.label
        Page(render(block))


@pytest.mark.parametrize("theme", sorted(themes()))
@pytest.mark.parametrize("name", NAMES)
def test_the_example_shows_in_every_theme(name: str, theme: str) -> None:
    page = Page(render(stored(name), theme=theme))
    assert page.open == []
    assert page.bad == []
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_block_harms_no_page(name: str) -> None:
    empty = Context(locale="en", currency="EUR")
    page = Page(render({**stored(name), "data": {}}, context=empty))
    assert page.open == []


EVIL = '"><script>alert(1)</script><b onclick=x>'


def _poisoned(definition: type[Block]) -> dict[str, Any]:
    def poison(value: Any) -> Any:
        if isinstance(value, str):
            return EVIL
        if isinstance(value, list):
            return [poison(entry) for entry in value]
        return {key: poison(entry) for key, entry in value.items()} if isinstance(value, dict) else value

    return {name: poison(value) for name, value in definition.example().items()}


@pytest.mark.parametrize("name", NAMES)
def test_poison_in_every_field_stays_text(name: str) -> None:
    """Rows that came around the editor: rendering alone must hold."""
    page = Page(render(stored(name, _poisoned(TYPES.by_name[name]))))
    assert page.bad == []
    assert page.open == []


def test_an_unknown_block_is_skipped_and_the_others_show() -> None:
    html = render({"id": "x", "type": "gallery", "v": 1, "data": {}}, stored("rich_text"))
    assert "gallery" not in html
    assert "Check the name" in html


def test_a_page_asks_only_for_what_its_blocks_need() -> None:
    assert TYPES.needs([stored("rich_text"), stored("faq")]) == frozenset()
    assert TYPES.needs([stored("rich_text"), stored("tld_prices"), stored("terms")]) == {"offers", "legal"}
    assert TYPES.legal_kinds([stored("terms", {"kind": "privacy"}), stored("faq")]) == ["privacy"]


def test_the_first_heading_block_of_version_one_is_still_understood() -> None:
    old = {
        "id": "b1",
        "type": "hero_search",
        "v": 1,
        "data": {"title": "Names", "text": "One sentence", "spotlight": True},
    }
    html = render(old)
    assert "Names" in html
    assert "One sentence" in html
    assert "text" not in TYPES.clean([old])[0][0]["data"]


def test_spotlight_endings_lead_to_the_prices_of_the_page() -> None:
    with_table = render(stored("hero_search"), stored("tld_prices"))
    assert 'href="#prices"' in with_table
    assert 'id="prices"' in with_table
    assert 'href="#prices"' not in render(stored("hero_search"))


def test_only_spotlight_endings_stand_under_the_search() -> None:
    html = render(stored("hero_search"))
    assert ".com" in html
    assert "49.99" in html
    assert ".pl<" not in html
    silent = render(stored("hero_search", {"title": "T", "spotlight": False}))
    assert "49.99" not in silent


def test_the_table_shows_first_year_and_renewal_and_leaves_half_truths_out() -> None:
    context = replace(CONTEXT, offers=(*CONTEXT.offers, offer("shop", 111, renew={})))
    html = render(stored("tld_prices"), context=context)
    assert "49.99" in html
    assert "99.98" in html
    assert ".shop" not in html, "an ending without a renewal price would mislead"
    assert "with 23% VAT" in html
    net = render(stored("tld_prices"), context=replace(CONTEXT, tax_mode="net"))
    assert "without 23% VAT" in net
    few = render(stored("tld_prices", {"which": "spotlight"}))
    assert ".com" in few
    assert ".pl<" not in few


def test_search_engines_can_read_the_questions() -> None:
    data = {
        "title": "T",
        "items": [{"question": "A </script> B?", "answer": "<p>Yes &amp; no</p>"}, {"question": "", "answer": ""}],
    }
    html = render(stored("faq", data))
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    structured = json.loads(found[1])
    assert structured["@type"] == "FAQPage"
    (entity,) = structured["mainEntity"]
    assert entity["name"] == "A </script> B?"
    assert entity["acceptedAnswer"]["text"] == "<p>Yes &amp; no</p>"


def test_the_document_in_force_shows_with_version_and_local_date() -> None:
    """H-55. Half past eleven in the evening UTC is already the next day in Warsaw."""
    html = render(stored("terms"))
    assert "<h2>First</h2>" in html
    assert "Version 3" in html
    assert "22 Nov 2026" in html
    missing = render(stored("terms", {"kind": "privacy"}))
    assert "not published in this language yet" in missing


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_can_be_added_in_a_language_that_has_a_word_for_everything(name: str) -> None:
    """ "soft" is a colour scheme and a word of the catalogs: only texts are translated, never choices."""
    kind = TYPES.by_name[name]
    for number in range(len(kind.presets)):
        block = arrange.made(kind, number, lambda text: f"Ż{text[1:]}")
        assert TYPES.clean([block])[1] == {}, kind.presets[number].label
