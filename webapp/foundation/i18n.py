"""Languages: the current locale, translated texts, and numbers, money and dates as a reader expects them.

Source texts are English. Catalogs are `translations/<lang>/LC_MESSAGES/witryna.po`; they are compiled in memory on
first use, so that no binary file has to be kept in step with its source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, dates, negotiate_locale, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy, NullTranslations, Translations
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from .money import exponent, to_decimal
from .paging import COUNTED

#: What shops, frames and subscriber panels speak.
SUPPORTED = ("pl", "en", "de", "sk", "hu", "ro")
#: What the panels of partners and operators speak.
PANEL = ("pl", "en", "de")
#: How each language calls itself: a language menu must be readable for one who reads only that language.
LANGUAGE_NAMES = {
    "pl": "Polski",
    "en": "English",
    "de": "Deutsch",
    "sk": "Slovenčina",
    "hu": "Magyar",
    "ro": "Română",
}
PANEL_NAMES = {code: LANGUAGE_NAMES[code] for code in PANEL}
SOURCE = "en"

DOMAIN = "witryna"
CATALOGS = Path(__file__).resolve().parents[2] / "translations"

#: Our readers of English are Europeans: 21 Nov 2026, not Nov 21, 2026.
_FORMAT_LOCALES = {"en": "en_GB"}

Length = Literal["short", "medium", "long", "full"]

_locale: ContextVar[str] = ContextVar("locale", default=SOURCE)


def current_locale() -> str:
    """The language of the request or job at hand: one of SUPPORTED."""
    return _locale.get()


def supported(locale: str | None) -> str:
    """The supported language nearest to a tag: "de-AT" -> "de", "fr" -> "en"."""
    language = (locale or "").replace("_", "-").split("-")[0].lower()
    return language if language in SUPPORTED else SOURCE


def panel_language(locale: str) -> str:
    """In what a person of a panel reads it, whose own language may be one that only shops speak."""
    return locale if locale in PANEL else SOURCE


@contextmanager
def use_locale(locale: str | None) -> Iterator[None]:
    """Within the block, texts and formats are in the supported language nearest to `locale`."""
    token = _locale.set(supported(locale))
    try:
        yield
    finally:
        _locale.reset(token)


# --- texts ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def catalog(locale: str, folder: Path = CATALOGS) -> NullTranslations:
    """The compiled catalog of a language; a language without one speaks the source texts."""
    source = folder / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


def _fill(text: str, values: dict[str, object]) -> str:
    return text % values if values else text


def gettext(message: str, /, **values: object) -> str:
    """The message in the current language, with `%(name)s` filled. Without values a "%" stays as it is."""
    return _fill(str(catalog(_locale.get()).gettext(message)), values)


def ngettext(singular: str, plural: str, num: int, /, **values: object) -> str:
    """The form that the current language wants for `num`; `%(num)s` is filled as well."""
    text = str(catalog(_locale.get()).ngettext(singular, plural, num))
    return _fill(text, {"num": num, **values})


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Like gettext, for a message that means different things in different places."""
    return _fill(str(catalog(_locale.get()).pgettext(context, message)), values)


def npgettext(context: str, singular: str, plural: str, num: int, /, **values: object) -> str:
    """Like ngettext, with a context."""
    text = str(catalog(_locale.get()).npgettext(context, singular, plural, num))
    return _fill(text, {"num": num, **values})


