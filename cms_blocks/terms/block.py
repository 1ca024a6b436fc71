"""The legal document in force, with its version and date: what an order records that somebody accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, Block, Choice, Context, Data, Preset


class Terms(Block):
    """Shows a document; it is edited as a document, with numbered versions, never on the page."""

    type = "terms"
    label = N_("Legal document")
    group = "Documents"
    icon = "scale"
    max_per_page = 1
    needs = frozenset({"legal"})

    kind = Choice(
        "Document",
        {
            "terms": "Terms of service",
            "privacy": "Privacy policy",
            "legal-acts": "Laws that apply",
            "registry-policies": "Terms and policies of the registries",
            "ownership-transfer": "Handing a name over",
            "disputes": "Disputes about names",
            "holder-data": "Changing the holder's data",
        },
    )

    presets = (
        Preset("Terms of service", {"kind": "terms"}),
        Preset("Privacy policy", {"kind": "privacy"}),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`document` is None when the shop has none in this language."""
        return {"document": context.legal.get(data["kind"])}
