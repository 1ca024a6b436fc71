"""A pause between two blocks: a line, a short mark, or only space."""

from __future__ import annotations

from webapp.reseller.cms.kit import N_, Block, Choice, Preset


class Divider(Block):
    """Draws a line or keeps a distance."""

    type = "divider"
    label = N_("Divider")
    group = N_("Layout")
    icon = "minus"

    look = Choice(N_("Look"), {"line": N_("Line"), "mark": N_("Short mark"), "space": N_("Only space")})
    size = Choice(N_("Space"), {"small": N_("Small"), "medium": N_("Medium"), "large": N_("Large")}, default="medium")

    presets = (
        Preset(N_("Line"), {"look": "line", "size": "medium"}),
        Preset(N_("Short mark"), {"look": "mark", "size": "medium"}),
        Preset(N_("Only space"), {"look": "space", "size": "large"}),
    )
