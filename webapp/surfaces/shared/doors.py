"""Addresses that exist at several doors: health, figures, brand stylesheet, media; and the platform's own page."""

from __future__ import annotations

import hmac
import http.client
import ipaddress
import logging
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webapp.foundation import clock, db, outbox, tenancy
from webapp.foundation import metrics as figures
from webapp.foundation.compression import accepts_gzip, zipped
from webapp.foundation.web import the_app
from webapp.providers.errors import ProviderError
from webapp.reseller.desk import demo
from webapp.reseller.partners.models import Partner

from .current import arrival, storage
from .rendering import render, stylesheet

log = logging.getLogger(__name__)
bp = Blueprint("shared", __name__)

PLATFORM_DOORS = ("platform", "sales", "operator", "api")
PAGE_DOORS = ("shop", "sales", "operator", "platform")
_YEAR = "public, max-age=31536000, immutable"
#: Media are named by the hash of their content. Folders of the storage (originals) have no address at all.
_MEDIA = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}\.([a-z]{3,5})")
#: What we make of uploads and nothing else: other files are never served.
_MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/vnd.microsoft.icon",
}
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")


def home() -> str:
    """The platform's own host: what this install is, where its panel answers; partners are named in the demo only."""
    settings = the_app().settings
    shops = [{"name": each.name, "address": settings.door(each.code)} for each in _demo_shops()]
    return render(
        "shared/platform_home.html",
        panel_address=settings.door("panel"),
        operator_address=settings.door("operator"),
        shops=shops,
    )


def _demo_shops() -> list[Partner]:
    try:
        with the_app().database.reading(tenancy.Platform("platform-home")) as session:
            return demo.shops(session)
    except SQLAlchemyError:
        log.exception("the first page is shown without the database")
        return []


def healthz() -> tuple[Response, int]:
    """200 while the database answers. Redis is told, but work goes on without it (the outbox waits)."""
    try:
        db.ping(the_app().database)
    except SQLAlchemyError:
        log.exception("health: the database does not answer")
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok"), 200


def queue_answers() -> bool:
    """True when Redis does; for the operator's health page."""
    try:
        return bool(the_app().redis.ping())
    except RedisError:
        return False


def tls_ask_answers() -> bool:
    """True when the process that decides about certificates is healthy; for the operator's health page."""
    connection = http.client.HTTPConnection(the_app().settings.tls_ask, timeout=0.5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def theme_css(digest: str) -> Response:
    """The brand's colours. An old address still gets the present colours, but nobody keeps them under it."""
    present, css = stylesheet()
    answer = Response(css, mimetype="text/css")
    answer.vary.add("Accept-Encoding")
    if accepts_gzip(request.environ):
        answer.set_data(_zipped_text(css))
        answer.content_encoding = "gzip"
    answer.headers["Cache-Control"] = _YEAR if digest == present else "no-cache"
    return answer


@lru_cache(maxsize=512)
def _zipped_text(text: str) -> bytes:
    return zipped(text.encode())


def media(name: str) -> Response:
    """A picture made of an upload. Its name is its content's, so that whoever has it need not ask again."""
    known = _MEDIA.fullmatch(name)
    kind = _MEDIA_TYPES.get(known[1]) if known else None
    if kind is None:
        abort(404)
    if name in request.if_none_match:
        return _kept_for_good(Response(status=304), name)
    try:
        content = storage().get(name)
    except ProviderError:
        log.exception("a picture cannot be read")
        abort(503)
    if content is None:
        abort(404)
    return _kept_for_good(Response(content, mimetype=kind), name)


def _kept_for_good(answer: Response, name: str) -> Response:
    answer.headers["Cache-Control"] = _YEAR
    answer.headers["Content-Disposition"] = "inline"
    # Mails and partners' other sites may show a logo; there is nothing secret in a picture of a shop.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.set_etag(name)
    return answer


def metrics() -> Response:
    """Figures for Prometheus: with the token; where none is set, for this machine itself.

    A proxy on this machine that names nobody would otherwise open them to the world, so a token closes that way.
    """
    if not (_has_token() if the_app().settings.metrics_token else _from_this_machine()):
        abort(404)
    return Response(figures.render(_outbox), content_type=figures.CONTENT_TYPE)


def _outbox() -> dict[str, figures.OutboxState]:
    with the_app().database.reading(tenancy.Platform("metrics")) as session:
        count, dead, oldest = outbox.backlog(session)
    overdue = max((clock.now() - oldest).total_seconds(), 0.0) if oldest else 0.0
    return {"outbox": figures.OutboxState(count, overdue), "dead": figures.OutboxState(dead, 0.0)}


def _from_this_machine() -> bool:
    """A loopback peer, unless a proxy on this machine speaks for somebody else."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token() -> bool:
    wanted = the_app().settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), wanted.encode())


def _add(rule: str, view: Callable[..., Any], *doors: str, name: str = "") -> None:
    subdomain = doors[0] if len(doors) == 1 else f"<any({','.join(doors)}):door>"
    bp.add_url_rule(rule, endpoint=name or view.__name__, view_func=view, subdomain=subdomain, methods=["GET"])


@bp.url_value_preprocessor
def _forget_door(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    (values or {}).pop("door", None)


@bp.url_defaults
def _this_door(endpoint: str, values: dict[str, Any]) -> None:
    if the_app().url_map.is_endpoint_expecting(endpoint, "door"):
        values.setdefault("door", arrival().surface)


_add("/", home, "platform", name="platform_home")
_add("/healthz", healthz, *PLATFORM_DOORS, "shop")
_add("/metrics", metrics, "platform")
_add("/theme/<digest>.css", theme_css, *PAGE_DOORS)
_add("/media/<name>", media, *PAGE_DOORS)
