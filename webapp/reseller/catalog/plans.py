"""Products that have no ending: hosting plans, certificates and whatever else a partner sells by hand (H-43).

Words stand by locale: {"pl": "Start"}; features are lists of {"label", "value"} by locale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .models import Product

#: What a person of the partner provides; endings are "domain".
KINDS = ("hosting", "certificate", "other")


def in_words(words: Mapping[str, Any], *locales: str) -> Any:
    """What is written in the first of the languages that has it, else in any; "" when there is nothing."""
    wanted: Sequence[str] = (*locales, *words)
    return next((words[locale] for locale in wanted if words.get(locale)), "")


def name_in(product: Product, *locales: str) -> str:
    """The product's name for a reader; its code when nobody gave it a name."""
    return str(in_words(product.names, *locales) or product.code)
