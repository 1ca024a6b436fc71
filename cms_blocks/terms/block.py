"""The legal document in force, with its version and date: what an order records that somebody accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.kit import N_, Block, Choice, Context, Data, Preset


class Terms(Block):
    """Shows a document; it is edited as a document, with numbered versions, never on the page."""

    type = "terms"
    label = N_("Legal document")
    group = N_("Documents")
    icon = "scale"
    max_per_page = 1
    needs = frozenset({"legal"})

    kind = Choice(
        N_("Document"),
        {
            "terms": N_("Terms of service"),
            "privacy": N_("Privacy policy"),
            "legal-acts": N_("Laws that apply"),
            "registry-policies": N_("Terms and policies of the registries"),
            "ownership-transfer": N_("Handing a name over"),
            "disputes": N_("Disputes about names"),
            "holder-data": N_("Changing the holder's data"),
        },
    )

    presets = (
        Preset(N_("Terms of service"), {"kind": "terms"}),
        Preset(N_("Privacy policy"), {"kind": "privacy"}),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`document` is None when the shop has none in this language."""
        return {"document": context.legal.get(data["kind"])}
