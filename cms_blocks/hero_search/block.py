"""The one idea of a shop's home: a large search field, and under it some endings with their prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, Block, Context, Data, Flag, MediaPicture, Offer, Preset, Text, TldGroup

#: More than six do not fit beside each other and are no longer a choice.
MOST_SPOTS = 6


class HeroSearch(Block):
    """Heading, sentence, search field, spotlight endings; a picture beside them where the theme has room."""

    type = "hero_search"
    service = "domains"
    version = 2
    label = N_("Heading with domain search")
    group = N_("Start")
    icon = "search"
    max_per_page = 1
    needs = frozenset({"offers"})

    title = Text(N_("Heading"), max=80, required=True)
    lead = Text(N_("Sentence below"), max=200)
    placeholder = Text(N_("Example in the empty field"), max=60, hint=N_("A name that a customer might type."))
    endings = TldGroup(N_("Endings to search in"))
    spotlight = Flag(N_("Show endings with prices below"), default=True)
    picture = MediaPicture(N_("Picture"), hint=N_("Without one the theme shows its own look."))

    presets = (
        Preset(N_("With prices"), {"title": N_("Find your name"), "spotlight": True}),
        Preset(N_("Search only"), {"title": N_("Find your name"), "spotlight": False}),
        Preset(
            N_("With a sentence"),
            {
                "title": N_("What will you call your place on the web?"),
                "lead": N_("Type a name. We show at once what is free and what it costs."),
                "spotlight": True,
            },
        ),
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
        offers = context.offers_of(data["endings"])
        spots = [_spot(offer, context) for offer in offers if offer.spotlight and 1 in offer.register][:MOST_SPOTS]
        picture = context.pictures.get(data["picture"] or 0)
        return {
            "hero": {"title": data["title"], "lead": data["lead"], "picture": picture},
            "search": _search(data, context),
            "spotlight": spots if data["spotlight"] else [],
        }


def _search(data: Data, context: Context) -> dict[str, Any]:
    """The answers are streamed into the page's `#results-area`, or shown by a page of their own without JavaScript."""
    return {
        "action": context.search_action,
        "query": "",
        "placeholder": data["placeholder"],
        "group": data["endings"] or context.group,
        "stream": True,
    }


def _spot(offer: Offer, context: Context) -> dict[str, Any]:
    years = min(offer.register)
    href = "#prices" if "tld_prices" in context.on_page else context.search_action
    return {
        "tld": offer.tld,
        "price": offer.register[years],
        "then": offer.renew.get(years),
        "was": offer.was.get(years),
        "lowest": offer.lowest.get(years),
        "currency": context.currency,
        "href": href,
    }
