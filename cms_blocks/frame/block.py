"""A way in: signing in, registering, or ordering a name.

Where the view answers as a frame, the place becomes the frame itself (`shop-frame`). The way to the shop's own page is
what stays without script, in the editor, and where the view is switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Preset, Text

KINDS = {"login": N_("Signing in"), "register": N_("Registering"), "order": N_("Ordering a name")}
#: kind -> (name of the frame, name of the address, icon of the sprite)
WAYS = {
    "login": ("user-login", "sign_in", "log-in"),
    "register": ("user-register", "register", "user-plus"),
    "order": ("domain-order", "search", "search"),
}


class Frame(Block):
    """A panel with a heading and one way in."""

    type = "frame"
    label = N_("Sign-in, registration or order")
    group = N_("Places")
    icon = "frame"
    needs = frozenset({"frames"})
    max_per_page = 3

    kind = Choice(N_("What it is for"), KINDS)
    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Signing in"),
            {
                "kind": "login",
                "title": N_("Already with us?"),
                "text": N_("Names, invoices and settings are in your account."),
            },
        ),
        Preset(
            N_("Registering"),
            {"kind": "register", "title": N_("Open an account"), "text": N_("It takes a minute and costs nothing.")},
        ),
        Preset(
            N_("Ordering a name"),
            {"kind": "order", "title": N_("Order a name"), "text": N_("Search, choose, pay by transfer.")},
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`way`: {view, href, icon, framed}; `search` for the order, as `_search.html` takes it."""
        view, link, icon = WAYS[data["kind"]]
        framed = f"frames/{view}" in context.services and not context.editing
        way = {"view": view, "href": context.links.get(link, ""), "icon": icon, "framed": framed}
        search = {"action": context.search_action, "query": ""} if data["kind"] == "order" else None
        return {"way": way, "search": search}
