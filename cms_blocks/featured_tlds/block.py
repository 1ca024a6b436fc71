"""A few endings as cards: what each is good for, what it costs now and next year, and a promotion if one runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import (
    N_,
    SCHEMES,
    Block,
    Choice,
    Context,
    Data,
    Fields,
    Items,
    Number,
    Offer,
    Preset,
    Text,
    TldGroup,
)


class Note(Fields):
    """What one ending is good for."""

    ending = Text(N_("Ending"), max=63, required=True, hint=N_("For example: com"))
    text = Text(N_("Sentence"), max=120, required=True)


class FeaturedTlds(Block):
    """Endings of a group with prices; the partner may say a sentence about each."""

    type = "featured_tlds"
    service = "domains"
    label = N_("Endings as cards")
    group = N_("Prices")
    icon = "sparkles"
    max_per_page = 4
    needs = frozenset({"offers"})

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    endings = TldGroup(N_("Group of endings"))
    which = Choice(N_("Endings"), {"spotlight": N_("Those under the search"), "all": N_("The first of the group")})
    most = Number(N_("At most"), least=2, most=12, default=6)
    notes = Items(N_("What endings are good for"), Note, most=12)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("Six endings"), {"title": N_("Endings that we recommend"), "which": "spotlight", "most": 6}),
        Preset(
            N_("Three endings with a sentence"),
            {
                "title": N_("Which ending suits you?"),
                "which": "all",
                "most": 3,
                "notes": [{"ending": "com", "text": N_("Known everywhere.")}],
                "scheme": "soft",
            },
        ),
        Preset(N_("Twelve endings"), {"title": N_("Find the ending that fits"), "which": "all", "most": 12}),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`featured`: a card per ending that has a price to register and one to renew."""
        notes = {note["ending"].strip().lower().lstrip("."): note["text"] for note in data["notes"]}
        offers = [one for one in context.offers_of(data["endings"]) if data["which"] == "all" or one.spotlight]
        cards = [
            _card(offer, notes, context) for offer in offers if offer.register and min(offer.register) in offer.renew
        ]
        return {"featured": cards[: data["most"]]}


def _card(offer: Offer, notes: Mapping[str, str], context: Context) -> dict[str, Any]:
    years = min(offer.register)
    price, was = offer.register[years], offer.was.get(years)
    return {
        "tld": offer.tld,
        "note": notes.get(offer.tld, ""),
        "price": price,
        "years": years,
        "then": offer.renew[years] if years == 1 else None,
        "was": was if was and was > price else None,
        "lowest": offer.lowest.get(years),
        "saving": (was - price) * 100 // was / 100 if was and was > price else None,
        "href": "#prices" if "tld_prices" in context.on_page else context.search_action,
    }
