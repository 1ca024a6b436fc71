"""The storefront's blueprint: open to everybody, on shop hosts only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort

from webapp.foundation import i18n

bp = Blueprint("storefront", __name__, subdomain="shop")


@bp.url_value_preprocessor
def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Views need no `lang`: it is the current locale already. `/de/` exists only in shops that speak German."""
    if values and values.pop("lang", i18n.current_locale()) != i18n.current_locale():
        abort(404)
