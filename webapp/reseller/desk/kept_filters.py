"""How a person left a list (W-08): its filters stay set until the person changes or clears them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation.db import change

from .models import KeptFilter

#: Nobody types more into all fields of a filter; what is kept is read with every page of the list.
LONGEST = 2000


def values(session: Session, person: str, list_name: str) -> dict[str, str]:
    """What the person ("staff:3", "user:12") set on a list; {} when nothing is set."""
    where = (KeptFilter.person == person, KeptFilter.list == list_name)
    stored = session.scalar(select(KeptFilter.values).where(*where))
    found = stored if isinstance(stored, dict) else {}
    return {str(name): value for name, value in found.items() if isinstance(value, str)}


def keep(session: Session, person: str, list_name: str, chosen: Mapping[str, str]) -> None:
    """Set a list's filters anew for a person; what is empty is left out, and nothing left forgets it all."""
    found = {name: value[:LONGEST] for name, value in chosen.items() if value}
    if not found:
        return forget(session, person, list_name)
    where = (KeptFilter.person == person, KeptFilter.list == list_name)
    if not change(session, KeptFilter, *where, values=found):
        try:
            with session.begin_nested():
                session.add(KeptFilter(person=person, list=list_name, values=found))
        except IntegrityError:  # set in another window in the same moment
            change(session, KeptFilter, *where, values=found)
    return None


def forget(session: Session, person: str, list_name: str) -> None:
    """Clear the filters."""
    session.execute(delete(KeptFilter).where(KeptFilter.person == person, KeptFilter.list == list_name))
