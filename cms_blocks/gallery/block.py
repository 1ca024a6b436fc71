"""Pictures beside each other: finished work, rooms, people. Each leads to itself in full size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Fields, Items, MediaPicture, Preset, Text


class Shot(Fields):
    """One picture. What it shows for those who do not see it is written in the library."""

    picture = MediaPicture(N_("Picture"), required=True)
    caption = Text(N_("Words below"), max=160)


class Gallery(Block):
    """Up to 24 pictures as a grid, as one large and small ones, or as a strip to leaf through."""

    type = "gallery"
    label = N_("Gallery")
    group = N_("Pictures")
    icon = "files"

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    items = Items(N_("Pictures"), Shot, most=24)
    layout = Choice(
        N_("Layout"),
        {"grid": N_("Equal pictures"), "lead": N_("The first one large"), "strip": N_("A strip to leaf through")},
    )
    shape = Choice(N_("Shape of the pictures"), {"4-3": N_("4 : 3"), "1-1": N_("Square"), "3-4": N_("Upright")})
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("Equal pictures"), {"title": N_("Our work"), "items": [{}, {}, {}]}),
        Preset(N_("The first one large"), {"title": N_("Our work"), "layout": "lead", "items": [{}, {}, {}, {}, {}]}),
        Preset(N_("A strip to leaf through"), {"layout": "strip", "shape": "3-4", "items": [{}, {}, {}, {}]}),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`shots`: (picture, caption). The editor also shows those whose picture is not chosen yet or has vanished."""
        found = [(context.pictures.get(item["picture"] or 0), item["caption"]) for item in data["items"]]
        return {"shots": [shot for shot in found if shot[0] or context.editing]}
