"""Documents by a part of their number, by an index: the digits that were typed are where a sequence begins or is whole.

Numbers are written by a partner's own pattern ("FV/2026/00012", "12/2026"), so that every run of digits may be the
sequence; the written number decides. What no index knows (letters, digits from the middle) is looked for among the
newest documents, which are those that people ask for.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.foundation.walls import column_of

_DIGITS = re.compile(r"\d+", re.ASCII)
#: No series has more numbers than a bigint, and nobody types more runs of digits.
_LARGEST, _MOST = 10**15, 4
#: Digits that may follow what was typed.
_LONGER = 6
#: As many of the newest documents are looked through for any part of their number.
NEWEST = 5000


def ranges(typed: str) -> list[tuple[int, int]]:
    """Sequences that may be meant: "12" is 12, 120 to 129, 1200 to 1299 ..."""
    first = (int(run) for run in _DIGITS.findall(typed)[:_MOST] if len(run) < 16)
    return [
        (number * 10**more, (number + 1) * 10**more - 1)
        for number in first
        for more in range(_LONGER)
        if 0 < number * 10**more < _LARGEST
    ]


def matching(
    typed: str,
    sequence: InstrumentedAttribute[Any],
    number: InstrumentedAttribute[str],
    year: InstrumentedAttribute[int] | None = None,
) -> ColumnElement[bool]:
    """The condition: the number contains what was typed, and its sequence is one of those or, where given, its year."""
    written = number.icontains(typed.strip(), autoescape=True)
    found = [sequence.between(*each) if each[0] < each[1] else sequence == each[0] for each in ranges(typed)]
    if year is not None:
        found += [year == int(run) for run in _DIGITS.findall(typed)[:_MOST] if len(run) == 4]
    return and_(or_(*found), written) if found else number == typed.strip()


def among_newest(typed: str, key: InstrumentedAttribute[int], number: InstrumentedAttribute[str]) -> Select[Any]:
    """Ids of the newest documents whose number contains what was typed. `key` and `number`: columns "id", "number"."""
    newest = select(key, number).order_by(key.desc()).limit(NEWEST).subquery()
    return select(column_of(newest, "id")).where(column_of(newest, "number").icontains(typed.strip(), autoescape=True))
