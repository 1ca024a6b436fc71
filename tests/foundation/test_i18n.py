"""Texts in the reader's language; numbers, money and dates as that reader expects them."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.extract import extract_from_file
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from webapp.foundation import i18n

POLISH = """
msgid ""
msgstr ""
"Language: pl\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgid "Pay now"
msgstr "Zapłać teraz"

#, fuzzy
msgid "Guessed"
msgstr "Zgadywane"

msgid "Hello, %(name)s"
msgstr "Dzień dobry, %(name)s"

msgctxt "verb"
msgid "Order"
msgstr "Zamów"

msgctxt "noun"
msgid "Order"
msgstr "Zamówienie"

msgid "%(num)s domain"
msgid_plural "%(num)s domains"
msgstr[0] "%(num)s domena"
msgstr[1] "%(num)s domeny"
msgstr[2] "%(num)s domen"
"""


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalog of our own instead of the product's, so that the product's wording may change freely."""
    folder = tmp_path / "pl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "witryna.po").write_text(POLISH, encoding="utf-8")
    read = i18n.catalog.__wrapped__
    monkeypatch.setattr(i18n, "catalog", lambda locale: read(locale, tmp_path))


def test_a_text_is_shown_in_the_language_of_the_request(polish: None) -> None:
    assert i18n.gettext("Pay now") == "Pay now"
    with i18n.use_locale("pl"):
        assert i18n.gettext("Pay now") == "Zapłać teraz"
        assert i18n.gettext("Hello, %(name)s", name="Ania") == "Dzień dobry, Ania"
        assert i18n.pgettext("verb", "Order") == "Zamów"
        assert i18n.pgettext("noun", "Order") == "Zamówienie"
        with i18n.use_locale("de"):
            assert i18n.gettext("Pay now") == "Pay now"
        assert i18n.current_locale() == "pl"
    assert i18n.current_locale() == "en"


def test_polish_has_three_plural_forms(polish: None) -> None:
    with i18n.use_locale("pl"):
        said = [i18n.ngettext("%(num)s domain", "%(num)s domains", n) for n in (1, 2, 5, 12, 22)]
    assert said == ["1 domena", "2 domeny", "5 domen", "12 domen", "22 domeny"]


def test_a_guessed_or_missing_translation_falls_back_to_the_source_text(polish: None) -> None:
    with i18n.use_locale("pl"):
        assert i18n.gettext("Guessed") == "Guessed"
        assert i18n.gettext("Never translated") == "Never translated"


def test_a_percent_sign_without_values_stays(polish: None) -> None:
    assert i18n.gettext("100% yours") == "100% yours"


def test_a_lazy_text_is_translated_when_shown_not_when_made(polish: None) -> None:
    label = i18n.lazy_gettext("Hello, %(name)s", name="Jan")
    assert str(label) == "Hello, Jan"
    with i18n.use_locale("pl"):
        assert str(label) == "Dzień dobry, Jan"
        assert f"{label}" == "Dzień dobry, Jan"


def test_one_thread_never_sees_the_language_of_another(polish: None) -> None:
    seen: list[str] = []
    with i18n.use_locale("pl"):
        other = threading.Thread(target=lambda: seen.append(i18n.current_locale()))
        other.start()
        other.join()
    assert seen == ["en"]


def test_an_unknown_language_ends_in_the_source_language() -> None:
    for tag, found in {"fr": "en", None: "en", "": "en", "de-AT": "de", "pl_PL": "pl", "../etc": "en"}.items():
        assert i18n.supported(tag) == found


def test_money_follows_the_language_and_the_currency() -> None:
    assert i18n.format_money(123456, "PLN", "pl") == "1\xa0234,56\xa0zł"
    assert i18n.format_money(123456, "EUR", "de") == "1.234,56\xa0€"
    assert i18n.format_money(-4999, "EUR", "en") == "-€49.99"
    assert i18n.format_money(500, "JPY", "en") == "JP¥500"


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(["PLN", "EUR", "USD", "CZK", "JPY"]),
    st.sampled_from(i18n.SUPPORTED),
)
def test_no_cent_is_lost_when_money_is_shown(minor: int, currency: str, locale: str) -> None:
    assert int("".join(c for c in i18n.format_money(minor, currency, locale) if c.isdigit())) == abs(minor)


