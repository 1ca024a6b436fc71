"""How a partner's surfaces look: colours, theme, logo, icon, the banner for subscribers; and what the shop offers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.site import Banner
from webapp.foundation.theming import BrandTokens, themes

from . import audit, brand_assets, company, queries
from .audit import Actor
from .operations import brand_columns, bump_content

#: Offered services that exist. Others of a partner's list belong to a later version and stay as they are.
MODULES = ("domains", "hosting", "certificates", "other")
#: Keys of Partner.settings: the look before the last change, and colours that are kept for decoration only.
_BEFORE, _KEPT = "brand_before", "brand_kept"


def update_brand(session: Session, actor: Actor, tokens: BrandTokens, theme: str | None = None) -> None:
    """Change colours, fonts, corners, density, and the theme if one is named, of the session's own partner."""
    brand, partner = queries.brand(session), queries.partner(session)
    wanted = company.theme(theme) if theme is not None else partner.theme
    before = asdict(queries.tokens(brand)) | {"theme": partner.theme}
    if before != asdict(tokens) | {"theme": wanted}:
        partner.settings = {**partner.settings, _BEFORE: before}
    _wear(session, actor, tokens, wanted, "brand.changed")


def undo_brand(session: Session, actor: Actor) -> None:
    """Give the look before the last change back, once. Raises Refusal("nothing") when there is none."""
    partner = queries.partner(session)
    before = dict(partner.settings.get(_BEFORE) or {})
    if not before or before.get("theme") not in themes():
        raise Refusal("nothing", N_("There is no earlier look to go back to."))
    partner.settings = {name: value for name, value in partner.settings.items() if name != _BEFORE}
    _wear(
        session,
        actor,
        BrandTokens(**{k: v for k, v in before.items() if k != "theme"}),
        before["theme"],
        "brand.undone",
    )


def can_undo(session: Session) -> bool:
    """Whether an earlier look is kept."""
    return bool(queries.partner(session).settings.get(_BEFORE))


def _wear(session: Session, actor: Actor, tokens: BrandTokens, theme: str, action: str) -> None:
    brand, partner = queries.brand(session), queries.partner(session)
    for column, value in brand_columns(tokens).items():
        setattr(brand, column, value)
    partner.theme = theme
    _changed(session, actor, action, theme=theme, **asdict(tokens))
    brand_assets.ask(session)


def _changed(session: Session, actor: Actor, action: str, **data: Any) -> None:
    partner = queries.partner(session)
    bump_content(session)
    audit.record(session, actor, action, "partner", partner.id, partner.name, **data)
    session.flush()


def kept_colours(session: Session) -> frozenset[str]:
    """Colours that the partner knows to be too weak for text, and keeps for decoration."""
    return frozenset(queries.partner(session).settings.get(_KEPT) or ())


def keep_colours(session: Session, colours: Collection[str]) -> None:
    """Remember which weak colours were kept; the last few are enough."""
    partner = queries.partner(session)
    if wanted := sorted(colours)[:4]:
        partner.settings = {**partner.settings, _KEPT: wanted}


def set_logo(session: Session, actor: Actor, logo: str, width: int = 0, height: int = 0, logo_dark: str = "") -> None:
    """Show this media file as the logo (its size in CSS pixels); "" sets the shop's name in type again."""
    brand = queries.brand(session)
    brand.logo, brand.logo_width, brand.logo_height, brand.logo_dark = logo, width, height, logo_dark
    _changed(session, actor, "brand.logo", logo=logo)
    brand_assets.ask(session)


def set_favicon(session: Session, actor: Actor, favicon: str) -> None:
    """Make the icons of this media file; "" makes them of the logo or the shop's first letter again."""
    queries.brand(session).favicon = favicon
    _changed(session, actor, "brand.favicon", favicon=favicon)
    brand_assets.ask(session)


def set_banner(session: Session, actor: Actor, banner: Banner | None) -> None:
    """Show a picture with a link in every subscriber panel (H-58); None shows none."""
    queries.brand(session).banner = {**asdict(banner), "alt": dict(banner.alt)} if banner else {}
    _changed(session, actor, "brand.banner", link=banner.link if banner else "")


def set_modules(session: Session, actor: Actor, offered: Collection[str]) -> None:
    """Sell these services and no others (H-20), in every process within a second: the content version is bumped."""
    partner = queries.partner(session)
    later = [name for name in partner.modules if name not in MODULES]
    wanted = [*(name for name in MODULES if name in offered), *later]
    if wanted != list(partner.modules):
        partner.modules = wanted
        _changed(session, actor, "services.offered", modules=wanted)
