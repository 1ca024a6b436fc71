"""Prices by ending, straight from the price list: what the first year costs, and what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from webapp.reseller.cms.kit import SCHEMES, Block, Choice, Context, Data, Offer, Preset, Text


class TldPrices(Block):
    """A table of the endings of the shop's group, in the shop's order."""

    type = "tld_prices"
    label = "Prices of endings"
    group = "Prices"
    icon = "tags"
    max_per_page = 1
    needs = frozenset({"offers"})

    title = Text("Heading", max=100)
    text = Text("Sentence below", max=300)
    which = Choice("Endings", {"all": "All of the group", "spotlight": "Those under the search"})
    scheme = Choice("Colours", SCHEMES)

    presets = (
        Preset("All endings", {"title": "Prices", "which": "all"}),
        Preset("A few endings", {"title": "Prices", "which": "spotlight"}),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`prices` as the theme's `_price_table.html` takes it; `rate` as a fraction."""
        offers = [offer for offer in context.offers if data["which"] == "all" or offer.spotlight]
        lines = [line for offer in offers if (line := _line(offer, context))]
        return {"prices": lines, "rate": Decimal(context.tax_rate_bp) / 10_000}


def _line(offer: Offer, context: Context) -> dict[str, Any] | None:
    """One row. An ending whose renewal has no price is left out: a first year alone would mislead."""
    years = min(offer.register)
    if years not in offer.renew:
        return None
    return {
        "tld": offer.tld,
        "register": offer.register[years],
        "renew": offer.renew[years],
        "transfer": offer.transfer.get(1),
        "restore": offer.restore.get(1),
        "currency": context.currency,
        "was": None,
        "href": context.search_action,
    }
