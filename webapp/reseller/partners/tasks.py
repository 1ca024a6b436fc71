"""Jobs of the partners room: the icons and the social picture of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, outbox, tenancy
from webapp.foundation.db import Database
from webapp.foundation.outbox import Later, Lease
from webapp.foundation.uploads import UploadRefused
from webapp.providers.errors import ProviderError
from webapp.providers.storage.port import StoragePort

from . import brand_assets, queries
from .models import Brand, Partner
from .operations import bump_content

#: So often the storage is asked; the shop keeps what it has until the next change or the daily job.
TRIES = 4


class Context(Protocol):
    """What these jobs need of their process."""

    @property
    def database(self) -> Database: ...

    @property
    def storage(self) -> StoragePort: ...


def draw_brand(context: Context, lease: Lease) -> None:
    """Draw, put the files, then name them; nothing when they are up to date already."""
    with context.database.reading() as session:
        brand = queries.brand(session)
        made_of, old = brand_assets.recipe(queries.partner(session), brand), brand.assets_of
    made = _drawn(context.storage, made_of, lease) if brand_assets.digest(made_of) != old else None
    with context.database.writing() as session:
        _keep(session, made_of, made)
        outbox.complete(session, lease)


def _drawn(storage: StoragePort, made_of: Mapping[str, Any], lease: Lease) -> dict[str, Any] | None:
    try:
        return brand_assets.made(storage, made_of)
    except UploadRefused as refused:
        if refused.code == "busy":
            raise Later(timedelta(seconds=5), "busy") from None
        raise
    except ProviderError:
        if lease.attempts < TRIES:
            raise
        return None


def _keep(session: Session, made_of: Mapping[str, Any], made: dict[str, Any] | None) -> None:
    """Store what was drawn, unless the brand was changed meanwhile: then another row is on its way."""
    brand = queries.brand(session)
    if made is not None and brand_assets.recipe(queries.partner(session), brand) == made_of:
        brand.assets, brand.assets_of = made, brand_assets.digest(made_of)
        bump_content(session)
        session.flush()


def draw_missing(context: Context) -> str:
    """The daily job: shops that have no drawings yet, or drawings of an older kind, get them."""
    with context.database.reading(tenancy.Platform("tick")) as session:
        rows = session.execute(select(Partner, Brand).join(Brand, Brand.partner_id == Partner.id)).all()
        late = [
            partner.id
            for partner, brand in rows
            if brand_assets.digest(brand_assets.recipe(partner, brand)) != brand.assets_of
        ]
    for partner_id in late:
        with tenancy.entered(tenancy.Tenant(partner_id)), context.database.writing() as session:
            # The tick itself wakes the workers for what is due.
            brand_assets.ask(session, key=f"{clock.now():%Y-%m-%d}", after=timedelta())
    return f"{len(late)} shops"
