"""P14: each of the four walls between tenants holds alone, with the other three switched off (safety notes 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.harness.databases import TemplateDatabases
from tests.harness.figures import Figures
from tests.walls.houses import EVERY_WALL, KEYS, ROWS, TwoShops, enter, furnish
from tests.walls.paths import PATHS
from webapp.foundation.walls import CRITERIA, FLUSH

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

IN_MEMORY = "get of an object in the session"
CARRIED_IN = {IN_MEMORY, "refresh", "reload of an expired object"}
HUNG_ON_OURS = {"lazy load", "joined load"}
WRONG_PARENT = "insert under another tenant's parent"
WRONG_OWNER = "insert for another tenant"

#: Wall -> the ways that it closes by itself. What a wall leaves open is another one's work.
CLOSES = {
    CRITERIA: set(PATHS) - CARRIED_IN - {WRONG_PARENT, WRONG_OWNER},
    FLUSH: CARRIED_IN | {WRONG_OWNER},
    KEYS: HUNG_ON_OURS | {WRONG_PARENT},
    ROWS: set(PATHS) - {IN_MEMORY, WRONG_PARENT},
}

Enter = Callable[[frozenset[str]], TwoShops]


@pytest.fixture(scope="module", params=KINDS)
def house(request: pytest.FixtureRequest, databases: TemplateDatabases) -> Iterator[Enter]:
    """Opens the two shops' database with some of its walls; each time a fresh copy."""
    with databases.fresh(request.param) as url:
        furnish(url)
        opened: list[TwoShops] = []

        def open_with(walls: frozenset[str]) -> TwoShops:
            for old in opened:
                old.database.dispose()
            opened.append(enter(databases.copy(url, "walls"), walls))
            return opened[-1]

        yield open_with
        opened[-1].database.dispose()


def leaks(shops: TwoShops) -> set[str]:
    """The ways that got through. A way that raises was stopped."""
    found = set()
    for name, way in PATHS.items():
        try:
            if way(shops):
                found.add(name)
        except Exception:  # noqa: BLE001  however a wall says no
            continue
    return found


def test_there_are_the_twenty_two_ways() -> None:
    assert len(PATHS) == 22


def test_without_walls_every_way_leads_to_the_neighbour(house: Enter) -> None:
    """Otherwise the other tests of this file could not fail."""
    assert set(PATHS) - leaks(house(frozenset())) == set()


@pytest.mark.parametrize("wall", [CRITERIA, FLUSH, KEYS, ROWS])
def test_each_wall_alone_closes_what_is_its_own(house: Enter, wall: str, figures: Figures) -> None:
    shops = house(frozenset({wall}))
    if wall == ROWS and not shops.database.is_postgresql:
        assert leaks(shops) == set(PATHS), "SQLite has no fourth wall"
        return
    open_ways = leaks(shops)
    figures.count("ways past one wall alone", len(CLOSES[wall]), broken=len(open_ways & CLOSES[wall]))
    assert open_ways & CLOSES[wall] == set()
    assert open_ways == set(PATHS) - CLOSES[wall], "a wall closes more than is written here: say so"


def test_all_walls_together_close_every_way(house: Enter) -> None:
    assert leaks(house(EVERY_WALL)) == set()


def test_three_walls_close_every_way_where_there_is_no_fourth(house: Enter) -> None:
    assert leaks(house(EVERY_WALL - {ROWS})) == set()


def test_the_owner_still_sees_what_is_his(house: Enter) -> None:
    """Walls that let nobody in would pass the tests above."""
    shops = house(EVERY_WALL)
    with shops.visit() as session:
        mine = session.get(type(shops.our_contact), shops.our_contact.id)
        assert mine is not None
        session.refresh(mine)
        assert mine.city == shops.our_contact.city
