"""The blueprint: every view proves by the request itself who asks."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("api", __name__, subdomain="api", url_prefix="/v1")
