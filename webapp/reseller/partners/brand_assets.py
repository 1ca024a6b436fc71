"""Icons and the social picture of a shop: of what they are made, and when they are made again. tasks.py draws them."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import outbox, uploads
from webapp.foundation.colours import on_colour
from webapp.foundation.palette import roles
from webapp.foundation.theming import BrandTokens, theme, themes
from webapp.providers.storage.port import StoragePort

from . import queries
from .models import Brand, Partner

#: Raised when they are drawn in another way: every shop then gets new ones.
DRAWING = 1
_STATIC = Path(__file__).resolve().parents[2] / "static"
_LOGOS = ("logo", "logo_dark", "favicon")


def recipe(partner: Partner, brand: Brand) -> dict[str, Any]:
    """Everything that the drawings depend on."""
    tokens = queries.tokens(brand)
    known = theme(partner.theme) if partner.theme in themes() else theme("base")
    looks = {mode: _look(tokens, mode == "dark", known.recipe) for mode in ("light", "dark")}
    return {
        "drawing": DRAWING,
        "name": partner.name,
        "letter": next((char.upper() for char in partner.name if char.isalnum()), "•"),
        "ground": tokens.brand,
        "ink": on_colour(tokens.brand),
        "accent": tokens.accent or tokens.brand,
        "mode": tokens.mode,
        "font": (known.font_files(tokens.fonts) or theme("base").font_files())[0],
        **looks,
        **{name: getattr(brand, name) for name in _LOGOS},
    }


def _look(tokens: BrandTokens, dark: bool, greys: Any) -> dict[str, str]:
    colours = roles(tokens.brand, tokens.accent or tokens.brand, "base", dark, greys)
    return {name: colours[name] for name in ("bg", "text", "link")}


def digest(made_of: Mapping[str, Any]) -> str:
    """The same recipe gives the same digest everywhere."""
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:32]


def ask(session: Session, key: str = "", after: timedelta | None = None) -> None:
    """Have the drawings of the session's own partner made anew when they are out of date; once for one key."""
    session.flush()
    brand, partner = queries.brand(session), queries.partner(session)
    if digest(recipe(partner, brand)) != brand.assets_of:
        outbox.enqueue(session, "brand.assets", key or secrets.token_hex(8), {}, after=after)


def made(storage: StoragePort, made_of: Mapping[str, Any]) -> dict[str, Any]:
    """Name of file -> address name, with the colours of the logos. Raises UploadRefused, ProviderError."""
    files, learned = uploads.drawn("brand", _pictures(storage, made_of), _asked(made_of, made_of["name"]))
    names = {name: _put(storage, content, "ico" if name == "ico" else "png") for name, content in files.items()}
    return names | learned


def social_picture(storage: StoragePort, made_of: Mapping[str, Any], title: str) -> str:
    """The file of a picture with this title; drawn when it is asked for first. Raises UploadRefused, ProviderError."""
    name = f"{digest({**made_of, 'title': title})}.png"
    if storage.get(name) is None:
        files, _ = uploads.drawn("social", _pictures(storage, made_of), _asked(made_of, title))
        storage.put(name, files["social"])
    return name


def _asked(made_of: Mapping[str, Any], title: str) -> dict[str, Any]:
    drawing = {name: value for name, value in made_of.items() if name not in _LOGOS}
    return drawing | {"title": title, "font": str(_STATIC / made_of["font"])}


def _pictures(storage: StoragePort, made_of: Mapping[str, Any]) -> dict[str, bytes]:
    """The logos that are still there."""
    found = {name: storage.get(made_of[name]) for name in _LOGOS if made_of[name]}
    return {name: content for name, content in found.items() if content}


def _put(storage: StoragePort, content: bytes, extension: str) -> str:
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{extension}"
    storage.put(name, content)
    return name
