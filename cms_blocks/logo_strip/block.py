"""A row of logos: customers, suppliers, registries. Who has no logo stands there by name."""

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

LOOKS = {"names": N_("On the page's ground"), "plates": N_("On white plates: for logos that need a light ground")}


class Mark(Fields):
    """Somebody's logo, or their name in letters."""

    name = Text(N_("Name"), max=60, required=True)
    picture = MediaPicture(N_("Logo"))
    link = Link(N_("Link"))


class LogoStrip(Block):
    """A sentence and up to 18 logos of equal height."""

    type = "logo_strip"
    label = N_("Row of logos")
    group = N_("Pictures")
    icon = "badge-check"

    title = Text(N_("Heading"), max=100)
    items = Items(N_("Logos"), Mark, most=18, required=True)
    look = Choice(N_("Look"), LOOKS)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("Customers"), {"title": N_("They trust us with their names"), "items": [{}, {}, {}, {}]}),
        Preset(
            N_("Logos on white plates"),
            {"title": N_("We work with"), "look": "plates", "scheme": "soft", "items": [{}, {}, {}, {}]},
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`marks`: (item, its picture or None), without entries that would show nothing."""
        found = [(item, context.pictures.get(item["picture"] or 0)) for item in data["items"]]
        return {"marks": [mark for mark in found if mark[0]["name"] or mark[1]]}
