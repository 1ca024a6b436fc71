"""Text with headings, lists and links."""

from __future__ import annotations

from webapp.reseller.cms.kit import N_, SCHEMES, Anchor, Block, Choice, Preset, RichText, Text


class Prose(Block):
    """A heading and what is to be said below it."""

    type = "rich_text"
    label = N_("Text")
    group = N_("Content")
    icon = "type"

    title = Text(N_("Heading"), max=100)
    body = RichText(N_("Text"), max=20_000, required=True)
    layout = Choice(
        N_("Layout"), {"one": N_("One column"), "two": N_("Two columns"), "side": N_("Heading beside the text")}
    )
    anchor = Anchor(N_("Name for links to this place"))
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("Text"), {"title": "", "body": "<p></p>"}),
        Preset(
            N_("Heading beside the text"),
            {
                "title": N_("What we stand for"),
                "body": N_("<p>One thought in two or three sentences.</p>"),
                "layout": "side",
            },
        ),
        Preset(
            N_("A list of steps"),
            {
                "title": N_("This is how it works"),
                "body": N_("<ol><li>Search for a name.</li><li>Order and pay.</li><li>Use it the same day.</li></ol>"),
                "scheme": "soft",
            },
        ),
    )
