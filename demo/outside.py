"""The outside site: a page that the partner of csp1001 had before, on another origin. Not part of the product.

It shows what a partner can put into a site of its own without any script: links and a search form that lead to the
shop. Its texts are the content of a foreign (Polish) page, like a partner's own; so they are not translated.
"""

from __future__ import annotations

from flask import Flask, render_template
from werkzeug.wrappers import Response


def create_outside_site(shop: str) -> Flask:
    """The WSGI application. `shop` is the origin of the shop that it sends people to."""
    site = Flask(
        __name__,
        template_folder="outside_site/templates",
        static_folder="outside_site/static",
        static_url_path="/files",
    )
    policy = f"default-src 'none'; style-src 'self'; form-action {shop}; frame-ancestors 'none'; base-uri 'none'"

    @site.get("/")
    def front() -> str:
        return render_template("front.html", shop=shop)

    @site.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return site
