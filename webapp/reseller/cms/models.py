"""Tables of the cms room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, LongText, TenantOwned, tenant_args, tenant_key


class Page(TenantOwned, Base):
    """A page in one language. `slug` "" is the home page. The published version is a pointer."""

    __tablename__ = "pages"

    locale: Mapped[str]
    slug: Mapped[str]
    state: Mapped[str]  # draft | scheduled | published | archived
    published_version_id: Mapped[int | None]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "locale", "slug"))


class PageVersion(TenantOwned, Base):
    """What a page says; never changed once made. `blocks`: [{"id", "type", "v", "data"}]."""

    __tablename__ = "page_versions"

    page_id: Mapped[int]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    blocks: Mapped[list[Any]]
    created_at: Mapped[datetime]

    __table_args__ = tenant_args(tenant_key("page_id", "pages"), Index("ix_page_versions_page", "page_id"))


class MenuItem(TenantOwned, Base):
    """A link of one language: in the header, or in a part of the footer."""

    __tablename__ = "menu_items"

    locale: Mapped[str]
    place: Mapped[str]  # header | footer | documents | legal
    position: Mapped[int]
    label: Mapped[str]
    href: Mapped[str]  # path on this shop, or https URL

    __table_args__ = tenant_args(Index("ix_menu_items_place", "partner_id", "locale", "place", "position"))


class LegalDocument(TenantOwned, Base):
    """Terms and the like, in a numbered version and one language; the newest version is in force."""

    __tablename__ = "legal_documents"

    kind: Mapped[str]  # terms | privacy
    locale: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    html: Mapped[str] = mapped_column(LongText)
    published_at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "kind", "locale", "version"))
