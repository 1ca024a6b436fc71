"""Signed addresses of a look that is being chosen: the Sales Panel shows the shop in it, and nothing is stored."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from webapp.foundation.theming import BrandTokens, themes
from webapp.foundation.web import the_app

#: A look can be seen for one to two of these.
SECONDS = 3600


@dataclass(frozen=True)
class Look:
    """A theme with the choices that it is worn with."""

    theme: str
    brand: BrandTokens


def make(partner_id: int, look: Look) -> str:
    """A token for an address."""
    # By the hour: the same look keeps its address, and the picture of it stays as it is.
    until = (int(time.time()) // SECONDS + 2) * SECONDS
    return str(_signer().dumps([partner_id, look.theme, asdict(look.brand), until]))


def read(token: str, partner_id: int) -> Look | None:
    """What a token shows at this partner's shop; None when it is forged, another shop's or too old."""
    try:
        owner, theme, brand, until = _signer().loads(token)
        look = Look(theme, BrandTokens(**brand))
    except (BadSignature, ValueError, TypeError):
        return None
    return look if owner == partner_id and theme in themes() and until >= time.time() else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(the_app().settings.secret_key, salt="look")
