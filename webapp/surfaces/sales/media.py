"""The media library of the Sales Panel: the grid, sending files, and the dialog in which forms choose a picture."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, flash, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import i18n, uploads
from webapp.foundation.i18n import gettext as _
from webapp.foundation.paging import Page
from webapp.foundation.refusal import Refusal
from webapp.reseller.cms import media as library
from webapp.reseller.cms.models import MediaFile
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .media_choice import choice
from .media_intake import MOST_FILES, Refused, as_json, message_of, quota, take_all

#: The grid's cards, and those of the dialog.
CARDS = {"": "sales/_media_card.html", "pick": "sales/_media_pick.html"}


def card_values(file: MediaFile) -> dict[str, Any]:
    """What a card shows."""
    return {"file": file, "src": choice(file).src, "note": note(file)}


def note(file: MediaFile) -> str:
    """Size in pixels and in bytes."""
    size = megabytes_of(file.bytes)
    return _("%(width)s × %(height)s · %(megabytes)s MB", width=file.width, height=file.height, megabytes=size)


def megabytes_of(size: int) -> str:
    """In millions of bytes, with two digits for what is small."""
    return i18n.format_number(round(Decimal(size) / 1_000_000, 1 if size > 950_000 else 2))


def upload_values() -> dict[str, Any]:
    """What the form for sending files tells beforehand."""
    return {"most_bytes": uploads.MOST_BYTES, "most_files": MOST_FILES, "accept": ACCEPT}


ACCEPT = "image/png,image/jpeg,image/webp,image/avif,image/gif,image/svg+xml"


@bp.get("/site/media")
def media() -> str:
    """The library."""
    return _library([])


def _library(refused: list[Refused]) -> str:
    text = wanted("q") if request.method == "GET" else ""
    with database().reading() as session:
        found = library.files(session, page_number(), text)
        used = library.bytes_used(session)
    return render(
        "sales/media.html",
        title=_("Media"),
        found=found,
        cards=[card_values(file) for file in found.items],
        text=text,
        refused=refused,
        used=megabytes_of(used),
        quota=i18n.format_number(quota() // 1_000_000),
        page_url=pages_of("sales.media", q=text),
        **upload_values(),
    )


@bp.post("/site/media/upload")
def media_upload() -> ResponseReturnValue:
    """Take files: from the script one at a time, from a plain form up to MOST_FILES."""
    files = [file for file in request.files.getlist("files") if file.filename]
    try:
        taken, refused = take_all(files)
    except Refusal as refusal:
        taken, refused = [], [Refused("", said(refusal))]
    if request.accept_mimetypes.best == "application/json":
        return _told(taken, refused)
    if refused:
        return _library(refused), 422
    flash(message_of(taken, refused))
    return redirect(url_for("sales.media"), 303)


def _told(taken: list[MediaFile], refused: list[Refused]) -> Response:
    template = CARDS.get(request.form.get("card", ""), CARDS[""])
    files = [{"id": file.id, "card": render(template, **card_values(file))} for file in taken]
    answer = make_response(jsonify(files=files, refused=as_json(refused)))
    answer.status_code = 422 if refused and not taken else 200
    return answer


@bp.get("/site/media/<int:media_id>/card")
def media_card(media_id: int) -> str:
    """One card anew, while the sizes of its picture are being made."""
    with database().reading() as session:
        file = library.file(session, media_id)
    return render(CARDS[wanted("card", CARDS)], **card_values(file))


@bp.get("/site/media/choose")
def media_choose() -> str:
    """The library in the dialog of a form; with `?part=list` its pictures alone."""
    text = wanted("q")
    with database().reading() as session:
        found = library.files(session, page_number(), text)
    template = "sales/_media_choices.html" if wanted("part", ("list",)) else "sales/_media_choose.html"
    return render(template, found=found, text=text, cards=_cards(found), next_url=_next(found), **upload_values())


def _cards(found: Page[MediaFile]) -> list[dict[str, Any]]:
    return [card_values(file) for file in found.items]


def _next(found: Page[MediaFile]) -> str:
    if found.number >= found.pages:
        return ""
    return url_for("sales.media_choose", part="list", q=wanted("q") or None, page=found.number + 1)
