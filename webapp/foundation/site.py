"""What the rest of the product knows about the shop that a request is for: frozen facts, found by the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .config import Settings
from .theming import BrandTokens


@dataclass(frozen=True)
class Icons:
    """Media file names of what a job makes of logo and colours; all empty until it has run."""

    ico: str = ""
    apple: str = ""
    icon_192: str = ""
    icon_512: str = ""
    maskable: str = ""
    social: str = ""


@dataclass(frozen=True)
class Banner:
    """A picture with a link in every subscriber panel: media file name, pixels, own path or https, (locale, text)."""

    file: str
    width: int
    height: int
    link: str
    alt: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Site:
    """One partner's shop as seen from one of its hosts. `primary_host` is where every absolute link points."""

    partner_id: int
    code: str
    name: str
    status: str  # active | suspended
    theme: str
    host: str
    primary_host: str
    locale: str
    locales: tuple[str, ...]
    currency: str
    timezone: str
    content_version: int
    modules: frozenset[str]
    brand: BrandTokens
    logo: str  # media file name; empty: the name is set in type
    logo_width: int
    logo_height: int
    logo_dark: str
    tax_mode: str
    tax_rate_bp: int
    icons: Icons = Icons()
    banner: Banner | None = None
    #: `host` is the one that the platform gave the shop.
    raw: bool = False
    #: `host` is a further host of its own beside its primary one: visitors are led there. Never to the raw host.
    leads_on: bool = False
    #: Since when the shop answers at `host`: HSTS grows with it.
    live_since: datetime | None = None
    #: The exact origins whose pages may show the shop's frames.
    frame_origins: tuple[str, ...] = ()
    #: Views that the partner shows in no frame (reseller/cms/frame_views.py).
    frames_off: frozenset[str] = frozenset()

    def origin(self, settings: Settings) -> str:
        """The shop's own origin, from the stored primary host and never from a request."""
        return settings.origin(self.primary_host)


#: Finds the shop of a normalised host. None: nobody's host.
Resolver = Callable[[str], Site | None]
