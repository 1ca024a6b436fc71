"""Hosting plans side by side, from the catalog. While none is on sale only the editor shows it, with examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Plan, Preset, Text

EXAMPLES = (
    Plan("Start", 900, "month", "For a page and a mailbox.", ("5 GB of space", "1 website", "5 mailboxes"), href="#"),
    Plan(
        "Firm", 1900, "month", "For a website that earns.",
        ("25 GB of space", "5 websites", "50 mailboxes", "A copy every night"), featured=True, href="#",
    ),
    Plan(
        "Studio", 4900, "month", "For those who build for others.",
        ("100 GB of space", "30 websites", "500 mailboxes"), href="#",
    ),
)  # fmt: skip


class HostingPlans(Block):
    """A heading and the plans."""

    type = "hosting_plans"
    label = N_("Hosting plans")
    group = N_("Prices")
    icon = "server"
    max_per_page = 1
    needs = frozenset({"plans"})
    service = "hosting"

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("Plans"), {"title": N_("Room for your website")}),
        Preset(
            N_("Plans with a sentence"),
            {
                "title": N_("Hosting that you can leave alone"),
                "text": N_("Every plan has certificates, backups and a person who answers."),
                "scheme": "soft",
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:  # noqa: ARG003  the parent's signature
        """`plans`, and whether they are an `example`."""
        sold = context.plans.get(cls.service, ())
        return {
            "plans": sold or (EXAMPLES if context.editing else ()),
            "example": not sold,
            "currency": context.currency,
        }
