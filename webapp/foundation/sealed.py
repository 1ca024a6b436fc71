"""Secrets at rest: keys of gateways, passwords of mail servers, access data of services.

AES-256-GCM (NIST SP 800-38D) under a key that HKDF (RFC 5869) derives from the install's secret for one purpose. Tenant
and purpose are bound in, so that a sealed text which is copied into another partner's row does not open.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "s1."
_NONCE = 12


class CannotOpen(ValueError):
    """The text was sealed under another secret, for another tenant or purpose, or was changed."""


def seal(secret_key: str, purpose: str, partner_id: int, text: str) -> str:
    """Seal a text; "" stays "", so that "nothing entered" can be told without the key."""
    if not text:
        return ""
    nonce = os.urandom(_NONCE)
    hidden = AESGCM(_key(secret_key, purpose)).encrypt(nonce, text.encode(), str(partner_id).encode())
    return _VERSION + base64.urlsafe_b64encode(nonce + hidden).decode()


def unseal(secret_key: str, purpose: str, partner_id: int, sealed: str) -> str:
    """The text again. Raises CannotOpen."""
    if not sealed:
        return ""
    try:
        raw = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
        shown = AESGCM(_key(secret_key, purpose)).decrypt(raw[:_NONCE], raw[_NONCE:], str(partner_id).encode())
    except (InvalidTag, ValueError) as problem:
        raise CannotOpen("this secret cannot be opened: was WITRYNA_SECRET_KEY changed?") from problem
    return shown.decode()


@lru_cache(maxsize=64)
def _key(secret_key: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"witryna|{purpose}".encode()).derive(
        secret_key.encode()
    )
