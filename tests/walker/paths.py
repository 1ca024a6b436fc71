"""Every address of the URL map with every kind of id in it. An argument without a factory is red."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from tests.house import routes
from tests.walker.house import GONE, RANDOM, RESET_TOKEN, House
from tests.walker.people import Person
from webapp.foundation.web import WebApp
from webapp.surfaces.shared.people import ROLES

#: Argument -> the table whose ids it takes.
TABLES = {
    "campaign_id": "campaigns",
    "domain_id": "domains",
    "media_id": "media_files",
    "proforma_id": "proformas",
    "message_id": "messages",
    "account_id": "accounts",
    "product_id": "products",
    "page_id": "pages",
    "redirect_id": "redirects",
    "sign_in_id": "user_sign_ins",
    "staff_id": "staff",
    "group_id": "tld_groups",
    "price_group_id": "price_groups",
    "line_id": "bank_lines",
    "statement_id": "bank_statements",
    "payment_id": "payments",
    "paper_id": "money_documents",
    "host_id": "hosts",
    "watch_id": "name_watches",
    "promotion_id": "promotions",
    "code_id": "discount_codes",
    "online_payment_id": "gateway_payments",
    "contact_id": "contacts",
    "invoice_id": "invoices",
    "copy_id": "invoice_copies",
    "work_id": "long_works",
    "note_id": "account_notes",
    "service_id": "services",
    "task_id": "service_tasks",
    "file_id": "service_files",
}
#: Arguments of the operator's addresses: global or over all tenants, so that nothing is foreign.
OPERATORS = {
    "partner_id": "partners",
    "row_id": "outbox",
    "tld_id": "tlds",
    "operation_id": "provisioning_operations",
    "notice_id": "operator_notices",
}
#: Tables whose rows are the same for all tenants, so that nothing is foreign.
GLOBAL = frozenset(("tlds",))
#: Words: kind of id -> value. Only what says "foreign" exists, at the other tenant.
WORDS = {
    "lang": {"own": "pl", "other": "de", "random": "en", "garbage": "xx"},
    "view": {"own": "user-panel", "random": "no-such-view"},
    "slug": {"own": "only-1", "foreign": "only-2", "random": "no-such-page"},
    "kind": {"own": "terms", "random": "no-such-kind"},
    "locale": {"own": "pl", "random": "xx"},
    "version": {"own": "1", "foreign": "2", "random": str(RANDOM)},
    "token": {"own": RESET_TOKEN, "random": "x" * 43},
    "digest": {"own": "0123456789abcdef", "random": "f" * 16},
    "name": {"own": "nothing.png", "random": "no-such-file.png"},
    "ticket": {"own": "x" * 22, "random": "y" * 22},
    "key": {"own": "domain_shop", "random": "no-such-template"},
    "code": {"own": "x" * 43, "random": "y" * 43},
    "gateway": {"own": "stripe", "random": "no-such-gateway"},
    # Whoever has one may see the paper, so none is real here: tests/web/account/test_pay.py has real ones.
    "pay_token": {"own": "x" * 22, "random": "y" * 22},
    "position": {"own": "shop-footer", "random": "no-such-place"},
    "currency": {"own": "PLN", "random": "XXX"},
}
WORDS_OF_2 = {
    "lang": {"own": "de", "other": "pl"},
    "slug": {"own": "only-2", "foreign": "only-1"},
    "version": {"own": "2", "foreign": "3"},
    "locale": {"own": "de"},
}
#: What no id looks like. Each must be refused like any other nonsense, never with a 5xx.
GARBAGE = ("0", "-1", "1e3", "abc", "99999999999999999999999", "1%00", "../1", "1;2", "１")

_ARGUMENT = re.compile(r"<(?:([^:<>]+):)?([a-z_]+)>")
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))


@dataclass(frozen=True)
class Address:
    """One rule of the URL map: at which doors, for whom, with which arguments."""

    doors: tuple[str, ...]
    rule: str
    methods: frozenset[str]
    endpoint: str
    role: str

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Names of the arguments in the path."""
        return tuple(name for _converter, name in _ARGUMENT.findall(self.rule))

    def opens_to(self, person: Person) -> bool:
        """True where routes.tsv lets this person in."""
        return self.role == "visitor" or person.role in ROLES[self.role]

    def one_inside_one_outside(self, people: Iterable[Person], dice: random.Random) -> list[Person]:
        """By the dice one of those to whom this is open and one of those to whom it is closed, where there are such."""
        sides: dict[bool, list[Person]] = {True: [], False: []}
        for person in people:
            sides[self.opens_to(person)].append(person)
        return [dice.choice(side) for side in sides.values() if side]

    def before(self, name: str) -> str:
        """The word that leads to an argument; empty when that is an argument too."""
        parts = self.rule.split("/")
        at = next(number for number, part in enumerate(parts) if f"{name}>" in part)
        return "" if "<" in parts[at - 1] else parts[at - 1]

    def path(self, values: dict[str, str]) -> str:
        """The path with these arguments."""
        return _ARGUMENT.sub(lambda found: quote(values[found[2]], safe="%"), self.rule)


