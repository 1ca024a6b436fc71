"""The frame of both panels: who is signed in, where to sign out, what the last request left to say."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for

from .current import person
from .rendering import notice, warnings


def frame(door: str) -> dict[str, Any]:
    """Variables of shared/panel_layout.html for `door` ("sales" or "operator"); sections are each panel's own.

    A fragment leaves what is to be said to the next page: the people who read it see that page, not the fragment.
    """
    someone = person()
    fragment = getattr(request, "is_fragment", False)
    said = {"notice": None if fragment else notice(), "warnings": [] if fragment else warnings()}
    if someone is None:
        return {"who": None, **said}
    site = g.get("site")
    return {
        "who": someone,
        "partner_name": site.name if site else None,
        "panel_home": url_for(f"{door}.start"),
        "sign_out_url": url_for(f"{door}.sign_out"),
        **said,
    }
