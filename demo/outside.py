"""The outside site: the plain-HTML example of `integrations/html`, as a site that the partner of csp1001 had before.

It is on another origin and not part of the product. Its texts are those of a foreign (Polish) site, so they are not
translated. It sends the Content-Security-Policy that the panel tells a partner to send, and nothing looser.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask, abort
from werkzeug.wrappers import Response

PAGES = Path(__file__).resolve().parents[1] / "integrations" / "html"
#: The shop that the pages name.
WRITTEN = "http://csp1001.localhost:8000"

_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


def create_outside_site(shop: str) -> Flask:
    """The WSGI application. `shop` is the origin of the shop whose frames it shows."""
    site = Flask(__name__, static_folder=None)
    policy = "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            f"script-src 'self' {shop}",
            f"frame-src {shop}",
            f"form-action {shop}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )

    @site.get("/", defaults={"name": "index.html"})
    @site.get("/<name>")
    def page(name: str) -> Response:
        file = next((each for each in PAGES.iterdir() if each.name == name and each.suffix in _KINDS), None)
        if file is None:
            abort(404)
        return Response(file.read_text(encoding="utf-8").replace(WRITTEN, shop), mimetype=_KINDS[file.suffix])

    @site.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return site
