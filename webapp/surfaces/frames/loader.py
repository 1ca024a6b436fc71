"""`/embed/v1.js`: the script in partners' pages that makes frames of `<shop-frame>`. Its address stays for years."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webapp.foundation.compression import accepts_gzip
from webapp.foundation.web import the_app

bp = Blueprint("embed", __name__, subdomain="shop", url_prefix="/embed")

FILE = "embed/v1.js"


@bp.get("/v1.js")
def loader() -> Response:
    """The same at every shop: it knows its own by the address that it was loaded from."""
    kind, body, small = the_app().statics.content(FILE)
    zipped = small if accepts_gzip(request.environ) else None
    answer = Response(zipped or body, content_type=kind)
    answer.vary.add("Accept-Encoding")
    if zipped:
        answer.content_encoding = "gzip"
    answer.headers["Cache-Control"] = "public, max-age=600, stale-while-revalidate=86400"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
