"""What happens one after the other: how to order, how to move a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Fields, Items, Link, Preset, Text


class Step(Fields):
    """One step; its number comes by itself."""

    title = Text(N_("Heading"), max=80, required=True)
    text = Text(N_("Text"), max=300, multiline=True)


class Steps(Block):
    """Two to eight numbered steps, beside or below each other."""

    type = "steps"
    label = N_("Steps")
    group = N_("Content")
    icon = "list-checks"

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    items = Items(N_("Steps"), Step, most=8, required=True)
    layout = Choice(N_("Layout"), {"row": N_("Beside each other"), "list": N_("Below each other")})
    link = Link(N_("Link of the button below"))
    link_label = Text(N_("Words of the button"), max=60)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("From a name to a domain"),
            {
                "title": N_("From a name to a domain"),
                "layout": "row",
                "items": [
                    {"title": N_("Check the name"), "text": N_("Type it above. You see what is free.")},
                    {"title": N_("Order and pay"), "text": N_("An e-mail address and your details are enough.")},
                    {"title": N_("Use it"), "text": N_("The name is yours, mostly within minutes.")},
                ],
            },
        ),
        Preset(
            N_("Bring a name to us"),
            {
                "title": N_("Bring your name to us"),
                "layout": "list",
                "scheme": "soft",
                "items": [
                    {"title": N_("Unlock it"), "text": N_("Your old provider does that on request.")},
                    {"title": N_("Ask for the transfer code"), "text": N_("Some call it authinfo or EPP code.")},
                    {"title": N_("Send us the code"), "text": N_("The rest is our work; your website stays up.")},
                    {"title": N_("Done"), "text": N_("The remaining time comes with the name.")},
                ],
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:  # noqa: ARG003  the parent's signature
        """`stages` without those that say nothing yet."""
        return {"stages": [step for step in data["items"] if step["title"] or step["text"]]}