def lazy_gettext(message: str, /, **values: object) -> LazyProxy:
    """A text that is translated each time it is shown: for form labels and module constants."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def N_(message: str) -> str:  # noqa: N802  the name that every gettext tool knows
    """Marks a message for extraction and returns it untouched; it is translated where it is shown."""
    return message


# --- numbers, money, dates -----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _format_locale(locale: str) -> Locale:
    return Locale.parse(_FORMAT_LOCALES.get(locale, locale))


def _formats(locale: str | None) -> Locale:
    return _format_locale(supported(locale) if locale else _locale.get())


_CODE_AND_FIGURE = re.compile(r"([A-Z]{3})(-?\d)")


def format_money(minor: int, currency: str, locale: str | None = None) -> str:
    """4999, "PLN" -> "49,99 zł" in Polish; minor units of the currency (ISO 4217)."""
    return _money(minor, currency, _formats(locale))


@lru_cache(maxsize=4096, typed=True)
def _money(minor: int, currency: str, locale: Locale) -> str:
    """Kept: lists of prices say the same amounts again and again, and Babel takes its time."""
    text = numbers.format_currency(to_decimal(minor, currency), currency, locale=locale)
    # English sets a code right against the figure ("PLN16.99"); a no-break space keeps both readable.
    return _CODE_AND_FIGURE.sub("\\1\u00a0\\2", text)


def format_figure(minor: int, currency: str, locale: str | None = None) -> str:
    """An amount where the currency is said elsewhere, with all its decimals: 4999, "PLN" -> "49,99" in Polish."""
    pattern = "#,##0." + "0" * exponent(currency) if exponent(currency) else "#,##0"
    return numbers.format_decimal(to_decimal(minor, currency), format=pattern, locale=_formats(locale))


def format_number(value: int | Decimal, locale: str | None = None) -> str:
    """1234567 -> "1 234 567" in Polish; all decimals that it has are shown."""
    return numbers.format_decimal(value, locale=_formats(locale), decimal_quantization=False)


def format_percent(value: Decimal, locale: str | None = None) -> str:
    """A fraction: Decimal("0.23") -> "23%"; all decimals that it has are shown."""
    return numbers.format_percent(value, locale=_formats(locale), decimal_quantization=False)


def format_date(value: date, locale: str | None = None, length: Length = "medium") -> str:
    """A business date. An instant is refused: its date depends on a zone, see format_datetime."""
    if isinstance(value, datetime):
        raise TypeError("an instant has no date without a zone: use format_datetime, or convert it first")
    return dates.format_date(value, format=length, locale=_formats(locale))


def format_datetime(value: datetime, zone: str, locale: str | None = None, length: Length = "medium") -> str:
    """An aware instant as the clock on the wall of `zone` ("Europe/Warsaw") shows it, to the minute."""
    if value.tzinfo is None:
        raise ValueError("an instant needs its zone: naive datetimes are refused")
    there = value.astimezone(ZoneInfo(zone))
    day = dates.format_date(there.date(), format=length, locale=_formats(locale))
    return f"{day}, {_clock_time(there.time(), locale)}"


def format_distance(value: datetime, now: datetime, locale: str | None = None) -> str:
    """How far an instant is from now: "12 seconds ago", "in 5 minutes"."""
    return dates.format_timedelta(value - now, add_direction=True, locale=_formats(locale))


def _clock_time(value: time, locale: str | None) -> str:
    return dates.format_time(value, format="short", locale=_formats(locale))


# --- choosing a language -------------------------------------------------------------------------------------

_RANGE = re.compile(r"([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,3}|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?", re.IGNORECASE)
#: Browsers send a handful; whoever sends more only wants to keep us busy.
_LONGEST_HEADER = 500


def negotiate(accept_language: str | None, allowed: Sequence[str], default: str) -> str:
    """The best of `allowed` for an Accept-Language header (RFC 9110 section 12.5.4), else `default`."""
    wanted = _preferred(accept_language or "")
    chosen = negotiate_locale(wanted, list(allowed), sep="-") if wanted else None
    return chosen if chosen and chosen in allowed else default


def _preferred(header: str) -> list[str]:
    ranges = [_RANGE.fullmatch(part.strip()) for part in header[:_LONGEST_HEADER].split(",")]
    weighted = [(float(found[2] or 1), found[1].lower()) for found in ranges if found and found[1] != "*"]
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def format_up_to(number: int) -> str:
    """A number that was counted only so far (paging.COUNTED): "1,000+" for what is more."""
    return format_number(number) if number <= COUNTED else f"{format_number(COUNTED)}+"


# --- templates -----------------------------------------------------------------------------------------------


def setup(env: Environment) -> None:
    """Give a Jinja environment `_`, `gettext`, `ngettext`, `{% trans %}` and the filters money, date, datetime, ..."""
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, _plural, newstyle=True, pgettext=pgettext, npgettext=_plural_in_context
    )
    env.filters.update(
        money=_at_render(format_money),
        number=_at_render(format_number),
        percent=_at_render(format_percent),
        date=_at_render(format_date),
        datetime=_at_render(format_datetime),
        said=_at_render(_said),
        upto=_at_render(format_up_to),
    )


def _said(text: str) -> str:
    """A stored text: in the reader's language if it was ours (`N_`), as it came if somebody else said it."""
    return gettext(text) if text else ""


def _plural(singular: str, plural: str, num: int) -> str:
    """The plural form unfilled: Jinja fills it itself, with all values and not with the number alone."""
    return str(catalog(_locale.get()).ngettext(singular, plural, num))


def _plural_in_context(context: str, singular: str, plural: str, num: int) -> str:
    return str(catalog(_locale.get()).npgettext(context, singular, plural, num))


def _at_render(function: Callable[..., str]) -> Callable[..., str]:
    """Keeps Jinja from computing `{{ 0|money("PLN") }}` once, at compile time, in whatever language that was."""

    @pass_context
    def apply(_context: Context, *args: object, **kwargs: object) -> str:
        return function(*args, **kwargs)

    return apply
