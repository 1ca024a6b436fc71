"""The views that a partner can show inside another site (H-48 to H-51): names and words, for everybody who lists them.

What a view does with a request is written by the frames surface; the panel, the block and the snippets only need this.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from webapp.foundation.i18n import N_


@dataclass(frozen=True)
class FrameView:
    """`name` stands in the address, `/frames/<name>`; `needs` is the module that must be on sale ("" for none)."""

    name: str
    title: str
    needs: str = ""

    def offered(self, modules: Collection[str], off: Collection[str]) -> bool:
        """Whether it answers at a shop that sells these modules and has switched those views off."""
        return self.name not in off and (not self.needs or self.needs in modules)


#: In the order in which the panel offers them.
FRAME_VIEWS = {
    view.name: view
    for view in (
        FrameView("domain-search", N_("Search for a name"), "domains"),
        FrameView("domain-order", N_("Order a name"), "domains"),
        FrameView("hosting-order", N_("Order hosting"), "hosting"),
        FrameView("certificate-order", N_("Order a certificate"), "certificates"),
        FrameView("user-login", N_("Sign in")),
        FrameView("user-register", N_("Open an account")),
        FrameView("user-panel", N_("Your services and proformas")),
    )
}
