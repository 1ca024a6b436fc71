"""What a check of the books is, and what the checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import String, cast, literal
from sqlalchemy.orm import Session

#: Looks at all partners in one reading transaction and says who breaks the rule, in words for a person.
Check = Callable[[Session], Iterable[str]]

#: So many offenders are named; one is enough to look, all would flood a screen.
NAMED = 5
#: What waits for a worker and has waited for so long means that no worker runs.
OLDEST_DUE = timedelta(hours=1)


def named(prefix: str, number: Any) -> Any:
    """The name of a row in a column of text, as SQL: "payment:" and an id."""
    return literal(prefix) + cast(number, String)
