"""Tables of the desk room: counts by business day. No cookie, no address, nothing that leads to a person."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.schema import Base, TenantOwned, tenant_args


class VisitDay(TenantOwned, Base):
    """How often a page was shown on a day, by host."""

    __tablename__ = "visit_days"

    day: Mapped[date]
    host: Mapped[str]
    path: Mapped[str]
    views: Mapped[int] = mapped_column(default=0)

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "day", "host", "path"))


class SearchDay(TenantOwned, Base):
    """How many searches there were on a day, by host, and how many of them ended in an order."""

    __tablename__ = "search_days"

    day: Mapped[date]
    host: Mapped[str]
    searches: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "day", "host"))


class SearchedName(TenantOwned, Base):
    """How often a name was searched on a day."""

    __tablename__ = "searched_names"

    day: Mapped[date]
    name: Mapped[str]
    searches: Mapped[int] = mapped_column(default=0)

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "day", "name"))


class KeptFilter(TenantOwned, Base):
    """How a person left a list: filters and order, so that it looks the same tomorrow."""

    __tablename__ = "kept_filters"

    person: Mapped[str]  # "staff:3", "user:12"
    list: Mapped[str]
    values: Mapped[dict[str, Any]]

    __table_args__ = tenant_args(UniqueConstraint("partner_id", "person", "list"))
