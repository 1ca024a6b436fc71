"""P13, P15: every address x method x person x kind of id. Foreign is answered exactly as never heard of."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.harness.figures import Figures
from tests.house import routes
from tests.walker.canaries import fingerprint
from tests.walker.conftest import Ground
from tests.walker.house import tables_without_rows
from tests.walker.paths import TABLES, Address, other_methods, unknown_arguments
from tests.walker.people import Person, is_sign_in, one_of_each
from tests.walker.visits import Walk, essence

#: Thousands of requests: on a busy machine a walk takes minutes.
pytestmark = pytest.mark.timeout(1200)

SEED = 20261122
#: Answered to whoever asks for a thing that is not theirs, as for one that does not exist. 410: a spent link.
NOT_FOUND = {404, 410}
#: Words that the other tenant knows and we do not.
FOREIGN_WORDS = ("slug", "version", "token")
Essence = tuple[int, tuple[tuple[str, str], ...], str]


def test_every_address_has_a_row_and_every_argument_a_factory(stroll: Ground) -> None:
    golden = set(routes.TABLE.read_text(encoding="utf-8").splitlines())
    rows = {"\t".join(row) for row in routes.rows(stroll.walk.app)}
    assert not rows - golden, f"not in routes.tsv: {sorted(rows - golden)}"
    missing = unknown_arguments(stroll.addresses)
    assert not missing, f"give these a factory in tests/walker/paths.py: {missing}"


def test_both_tenants_have_something_in_every_table(walk_on: Ground) -> None:
    for tenant in (1, 2):
        empty = tables_without_rows(walk_on.walk.engine, tenant)
        assert not empty, f"plant something for tenant {tenant} in tests/walker/house.py: {empty}"


def native(ground: Ground, address: Address, dice: random.Random | None = None) -> list[Person]:
    """The people who have a sign-in (or none) at one of the address's doors; with dice, one of each sort."""
    people = [person for person in ground.crowd if person.door in address.doors]
    return people if dice is None else one_of_each(people, dice)


def methods_of(address: Address) -> list[str]:
    """What the view takes, with what every view that can be read takes."""
    return sorted(address.methods | ({"HEAD", "OPTIONS"} if "GET" in address.methods else {"OPTIONS"}))


def _asked(address: Address, people: list[Person], dice: random.Random | None) -> Iterator[tuple[Person, str]]:
    """Everybody with every method; with dice, one alone asks for what needs no view of its own."""
    curious = dice.choice(people) if dice else None
    for person in people:
        for method in methods_of(address) if person is curious or not dice else sorted(address.methods):
            yield person, method


