"""Writing the media library. Files themselves are put and deleted outside of transactions: media_tasks.py, surfaces."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.operations import bump_content

from . import media
from .kit import BlockTypes
from .models import MediaFile

LONGEST_NAME, LONGEST_ALT = 120, 300
#: A page that somebody has open may still ask for a size that was replaced.
KEPT_AFTER = timedelta(days=1)
#: The shortest side of a crop, in pixels.
SMALLEST_CROP = 16

Crop = dict[str, int]


@dataclass(frozen=True)
class Sent:
    """A file that was looked at and put into storage: its name as sent, SHA-256, bytes, size in pixels."""

    name: str
    hash: str
    bytes: int
    width: int
    height: int


def original_key(partner_id: int, digest: str) -> str:
    """Where an original is kept: no address leads there."""
    return f"originals/{partner_id}/{digest}"


def clean_name(sent: str) -> str:
    """A file's name for people: without folders, control and direction signs, not too long, its ending kept."""
    last = unicodedata.normalize("NFC", sent).replace("\\", "/").rpartition("/")[2]
    plain = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in last).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 5:
        return (stem[: LONGEST_NAME - len(ending) - 1].rstrip() or "picture") + dot + ending
    return plain[:LONGEST_NAME].rstrip() or "picture"


def check_room(session: Session, more: int, quota: int) -> None:
    """Refuse what would not fit into `quota` bytes any more."""
    if media.bytes_used(session) + more > quota:
        text = N_("Your library is full: %(megabytes)s MB are taken. Delete pictures that you no longer use.")
        raise Refusal("quota", text, "files", megabytes=quota // 1_000_000)


def add(session: Session, actor: audit.Actor, sent: Sent, quota: int) -> MediaFile:
    """A new file of the library; the same bytes again are the file that is there. Its sizes are made by a job."""
    if found := media.file_of(session, sent.hash):
        return found
    check_room(session, sent.bytes, quota)
    added = MediaFile(
        name=clean_name(sent.name),
        hash=sent.hash,
        state="processing",
        original="",
        width=sent.width,
        height=sent.height,
        bytes=sent.bytes,
        uploaded_by=actor.label,
        created_at=clock.now(),
    )
    added.original = original_key(session.info["scope"].partner_id, sent.hash)
    session.add(added)
    session.flush()
    _ask_for_sizes(session, added)
    audit.record(session, actor, "media.added", "media", added.id, added.name)
    return added


def replace(session: Session, actor: audit.Actor, media_id: int, sent: Sent, quota: int) -> MediaFile:
    """Another picture in the place of this one, on every page. Name and alternative text stay, the crop does not."""
    file = media.file(session, media_id)
    if file.hash == sent.hash:
        return file
    if other := media.file_of(session, sent.hash):
        text = N_("This picture is in the library already: “%(name)s”. Choose it on the pages instead.")
        raise Refusal("known", text, "file", name=other.name)
    check_room(session, sent.bytes - file.bytes, quota)
    _forget(session, file, [], file.hash)
    file.original = original_key(session.info["scope"].partner_id, sent.hash)
    file.hash, file.width, file.height, file.bytes, file.crop = sent.hash, sent.width, sent.height, sent.bytes, {}
    file.focal_x = file.focal_y = 50
    _ask_for_sizes(session, file)
    audit.record(session, actor, "media.replaced", "media", file.id, file.name)
    return file


def frame(session: Session, actor: audit.Actor, media_id: int, focus: tuple[int, int], crop: Crop | None) -> MediaFile:
    """Set focal point (percent of the whole picture) and crop (pixels of the original; None for the whole picture)."""
    file = media.file(session, media_id)
    kept = _checked_crop(file, crop)
    if not all(0 <= one <= 100 for one in focus):
        raise Refusal("focus", N_("The focal point lies between 0 and 100 percent."), "focal_x")
    file.focal_x, file.focal_y = focus
    if kept != file.crop:
        file.crop = kept
        _ask_for_sizes(session, file)
    bump_content(session)
    audit.record(session, actor, "media.framed", "media", file.id, file.name)
    return file


def _checked_crop(file: MediaFile, crop: Crop | None) -> Crop:
    if crop is None or (crop["w"], crop["h"]) == (file.width, file.height):
        return {}
    inside = crop["x"] >= 0 and crop["y"] >= 0
    inside = inside and crop["x"] + crop["w"] <= file.width and crop["y"] + crop["h"] <= file.height
    if not inside or min(crop["w"], crop["h"]) < min(SMALLEST_CROP, file.width, file.height):
        sizes = {"width": file.width, "height": file.height}
        text = N_("The crop must lie within the picture, which has %(width)s by %(height)s pixels.")
        raise Refusal("crop", text, "crop_w", **sizes)
    return crop


def describe(
    session: Session, actor: audit.Actor, media_id: int, name: str, alt: dict[str, str], decorative: bool
) -> MediaFile:
    """Set the name, and the alternative text per language (or that there is nothing to tell)."""
    file = media.file(session, media_id)
    if not name.strip():
        raise Refusal("name", N_("Give the picture a name."), "name")
    file.name = clean_name(name)
    told = {locale: " ".join(text.split())[:LONGEST_ALT] for locale, text in alt.items()}
    file.alt = {locale: text for locale, text in (file.alt | told).items() if text}
    file.decorative = decorative
    bump_content(session)
    audit.record(session, actor, "media.described", "media", file.id, file.name)
    return file


def retry(session: Session, actor: audit.Actor, media_id: int) -> MediaFile:
    """Make the sizes of a failed file again."""
    file = media.file(session, media_id)
    if file.state == "failed":
        _ask_for_sizes(session, file)
        audit.record(session, actor, "media.retried", "media", file.id, file.name)
    return file


def delete(session: Session, actor: audit.Actor, types: BlockTypes, media_id: int) -> None:
    """Remove a file that nothing shows. Raises Refusal("in_use")."""
    file = media.file(session, media_id)
    if uses := media.used_on(session, types, media_id):
        text = N_("This picture is still shown: on “%(place)s” and perhaps elsewhere. Take it off there first.")
        raise Refusal("in_use", text, place=uses[0].label)
    _forget(session, file, [], file.hash)
    session.delete(file)
    audit.record(session, actor, "media.deleted", "media", media_id, file.name)


def _ask_for_sizes(session: Session, file: MediaFile) -> None:
    file.state, file.error = "processing", ""
    outbox.enqueue(session, "media.render", f"{file.id}:{secrets.token_hex(6)}", {"id": file.id})


# --- what the job found ---


def ready(session: Session, file: MediaFile, renditions: list[dict[str, Any]], size: int) -> None:
    """Pages show these from now on; sizes that are no longer used are forgotten after a while."""
    _forget(session, file, renditions, "")
    file.renditions, file.bytes, file.state, file.error = renditions, size, "ready", ""
    bump_content(session)


def failed(file: MediaFile, why: str) -> None:
    """Tell why there are no (new) sizes. What pages show already stays."""
    file.state, file.error = "failed", why


def _forget(session: Session, file: MediaFile, kept: list[dict[str, Any]], digest: str) -> None:
    """Ask for the deletion of sizes that are not among `kept`, and of the original named by `digest`."""
    names = sorted(names_of(file.renditions) - names_of(kept))
    if names or digest:
        asked = {"id": file.id, "names": names, "hash": digest}
        outbox.enqueue(session, "media.forget", f"{file.id}:{secrets.token_hex(6)}", asked, after=KEPT_AFTER)


def names_of(renditions: list[dict[str, Any]]) -> set[str]:
    """The files behind renditions."""
    return {one[form] for one in renditions for form in media.FORMATS if form in one}
