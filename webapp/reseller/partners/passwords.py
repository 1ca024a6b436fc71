"""Passwords: argon2id, the same cost for unknown users, and the few rules that help.

A check takes about 25 ms and 19 MiB (OWASP's smallest argon2id setting), so it never runs inside a write transaction.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.foundation.db import assert_no_write_transaction
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

SHORTEST = 10
#: Nobody types more; without a limit a megabyte of password would be a way to keep us busy.
LONGEST = 256

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def check_new(password: str, email: str, field: str = "password") -> None:
    """Refuse a new password that is too short, too long, or the e-mail address itself (whole or its first part)."""
    if len(password) < SHORTEST:
        message = N_("Choose a password of at least %(shortest)d characters.")
        raise Refusal("password_short", message, field=field, shortest=SHORTEST)
    if len(password) > LONGEST:
        message = N_("Choose a password of at most %(longest)d characters.")
        raise Refusal("password_long", message, field=field, longest=LONGEST)
    if password.strip().lower() in (email.strip().lower(), email.strip().lower().partition("@")[0]):
        raise Refusal("password_email", N_("Your e-mail address cannot be your password."), field=field)


def generated() -> str:
    """A first password that one can read out on the telephone: 16 letters and digits that no two people confuse."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def hash_password(password: str) -> str:
    """The string to store (PHC format). Do this before the write transaction starts."""
    assert_no_write_transaction()
    return _hasher.hash(_normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits. `stored=None` (nobody of that name) costs the same and is always False."""
    assert_no_write_transaction()
    known = stored is not None and len(password) <= LONGEST
    try:
        _hasher.verify(stored if stored is not None and known else _nobody(), _normal(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return known


def _normal(password: str) -> str:
    """One form for letters that keyboards write in several ways (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobody() -> str:
    return _hasher.hash("a password that nobody has, made at the first use")
