"""How the panel finds things by any part of their words, with an index, in a million rows.

Every end of every word is a row ("example.com", "xample.com" ... "m"), so that whatever stands within a word is the
beginning of a key. Words are folded first: "Żółkiewska" is found by "zolk". Rooms write the keys in the transaction
that makes or changes a name; desk.search_job makes those that are missing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from webapp.foundation.db import insert_rows

from .models import SearchKey

#: A key is that long; what one looks for beyond that is cut into two keys, its beginning and its end.
KEY = 32
#: Longer words have no ends beyond this, an object no more keys, a question no more words than these.
LONGEST_WORD, MOST_KEYS, MOST_WORDS = 100, 1500, 6
#: Objects of one kind that a word may lead to: who types one letter sees the first of them.
MOST_FOUND = 2000

#: Letters that do not come apart into a letter and a mark (Unicode NFKD).
_WHOLE = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i"})
_LAST = "\U0010ffff"


def words(text: str) -> list[str]:
    """The words of a text, without case and marks, each once."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_WHOLE))
    plain = "".join(char for char in apart if not unicodedata.combining(char) and (char.isprintable() or char == " "))
    return list(dict.fromkeys(plain.split()))


def keys(texts: Iterable[str]) -> list[str]:
    """Every end of every word, cut to KEY signs."""
    ends = (word[start : start + KEY] for text in texts for word in words(text) for start in range(_ends(word)))
    return list(dict.fromkeys(ends))[:MOST_KEYS]


def _ends(word: str) -> int:
    return min(len(word), LONGEST_WORD)


def write(session: Session, kind: str, named: Mapping[int, Iterable[str]]) -> None:
    """Set the keys of objects of a kind anew: id -> the texts by which one looks for it. Two statements."""
    session.execute(delete(SearchKey).where(SearchKey.kind == kind, SearchKey.object_id.in_(named)))
    rows = [{"kind": kind, "object_id": each, "key": key} for each, texts in named.items() for key in keys(texts)]
    insert_rows(session, SearchKey, rows)


def forget(session: Session, kind: str, object_id: int) -> None:
    """Nobody finds it any more."""
    session.execute(delete(SearchKey).where(SearchKey.kind == kind, SearchKey.object_id == object_id))


def matching(text: str, kind: str, column: InstrumentedAttribute[int]) -> list[ColumnElement[bool]]:
    """Conditions for `where(*...)`: the object whose id is in `column` has every word of what was typed.

    The longest word leads (MOST_FOUND objects at most), each other one is looked up for those. Nothing typed: none.
    """
    parts = sorted((part for word in words(text)[:MOST_WORDS] for part in _parts(word)), key=len, reverse=True)
    if not parts:
        return []
    leading = select(SearchKey.object_id).where(*_begins(SearchKey, kind, parts[0]))
    leading = leading.order_by(SearchKey.key, SearchKey.object_id).limit(MOST_FOUND)
    return [column.in_(leading), *(_has(kind, part, column) for part in parts[1:])]


def _parts(word: str) -> list[str]:
    word = word[: LONGEST_WORD + KEY]
    return [word] if len(word) <= KEY else [word[:KEY], word[-KEY:]]


def begins(column: Any, text: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions: a column of type ByteOrdered begins with a text, as an index understands it."""
    return column >= text, column < text + _LAST


def _begins(table: Any, kind: str, part: str) -> tuple[ColumnElement[bool], ...]:
    return table.kind == kind, *begins(table.key, part)


def _has(kind: str, part: str, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    other = aliased(SearchKey)
    return select(other.id).where(and_(other.object_id == column, *_begins(other, kind, part))).exists()
