"""Staff with few rights walk through the whole Sales Panel: what the table of rights closes, is closed to them."""

from __future__ import annotations

from tests.harness.figures import Figures
from tests.walker import canaries, house
from tests.walker.canaries import fingerprint
from tests.walker.conftest import Ground
from tests.walker.people import PANEL, Person
from webapp.reseller.partners.roles import rights_of
from webapp.surfaces.sales.rights import needed


def test_each_address_is_open_to_exactly_the_roles_with_its_right(
    stroll: Ground, figures: Figures, full_tier: bool
) -> None:
    before, walk = fingerprint(stroll.walk.engine), stroll.walk
    for role in house.LIMITED if full_tier else ("content",):
        person = stroll.crowd.signed_in(Person(role, PANEL, role, 1, canaries.DESK, "1"))
        before = fingerprint(walk.engine)
        for address in (each for each in stroll.addresses if each.endpoint.startswith("sales.")):
            for method in sorted(address.methods):
                _right_decides(stroll, person, address.endpoint, method, address.role)
    figures.count("walker: limited roles", walk.count["requests"], broken=len(walk.problems))
    walk.report()
    assert fingerprint(walk.engine) == before


def _right_decides(ground: Ground, person: Person, endpoint: str, method: str, least: str) -> None:
    walk, rights = ground.walk, needed(ground.walk.app, endpoint, method)
    is_open = least == "visitor" or not rights or not rights_of(person.role).isdisjoint(rights)
    if is_open and method != "GET":
        return  # does what it is for; the fields have walks of their own
    address = next(each for each in ground.addresses if each.endpoint == endpoint)
    target = next(ground.factories.targets(person, address, ("own",)))
    status = walk.visit(person, method, target.path).status_code
    if (status == 403) is is_open and not (endpoint == "sales.start" and status == 303):
        walk.differ(f"{person.role} {method} {target.path}", f"{status}, may: {is_open}")