def test_foreign_ids_are_answered_like_unknown_ones(walk_on: Ground, figures: Figures, full_tier: bool) -> None:
    """The fast tier takes one of those who have the same rights, anew for each address, and on PostgreSQL a fifth of
    the addresses: the views are the same, the walls below are tried one by one in tests/walls."""
    before, taken, dice = (
        fingerprint(walk_on.walk.engine),
        walk_on.addresses,
        None if full_tier else random.Random(SEED),
    )
    if dice and walk_on.walk.engine.dialect.name == "postgresql":
        taken = dice.sample(taken, len(taken) // 5)
    for address in taken:
        for person, method in _asked(address, native(walk_on, address, dice), dice):
            same_for_all_ids(walk_on, address, person, method, before)
    _end(walk_on, figures, before, "walker: address x method x person x id")


def same_for_all_ids(ground: Ground, address: Address, person: Person, method: str, before: dict[str, str]) -> None:
    walk, seen = ground.walk, defaultdict[str, dict[str, Essence]](dict)
    safe = method in ("GET", "HEAD", "OPTIONS")
    wanted = ("sibling", "foreign", "gone", "random", "other")
    for target in ground.factories.targets(person, address, ("own", *wanted) if safe else wanted):
        response = walk.visit(person, method, target.path)
        if not safe:
            walk.untouched(f"{person.name} {method} {target.path} ({target.kind})", before)
        if target.kind == "own":
            _role_holds(walk, address, person, method, response)
        elif target.argument in {*TABLES, *FOREIGN_WORDS}:
            seen[target.argument][target.kind] = essence(response, target.value, target.before)
    for answers in seen.values():
        _like_random(walk, address, person, method, answers)


def test_fragments_are_closed_like_their_pages(stroll: Ground, figures: Figures, full_tier: bool) -> None:
    """What htmx asks for passes the same doors: nobody sees more of a thing by asking for a part of it.

    The fast tier asks at each address for one who may come in and for one who may not.
    """
    walk, before, dice = stroll.walk, fingerprint(stroll.walk.engine), None if full_tier else random.Random(SEED)
    asked = {"HX-Request": "true", "HX-Request-Type": "partial", "Sec-Fetch-Site": "same-origin"}
    for address in (each for each in stroll.addresses if "GET" in each.methods):
        people = native(stroll, address)
        for person in address.one_inside_one_outside(people, dice) if dice else people:
            answers: dict[str, dict[str, Essence]] = defaultdict(dict)
            for target in stroll.factories.targets(person, address, ("own", "sibling", "foreign", "gone", "random")):
                response = walk.visit(person, "GET", target.path, headers=asked)
                if target.argument in TABLES:
                    answers[target.argument][target.kind] = essence(response, target.value, target.before)
                if not address.opens_to(person) and response.status_code not in (401, 403):
                    walk.differ(f"{person.name} fragment of {address.rule}", str(response.status_code))
            for found in answers.values():
                for kind in (kind for kind in found if found[kind] != found["random"] or found[kind][0] == 200):
                    walk.differ(f"{person.name} fragment of {address.rule}", kind, str(found[kind][0]))
    _end(stroll, figures, before, "walker: fragments")


def _like_random(walk: Walk, address: Address, person: Person, method: str, answers: dict[str, Essence]) -> None:
    """The same bytes for what is somebody else's, what is gone and what never was; and these say: not found."""
    where = f"{person.name} {method} {address.rule}"
    refused = NOT_FOUND | ({303} if person.role == "visitor" else {403} if person.rights != Person.rights else set())
    for kind, answer in answers.items():
        if answer != answers["random"]:
            walk.differ(where, kind, f"{answer[0]} is not {answers['random'][0]} of a random one")
        elif method != "OPTIONS" and address.opens_to(person) and answer[0] not in refused:
            walk.differ(where, kind, str(answer[0]))


def _role_holds(walk: Walk, address: Address, person: Person, method: str, response: TestResponse) -> None:
    """Own things: open to the roles of routes.tsv, closed to all others."""
    status, where = response.status_code, f"{person.name} {method} {address.rule}"
    to_sign_in = is_sign_in(person, response)
    if method == "OPTIONS":
        return
    if address.opens_to(person):
        few_rights = status == 403 and person.rights != Person.rights
        own_check = address.endpoint in ("storefront.thanks", "frames.thanks") and person.role == "visitor"
        if (to_sign_in and not own_check) or (status in (401, 403) and not few_rights):
            walk.differ(where, "closed to its own role", str(status))
    elif person.role == "visitor" and not to_sign_in:
        walk.differ(where, "open to visitors", str(status))
    elif person.role != "visitor" and status != 403:
        walk.differ(where, f"open to {person.role}", str(status))


def _end(ground: Ground, figures: Figures, before: dict[str, str], what: str) -> None:
    changed = [name for name, value in fingerprint(ground.walk.engine).items() if before[name] != value]
    figures.count(what, ground.walk.count["requests"], broken=len(ground.walk.problems) + len(changed))
    ground.walk.report()
    assert not changed, f"changed rows of {changed}"


def test_methods_that_no_view_takes_do_nothing(stroll: Ground, figures: Figures, full_tier: bool) -> None:
    """The fast tier sends somebody to each address, with some of the methods: who it is, matters only after the method
    is found."""
    before, dice = fingerprint(stroll.walk.engine), random.Random(SEED)
    for address in stroll.addresses:
        people = native(stroll, address)
        for person in people if full_tier else dice.sample(people, min(1, len(people))):
            target = next(stroll.factories.targets(person, address, ("own",)))
            methods = other_methods(stroll.addresses, address, person.door)
            for method in methods if full_tier else dice.sample(methods, min(2, len(methods))):
                response = stroll.walk.visit(person, method, target.path)
                if response.status_code not in (404, 405):
                    stroll.walk.differ(f"{person.name} {method} {address.rule}", str(response.status_code))
    _end(stroll, figures, before, "walker: other methods")


def test_garbage_in_place_of_an_id_is_not_found(stroll: Ground, figures: Figures, full_tier: bool) -> None:
    """The fast tier sends somebody with a few pieces to each address: the router refuses nearly all of it before
    anybody is asked."""
    before, dice = fingerprint(stroll.walk.engine), random.Random(SEED)
    for address in (each for each in stroll.addresses if each.arguments):
        people = native(stroll, address)
        for person in people if full_tier else dice.sample(people, min(1, len(people))):
            for method in sorted(address.methods):
                targets = list(stroll.factories.targets(person, address, ("garbage",)))
                for target in targets if full_tier else dice.sample(targets, min(4, len(targets))):
                    response = stroll.walk.visit(person, method, target.path)
                    if response.status_code not in (404, 403, 303, 405, 308):
                        stroll.walk.differ(f"{person.name} {method} {target.path}", str(response.status_code))
    _end(stroll, figures, before, "walker: garbage for ids")


def test_cookies_of_one_door_are_worth_nothing_at_another(stroll: Ground, figures: Figures, full_tier: bool) -> None:
    """The fast tier shows one stranger's cookies at each address, the full one those of all."""
    before, dice = fingerprint(stroll.walk.engine), random.Random(SEED)
    people = [stroll.crowd.by_name[name] for name in ("anna", "dora", "owner1", "owner2", "operator")]
    for visitor in (each for each in stroll.crowd if each.role == "visitor"):
        strangers = [person.at(visitor.host) for person in people if person.host != visitor.host]
        for address in (each for each in stroll.addresses if visitor.door in each.doors):
            if address.endpoint == "shared.metrics":
                continue  # counts requests: no two answers are the same
            _answered_as_a_visitor(stroll, address, strangers if full_tier else [dice.choice(strangers)], visitor)
    _end(stroll, figures, before, "walker: cookies at other doors")


def _answered_as_a_visitor(ground: Ground, address: Address, strangers: list[Person], visitor: Person) -> None:
    target = next(ground.factories.targets(visitor, address, ("own",)))
    plain = ground.walk.visit(Person("nobody", visitor.host, tenant=visitor.tenant), "GET", target.path)
    for stranger in strangers:
        shown = ground.walk.visit(stranger, "GET", target.path)
        if essence(plain) != essence(shown):
            ground.walk.differ(f"{stranger.name} GET {address.rule}", str(plain.status_code), str(shown.status_code))


def test_a_door_does_not_know_the_addresses_of_another(stroll: Ground, figures: Figures, full_tier: bool) -> None:
    """The fast tier looks for each address at two other doors."""
    before, dice = fingerprint(stroll.walk.engine), random.Random(SEED)
    strongest = {"shop": "anna", "sales": "owner1", "operator": "operator", "api": "software1"}
    strongest["platform"] = "visitor-localhost:8000"
    known = {(door, address.rule) for address in stroll.addresses for door in address.doors}
    for address in stroll.addresses:
        others = [door for door in strongest if (door, address.rule) not in known]
        for door in others if full_tier else dice.sample(others, min(2, len(others))):
            person = stroll.crowd.by_name[strongest[door]]
            target = next(stroll.factories.targets(person, address, ("own",)))
            response = stroll.walk.visit(person, "GET", target.path)
            if response.status_code not in NOT_FOUND:
                stroll.walk.differ(f"{door} GET {target.path}", str(response.status_code))
    _end(stroll, figures, before, "walker: addresses at other doors")
