"""A place for the partner's own advertisement. It takes room only while a campaign may run."""

from __future__ import annotations

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Preset


class Ad(Block):
    """What is shown is decided by the campaigns of the panel, not on the page."""

    type = "ad"
    label = N_("Advertisement")
    group = N_("Places")
    icon = "badge-percent"
    max_per_page = 3

    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (Preset(N_("Advertisement"), {}), Preset(N_("On a tinted ground"), {"scheme": "soft"}))
