"""The media library as pages and panels read it. What writes it: media_operations.py and media_tasks.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from webapp.foundation.paging import Page as ListPage
from webapp.foundation.paging import matching, paginate
from webapp.foundation.refusal import NotFound
from webapp.reseller.partners.models import Partner

from . import stored
from .fields import MediaPicture
from .kit import BlockTypes
from .models import Campaign, MediaFile, Page, PageVersion
from .pictures import Picture, Rendition

#: Files on one page of the library.
PER_PAGE = 48
FORMATS = ("webp", "avif")

_SHOWN: tuple[Any, ...] = (
    *(MediaFile.id, MediaFile.alt, MediaFile.decorative, MediaFile.width, MediaFile.height, MediaFile.crop),
    *(MediaFile.focal_x, MediaFile.focal_y, MediaFile.renditions, Partner.default_locale),
)


@dataclass(frozen=True)
class Use:
    """Where a picture is shown: `kind` is "page" or "campaign", `id` that row's, `where` says more ("pl", "draft")."""

    kind: str
    label: str
    id: int
    where: str = ""


def address(name: str) -> str:
    """The path at which a stored file is served, at every door."""
    return f"/media/{name}"


def pictures(session: Session, ids: Iterable[int], locale: str) -> dict[int, Picture]:
    """id -> picture, of those that can be shown, in one statement; alternative text in `locale` or the first language.

    A file that is being made anew (another crop, another file in its place) shows what it was until then.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    owner = Partner.id == MediaFile.partner_id
    rows = session.execute(select(*_SHOWN).join(Partner, owner).where(MediaFile.id.in_(wanted)))
    return {row.id: _picture(row, row.alt, locale, row.default_locale) for row in rows if row.renditions}


def shown(file: MediaFile, locale: str, first: str = "") -> Picture | None:
    """The picture of one file; None before anything has been made of it. `first` is the shop's first language."""
    return _picture(file, file.alt, locale, first) if file.renditions else None


def _picture(row: Row[Any] | MediaFile, alt: Mapping[str, str], locale: str, first: str) -> Picture:
    renditions = tuple(sizes(row.renditions))
    x, y = _seen_focus(row)
    return Picture(
        id=row.id,
        width=renditions[-1].width,
        height=renditions[-1].height,
        alt="" if row.decorative else alt.get(locale) or alt.get(first, ""),
        decorative=row.decorative,
        focal_x=x,
        focal_y=y,
        renditions=renditions,
    )


def sizes(stored: Iterable[Mapping[str, Any]]) -> Iterator[Rendition]:
    """The renditions that pages show, from the narrowest to the widest."""
    for one in sorted(stored, key=lambda one: one["w"]):
        if not one.get("whole"):
            yield Rendition(one["w"], one["h"], {form: address(one[form]) for form in FORMATS if form in one})


def whole(file: MediaFile) -> Rendition | None:
    """The picture without its crop, for the panel's page on which the crop is chosen."""
    for one in file.renditions:
        if one.get("whole"):
            return Rendition(one["w"], one["h"], {"webp": address(one["webp"])})
    return next(
        (one for one in reversed(list(sizes(file.renditions))) if one.width <= 1280 and crop_of(file.crop) is None),
        None,
    )


def crop_of(stored: Mapping[str, Any]) -> dict[str, int] | None:
    """x, y, w, h in pixels of the original; None for the whole picture, and for what is no crop."""
    sides = {side: stored.get(side) for side in "xywh"}
    known = {side: value for side, value in sides.items() if isinstance(value, int)}
    return known if len(known) == len(sides) else None


def _seen_focus(row: Row[Any] | MediaFile) -> tuple[int, int]:
    """The focal point in percent of what is left of the picture after its crop."""
    crop = crop_of(row.crop)
    if crop is None:
        return row.focal_x, row.focal_y
    x = (row.focal_x / 100 * row.width - crop["x"]) / crop["w"]
    y = (row.focal_y / 100 * row.height - crop["y"]) / crop["h"]
    return round(min(max(x, 0), 1) * 100), round(min(max(y, 0), 1) * 100)


def files(session: Session, page: int = 1, text: str = "", size: int = PER_PAGE) -> ListPage[MediaFile]:
    """A page of the library, the newest first; `text` is part of a file's name."""
    statement = select(MediaFile).where(*matching(text, MediaFile.name)).order_by(MediaFile.id.desc())
    return paginate(session, statement, MediaFile.id, page, size)


def file(session: Session, media_id: int) -> MediaFile:
    """One file. Raises NotFound."""
    found = session.scalar(select(MediaFile).where(MediaFile.id == media_id))
    if found is None:
        raise NotFound
    return found


def file_of(session: Session, digest: str) -> MediaFile | None:
    """The file that was made of exactly these bytes (SHA-256)."""
    return session.scalar(select(MediaFile).where(MediaFile.hash == digest))


def bytes_used(session: Session) -> int:
    """What the library takes in storage: originals with everything made of them."""
    return session.scalar(select(func.sum(MediaFile.bytes))) or 0


def used_on(session: Session, types: BlockTypes, media_id: int) -> list[Use]:
    """Where a picture is shown or about to be: drafts, scheduled and published pages, campaigns."""
    return [*_pages_with(session, types, media_id), *_campaigns_with(session, media_id)]


def _pages_with(session: Session, types: BlockTypes, media_id: int) -> Iterator[Use]:
    current = PageVersion.id.in_((Page.draft_version_id, Page.published_version_id, Page.scheduled_version_id))
    columns: tuple[Any, ...] = (Page.id, Page.locale, PageVersion.title, PageVersion.blocks, PageVersion.settings)
    seen = set()
    rows = session.execute(select(*columns).join(PageVersion, current).order_by(Page.locale, Page.id, PageVersion.id))
    for page_id, locale, title, blocks, settings in rows:
        shown_in = types.references(stored.blocks(blocks), MediaPicture)
        named = media_id in shown_in or stored.settings(settings).get("social_picture") == media_id
        if named and page_id not in seen:
            seen.add(page_id)
            yield Use("page", title, page_id, locale)


def _campaigns_with(session: Session, media_id: int) -> Iterator[Use]:
    for row in session.execute(select(Campaign.id, Campaign.name).where(Campaign.media_file_id == media_id)):
        yield Use("campaign", row.name, row.id)
