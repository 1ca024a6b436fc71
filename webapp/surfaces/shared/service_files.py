"""Files that the partner hands over with a service: taken in and given out; never shown by the browser itself."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from flask import Response
from werkzeug.datastructures import FileStorage

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.providers.storage.port import StoragePort
from webapp.reseller.services.by_hand import LARGEST_FILE, MOST_FILES, NewFile
from webapp.reseller.services.models import ServiceFile

#: Folder of the storage; nothing serves it by its address.
FOLDER = "services"
_LONGEST_NAME = 120


def taken(storage: StoragePort, partner_id: int, sent: Sequence[FileStorage]) -> tuple[NewFile, ...]:
    """Keep what a form sent, outside of any transaction; all of it is checked before the first is kept.

    Raises Refusal (files) for too many or too large ones, and for an empty one.
    """
    chosen = [file for file in sent if file.filename]
    try:
        if len(chosen) > MOST_FILES:
            raise Refusal("files", N_("A service holds at most %(most)s files."), "files", most=MOST_FILES)
        contents = [(_name(file.filename or ""), _read(file)) for file in chosen]
    finally:
        for file in sent:
            file.close()  # large ones lie in temporary files
    return tuple(_kept(storage, partner_id, name, content) for name, content in contents)


def _read(file: FileStorage) -> bytes:
    content = file.stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise Refusal("files", N_("A file may have at most 5 MB."), "files")
    if not content:
        raise Refusal("files", N_("A file is empty. Please choose it again."), "files")
    return content


def _name(sent: str) -> str:
    """The last part of what the browser calls it, without anything that is no text."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    text = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char)[0] != "C")
    return " ".join(text.split())[-_LONGEST_NAME:].lstrip(".") or "file"


def _kept(storage: StoragePort, partner_id: int, name: str, content: bytes) -> NewFile:
    key = f"{FOLDER}/{partner_id}/{secrets.token_hex(16)}"
    storage.put(key, content)
    return NewFile(name, "application/octet-stream", len(content), key)


def as_attachment(storage: StoragePort, file: ServiceFile) -> Response:
    """The answer that lets a browser save the file, whatever is in it (RFC 6266). Raises NotFound when it is gone."""
    content = storage.get(file.stored_as)
    if content is None:
        raise NotFound
    answer = Response(content, mimetype="application/octet-stream")
    plain = "".join(char if char.isascii() and char not in '"\\;%' else "_" for char in file.name)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
