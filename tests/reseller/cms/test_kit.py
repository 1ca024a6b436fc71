"""What a block author and an editor may rely on: fields in order, limits, upgrades, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.reseller.cms import richtext
from webapp.reseller.cms.fields import Link, Number, is_link
from webapp.reseller.cms.kit import Block, BlockTypes, Choice, Data, Fields, Flag, Items, RichText, Text


class Card(Fields):
    heading = Text("Heading", max=20, required=True)
    text = RichText("Text", max=50)


class Sample(Block):
    type = "sample"
    version = 3
    zeta = Text("Zeta", max=10, required=True)
    alpha = Choice("Alpha", {"one": "One", "two": "Two"})
    many = Number("Many", least=1, most=9, default=3)
    shown = Flag("Shown")
    cards = Items("Cards", Card, most=2)

    @classmethod
    def upgrade(cls, data: Data, version: int) -> Data:
        if version == 1:
            return {**data, "zeta": data.get("title", "")}
        return {**data, "zeta": data["zeta"].upper()}


TYPES = BlockTypes([Sample])


def stored(data: Any, version: int = 3) -> dict[str, Any]:
    return {"id": "b1", "type": "sample", "v": version, "data": data}


def test_fields_keep_the_order_in_which_they_are_written() -> None:
    assert list(Sample.fields) == ["zeta", "alpha", "many", "shown", "cards"]


def test_a_subclass_adds_its_fields_after_the_parents() -> None:
    class More(Sample):
        type = "more"
        beta = Text("Beta", max=5)

    assert list(More.fields)[-2:] == ["cards", "beta"]
    assert "beta" not in Sample.fields


def test_an_old_block_walks_every_step_of_the_upgrade() -> None:
    (bound,) = TYPES.bind([stored({"title": "old"}, version=1)])
    assert bound.data["zeta"] == "OLD"
    (cleaned,), errors = TYPES.clean([stored({"title": "old"}, version=1)])
    assert (cleaned["v"], cleaned["data"]["zeta"], errors) == (3, "OLD", {})


@pytest.mark.parametrize(
    "block", [{"id": "x", "type": "gone", "v": 1, "data": {"a": 1}}, stored({}, version=4), stored({}, version=0)]
)
def test_an_unknown_block_is_kept_and_not_bound(block: dict[str, Any]) -> None:
    assert TYPES.clean([block], publish=True) == ([block], {})
    (bound,) = TYPES.bind([block])
    assert (bound.definition, bound.stored) == (None, block)


def test_a_required_field_may_wait_in_a_draft_but_not_in_publishing() -> None:
    assert TYPES.clean([stored({"zeta": ""})])[1] == {}
    errors = TYPES.clean([stored({"zeta": "", "cards": [{"heading": ""}]})], publish=True)[1]
    assert set(errors["b1"]) == {"zeta", "cards.0.heading"}


def test_what_was_typed_is_kept_beside_its_error() -> None:
    (cleaned,), errors = TYPES.clean([stored({"zeta": "far too long for this"})])
    assert cleaned["data"]["zeta"] == "far too long for this"
    error = errors["b1"]["zeta"]
    assert error.message % error.params == "At most 10 characters; this has 21."


def test_wrong_values_of_every_kind_are_named() -> None:
    data = {"zeta": 5, "alpha": "three", "many": "10", "cards": [{"heading": "x" * 21}]}
    errors = TYPES.clean([stored(data)])[1]["b1"]
    assert set(errors) == {"zeta", "alpha", "many", "cards.0.heading"}


def test_too_many_entries_are_refused() -> None:
    assert "cards" in TYPES.clean([stored({"cards": [{}, {}, {}]})])[1]["b1"]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*Sample.fields, "heading"]), inner),
    max_leaves=8,
)


# A machine that others use, too, is no fault of the data.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(list(Sample.fields)), junk))
def test_no_stored_data_can_break_a_page(data: dict[str, Any]) -> None:
    (bound,) = TYPES.bind([stored(data)])
    assert set(bound.data) == set(Sample.fields)
    assert isinstance(bound.data["zeta"], str)
    assert bound.data["alpha"] in ("one", "two")
    assert 1 <= bound.data["many"] <= 9
    assert len(bound.data["cards"]) <= 2
    TYPES.clean([stored(data)])


@given(st.dictionaries(st.sampled_from(list(Sample.fields)), junk))
def test_cleaning_twice_is_cleaning_once(data: dict[str, Any]) -> None:
    (once,), errors = TYPES.clean([stored(data)])
    if not errors:
        assert TYPES.clean([once]) == ([once], {})


EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='  java\nscript:alert(1)'>x</a>",
    "<p style='position:fixed'>x</p>",
    "<iframe src='https://evil.example'></iframe>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<p hx-get='/x' hx-on:load='alert(1)'>x</p>",
    "<form action='/'><button formaction='javascript:alert(1)'>x</button></form>",
    "<base href='https://evil.example/'>",
]


@pytest.mark.parametrize("html", EVIL)
def test_rich_text_loses_everything_that_could_act(html: str) -> None:
    for cleaned in (richtext.clean(html), str(richtext.shown(html))):
        low = cleaned.lower()
        assert not any(
            bad in low
            for bad in (
                "<script",
                "onerror=",
                "javascript:",
                "style=",
                "<iframe",
                "hx-",
                "<form",
                "<base",
                "<svg",
                "<img",
            )
        )


@given(st.text(max_size=200))
def test_cleaned_rich_text_stays_as_it_is(html: str) -> None:
    once = richtext.clean(html)
    assert richtext.clean(once) == once


def test_rich_text_keeps_what_a_text_needs() -> None:
    html = '<h2>A</h2><p>b <strong>c</strong> <a href="/pl/page/x" rel="noopener">d</a></p><ul><li>e</li></ul>'
    assert richtext.clean(html) == html
    assert richtext.plain("<p>One</p><p>two &amp; three</p>") == "One two & three"


@pytest.mark.parametrize("href", ["/pl/", "#faq", "https://example.com/x", "mailto:a@example.com", "tel:+48123"])
def test_usual_links_are_taken(href: str) -> None:
    assert is_link(href)
    assert Link("Link").clean(f"  {href} ") == href


@pytest.mark.parametrize("href", ["javascript:x", "//evil.example", "/\\evil", "https:///x", "vbscript:x", "/a\nb"])
def test_dangerous_links_are_refused(href: str) -> None:
    assert not is_link(href)
