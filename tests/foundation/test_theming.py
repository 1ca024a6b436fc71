"""Colours keep their contrast for any brand; themes keep their templates to themselves; brand sheets are stable."""

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, UndefinedError

from webapp.foundation.colours import contrast, from_oklch, nearest_passing, on_colour, to_oklch
from webapp.foundation.palette import SCHEMES, Recipe, roles
from webapp.foundation.theming import (
    THEMES_FOLDER,
    BrandTokens,
    Fonts,
    UnknownTheme,
    brand_stylesheet,
    theme,
    theme_environment,
    themes,
)

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
RECIPES = st.sampled_from([Recipe(), *(each.recipe for each in themes().values())])


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffcc00", "#ffffff") == pytest.approx(1.5, abs=0.05)


@given(COLOURS)
def test_text_on_any_colour_is_readable(colour: str) -> None:
    assert contrast(on_colour(colour), colour) >= 4.5


@given(COLOURS)
def test_a_colour_survives_the_way_to_oklch_and_back(colour: str) -> None:
    back = from_oklch(*to_oklch(colour))
    assert all(abs(int(colour[i : i + 2], 16) - int(back[i : i + 2], 16)) <= 1 for i in (1, 3, 5))


@given(COLOURS, COLOURS, st.sampled_from([3.0, 4.5]))
def test_a_passing_colour_is_found_and_a_passing_one_is_left_alone(colour: str, background: str, ratio: float) -> None:
    found = nearest_passing(colour, background, ratio)
    assert contrast(found, background) >= ratio
    if contrast(colour, background) >= ratio:
        assert found == colour


def test_a_ratio_out_of_reach_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="Neither black nor white"):
        nearest_passing("#777777", "#777777", 7)


@settings(max_examples=150, deadline=None)
@given(COLOURS, COLOURS, st.sampled_from(SCHEMES), st.booleans(), RECIPES)
def test_every_role_keeps_its_contrast_for_any_brand(
    brand: str, accent: str, scheme: str, dark: bool, recipe: Recipe
) -> None:
    role = roles(brand, accent, scheme, dark, recipe)
    grounds = [role["bg"], role["surface"], role["sunken"]]
    for name in ("text", "muted", "link", "ok", "warn", "danger"):
        assert all(contrast(role[name], ground) >= 4.5 for ground in grounds), name
    for name in ("edge", "primary-edge", "focus"):
        assert all(contrast(role[name], ground) >= 3 for ground in grounds), name
    pairs = [("on-primary", "primary"), ("on-primary", "primary-hover"), ("on-accent", "accent")]
    pairs += [("on-primary-soft", "primary-soft"), ("link", "primary-soft"), ("text", "primary-soft")]
    pairs += [(ink, f"{state}-soft") for state in ("ok", "warn", "danger") for ink in (state, "text")]
    for ink, ground in pairs:
        assert contrast(role[ink], role[ground]) >= 4.5, (ink, ground)


@given(COLOURS)
def test_the_brand_colour_itself_is_never_changed_in_light_mode(brand: str) -> None:
    assert roles(brand, brand, "base", False, Recipe())["primary"] == brand
    assert roles(brand, brand, "brand", True, Recipe())["bg"] == brand


def test_every_scheme_and_mode_has_the_same_roles() -> None:
    kinds = [(scheme, dark) for scheme in SCHEMES for dark in (True, False)]
    sets = {frozenset(roles("#336699", "#cc5500", scheme, dark, Recipe())) for scheme, dark in kinds}
    assert len(sets) == 1


def test_every_custom_property_used_by_a_stylesheet_is_defined() -> None:
    sheets = [*Path("webapp/static/css").glob("*.css"), *THEMES_FOLDER.glob("*/static/*.css")]
    text = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets) + brand_stylesheet(BrandTokens())[1]
    used, defined = set(re.findall(r"var\((--[\w-]+)", text)), set(re.findall(r"(--[\w-]+)\s*:", text))
    assert used <= defined, f"define {sorted(used - defined)} in core.css or derive it in palette.py"


def test_a_brand_sheet_is_the_same_on_every_machine() -> None:
    digest, css = brand_stylesheet(BrandTokens("#0B6E4F", "#f2a541"))
    assert (digest, css) == brand_stylesheet(BrandTokens("#0b6e4f", "#F2A541"))
    assert re.fullmatch("[0-9a-f]{16}", digest)
    assert digest != brand_stylesheet(BrandTokens("#0b6e4e", "#f2a541"))[0]
    assert digest != brand_stylesheet(BrandTokens("#0b6e4f", "#f2a541", mode="dark"))[0]


