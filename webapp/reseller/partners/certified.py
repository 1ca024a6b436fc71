"""Which names may have a certificate: what the `tls-ask` process keeps in memory."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import OWNING, Host


class Word(NamedTuple):
    """What a row of Host says of its name (no port). Of several rows of one name, one at most allows it."""

    host_id: int
    name: str
    allowed: bool


def words(session: Session, since: datetime | None = None) -> list[Word]:
    """Every row that allows its name; with `since`, every row changed from then on, whatever it says. Platform work.

    A suspended partner's hosts are among them: its visitors get the page that says so, not a broken connection.
    """
    wanted = Host.state.in_(OWNING) if since is None else Host.changed_at >= since
    rows = session.execute(select(Host.id, Host.name, Host.state).where(wanted))
    return [Word(row.id, row.name.partition(":")[0], row.state in OWNING) for row in rows]
