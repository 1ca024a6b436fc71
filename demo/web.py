"""What the demo's web server runs: the product, and the outside site on its own host."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .outside import create_outside_site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OUTSIDE_LABEL = "blog"


def create_site() -> WSGIApplication:
    """The WSGI application of the demo. Needs the product's environment."""
    from app import app

    platform = os.environ["WITRYNA_PLATFORM_HOST"]
    outside = create_outside_site(shop=f"http://csp1001.{platform}")
    return answering_host(f"{OUTSIDE_LABEL}.{platform}", outside, app)


def answering_host(host: str, there: WSGIApplication, elsewhere: WSGIApplication) -> WSGIApplication:
    """One application on `host`, another one on every other host."""

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chosen = there if environ.get("HTTP_HOST", "").lower() == host else elsewhere
        return chosen(environ, start_response)

    return choose
