"""Lists by the page: one statement for the rows, one for how many there are (as far as it matters)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")


#: Nobody types more into a search field.
LONGEST_SEARCH = 200


def matching(text: str, *columns: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    """Conditions for `where(*...)`: some column contains what was typed, whatever its case. Nothing typed: none.

    Databases lower ASCII only (SQLite always, PostgreSQL in the C locale), so that other letters are asked for in the
    spellings that names come in: "żółk" finds "Żółkiewska". Signs that no text has are passed over: PostgreSQL
    refuses NUL, and half of a surrogate pair is no character.
    """
    typed = "".join(char for char in " ".join(text.split()) if char.isprintable())[:LONGEST_SEARCH]
    spellings = {typed} if typed.isascii() else {typed, typed.lower(), typed.upper(), typed.title(), typed.capitalize()}
    return [or_(*(c.icontains(s, autoescape=True) for c in columns for s in sorted(spellings)))] if typed else []


#: Rows behind a page that are counted: nobody needs to know whether a list has 40,000 rows or 41,000, and a count over
#: a million rows takes longer than the page.
COUNTED = 1000
#: The furthest page that a list goes to; beyond that one narrows it.
FURTHEST = 20_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a longer list; pages count from 1. With `more`, there are more rows than `total`."""

    items: list[T]
    number: int
    size: int
    total: int
    more: bool = False

    @property
    def pages(self) -> int:
        """How many pages are known of: at least one, since an empty list is a page too."""
        return max(1, -(-self.total // self.size))


def paginate(
    session: Session, statement: Select[T], key: InstrumentedAttribute[Any], page: int, size: int = 50
) -> Page[T]:
    """The page of an ordered select of one entity; `key` is a column to count (the entity's id).

    Two statements, each by the index that gives the order. A page number out of range gives the last page that a
    look from the beginning knows of.
    """
    number = min(max(page, 1), FURTHEST)
    seen = counted(session, statement, key, (number - 1) * size)
    if not seen.count and number > 1:
        seen = counted(session, statement, key, 0)
        number = max(1, -(-seen.count // size))
    rows = session.scalars(statement.limit(size).offset((number - 1) * size)).all()
    return Page(list(rows), number, size, seen.count, seen.more)


@dataclass(frozen=True)
class Counted:
    """How many rows there are, as far as was counted."""

    count: int
    more: bool


def counted(session: Session, statement: Select[Any], key: InstrumentedAttribute[Any], behind: int = 0) -> Counted:
    """Count an ordered select up to COUNTED rows behind a place; nothing when it ends before that place."""
    # The keys themselves and not their number: a column of the entity keeps the statement an ORM one, so that the
    # tenant walls narrow it, and the limit ends the scan.
    found = session.scalars(statement.with_only_columns(key).limit(COUNTED + 1).offset(behind)).all()
    more = len(found) > COUNTED
    return Counted(behind + len(found) - more if found else 0, more)


def counts(session: Session, wanted: Mapping[str, Select[Any]]) -> dict[str, int]:
    """How many rows each of these selects of a key has, in one statement; COUNTED + 1 stands for "more than that"."""
    if not wanted:
        return {}
    limited = [each.order_by(None).limit(COUNTED + 1).subquery() for each in wanted.values()]
    row = session.execute(select(*(select(func.count()).select_from(part).scalar_subquery() for part in limited))).one()
    return {name: int(number) for name, number in zip(wanted, row, strict=True)}
