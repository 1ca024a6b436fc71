"""A search field of its own: at the end of a page, or on a page about one kind of ending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Preset, Text, TldGroup


class Search(Block):
    """A heading beside or above a field; the answers come on the page of the search."""

    type = "search"
    service = "domains"
    label = N_("Domain search")
    group = N_("Start")
    icon = "search"
    max_per_page = 4

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=200)
    placeholder = Text(N_("Example in the empty field"), max=60, hint=N_("A name that a customer might type."))
    endings = TldGroup(N_("Endings to search in"))
    layout = Choice(N_("Layout"), {"beside": N_("Heading beside the field"), "above": N_("Heading above the field")})
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("A strip with a field"),
            {
                "title": N_("Is your name still free?"),
                "placeholder": "myfirm.com",
                "layout": "beside",
                "scheme": "soft",
            },
        ),
        Preset(
            N_("In the brand's colour"),
            {
                "title": N_("Begin with a name"),
                "text": N_("You see at once what is free and what it costs."),
                "placeholder": "myfirm.com",
                "layout": "above",
                "scheme": "brand",
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`search` as the theme's `_search.html` takes it; the template adds an id of its own."""
        action, group = context.search_action, data["endings"] or context.group
        return {"search": {"action": action, "query": "", "placeholder": data["placeholder"], "group": group}}
