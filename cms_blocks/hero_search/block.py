"""The one idea of a shop's home: a large search field, and under it some endings with their prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import Block, Context, Data, Flag, Offer, Preset, Text

#: More than six do not fit beside each other and are no longer a choice.
MOST_SPOTS = 6


class HeroSearch(Block):
    """Heading, sentence, search field, spotlight endings."""

    type = "hero_search"
    version = 2
    label = "Heading with domain search"
    group = "Start"
    icon = "search"
    max_per_page = 1
    needs = frozenset({"offers"})

    title = Text("Heading", max=80, required=True)
    lead = Text("Sentence below", max=200)
    placeholder = Text("Example in the empty field", max=60, hint="A name that a customer might type.")
    spotlight = Flag("Show endings with prices below", default=True)

    presets = (
        Preset("With prices", {"title": "Find your name", "spotlight": True}),
        Preset("Search only", {"title": "Find your name", "spotlight": False}),
    )

    @classmethod
    def upgrade(cls, data: Data, version: int) -> Data:
        """Version 1 called the sentence `text`."""
        if version == 1:
            rest = {name: value for name, value in data.items() if name != "text"}
            return {"lead": data.get("text", ""), **rest}
        return super().upgrade(data, version)

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """Names that the theme's `_hero.html` takes."""
        spots = [_spot(offer, context) for offer in context.offers if offer.spotlight][:MOST_SPOTS]
        return {
            "hero": {"title": data["title"], "lead": data["lead"]},
            "search": _search(context.search_action, data["placeholder"]),
            "spotlight": spots if data["spotlight"] else [],
        }


def _search(action: str, placeholder: str) -> dict[str, Any]:
    """The answers are streamed into the page's `#results-area`, or shown by a page of their own without JavaScript."""
    return {"action": action, "query": "", "placeholder": placeholder, "stream": True}


def _spot(offer: Offer, context: Context) -> dict[str, Any]:
    years = min(offer.register)
    href = "#prices" if "tld_prices" in context.on_page else context.search_action
    return {
        "tld": offer.tld,
        "price": offer.register[years],
        "then": offer.renew.get(years),
        "currency": context.currency,
        "href": href,
    }
