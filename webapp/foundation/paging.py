"""Lists by the page: one statement for the rows, one for their number, both within the session's scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_
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


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a longer list; pages count from 1."""

    items: list[T]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are: at least one, since an empty list is a page too."""
        return max(1, -(-self.total // self.size))


def paginate(
    session: Session, statement: Select[T], key: InstrumentedAttribute[Any], page: int, size: int = 50
) -> Page[T]:
    """The page of an ordered select of one entity; `key` is a column to count (the entity's id).

    A page number out of range gives the nearest page that exists.
    """
    # Counting by the entity's own column keeps the statement an ORM one, so that the tenant walls narrow it.
    total = session.scalar(statement.with_only_columns(func.count(key)).order_by(None)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    rows = session.scalars(statement.limit(size).offset((number - 1) * size)).all()
    return Page(list(rows), number, size, total)
