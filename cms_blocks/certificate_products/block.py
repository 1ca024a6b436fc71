"""Certificates side by side, from the catalog. While none is on sale only the editor shows it, with examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Plan, Preset, Text

EXAMPLES = (
    Plan("One name", 3900, "year", "Proves that the address is yours.", ("Ready in minutes", "www included"), href="#"),
    Plan(
        "All subdomains", 24900, "year", "One certificate for shop, mail and the rest.",
        ("Ready in minutes", "Any number of subdomains"), featured=True, href="#",
    ),
    Plan(
        "Your company", 34900, "year", "Names your company in the certificate.",
        ("We check the register for you", "About two days"), href="#",
    ),
)  # fmt: skip


class CertificateProducts(Block):
    """A heading and the products."""

    type = "certificate_products"
    label = N_("Certificates")
    group = N_("Prices")
    icon = "shield-check"
    max_per_page = 1
    needs = frozenset({"plans"})
    service = "certificates"

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("Certificates"), {"title": N_("Certificates for your address")}),
        Preset(
            N_("Certificates with a sentence"),
            {
                "title": N_("Which certificate do you need?"),
                "text": N_("For most websites the smallest is enough. If you are not sure, ask us."),
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
