"""A picture and what is to be said about it, beside each other; below each other on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import (
    N_,
    SCHEMES,
    Anchor,
    Block,
    Choice,
    Context,
    Data,
    Link,
    MediaPicture,
    Preset,
    RichText,
    Text,
)

#: Our own drawings (`_drawing.html`), in the shop's colours: for pages that have no photograph yet.
DRAWINGS = {
    "": N_("None"),
    "window": N_("Browser window"),
    "shopfront": N_("Shop front"),
    "letter": N_("Letter"),
    "shelf": N_("Shelf of servers"),
}
SIDES = {"right": N_("Picture on the right"), "left": N_("Picture on the left"), "above": N_("Picture above, wide")}
SHAPES = {"4-3": N_("4 : 3"), "3-2": N_("3 : 2"), "1-1": N_("Square"), "4-5": N_("Upright"), "": N_("As it is")}


class ImageText(Block):
    """Text with a picture of the library, or with one of our drawings while there is none."""

    type = "image_text"
    label = N_("Picture and text")
    group = N_("Pictures")
    icon = "image"

    title = Text(N_("Heading"), max=100)
    body = RichText(N_("Text"), max=4000)
    link = Link(N_("Link"))
    link_label = Text(N_("Words of the link"), max=60)
    picture = MediaPicture(N_("Picture"))
    drawing = Choice(N_("Drawing while there is no picture"), DRAWINGS)
    side = Choice(N_("Layout"), SIDES)
    shape = Choice(N_("Shape of the picture"), SHAPES)
    anchor = Anchor(N_("Name for links to this place"))
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Picture on the right"),
            {
                "title": N_("Who we are"),
                "body": N_("<p>Say in three sentences who is behind this shop, and since when.</p>"),
                "drawing": "shopfront",
            },
        ),
        Preset(
            N_("Picture on the left"),
            {
                "title": N_("Letters to your own name"),
                "body": N_("<p>What the reader gets, and what they do not have to worry about.</p>"),
                "drawing": "letter",
                "side": "left",
                "scheme": "soft",
            },
        ),
        Preset(N_("A wide picture"), {"side": "above", "shape": "3-2", "drawing": "window"}),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`shown`: "picture", "drawing", "missing" (the editor only) or "" when text stands alone."""
        has_picture = data["picture"] in context.pictures
        missing = "missing" if context.editing and (data["picture"] or not data["drawing"]) else ""
        shown = "picture" if has_picture else missing or ("drawing" if data["drawing"] else "")
        return {"shown": shown}
