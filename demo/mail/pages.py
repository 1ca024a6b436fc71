"""The catcher's pages and its JSON. The mails are foreign content: they are shown, never trusted."""

from __future__ import annotations

import io
import re
from typing import Any

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from .message import Mail
from .store import Store

#: The catcher's own pages: nothing inline, nothing from elsewhere.
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"

#: A mail's HTML: no script, no form, no request to anybody but the catcher (its own pictures); links open a new tab.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src {origin} data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

pages = Blueprint("mail", __name__)


def create_pages(store: Store) -> Flask:
    """The WSGI application over a store."""
    app = Flask(__name__, static_url_path="/static")
    app.extensions["mails"] = store
    app.register_blueprint(pages)
    return app


def _store() -> Store:
    store: Store = current_app.extensions["mails"]
    return store


def _mail_or_404(mail_id: str) -> Mail:
    return _store().get(mail_id) or abort(404)


@pages.before_request
def only_from_this_machine() -> None:
    """A foreign name that resolves to 127.0.0.1 (DNS rebinding) must not read the mails."""
    if request.host.split(":")[0] not in ("127.0.0.1", "localhost", "mail.localhost"):
        abort(421)


@pages.after_request
def protect(response: Response) -> Response:
    """The policies of the catcher's own pages, unless the view set its own."""
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@pages.get("/")
def inbox() -> str:
    """The list, newest first."""
    return render_template("inbox.html", mails=_store().all()[::-1])


@pages.get("/messages/<mail_id>/")
def message(mail_id: str) -> str:
    """One mail: its head, its HTML in a sandboxed frame or its text, its files."""
    return render_template("message.html", mail=_mail_or_404(mail_id))


@pages.get("/messages.json")
def messages_json() -> list[dict[str, Any]]:
    """Every mail, oldest first, with everything that programs ask for."""
    return [_as_json(mail) for mail in _store().all()]


@pages.get("/messages/<mail_id>/html")
def html(mail_id: str) -> Response:
    """The HTML body alone. It may hold anything; the policy leaves it nothing to do."""
    mail = _mail_or_404(mail_id)
    body = '<!doctype html><base target="_blank">' + _with_own_pictures(mail)
    policy = MAIL_POLICY.format(origin=request.host_url.rstrip("/"))
    return Response(body, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})


@pages.get("/messages/<mail_id>/raw")
def raw(mail_id: str) -> Response:
    """The mail as it came over the wire."""
    return Response(_mail_or_404(mail_id).raw, content_type="text/plain; charset=utf-8")


@pages.get("/messages/<mail_id>/parts/<int:number>")
def part(mail_id: str, number: int) -> Response:
    """A file of the mail. Pictures may be shown inside the mail, everything else is a download."""
    mail = _mail_or_404(mail_id)
    if not 1 <= number <= len(mail.parts):
        abort(404)
    found = mail.parts[number - 1]
    shown = found.type in ("image/png", "image/jpeg", "image/gif", "image/webp")
    response = send_file(
        io.BytesIO(found.content), mimetype=found.type, as_attachment=not shown, download_name=found.name
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@pages.delete("/")
@pages.delete("/messages.json")
def delete_all() -> tuple[str, int]:
    """Empty the catcher (for programs)."""
    _store().clear()
    return "", 204


@pages.post("/empty")
def empty() -> Response:
    """Empty the catcher (the button). Other sites cannot press it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    _store().clear()
    return redirect(url_for("mail.inbox"), 303)


def _as_json(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "from": mail.from_,
        "to": list(mail.recipients),
        "reply_to": mail.header("Reply-To"),
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "date": mail.received.isoformat(),
        "url": url_for("mail.message", mail_id=mail.id, _external=True),
        "attachments": [
            {"name": part.name, "type": part.type, "size": len(part.content), "url": _part_url(mail, number)}
            for number, part in enumerate(mail.parts, start=1)
        ],
    }


def _part_url(mail: Mail, number: int) -> str:
    return url_for("mail.part", mail_id=mail.id, number=number, _external=True)


def _with_own_pictures(mail: Mail) -> str:
    """The HTML body with `cid:` addresses (RFC 2392) turned into the catcher's own."""
    urls = {part.cid: _part_url(mail, number) for number, part in enumerate(mail.parts, start=1) if part.cid}
    return re.sub(r"cid:([^\"'\s)>]+)", lambda found: urls.get(found[1], found[0]), mail.html)
