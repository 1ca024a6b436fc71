"""Signed addresses of previews: who holds one sees an unpublished page, and nothing else.

"edit" is what the editor shows in its frame, always the newest draft; "share" is for somebody else's eyes, seven days.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer

from webapp.foundation.web import the_app

Kind = Literal["edit", "share"]
SECONDS: dict[Kind, int] = {"edit": 24 * 3600, "share": 7 * 24 * 3600}


@dataclass(frozen=True)
class PreviewToken:
    """What a preview shows: a page of a partner."""

    partner_id: int
    page_id: int
    kind: Kind


def make(partner_id: int, page_id: int, kind: Kind) -> str:
    """A token for an address."""
    return str(_signer().dumps([partner_id, page_id, kind, int(time.time()) + SECONDS[kind]]))


def read(token: str, partner_id: int) -> PreviewToken | None:
    """What a token opens at this partner's shop; None when it is forged, another shop's or too old."""
    try:
        owner, page_id, kind, until = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    if owner != partner_id or kind not in SECONDS or until < time.time():
        return None
    return PreviewToken(owner, page_id, kind)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(the_app().settings.secret_key, salt="preview")
