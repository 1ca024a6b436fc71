"""Cards beside each other (services, reasons, people): a sign or a picture, a heading, a few words, a link."""

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
    Link,
    MediaPicture,
    Preset,
    Text,
)

#: Signs of the sprite, with their names.
SIGNS = {
    "": N_("None"),
    "globe": N_("Globe"),
    "search": N_("Magnifying glass"),
    "shield-check": N_("Shield"),
    "lock": N_("Lock"),
    "mail": N_("Letter"),
    "phone": N_("Telephone"),
    "server": N_("Server"),
    "monitor": N_("Screen"),
    "wallet": N_("Wallet"),
    "receipt-text": N_("Invoice"),
    "clock": N_("Clock"),
    "users": N_("People"),
    "life-buoy": N_("Lifebuoy"),
    "pencil": N_("Pencil"),
    "map-pin": N_("Place"),
    "heart": N_("Heart"),
    "zap": N_("Lightning"),
}


class Card(Fields):
    """One card. A picture takes the place of the sign."""

    sign = Choice(N_("Sign"), SIGNS)
    picture = MediaPicture(N_("Picture"))
    title = Text(N_("Heading"), max=80, required=True)
    text = Text(N_("Text"), max=400, multiline=True)
    link = Link(N_("Link"))
    link_label = Text(N_("Words of the link"), max=60)


class Cards(Block):
    """A heading and two to twelve cards."""

    type = "cards"
    label = N_("Cards")
    group = N_("Content")
    icon = "boxes"

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    items = Items(N_("Cards"), Card, most=12, required=True)
    look = Choice(N_("Look"), {"cards": N_("Cards"), "open": N_("Without frames")})
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Three services"),
            {
                "title": N_("What we do for you"),
                "items": [
                    {"sign": "globe", "title": N_("Names"), "text": N_("We find one that is free and register it.")},
                    {"sign": "mail", "title": N_("Mail"), "text": N_("Letters to your own address, on every device.")},
                    {"sign": "life-buoy", "title": N_("Help"), "text": N_("A person answers, not a form.")},
                ],
            },
        ),
        Preset(
            N_("Four reasons, without frames"),
            {
                "title": N_("Why people stay with us"),
                "look": "open",
                "scheme": "soft",
                "items": [
                    {"title": N_("One price"), "text": N_("The renewal stands beside the first year.")},
                    {"title": N_("One person to ask"), "text": N_("The same one every time.")},
                    {"title": N_("One invoice"), "text": N_("For all names, on the day that suits you.")},
                    {"title": N_("No fine print"), "text": N_("Leave whenever you like, with your names.")},
                ],
            },
        ),
        Preset(
            N_("Cards with pictures"),
            {
                "title": N_("Our work"),
                "items": [
                    {"title": N_("The first one"), "text": N_("For whom it was, and what it did for them.")},
                    {"title": N_("The second one"), "text": N_("Choose a picture for each card.")},
                ],
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:  # noqa: ARG003  the parent's signature
        """`cards` without those that have neither heading nor text."""
        return {"cards": [card for card in data["items"] if card["title"] or card["text"]]}
