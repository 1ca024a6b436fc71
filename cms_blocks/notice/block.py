"""Something that visitors should know now: holidays, works, a new price list."""

from __future__ import annotations

from webapp.reseller.cms.kit import N_, Block, Choice, Link, Preset, RichText, Text

TONES = {"info": N_("News"), "ok": N_("Good news"), "warn": N_("Warning")}


class Notice(Block):
    """A coloured box with a sign."""

    type = "notice"
    label = N_("Notice")
    group = N_("Content")
    icon = "info"
    max_per_page = 4

    tone = Choice(N_("Kind"), TONES)
    title = Text(N_("Heading"), max=100)
    body = RichText(N_("Text"), max=800)
    link = Link(N_("Link"))
    link_label = Text(N_("Words of the link"), max=60)

    presets = (
        Preset(N_("News"), {"tone": "info", "title": N_("We are closed from 24 December to 1 January")}),
        Preset(N_("Good news"), {"tone": "ok", "title": N_("Our prices stay as they are next year")}),
        Preset(
            N_("Warning"),
            {
                "tone": "warn",
                "title": N_("Beware of false invoices"),
                "body": N_("<p>Our invoices come from our own address only. If in doubt, call us.</p>"),
            },
        ),
    )
