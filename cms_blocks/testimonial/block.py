"""What customers say: one voice large, several as cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Fields, Items, MediaPicture, Preset, Text


class Voice(Fields):
    """What one person said. Only real words of real people belong here."""

    quote = Text(N_("What they said"), max=400, multiline=True, required=True)
    name = Text(N_("Name"), max=80, required=True)
    role = Text(N_("Who they are"), max=100, hint=N_("For example: bakery in Gdynia"))
    picture = MediaPicture(N_("Picture"))


#: Says what to do; it cannot be taken for somebody's words.
PROMPT = {
    "quote": N_("Ask a customer for one sentence, and put it here word for word."),
    "name": N_("Name of the customer"),
    "role": N_("Firm and town"),
}


class Testimonial(Block):
    """Quotations with the names of those who said them."""

    type = "testimonial"
    label = N_("Customers' words")
    group = N_("Content")
    icon = "message-circle"

    title = Text(N_("Heading"), max=100)
    items = Items(N_("Voices"), Voice, most=6, required=True)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("One voice"), {"items": [PROMPT], "scheme": "soft"}),
        Preset(
            N_("Three voices"),
            {
                "title": N_("What customers say"),
                "items": [PROMPT, PROMPT, PROMPT],
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:  # noqa: ARG003  the parent's signature
        """`voices` that say something."""
        return {"voices": [voice for voice in data["items"] if voice["quote"]]}
