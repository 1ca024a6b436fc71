"""Sealed texts open for their tenant and purpose alone."""

from __future__ import annotations

import pytest

from webapp.foundation.sealed import CannotOpen, seal, unseal

SECRET = "a secret of the install that is long enough"


def test_a_sealed_text_opens_again_and_never_looks_the_same_twice() -> None:
    sealed = seal(SECRET, "gateway", 7, "sk_live_zażółć")
    assert unseal(SECRET, "gateway", 7, sealed) == "sk_live_zażółć"
    assert sealed != seal(SECRET, "gateway", 7, "sk_live_zażółć")
    assert "sk_live" not in sealed


def test_nothing_stays_nothing() -> None:
    assert seal(SECRET, "gateway", 7, "") == "" == unseal(SECRET, "gateway", 7, "")


@pytest.mark.parametrize(
    ("secret", "purpose", "partner"),
    [("another secret", "gateway", 7), (SECRET, "mail", 7), (SECRET, "gateway", 8)],
)
def test_it_opens_for_nobody_else(secret: str, purpose: str, partner: int) -> None:
    with pytest.raises(CannotOpen):
        unseal(secret, purpose, partner, seal(SECRET, "gateway", 7, "key"))


@pytest.mark.parametrize("spoiled", ["s1.", "s1.AAAA", "no base64 at all!", "s1." + "A" * 60])
def test_what_was_changed_does_not_open(spoiled: str) -> None:
    with pytest.raises(CannotOpen):
        unseal(SECRET, "gateway", 7, spoiled)
