"""Many names at once: what somebody pasted, understood one by one. Nothing that was typed is passed over in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.foundation.text import NameQuery, NameRefused, to_unicode, understand_name
from webapp.reseller.catalog import queries as catalog

from .search import Shopper, offers_for

#: Names of one check, those that bare words make included.
MOST = 500
#: Characters of a text that are looked at; ten of the longest names fit a thousand.
LONGEST_TEXT = 40_000
#: Of a line that is no name, as it is shown again.
_SHOWN = 80

#: Names stand apart by line ends, blanks, commas, semicolons, tabs or bars.
_BETWEEN = re.compile(r"[\s,;|]+")


@dataclass(frozen=True)
class Refused:
    """A piece of the text that is no name, and the sentence that says why (a msgid and its values)."""

    text: str
    message: str
    params: dict[str, object]


@dataclass(frozen=True)
class BulkPlan:
    """`names` (A-labels) will be asked for, in the order of the text. `not_sold`: names for people with endings that
    are not on sale here. `repeated` counts what stood there twice; `left` is what did not fit, to be checked next.
    """

    names: tuple[str, ...]
    refused: tuple[Refused, ...]
    not_sold: tuple[str, ...]
    repeated: int
    left: tuple[str, ...]


def plan(session: Session, text: str, shopper: Shopper) -> BulkPlan:
    """Understand a pasted text. A bare word is asked for with as many endings of the group as there is room for."""
    queries, refused, repeated = _understood(text[:LONGEST_TEXT])
    key = (shopper.currency, shopper.on, shopper.account_id)
    sold = catalog.offers_by_ending(session, {query.tld for query in queries if query.tld}, *key)
    not_sold = tuple(query.unicode for query in queries if query.tld and query.tld not in sold)
    fit = [query for query in queries if query.tld is None or query.tld in sold]
    endings = [offer.tld for offer in offers_for(session, shopper)]
    kept = fit[:MOST]
    each = _room_for_each(kept)
    names = [name for query in kept for name in _names(query, endings[:each])]
    distinct = list(dict.fromkeys(names))
    left = (*(query.unicode for query in fit[MOST:]), *_cut_off(text))
    return BulkPlan(tuple(distinct), tuple(refused), not_sold, repeated, left)


def pieces(text: str) -> list[str]:
    """The text in its pieces: names, addresses and rubbish."""
    return [piece for piece in _BETWEEN.split(text) if piece]


def _understood(text: str) -> tuple[list[NameQuery], list[Refused], int]:
    found: dict[str, NameQuery] = {}
    refused: dict[str, Refused] = {}
    count = 0
    for piece in pieces(text):
        count += 1
        try:
            query = understand_name(piece)
        except NameRefused as refusal:
            refused.setdefault(piece, Refused(piece[:_SHOWN], refusal.message, dict(refusal.params)))
        else:
            found.setdefault(query.ascii, query)
    return list(found.values()), list(refused.values()), count - len(found) - len(refused)


def _room_for_each(queries: Sequence[NameQuery]) -> int:
    """With how many endings a bare word can be asked for, so that no more than MOST names are."""
    bare = sum(query.tld is None for query in queries)
    return (MOST - (len(queries) - bare)) // bare if bare else 0


def _names(query: NameQuery, endings: Sequence[str]) -> Iterator[str]:
    if query.tld:
        yield query.ascii
    else:
        yield from (f"{query.label}.{ending}" for ending in endings)


def _cut_off(text: str) -> list[str]:
    """What stands behind the part that was looked at."""
    return [to_unicode(piece[:_SHOWN]) for piece in pieces(text[LONGEST_TEXT:])][:MOST]