def test_percents_and_numbers() -> None:
    assert i18n.format_percent(Decimal("0.23"), "en") == "23%"
    assert i18n.format_percent(Decimal("0.0875"), "en") == "8.75%"
    assert i18n.format_percent(Decimal("0.23"), "de") == "23\xa0%"
    assert i18n.format_number(1234567, "pl") == "1\xa0234\xa0567"


def test_dates_are_european_and_never_guess_a_zone() -> None:
    instant = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert i18n.format_date(date(2026, 11, 21), "en") == "21 Nov 2026"
    assert i18n.format_datetime(instant, "Europe/Warsaw", "pl") == "22 lis 2026, 00:30"
    assert i18n.format_datetime(instant, "UTC", "de") == "21.11.2026, 23:30"
    with pytest.raises(TypeError):
        i18n.format_date(instant)
    with pytest.raises(ValueError, match="naive"):
        i18n.format_datetime(datetime(2026, 1, 1), "UTC")  # noqa: DTZ001  naive on purpose


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("pl", "pl"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr, en;q=0.3, de;q=0.8", "de"),
        ("en;q=0, de;q=0.1", "de"),
        ("*", "pl"),
        ("", "pl"),
        (None, "pl"),
        ("ja", "pl"),
        ("\x00;;;q=,,", "pl"),
        ("de;q=banana", "pl"),
    ],
)
def test_the_browser_asks_for_a_language(header: str | None, chosen: str) -> None:
    assert i18n.negotiate(header, ["pl", "de", "en"], "pl") == chosen


def test_a_shop_without_english_does_not_answer_in_english() -> None:
    assert i18n.negotiate("en-GB,en", ["pl", "de"], "pl") == "pl"


@given(st.text(max_size=2000))
def test_no_header_breaks_the_choice(header: str) -> None:
    assert i18n.negotiate(header, ["pl", "de"], "pl") in ("pl", "de")


def test_a_hostile_header_costs_next_to_nothing() -> None:
    start = time.perf_counter()
    for header in ("a-" * 25_000, "a," * 25_000, "a;q=0." + "9" * 50_000, ";q=" * 20_000):
        i18n.negotiate(header, ["pl"], "pl")
    assert time.perf_counter() - start < 0.2


def test_each_language_is_named_in_itself() -> None:
    assert set(i18n.LANGUAGE_NAMES) == set(i18n.SUPPORTED)
    for code, name in i18n.LANGUAGE_NAMES.items():
        assert name.lower() == str(Locale.parse(code).get_language_name(code)).lower()


def test_templates_speak_the_language_and_escape_what_they_fill(polish: None) -> None:
    env = Environment(autoescape=True)
    i18n.setup(env)
    page = env.from_string(
        "{{ _('Pay now') }} {{ _('Hello, %(name)s', name=who) }} "
        "{{ ngettext('%(num)s domain', '%(num)s domains', 3) }} "
        "{% trans %}Pay now{% endtrans %} {{ 4999|money('PLN') }} {{ day|date }} "
        "{{ at|datetime('UTC') }} {{ 5|number }} "
        "{{ pgettext('verb', 'Order') }}"
    )
    with i18n.use_locale("pl"):
        text = page.render(who="<b>", day=date(2026, 1, 2), at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    assert text == (
        "Zapłać teraz Dzień dobry, &lt;b&gt; 3 domeny Zapłać teraz 49,99\xa0zł 2 sty 2026 2 sty 2026, 03:04 5 Zamów"
    )


def test_marked_messages_are_found_by_the_extractor(tmp_path: Path) -> None:
    source = tmp_path / "x.py"
    source.write_text('A = N_("Marked")\nB = lazy_gettext("Lazy")\n')
    found = extract_from_file("python", source, keywords={"N_": None, "lazy_gettext": None})
    assert [row[1] for row in found] == ["Marked", "Lazy"]
