"""Two to four columns of text beside each other; below each other on a phone."""

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
    Flag,
    Items,
    Preset,
    RichText,
    Text,
)


class Column(Fields):
    """A heading and its text."""

    title = Text(N_("Heading"), max=80)
    body = RichText(N_("Text"), max=3000, required=True)


class Columns(Block):
    """Text in columns."""

    type = "columns"
    label = N_("Columns")
    group = N_("Content")
    icon = "panels-top-left"

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    items = Items(N_("Columns"), Column, most=4, required=True)
    rules = Flag(N_("Lines between the columns"))
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Two columns"),
            {
                "title": N_("How we work"),
                "items": [
                    {
                        "title": N_("For you"),
                        "body": N_("<p>One mailbox, one invoice, and a person who knows your names.</p>"),
                    },
                    {
                        "title": N_("For your customers"),
                        "body": N_(
                            "<p>An address that they can remember, and a site that is there when they look.</p>"
                        ),
                    },
                ],
            },
        ),
        Preset(
            N_("Three columns with lines"),
            {
                "title": N_("What is included"),
                "rules": True,
                "items": [
                    {"title": N_("Before"), "body": N_("<p>We look at what you have, and say what it costs.</p>")},
                    {"title": N_("During"), "body": N_("<p>Nothing stands still while we work.</p>")},
                    {"title": N_("After"), "body": N_("<p>You reach us by telephone and by mail.</p>")},
                ],
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:  # noqa: ARG003  the parent's signature
        """`columns` without those that are still empty."""
        return {"columns": [column for column in data["items"] if column["title"] or column["body"]]}
