"""One thing to do next: a sentence and a button."""

from __future__ import annotations

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Link, Preset, Text

LOOKS = {
    "large": N_("Large, in the middle"),
    "strip": N_("A strip: words and button beside each other"),
    "panel": N_("A framed panel"),
}


class CallToAction(Block):
    """A heading, a sentence, one button and perhaps a quieter link."""

    type = "call_to_action"
    label = N_("Call to action")
    group = N_("Content")
    icon = "megaphone"

    title = Text(N_("Heading"), max=100, required=True)
    text = Text(N_("Sentence below"), max=300)
    link = Link(N_("Where the button leads"), required=True)
    link_label = Text(N_("Words of the button"), max=40, required=True)
    second_link = Link(N_("Where the second link leads"))
    second_label = Text(N_("Words of the second link"), max=40)
    look = Choice(N_("Look"), LOOKS)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Large, in the brand's colour"),
            {
                "title": N_("Is your name still free?"),
                "link_label": N_("Search for it"),
                "look": "large",
                "scheme": "brand",
            },
        ),
        Preset(
            N_("A strip"),
            {
                "title": N_("Moving from elsewhere? We help."),
                "link_label": N_("Write to us"),
                "look": "strip",
                "scheme": "soft",
            },
        ),
        Preset(
            N_("A panel with two ways"),
            {
                "title": N_("Not sure where to begin?"),
                "text": N_("Call, or write two lines. Both cost nothing."),
                "link_label": N_("Write to us"),
                "second_label": N_("See the prices"),
                "look": "panel",
            },
        ),
    )
