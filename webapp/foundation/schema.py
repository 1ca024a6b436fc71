"""What every table is made of: column types, naming convention, the tenant mixins and composite keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

#: 64 bits on PostgreSQL; SQLite only numbers rows by itself in a column of type INTEGER.
BigInt = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values, stores UTC, gives aware UTC back (SQLite forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("instants must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every model. Constraints are named by convention, so that a migration can drop what it can name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        int: BigInt,
        str: String(),
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)


LongText = Text()
#: Text in the order of its bytes everywhere, so that an index finds what begins with something (SQLite's own order).
ByteOrdered = String().with_variant(String(collation="C"), "postgresql")


class TenantRoot:
    """Mixin of the one table whose own id is the tenant (partners)."""

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)


class TenantOwned:
    """Mixin of every table whose rows belong to one partner.

    A subclass that declares `__table_args__` builds it with `tenant_args(...)`, so that
    `(partner_id, id)` stays unique: composite foreign keys point there.
    """

    @declared_attr
    def partner_id(cls) -> Mapped[int]:  # noqa: N805  declared_attr passes the class
        return mapped_column(BigInt, nullable=False, index=False)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  declared_attr passes the class
        return tenant_args()


def tenant_args(*more: Any) -> tuple[Any, ...]:
    """Table arguments of a tenant table: the two constraints of wall 3, and whatever the table adds."""
    return (
        ForeignKeyConstraint(["partner_id"], ["partners.id"], ondelete="RESTRICT"),
        UniqueConstraint("partner_id", "id"),
        *more,
    )


def tenant_key(column: str, target: str) -> ForeignKeyConstraint:
    """Wall 3: a composite foreign key `(partner_id, column)` -> `(target.partner_id, target.id)`."""
    return ForeignKeyConstraint(["partner_id", column], [f"{target}.partner_id", f"{target}.id"], ondelete="RESTRICT")
