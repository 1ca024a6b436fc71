"""Jobs of the media library: make the sizes of a picture, delete files that nothing shows any more."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import select

from webapp.foundation import outbox, uploads
from webapp.foundation.db import Database
from webapp.foundation.i18n import N_
from webapp.foundation.outbox import Later, Lease
from webapp.foundation.uploads import Made, UploadRefused
from webapp.providers.errors import ProviderError
from webapp.providers.storage.port import StoragePort

from . import media, media_operations
from .models import MediaFile

#: So often the storage is asked before somebody is told.
TRIES = 4

_NO_SIZES = N_("The sizes of this picture could not be made. Try again, or send it in a smaller size.")
_NO_ORIGINAL = N_("The original of this picture is no longer there. Send the file again.")
_NO_STORAGE = N_("The storage for pictures cannot be reached or is full. Try again in a few minutes.")


class Context(Protocol):
    """What these tasks need of their process."""

    @property
    def database(self) -> Database: ...

    @property
    def storage(self) -> StoragePort: ...


def render(context: Context, lease: Lease) -> None:
    """Make what pages show of the file `lease.payload["id"]`. Files are put before the row names them."""
    with context.database.reading() as session:
        file = session.scalar(select(MediaFile).where(MediaFile.id == lease.payload["id"]))
    if file is None or file.state != "processing":
        _end(context, lease)
        return
    try:
        renditions, size = _made(context.storage, file)
    except UploadRefused as refused:
        if refused.code == "busy":
            raise Later(timedelta(seconds=5), "busy") from None
        _end(context, lease, file, why=_NO_SIZES)
    except ProviderError:
        if lease.attempts < TRIES:
            raise
        _end(context, lease, file, why=_NO_STORAGE)
    else:
        _end(context, lease, file, renditions, size, "" if renditions else _NO_ORIGINAL)


def _end(
    context: Context,
    lease: Lease,
    seen: MediaFile | None = None,
    renditions: list[dict[str, Any]] | None = None,
    size: int = 0,
    why: str = "",
) -> None:
    """Store the result, unless the picture was changed meanwhile: then another row asks for its new sizes."""
    with context.database.writing() as session:
        file = seen and session.scalar(select(MediaFile).where(MediaFile.id == seen.id).with_for_update())
        if file and seen and (file.hash, file.crop, file.state) == (seen.hash, seen.crop, "processing"):
            if why:
                media_operations.failed(file, why)
            else:
                media_operations.ready(session, file, renditions or [], size)
        outbox.complete(session, lease)


def _made(storage: StoragePort, file: MediaFile) -> tuple[list[dict[str, Any]], int]:
    """Renditions by width, put into storage, and the bytes of all with the original; none when that is gone."""
    original = storage.get(file.original)
    if original is None:
        return [], 0
    found: dict[tuple[int, bool], dict[str, Any]] = {}
    size = len(original)
    for made in uploads.sizes(original, _box(media.crop_of(file.crop))):
        one = found.setdefault((made.width, made.whole), {"w": made.width, "h": made.height})
        if made.whole:
            one["whole"] = True
        one[made.format] = _put(storage, file.id, made)
        size += len(made.content)
    return list(found.values()), size


def _put(storage: StoragePort, media_id: int, made: Made) -> str:
    """Named by content and picture: two pictures never share a file, so that deleting one leaves the other whole."""
    name = f"{hashlib.sha256(b'%d:' % media_id + made.content).hexdigest()[:32]}.{made.format}"
    storage.put(name, made.content)
    return name


def _box(crop: dict[str, int] | None) -> tuple[int, int, int, int] | None:
    return (crop["x"], crop["y"], crop["x"] + crop["w"], crop["y"] + crop["h"]) if crop else None


def forget(context: Context, lease: Lease) -> None:
    """Delete files, unless they have come into use again."""
    asked = lease.payload
    with context.database.reading() as session:
        file = session.scalar(select(MediaFile).where(MediaFile.id == asked["id"]))
        used = media_operations.names_of(file.renditions) if file else set()
        keeps_original = not asked["hash"] or media.file_of(session, asked["hash"]) is not None
    for name in sorted(set(asked["names"]) - used):
        context.storage.delete(name)
    if not keeps_original:
        context.storage.delete(media_operations.original_key(lease.partner_id, asked["hash"]))
    with context.database.writing() as session:
        outbox.complete(session, lease)
