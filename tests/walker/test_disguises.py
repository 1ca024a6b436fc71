"""C1, C6, C11, C20: role words, other spellings of an address, forged proxy headers, ways out of the house."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlsplit

import pytest

from tests.factories import PASSWORD
from tests.harness.figures import Figures
from tests.walker import house
from tests.walker.canaries import differences, fingerprint
from tests.walker.conftest import Ground
from tests.walker.paths import Address
from tests.walker.people import Person, is_sign_in
from tests.walker.visits import essence

#: Thousands of requests: on a busy machine a walk takes minutes.
pytestmark = pytest.mark.timeout(1200)

CLAIMS = {"role": "operator", "tenant": "2", "partner_id": "2", "as": "system", "user": "1", "admin": "1", "staff": "1"}
CLAIM_HEADERS = {"X-Tenant": "2", "X-Role": "operator", "X-User": "1", "X-Forwarded-User": "operator@demo.example"}
PROXY_HEADERS = {
    "X-Forwarded-For": "203.0.113.99",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Server": "evil.test",
    "X-Host": "evil.test",
    "X-Original-URL": "/account/",
    "X-Rewrite-URL": "/account/",
    "X-Real-IP": "203.0.113.99",
    "Forwarded": "for=203.0.113.99;host=evil.test;proto=https",
    "True-Client-IP": "203.0.113.99",
}
#: Targets of an open redirect, as browsers understand them (safety.md, C20).
WAYS_OUT = (
    "https://evil.test/",
    "//evil.test/",
    "///evil.test/",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "http:evil.test",
    "https:/evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%2f/evil.test/..",
    "/%5cevil.test",
    "@evil.test",
    ".evil.test",
    "//csp1002.localhost:8000/",
    "http://csp1001.localhost:8000@evil.test/",
    "/\u2028/evil.test",
    "\u3002evil.test",
    " //evil.test",
    "/" * 3000,
)
WALKERS = ("visitor-csp1001", "anna", "clerk", "dora", "owner1", "staff1", "staff2", "operator", "visitor-panel")
SEED = 20261122


@pytest.fixture
def dice(full_tier: bool) -> random.Random | None:
    """None in the full tier, where everybody goes everywhere."""
    return None if full_tier else random.Random(SEED)


def _readable(
    ground: Ground, names: Iterable[str], dice: random.Random | None
) -> Iterator[tuple[Person, Address, str]]:
    """Who reads what at which path; with dice, at each address one who may come in and one who may not."""
    people = [ground.crowd.by_name[name] for name in names]
    for address in (each for each in ground.addresses if "GET" in each.methods and each.endpoint != "shared.metrics"):
        here = [person for person in people if person.door in address.doors]
        for person in address.one_inside_one_outside(here, dice) if dice else here:
            yield person, address, next(ground.factories.targets(person, address, ("own",))).path


def test_claims_and_forged_headers_change_nothing(stroll: Ground, figures: Figures, dice: random.Random | None) -> None:
    """The fast tier sends all headers at once: it cannot name the guilty one then."""
    walk, before = stroll.walk, fingerprint(stroll.walk.engine)
    query = "&".join(f"{name}={value}" for name, value in CLAIMS.items())
    worn = [CLAIM_HEADERS | PROXY_HEADERS] if dice else [CLAIM_HEADERS, PROXY_HEADERS]
    for person, address, path in _readable(stroll, (*WALKERS, "software1", "software2"), dice):
        plain = walk.visit(person, "GET", path)
        claimed = walk.visit(person, "GET", f"{path}?{query}", headers=CLAIM_HEADERS)
        if plain.status_code != claimed.status_code:
            walk.differ(f"{person.name} {address.rule}", str(plain.status_code), str(claimed.status_code))
        for headers in worn:
            forged = walk.visit(person, "GET", path, headers=headers)
            if essence(forged) != essence(plain):
                walk.differ(f"{person.name} {address.rule}", "believes a header", *headers)
            if b"evil.test" in forged.get_data() or "evil.test" in str(forged.headers):
                walk.differ(f"{person.name} {address.rule}", "repeats a forged host")
    _end(stroll, figures, before, "walker: claims of a role, forged proxy headers")


def _spellings(path: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(method, path, headers): the same address as proxies and frameworks might read it."""
    others = (
        f"{path.rstrip('/')}/",
        f"/{path}",
        f"/.{path}",
        f"/x/..{path}",
        path.replace("/", "//"),
        path.replace("/", "/./"),
        path.replace("/", "/%2e/"),
        path.replace("/", "%2f"),
        path.upper(),
        f"{path};x=1",
        f"{path}.json",
        f"{path}.html",
        f"{path}%00",
        f"{path}%20",
        f"{path}%0a",
        f"{path}/.",
        f"{path}#x",
        f"{path}?",
        "".join(f"%{ord(letter):02x}" if letter.isalpha() else letter for letter in path),
    )
    yield from (("GET", other, {}) for other in others)
    for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND"):
        yield method, path, {}
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        yield "GET", path, {name: "POST"}
        yield "GET", path, {name: "DELETE"}