def test_a_brand_sheet_holds_nothing_but_properties() -> None:
    css = brand_stylesheet(BrandTokens("#ffcc00", fonts="nunito", corners="round", density="airy"))[1]
    assert not re.search(r"@import|url\(|<", css)
    assert css.count("{") == css.count("}")


def test_a_pair_of_typefaces_is_one_for_text_and_one_for_headings() -> None:
    css = brand_stylesheet(BrandTokens(fonts="newsreader"))[1]
    assert re.search(r"--font-text: Geist,.*--font-head: Newsreader,", css)
    faces = set(re.findall(r'font-family: "([^"]+)"', Path("webapp/static/css/fonts.css").read_text(encoding="utf-8")))
    for fonts in get_args(Fonts)[2:]:
        stacks = re.findall(r"--font-\w+: ([^;]+);", brand_stylesheet(BrandTokens(fonts=fonts))[1])
        named = {stack.split(",")[0].strip('"') for stack in stacks}
        assert named <= faces, fonts
        assert {f"{name} fallback" for name in named} <= faces, fonts


@pytest.mark.parametrize(
    "wrong",
    [
        {"brand": "red"},
        {"brand": "#12345"},
        {"accent": "#fff}body{"},
        {"mode": "neon"},
        {"fonts": "comic"},
        {"header": "upside-down"},
    ],
)
def test_a_wrong_choice_is_refused_in_words(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"#rrggbb|is one of"):
        BrandTokens(**wrong)  # type: ignore[arg-type]


def _folder(root: Path, **templates: dict[str, str]) -> Path:
    for name, files in templates.items():
        (root / name / "templates").mkdir(parents=True)
        (root / name / "theme.toml").write_text(f'label = "{name}"\nidea = "test"\n')
        for path, text in files.items():
            (root / name / "templates" / path).write_text(text)
    return root


def test_one_themes_templates_never_appear_in_another(tmp_path: Path) -> None:
    folder = _folder(tmp_path, base={"hero.html": "BASE"}, a={"hero.html": "A"}, b={"hero.html": "B"}, c={})
    env = Environment(loader=DictLoader({"page.html": '{% include "hero.html" %}'}), autoescape=True)
    asked = ("a", "b", "a", "c", "base", "b")
    seen = [theme_environment(env, name, folder).get_template("page.html").render() for name in asked]
    assert seen == ["A", "B", "A", "BASE", "BASE", "B"]


def test_a_theme_extends_what_it_replaces(tmp_path: Path) -> None:
    base = {"layout.html": "<{% block main %}base{% endblock %}>", "only_app.html": '[{% include "~/only_app.html" %}]'}
    own = '{% extends "~/layout.html" %}{% block main %}{{ super() }}+a{% endblock %}'
    folder = _folder(tmp_path, base=base, a={"layout.html": own})
    env = Environment(loader=DictLoader({"only_app.html": "app"}), autoescape=True)
    overlay = theme_environment(env, "a", folder)
    assert overlay.get_template("layout.html").render() == "<base+a>"
    assert theme_environment(env, "base", folder).get_template("only_app.html").render() == "[app]"


def test_overlays_share_filters_and_escape(tmp_path: Path) -> None:
    folder = _folder(tmp_path, base={"x.html": "{{ value|twice }}"})
    env = Environment(loader=DictLoader({}), autoescape=True)
    overlay = theme_environment(env, "base", folder)
    env.filters["twice"] = lambda text: text * 2
    assert overlay.get_template("x.html").render(value="<") == "&lt;&lt;"
    assert theme_environment(env, "base", folder) is overlay


@pytest.mark.parametrize("name", ["../etc", "Base", "", "base/..", "nowhere"])
def test_a_name_never_becomes_a_path(name: str) -> None:
    with pytest.raises(UnknownTheme, match="harbor"):
        theme_environment(Environment(autoescape=True), name)


def test_a_missing_value_may_be_tested_but_not_shown(tmp_path: Path) -> None:
    shown = {"p.html": "{{ menu }}", "l.html": "{% for m in menu %}{% endfor %}"}
    folder = _folder(tmp_path, base={"t.html": "{% if menu %}x{% else %}none{% endif %}"} | shown)
    overlay = theme_environment(Environment(autoescape=True), "base", folder)
    assert overlay.get_template("t.html").render() == "none"
    for name in ("p.html", "l.html"):
        with pytest.raises(UndefinedError):
            overlay.get_template(name).render()


def test_the_shipped_themes_say_what_they_are() -> None:
    assert {"base", "harbor", "ledger", "kiosk", "atelier"} <= set(themes())
    assert all(each.label and each.idea.endswith(".") for each in themes().values())
    assert theme("harbor").stylesheet == "themes/harbor/theme.css"
