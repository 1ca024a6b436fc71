"""Addresses that name a language, `/<lang:lang>/...`: for every blueprint of a shop."""

from __future__ import annotations

from typing import Any

from flask import abort

from webapp.foundation import i18n


def take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Views need no `lang`: it is the current locale already. `/de/` exists only in shops that speak German."""
    if values and values.pop("lang", i18n.current_locale()) != i18n.current_locale():
        abort(404)
