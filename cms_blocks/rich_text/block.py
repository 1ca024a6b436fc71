"""Text with headings, lists and links."""

from __future__ import annotations

from webapp.reseller.cms.kit import SCHEMES, Anchor, Block, Choice, Preset, RichText, Text


class Prose(Block):
    """A heading and what is to be said below it."""

    type = "rich_text"
    label = "Text"
    group = "Content"
    icon = "type"

    title = Text("Heading", max=100)
    body = RichText("Text", max=20_000, required=True)
    anchor = Anchor("Name for links to this place")
    scheme = Choice("Colours", SCHEMES)

    presets = (Preset("Text", {"title": "", "body": "<p></p>"}),)
