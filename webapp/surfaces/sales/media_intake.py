"""What comes into the media library: looked at, put into storage, written down; nothing is ever half stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from webapp.foundation import uploads
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.providers.errors import ProviderError
from webapp.reseller.cms import media, media_operations
from webapp.reseller.cms.media_operations import Sent, clean_name, original_key
from webapp.reseller.cms.models import MediaFile
from webapp.surfaces.shared.current import actor, database, settings, site, storage
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.storing import storing

#: Files in one request; the page's script sends them one by one.
MOST_FILES = 20

Write = Callable[[Session, Sent], MediaFile]


@dataclass(frozen=True)
class Refused:
    """A file that was not taken: its name, and why, in the reader's language."""

    name: str
    message: str


def quota() -> int:
    """How many bytes a partner's library may hold."""
    return settings().media_quota_mb * 1_000_000


def take_all(files: list[FileStorage]) -> tuple[list[MediaFile], list[Refused]]:
    """Each file by itself: one that is refused keeps none of the others out. Raises Refusal for too many or none."""
    if not files:
        raise Refusal("none", N_("Choose at least one picture."), "files")
    if len(files) > MOST_FILES:
        text = N_("These are %(count)s files: send at most %(most)s at once. Nothing was stored.")
        raise Refusal("too_many", text, "files", count=len(files), most=MOST_FILES)
    taken: list[MediaFile] = []
    refused: list[Refused] = []
    for file in files:
        try:
            taken.append(take(file))
        except Refusal as refusal:
            refused.append(Refused(clean_name(file.filename or ""), said(refusal)))
    return taken, refused


def take(file: FileStorage) -> MediaFile:
    """One new file of the library. Raises Refusal."""
    return _stored(file, lambda session, sent: media_operations.add(session, actor(), sent, quota()))


def take_instead(file: FileStorage, media_id: int) -> MediaFile:
    """Another file in the place of one. Raises Refusal."""
    return _stored(file, lambda session, sent: media_operations.replace(session, actor(), media_id, sent, quota()))


def _stored(file: FileStorage, write: Write) -> MediaFile:
    """Decoding and storing happen while no transaction is open; the row comes last."""
    data = file.stream.read(uploads.MOST_BYTES + 1)
    with database().reading() as session:
        media_operations.check_room(session, 0, quota())
    width, height = uploads.inspect(data)
    sent = Sent(file.filename or "", hashlib.sha256(data).hexdigest(), len(data), width, height)
    with database().reading() as session:
        known = media.file_of(session, sent.hash) is not None
    key = original_key(site().partner_id, sent.hash)
    if not known:
        with storing():
            storage().put(key, data)
    try:
        with database().writing() as session:
            return write(session, sent)
    except IntegrityError:  # the same file came twice at once: it is there now
        with database().writing() as session:
            return write(session, sent)
    except Refusal:
        if not known:
            with suppress(ProviderError):
                storage().delete(key)
        raise


def message_of(taken: list[MediaFile], refused: list[Refused]) -> str:
    """What a page says after an upload without the script."""
    return _("%(taken)s of %(all)s files are in the library.", taken=len(taken), all=len(taken) + len(refused))


def as_json(refused: list[Refused]) -> list[dict[str, Any]]:
    """For the page's script."""
    return [{"name": one.name, "message": one.message} for one in refused]
