"""C7: every unsafe address x every wrong proof of origin is refused, and changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.figures import Figures
from tests.walker.canaries import differences, fingerprint
from tests.walker.conftest import Ground
from tests.walker.paths import Address
from tests.walker.people import Person
from webapp.foundation.web import WebApp
from webapp.surfaces.shared.people import is_tokenless

#: Thousands of requests: on a busy machine a walk takes minutes.
pytestmark = pytest.mark.timeout(1200)

SEED = 20261122
#: Whose token is shown instead of one's own, by who sends.
OTHERS = {"anna": "ben", "dora": "anna", "owner1": "owner2", "staff1": "owner1", "operator": "owner1"}
REFUSED = (400, 403)
#: Proofs whose only fault is the token: views for forms on cached pages look at the origin alone, and at no session.
TOKEN_ALONE = frozenset(("no token", "garbage", "another session's"))


def _wrong_proofs(ground: Ground, person: Person) -> Iterator[tuple[str, dict[str, Any]]]:
    own = ground.walk.app.settings.origin(person.host)
    stranger = ground.crowd.by_name[OTHERS[person.name]]
    yield "no token", {"Origin": own, "Sec-Fetch-Site": "same-origin"}
    yield "garbage", {"Origin": own, "X-CSRF-Token": "garbage"}
    yield "another session's", {"Origin": own, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": stranger.token}
    yield "another session's, by a program", {"X-CSRF-Token": stranger.token}
    for site in ("cross-site", "same-site", "none"):
        yield f"Sec-Fetch-Site {site}", {"Sec-Fetch-Site": site, "X-CSRF-Token": person.token}
    for origin in ("null", "http://evil.test", f"{own}.evil.test", own.replace("http://", "https://"), own.upper()):
        yield f"Origin {origin}", {"Origin": origin, "X-CSRF-Token": person.token}
    neighbour = "http://csp1002.localhost:8000" if "csp1002" not in own else "http://csp1001.localhost:8000"
    yield "another shop's page", {"Origin": neighbour, "Sec-Fetch-Site": "same-site", "X-CSRF-Token": person.token}


def _looks_at_origins_alone(app: WebApp, address: Address) -> bool:
    """Forms on pages kept for everybody; frames, whose session no other page can send."""
    framed = address.doors == ("shop",) and address.rule.startswith(("/frames/", "/auth/"))
    return framed or is_tokenless(app, address.endpoint)


def test_forms_of_strangers_are_refused(stroll: Ground, figures: Figures, full_tier: bool) -> None:
    """The fast tier shows two proofs at each address, so that each proof is shown at some fifty."""
    walk, before, dice = stroll.walk, fingerprint(stroll.walk.engine), random.Random(SEED)
    for person in (stroll.crowd.by_name[name] for name in OTHERS):
        for address in (each for each in stroll.addresses if person.door in each.doors):
            for method in sorted(address.methods - {"GET"}):
                path = next(stroll.factories.targets(person, address, ("own",))).path
                proofs = list(_wrong_proofs(stroll, person))
                for what, headers in proofs if full_tier else dice.sample(proofs, 2):
                    if what in TOKEN_ALONE and _looks_at_origins_alone(walk.app, address):
                        continue
                    response = walk.visit(person, method, path, headers=headers, from_own_page=False)
                    walk.untouched(f"{person.name} {method} {address.rule} ({what})", before)
                    if response.status_code not in REFUSED:
                        walk.differ(f"{person.name} {method} {address.rule}", what, str(response.status_code))
    figures.count("walker: foreign forms", walk.count["requests"], broken=len(walk.problems))
    walk.report()
    assert not differences(before, fingerprint(walk.engine))


def test_the_own_token_does_open_the_door(stroll: Ground) -> None:
    """So that the test above cannot pass by refusing everybody."""
    person = stroll.crowd.by_name["anna"]
    response = stroll.walk.visit(person, "POST", "/account/profile/sign-ins/987654321/end")
    assert response.status_code not in REFUSED
