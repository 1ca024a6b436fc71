"""Who walks: everybody with their own cookies, taken once and then sent unchanged with every request."""

from __future__ import annotations

import random
import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from werkzeug.test import TestResponse

from tests.factories import PASSWORD, PLATFORM_HOST
from tests.walker import canaries, house
from tests.web.client import Client
from tests.web.frames.conftest import Frame
from webapp.foundation import clock
from webapp.foundation.csrf import FIELD
from webapp.foundation.sessions import FRAMES
from webapp.foundation.web import WebApp
from webapp.providers.wholesale import signing

SHOP1, SHOP2 = f"csp1001.{PLATFORM_HOST}", f"csp1002.{PLATFORM_HOST}"
PANEL, OPERATOR, API = (f"{label}.{PLATFORM_HOST}" for label in ("panel", "operator", "api"))

#: Hosts of each door at which we look.
HOSTS = {
    "shop": (SHOP1, SHOP2),
    "sales": (PANEL,),
    "operator": (OPERATOR,),
    "platform": (PLATFORM_HOST,),
    "api": (API,),
}
DOORS = {host: door for door, hosts in HOSTS.items() for host in hosts}

_TOKEN = re.compile(rf'name="{FIELD}"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Person:
    """Somebody at one host. `role` as in routes.tsv; `tenant`: whose data they may see; `label`: their own canary."""

    name: str
    host: str
    role: str = "visitor"
    tenant: int | None = None
    label: str = canaries.SHOP
    #: The subscriber whose things are their own ("anna"), or "1", "2" for staff.
    owns: str = ""
    rights: frozenset[str] = frozenset(("view", "order", "pay", "manage", "people"))
    cookie: str = ""
    token: str = ""
    #: The session of a frame of theirs, which is sent to /frames/ as a frame would.
    bearer: str = ""

    @property
    def door(self) -> str:
        """shop, sales, operator, platform or api."""
        return DOORS[self.host]

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What this person must never read (lower case)."""
        if self.role == "operator":
            return ()
        return canaries.forbidden(self.tenant, self.label)

    def at(self, host: str) -> Person:
        """The same cookies shown at another host, where they must be worth nothing."""
        tenant = {SHOP1: 1, SHOP2: 2}.get(host)
        return replace(self, name=f"{self.name}@{DOORS[host]}", host=host, role="visitor", tenant=tenant, label="shop")


PEOPLE = (
    *(Person(f"visitor-{host.split('.')[0]}", host, tenant={SHOP1: 1, SHOP2: 2}.get(host)) for host in DOORS),
    Person("anna", SHOP1, "user", 1, "anna", "anna"),
    Person("ben", SHOP1, "user", 1, "ben", "ben"),
    Person(house.CLERK, SHOP1, "user", 1, "anna", "anna", frozenset(("pay",))),
    Person("dora", SHOP2, "user", 2, "dora", "dora"),
    *(
        Person(who, PANEL, role, tenant, canaries.DESK, str(tenant))
        for tenant, people in house.STAFF.items()
        for who, role in zip(people, ("owner", "staff"), strict=True)
    ),
    Person("operator", OPERATOR, "operator"),
    *(Person(f"software{tenant}", API, "software", tenant, canaries.DESK, str(tenant)) for tenant in house.API_KEYS),
)


@dataclass
class Crowd:
    """Everybody, or those of these names, signed in at their own door; `by_name["anna"]`."""

    app: WebApp
    names: tuple[str, ...] = ()
    by_name: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for person in PEOPLE:
            if not self.names or person.name in self.names:
                self.by_name[person.name] = self.signed_in(person)

    def __iter__(self) -> Any:
        return iter(self.by_name.values())

    def signed_in(self, person: Person) -> Person:
        """The person with fresh cookies and a CSRF token of theirs (visitors: of the sign-in page)."""
        client = Client(self.app, person.host)
        if person.role not in ("visitor", "software"):
            mail = house.OPERATOR if person.role == "operator" else house.email(person.name)
            client.sign_in(mail)
        page = _page_with_form(client, person)
        if person.door == "shop":
            _fill_basket(client, person, _TOKEN.search(page))
        jar = client.http._cookies or {}
        cookie = "; ".join(f"{each.key}={each.value}" for each in jar.values())
        token = _TOKEN.search(page)
        bearer = _in_a_frame(self.app, person) if person.door == "shop" else ""
        return replace(person, cookie=cookie, token=token[1] if token else "", bearer=bearer)

    def again(self, person: Person) -> Person:
        """Sign in anew, after something has ended the sign-in."""
        self.by_name[person.name] = self.signed_in(next(each for each in PEOPLE if each.name == person.name))
        return self.by_name[person.name]


def _fill_basket(client: Client, person: Person, token: re.Match[str] | None) -> None:
    assert token is not None, f"{person.name} sees no form"
    name = f"{canaries.word(person.tenant or 1, person.name)}-basket.com".lower()
    path = "/de/cart/add" if person.tenant == 2 else "/pl/cart/add"
    client.post(path, {"name": name, FIELD: token[1]})


def _in_a_frame(app: WebApp, person: Person) -> str:
    """The session of a frame in which the person has signed in, with a basket of its own."""
    frame, shop = Frame(app, person.host), "/frames/de" if person.tenant == 2 else "/frames/pl"
    if person.role == "user":
        frame.post(f"{shop}/sign-in", {"email": house.email(person.name), "password": PASSWORD})
    name = f"{canaries.word(person.tenant or 1, person.name)}-frame.com".lower()
    frame.post(f"{shop}/cart/add", {"name": name})
    return frame.token


def _page_with_form(client: Client, person: Person) -> str:
    paths = {"shop": "/account/profile", "sales": "/settings/me", "operator": "/"}
    if person.door not in paths:
        return ""
    if person.role == "visitor":
        return client.get("/account/sign-in" if person.door == "shop" else "/sign-in").text
    return client.get(paths[person.door]).text


def send(app: WebApp, person: Person, method: str, path: str, **options: Any) -> TestResponse:
    """One request with exactly this person's cookies; unsafe ones look like their own page's form."""
    origin = app.settings.origin(person.host)
    headers = {"Host": person.host, **options.pop("headers", {})}
    if path.startswith("//"):
        # The test client would take the first word for a host.
        options["environ_overrides"] = {"PATH_INFO": unquote(path.partition("?")[0], "latin-1"), "QUERY_STRING": ""}
        path = "/"
    if person.cookie and "Cookie" not in headers:
        headers["Cookie"] = person.cookie
    if person.role == "software":
        headers |= _signed(person, method, path)
    if person.bearer and path.startswith(FRAMES):
        headers["Authorization"] = f"Bearer {person.bearer}"
    if method not in ("GET", "HEAD", "OPTIONS") and options.pop("from_own_page", True):
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": person.token, **headers}
    client = app.test_client(use_cookies=False)
    return client.open(path, method=method, base_url=origin, headers=headers, buffered=True, **options)


def _signed(person: Person, method: str, path: str) -> dict[str, str]:
    """What a partner's software proves each request with: login, password, and a signature over this one."""
    date, key = signing.date_header(clock.now()), house.API_KEYS[person.tenant or 0]
    signature = signing.signature(key, method, path.partition("?")[0], date)
    login = b64encode(f"csp100{person.tenant}:{PASSWORD}".encode()).decode()
    return {"Authorization": f"Basic {login}", "Date": date, signing.HEADER: signature}


def one_of_each(people: Iterable[Person], dice: random.Random) -> list[Person]:
    """One of those who have the same rights at the same door, by the dice: anna, ben or dora; owner1 or owner2."""
    alike = defaultdict[Any, list[Person]](list)
    for person in people:
        alike[person.door, person.role, person.rights].append(person)
    return [dice.choice(each) for each in alike.values()]


def is_sign_in(person: Person, response: TestResponse) -> bool:
    """True for a redirect to the door's sign-in page; the API door asks for login and password in its own way."""
    if person.door == "api":
        return response.status_code == 401 and "WWW-Authenticate" in response.headers
    path = urlsplit(response.headers.get("Location", "")).path
    doors = ("/account/sign-in", "/frames/pl/sign-in", "/frames/de/sign-in") if person.door == "shop" else ("/sign-in",)
    return response.status_code == 303 and path in doors
