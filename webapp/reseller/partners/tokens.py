"""Random tokens of which only a hash is stored. The purpose is part of the hash: no token opens another door."""

from __future__ import annotations

import hashlib
import secrets

#: Anything longer was not made by us.
_LONGEST = 200


def new(purpose: str) -> tuple[str, str]:
    """(token of 256 random bits for its owner, hash for the table)."""
    token = secrets.token_urlsafe(32)
    return token, digest(purpose, token)


def digest(purpose: str, token: str) -> str:
    """What the table holds for a token."""
    return hashlib.sha256(f"{purpose}:{token[:_LONGEST]}".encode(errors="replace")).hexdigest()
