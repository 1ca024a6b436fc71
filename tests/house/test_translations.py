"""Everything a person reads is translated.

Polish and German have every text. Slovak, Hungarian and Romanian have all that visitors and subscribers can meet; the
panels of partners and operators speak the first three languages only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"lazy_gettext": None, "lazy": None}
#: One text, or the singular and plural of one.
_Id = str | tuple[str, ...]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


#: Texts that stand only here are read by partners and operators.
PANELS = (
    "webapp/surfaces/sales/",
    "webapp/surfaces/operator/",
    "webapp/surfaces/shared/events.py",
    "webapp/surfaces/shared/host_words.py",
    "webapp/surfaces/shared/words.py",
    "webapp/surfaces/shared/starter_words.py",
    "webapp/reseller/desk/",
    "webapp/reseller/catalog/",
    "webapp/reseller/partners/",
    "webapp/reseller/cms/",
    "webapp/reseller/billing/statements/",
    "webapp/reseller/billing/bank",
    "webapp/reseller/billing/invoice_settings.py",
    "webapp/reseller/billing/gateways.py",
    "webapp/reseller/orders/matching.py",
    "webapp/reseller/orders/behalf.py",
    "webapp/reseller/notifications/mail_records.py",
    "webapp/reseller/notifications/own_server.py",
    "webapp/reseller/notifications/templates/low_balance",
    "webapp/reseller/notifications/templates/buyer_asked_partner",
    "webapp/foundation/outbound.py",
    "webapp/cli.py",
    "demo/",
)
#: Beside what partners read there: sentences for visitors.
FOR_VISITORS = (
    "webapp/reseller/cms/contact",
    "webapp/reseller/cms/legal",
    "webapp/reseller/partners/passwords.py",
    "webapp/reseller/catalog/code",
    "webapp/reseller/catalog/conditions.py",
    "webapp/reseller/catalog/quote",
    "webapp/reseller/catalog/uses.py",
    "webapp/reseller/catalog/plans.py",
    "webapp/reseller/desk/erasure.py",
    "webapp/reseller/desk/personal_data.py",
    "webapp/reseller/partners/validate.py",
)
EVERYTHING, SHOP_ONLY = ("pl", "de"), ("sk", "hu", "ro")


@cache
def source() -> dict[tuple[_Id, str | None], list[str]]:
    """(message id, context) -> where it stands, for all messages of the source."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, methods, options, {**DEFAULT_KEYWORDS, **KEYWORDS})
    places: dict[tuple[_Id, str | None], list[str]] = {}
    for name, line, message, _, context in found:
        places.setdefault((message, context), []).append(f"{name}:{line}")
    return places


def wanted(language: str) -> dict[tuple[_Id, str | None], str]:
    """(message id, context) -> where it stands first, for what a language must have."""
    every = source().items()
    return {key: places[0] for key, places in every if language in EVERYTHING or not _panel_only(places)}


def _panel_only(places: list[str]) -> bool:
    # The words of a block's form are read in the editor; its template is read by visitors.
    return all(_in_a_panel(place) or re.match(r"cms_blocks/\w+/block\.py", place) for place in places)


def _in_a_panel(place: str) -> bool:
    return place.startswith(PANELS) and not place.startswith(FOR_VISITORS)


def catalog(language: str) -> Catalog:
    """The catalog of a language as it is kept."""
    with (ROOT / "translations" / language / "LC_MESSAGES" / "witryna.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[Message]:
    """Its messages, without the header."""
    return (message for message in catalog(language) if message.id)


@pytest.mark.parametrize("language", [*EVERYTHING, *SHOP_ONLY])
def test_every_text_is_translated(language: str) -> None:
    kept = catalog(language)
    missing = [f"{where}: {key[0]}" for key, where in wanted(language).items() if not _translated(kept, *key)]
    assert not missing, f"run `make messages` and translate in translations/{language}: " + "\n".join(missing[:20])


def _translated(kept: Catalog, message: _Id, context: str | None) -> bool:
    entry = kept.get(message[0] if isinstance(message, tuple) else message, context)
    if entry is None or "fuzzy" in entry.flags:
        return False
    texts = entry.string if isinstance(entry.string, list | tuple) else [entry.string]
    return all(texts)


def test_no_plural_goes_by_a_name_that_extraction_does_not_know() -> None:
    alias = re.compile(r"import .*\b(?:n|p|np)gettext as |import .*\b(?:lazy_)?gettext as (?!_\b)")
    found = [
        str(path.relative_to(ROOT)) for path in (ROOT / "webapp").rglob("*.py") if alias.search(path.read_text("utf-8"))
    ]
    assert not found, (
        f"import ngettext, pgettext and lazy_gettext under their own names, else no catalog gets the text: {found}"
    )


@pytest.mark.parametrize("language", [*EVERYTHING, *SHOP_ONLY])
def test_no_translation_loses_or_invents_a_placeholder(language: str) -> None:
    wrong = []
    for message in messages(language):
        originals = message.id if isinstance(message.id, tuple | list) else [message.id]
        allowed = {name for text in originals for name in PLACEHOLDER.findall(text)}
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        for text in texts:
            used = set(PLACEHOLDER.findall(text or ""))
            if text and (not used <= allowed or (len(originals) == 1 and used != allowed)):
                wrong.append(f"{message.id!r}: {text!r}")
    assert not wrong, wrong
