"""Many names at once: a list is pasted here, and checked on the page of the bulk search."""

from __future__ import annotations

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Preset, Text, TldGroup


class BulkSearch(Block):
    """A field of several lines. Names without an ending are tried in the endings of the group."""

    type = "bulk_search"
    service = "domains"
    label = N_("Search for many names")
    group = N_("Start")
    icon = "list-checks"
    max_per_page = 1

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    endings = TldGroup(N_("Endings for names that have none"))
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Paste a list"),
            {
                "title": N_("Check a whole list"),
                "text": N_("Paste up to 500 names, in any order and form. We sort them out."),
            },
        ),
        Preset(
            N_("For those who move many names"),
            {
                "title": N_("Many names, one look"),
                "text": N_("Paste the list from your old provider or from a spreadsheet."),
                "scheme": "soft",
            },
        ),
    )