def test_other_spellings_of_a_closed_address_stay_closed(
    stroll: Ground, figures: Figures, dice: random.Random | None
) -> None:
    """For everybody whom routes.tsv shuts out: visitors, staff at the owner's pages, and strangers' things; the fast
    tier tries a few spellings of each, so that each is tried of a hundred."""
    walk, before = stroll.walk, fingerprint(stroll.walk.engine)
    shut_out = ("visitor-csp1001", "visitor-panel", "visitor-operator", "visitor-api", "staff1")
    for person, address, path in _readable(stroll, shut_out, None):
        if address.opens_to(person):
            continue
        spellings = list(_spellings(path))
        for method, spelling, headers in dice.sample(spellings, 8) if dice else spellings:
            response = walk.visit(person, method, spelling, headers=headers)
            moved = response.status_code in (301, 302, 303, 307, 308)
            if not (response.status_code >= 400 or moved) and not (method == "OPTIONS" and not response.data):
                walk.differ(f"{person.name} {method} {spelling} {headers}", str(response.status_code))
            if moved and not _stays(response.headers["Location"]):
                walk.differ(f"{person.name} {method} {spelling}", f"leads to {response.headers['Location']}")
    _end(stroll, figures, before, "walker: spellings of closed addresses")


def _stays(location: str) -> bool:
    """True for a path on the same host, as a browser reads it (WHATWG URL: tabs and newlines vanish, \\ is /)."""
    seen = location.strip().replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")
    return seen.startswith("/") and not seen.startswith("//") and not urlsplit(seen).netloc


def test_no_address_leads_out_of_the_house(stroll: Ground, figures: Figures, dice: random.Random | None) -> None:
    """C20: `next` and every name like it, at every address that redirects; the fast tier tries a few at each, but all
    where one signs in."""
    walk, before = stroll.walk, fingerprint(stroll.walk.engine)
    for person, address, path in _readable(stroll, (*WALKERS, "visitor-operator"), dice):
        signs_in = address.endpoint.endswith("sign_in")
        if not 300 <= walk.visit(person, "GET", path).status_code < 400 and not signs_in:
            continue
        for way in WAYS_OUT if signs_in or not dice else dice.sample(WAYS_OUT, 3):
            query = "&".join(f"{name}={quote(way, safe='')}" for name in ("next", "url", "return", "redirect", "to"))
            response = walk.visit(person, "GET", f"{path}?{query}")
            location = response.headers.get("Location", "/")
            if not _stays(location):
                walk.differ(f"{person.name} {path}", f"{way!r} leads to {location!r}")
    _end(stroll, figures, before, "walker: ways out")


def test_signing_in_leads_nowhere_else(stroll: Ground, figures: Figures) -> None:
    """C20 where it counts: the redirect after the right password, and after a change of language."""
    walk = stroll.walk
    doors = {"anna": "/account/sign-in", "owner1": "/sign-in", "operator": "/sign-in"}
    for name, path in doors.items():
        person = stroll.crowd.by_name[name]
        visitor = next(each for each in stroll.crowd if each.role == "visitor" and each.host == person.host)
        mail = house.OPERATOR if name == "operator" else house.email(name)
        for way in WAYS_OUT:
            data = {"email": mail, "password": PASSWORD, "next": way}
            response = walk.visit(visitor, "POST", f"{path}?next={quote(way, safe='')}", data=data)
            if response.status_code != 303 or not _stays(response.headers["Location"]):
                walk.differ(f"{name} signs in with {way!r}", str(response.headers.get("Location")))
            assert not is_sign_in(visitor, response)
    for way in WAYS_OUT:
        response = walk.visit(stroll.crowd.by_name["owner1"], "POST", "/language", data={"locale": "pl", "next": way})
        if not _stays(response.headers.get("Location", "")):
            walk.differ(f"language with {way!r}", str(response.headers.get("Location")))
    figures.count("walker: ways out after signing in", walk.count["requests"], broken=len(walk.problems))
    walk.report()


def _end(ground: Ground, figures: Figures, before: dict[str, str], what: str) -> None:
    figures.count(what, ground.walk.count["requests"], broken=len(ground.walk.problems))
    ground.walk.report()
    assert not differences(before, fingerprint(ground.walk.engine))
