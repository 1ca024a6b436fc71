"""Tables of the cms room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key


class Page(TenantOwned, Base):
    """A page in one language. `slug` "" is the home page. Versions are pointed at: the draft is what the editor shows.

    Pages of the same `key` are one page in several languages. `source_version_id` is the version of the source
    language's page that this translation was last brought up to date with.
    """

    __tablename__ = "pages"

    key: Mapped[str]
    locale: Mapped[str]
    slug: Mapped[str]
    state: Mapped[str]  # draft | scheduled | published | archived
    draft_version_id: Mapped[int | None]
    published_version_id: Mapped[int | None]
    scheduled_version_id: Mapped[int | None]
    scheduled_at: Mapped[datetime | None]
    source_version_id: Mapped[int | None]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "locale", "slug"),
        UniqueConstraint("partner_id", "key", "locale"),
        Index("ix_pages_scheduled", "scheduled_at"),
    )


class PageVersion(TenantOwned, Base):
    """What a page says; never changed once made. `blocks`: [{"id", "type", "v", "data", "hidden"?}].

    `parent_id` is the version that it was made from: undo walks up, redo walks down to the newest child.
    `settings`: {"noindex": bool, "social_picture": media file id, "tld_group": id}, each may be missing.
    """

    __tablename__ = "page_versions"

    page_id: Mapped[int]
    parent_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(default="saved")  # auto | saved | restored | starter
    author: Mapped[str] = mapped_column(default="")  # name of whoever made it, as it was then
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blocks: Mapped[list[Any]]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("page_id", "pages"),
        tenant_key("parent_id", "page_versions"),
        Index("ix_page_versions_page", "page_id"),
        Index("ix_page_versions_parent", "parent_id"),
    )


class Redirect(TenantOwned, Base):
    """An address that has moved: to a page (wherever that is now), or to `target`; to neither: gone (410)."""

    __tablename__ = "redirects"

    path: Mapped[str]  # "/pl/page/old"
    page_id: Mapped[int | None]
    target: Mapped[str] = mapped_column(default="")  # path on this shop, or https address
    automatic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("page_id", "pages"),
        UniqueConstraint("partner_id", "path"),
        Index("ix_redirects_page", "page_id"),
    )


class MenuItem(TenantOwned, Base):
    """A link of one language: in the header, or in a part of the footer; below another one when it has a parent."""

    __tablename__ = "menu_items"

    locale: Mapped[str]
    place: Mapped[str]  # header | footer | documents | legal
    parent_id: Mapped[int | None]
    position: Mapped[int]
    label: Mapped[str]
    page_id: Mapped[int | None]  # follows the page to wherever it moves
    href: Mapped[str]  # path on this shop, or https URL; "" with a page

    __table_args__ = tenant_args(
        tenant_key("parent_id", "menu_items"),
        tenant_key("page_id", "pages"),
        Index("ix_menu_items_place", "partner_id", "locale", "place", "position"),
        Index("ix_menu_items_page", "page_id"),
    )


class MediaFile(TenantOwned, Base):
    """A picture of the library. `original` is kept in storage and never served; `renditions` are what pages show.

    `renditions`: [{"w", "h", "webp": name, "avif": name}], `crop`: {"x", "y", "w", "h"} in pixels of the original
    or {}, `alt`: {locale: text}.
    """

    __tablename__ = "media_files"

    name: Mapped[str]  # the file's name as it was sent: for people
    hash: Mapped[str]  # SHA-256 of what was sent
    state: Mapped[str]  # processing | ready | failed
    error: Mapped[str] = mapped_column(default="")  # msgid
    original: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    focal_x: Mapped[int] = mapped_column(default=50)
    focal_y: Mapped[int] = mapped_column(default=50)
    crop: Mapped[dict[str, Any]] = mapped_column(default=dict)
    alt: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decorative: Mapped[bool] = mapped_column(default=False)
    renditions: Mapped[list[Any]] = mapped_column(default=list)
    uploaded_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        UniqueConstraint("partner_id", "hash"),
        CheckConstraint("focal_x BETWEEN 0 AND 100 AND focal_y BETWEEN 0 AND 100", name="focal"),
        Index("ix_media_files_created", "partner_id", "created_at"),
    )


class Campaign(TenantOwned, Base):
    """The partner's own advertisement for one position. `content`: {locale: {"headline", "text"}}."""

    __tablename__ = "campaigns"

    name: Mapped[str]
    position: Mapped[str]
    kind: Mapped[str]  # picture | text
    media_file_id: Mapped[int | None]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    link: Mapped[str]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    weight: Mapped[int] = mapped_column(default=1)
    audience: Mapped[str] = mapped_column(default="everyone")  # everyone | signed_in | owns:<kind> | group:<id>
    cap: Mapped[int] = mapped_column(default=0)  # views per visitor and day; 0: no cap
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(
        tenant_key("media_file_id", "media_files"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),
        Index("ix_campaigns_position", "partner_id", "position"),
        Index("ix_campaigns_media_file", "media_file_id"),
    )


class CampaignDay(TenantOwned, Base):
    """How often a campaign was seen and followed on one business day. No cookie, nobody's address."""

    __tablename__ = "campaign_days"

    campaign_id: Mapped[int]
    day: Mapped[date]
    views: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)

    __table_args__ = tenant_args(
        tenant_key("campaign_id", "campaigns"), UniqueConstraint("partner_id", "campaign_id", "day")
    )


class LegalDocument(TenantOwned, Base):
    """Terms and the like, in a numbered version and one language; the newest version is in force."""

    __tablename__ = "legal_documents"

    kind: Mapped[str]  # terms | privacy | ...: the document's name in addresses
    section: Mapped[str] = mapped_column(default="own")  # one of the library's sections, or the partner's own
    must_accept: Mapped[bool] = mapped_column(default=False)  # an order shows it and asks
    ask_again: Mapped[bool] = mapped_column(default=False)  # subscribers are asked again when this version begins
    withdrawn: Mapped[bool] = mapped_column(default=False)  # this version takes the document out of force
    position: Mapped[int] = mapped_column(default=0)
    locale: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    html: Mapped[str] = mapped_column(LongText)
    published_at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "kind", "locale", "version"))
