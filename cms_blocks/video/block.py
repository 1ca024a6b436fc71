"""A film of YouTube, Vimeo or a PeerTube site. Nothing is asked of them before somebody presses the button.

YouTube and Vimeo then play inside the page, from the hosts that they keep for visitors who are not to be followed;
the page's security policy names just these two. Films of all other sites open on the site itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from webapp.reseller.cms.kit import (
    N_,
    SCHEMES,
    Block,
    Choice,
    Context,
    Data,
    FieldError,
    Json,
    Link,
    MediaPicture,
    Preset,
    Text,
)

YOUTUBE, VIMEO = "https://www.youtube-nocookie.com", "https://player.vimeo.com"
_YOUTUBE_HOSTS = frozenset(("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be", "www.youtube-nocookie.com"))
_VIMEO_HOSTS = frozenset(("vimeo.com", "www.vimeo.com", "player.vimeo.com"))


@dataclass(frozen=True)
class Film:
    """Where a film plays: `service` as people say, `page` on its own site, `embed` inside ours ("" if it cannot)."""

    service: str
    page: str
    embed: str = ""


def film(address: str) -> Film | None:
    """What an https address of a film means; None for anything else."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme != "https" or not host:
        return None
    if host in _YOUTUBE_HOSTS:
        return _youtube(host, parts.path, parts.query) or Film("YouTube", address)
    if host in _VIMEO_HOSTS:
        return _vimeo(parts.path, parts.query) or Film("Vimeo", address)
    return Film(host.removeprefix("www."), address)


def _youtube(host: str, path: str, query: str) -> Film | None:
    """https://www.youtube.com/watch?v=ID, https://youtu.be/ID, /embed/ID, /shorts/ID, /live/ID."""
    named = re.fullmatch(r"/(?:embed|shorts|live|v)/([\w-]+)/?", path)
    short = re.fullmatch(r"/([\w-]+)/?", path) if host == "youtu.be" else None
    asked = parse_qs(query).get("v", [""])[0] if path == "/watch" else ""
    name = named[1] if named else short[1] if short else asked
    if not re.fullmatch(r"[\w-]{6,20}", name, re.ASCII):
        return None
    return Film("YouTube", f"https://www.youtube.com/watch?v={name}", f"{YOUTUBE}/embed/{name}?autoplay=1&rel=0")


def _vimeo(path: str, query: str) -> Film | None:
    """https://vimeo.com/123, with the key of an unlisted film https://vimeo.com/123/abc, and their player's address."""
    found = re.fullmatch(r"/(?:video/)?([0-9]{1,12})(?:/([0-9a-f]{6,20}))?/?", path, re.ASCII)
    if not found:
        return None
    key = found[2] or next(iter(parse_qs(query).get("h", [])), "")
    unlisted = f"&h={quote(key, safe='')}" if key else ""
    page = f"https://vimeo.com/{found[1]}" + (f"/{quote(key, safe='')}" if key else "")
    return Film("Vimeo", page, f"{VIMEO}/video/{found[1]}?autoplay=1&dnt=1{unlisted}")


class FilmAddress(Link):
    """The https address of a film's page."""

    def clean(self, raw: Json) -> str:
        """The address, or "" for none."""
        address = super().clean(raw)
        if address and film(address) is None:
            raise FieldError(N_("Paste the address of the film's page; it begins with https://."))
        return address


class Video(Block):
    """A picture with a button; the film comes after the click."""

    type = "video"
    label = N_("Video")
    group = N_("Pictures")
    icon = "monitor"
    embeds = frozenset({YOUTUBE, VIMEO})

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    address = FilmAddress(N_("Address of the film"), required=True, hint=N_("On YouTube, Vimeo or a PeerTube site."))
    name = Text(N_("Name of the film"), max=120, required=True, hint=N_("For those who do not see the picture."))
    picture = MediaPicture(N_("Picture before it plays"))
    shape = Choice(N_("Shape of the film"), {"16-9": N_("16 : 9"), "4-3": N_("4 : 3"), "1-1": N_("Square")})
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("A film with a heading"), {"title": N_("See how it works"), "scheme": "soft"}),
        Preset(N_("A film alone"), {}),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`film` and the poster `still`, which may be None both."""
        return {"film": film(data["address"]), "still": context.pictures.get(data["picture"] or 0)}