def addresses(app: WebApp) -> list[Address]:
    """Every rule of every door."""
    found = []
    for door, rule, methods, endpoint, role, *_ in routes.rows(app):
        found.append(Address(tuple(door.split("|")), rule, frozenset(methods.split(",")), endpoint, role))
    return found


def unknown_arguments(every: Iterable[Address]) -> list[str]:
    """Arguments for which there is no factory."""
    known = {*TABLES, *OPERATORS, *WORDS}
    return [f"{address.rule}: <{name}>" for address in every for name in address.arguments if name not in known]


def other_methods(every: Iterable[Address], address: Address, door: str) -> list[str]:
    """Methods that no view takes at this path."""
    taken = {"OPTIONS"}
    for each in every:
        if each.rule == address.rule and door in each.doors:
            taken |= each.methods
    return sorted(_METHODS - taken - ({"HEAD"} if "GET" in taken else set()))


@dataclass(frozen=True)
class Target:
    """A path with `argument` of one kind: own, sibling, foreign, gone, random or garbage; all others are own."""

    kind: str
    path: str
    argument: str = ""
    value: str = ""
    before: str = ""


class Factories:
    """Gives each person the ids that are theirs, and those that are not."""

    def __init__(self, house: House) -> None:
        names = {*TABLES.values(), *OPERATORS.values(), "cart_items"}
        self._ids = {table: house.ids(table) for table in names - {"tlds", "operator_notices"}}
        self._ids["operator_notices"] = {"1": 1, "2": 1}
        self._ids["tlds"] = {"1": 1, "2": 1}

    def of(self, person: Person, argument: str) -> dict[str, str]:
        """Kind -> value of one argument for this person."""
        if argument in WORDS:
            return WORDS[argument] | (WORDS_OF_2.get(argument, {}) if person.tenant == 2 else {})
        return self.rows(person, TABLES.get(argument) or OPERATORS[argument])

    def rows(self, person: Person, table: str) -> dict[str, str]:
        """Kind -> id in this table."""
        ids = self._ids[table]
        tenant = person.tenant or 1
        other = "2" if tenant == 1 else "1"
        own = ids.get(person.owns or str(tenant), ids.get(str(tenant)))
        found = {"own": own, "gone": GONE, "random": RANDOM}
        if person.role != "operator" and table not in GLOBAL:
            found["foreign"] = ids.get("dora" if tenant == 1 else "anna", ids.get(other))
        if person.owns == "anna":
            found["sibling"] = ids.get("ben")
        if person.owns == "ben":
            found["sibling"] = ids.get("anna")
        return {kind: str(number) for kind, number in found.items() if number is not None}

    def targets(self, person: Person, address: Address, kinds: Iterable[str] = ()) -> Iterator[Target]:
        """The address for this person: with own ids, then each argument in turn of every other kind."""
        choices = {name: self.of(person, name) for name in address.arguments}
        base = {name: values["own"] for name, values in choices.items()}
        if not kinds or "own" in kinds:
            yield Target("own", address.path(base))
        for name, values in choices.items():
            more = dict.fromkeys(GARBAGE) if "garbage" in kinds and name not in WORDS else {}
            others = [(kind, value) for kind, value in values.items() if kind != "own"]
            for kind, value in (*others, *(("garbage", each) for each in more)):
                if not kinds or kind in kinds:
                    yield Target(kind, address.path({**base, name: value}), name, value, address.before(name))
