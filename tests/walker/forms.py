"""Every form that people see on their own pages, and every name that a view reads: what can be sent, and falsified."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException

from tests.walker.paths import Address, Factories
from tests.walker.people import Person
from tests.walker.visits import Walk
from tests.web.client import _defaults
from tests.web.markup import Element, Markup
from webapp.foundation.csrf import FIELD
from webapp.foundation.web import WebApp

SURFACES = Path(__file__).parents[2] / "webapp" / "surfaces"

#: Names of fields and of query arguments that name a thing of somebody -> its table.
REFERENCES = {
    "account": "accounts",
    "contact_id": "contacts",
    "into": "accounts",
    "id": "proformas",
    "item": "cart_items",
    "group_rule": "price_groups",
    "out": "accounts",
}
#: Names that end like a reference and are none, with the reason.
NO_REFERENCE = {
    "tax_id": "a number of the tax office",
    "postcode": "of an address",
    "merchant_id": "the partner's own number at a gateway",
    "pos_id": "the partner's own number at a gateway",
    FIELD: "walked by test_csrf.py",
    "code": "of a hand-off: good for its own question alone, at its own shop (tests/web/frames/test_hand_off.py)",
    "cart_token": "the basket's, from the session",
    "ids": "the order of a group's endings: what is not in the group is passed over",
}
_ENDINGS = ("_id", "_ids", "code", "token")


def input_names() -> set[str]:
    """Every name that a surface reads from a form, a query, JSON or a WTForms field."""
    found: set[str] = set()
    for path in SURFACES.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            found |= set(_read(node)) | set(_declared(node))
    return found


def _read(node: ast.AST) -> Iterator[str]:
    """`request.form.get("x")`, `request.args["x"]`, `"x" in request.form`."""
    sources = ("form", "args", "values", "json", "files")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "getlist"):
        target: ast.AST = node.func.value
        keys = node.args[:1]
    elif isinstance(node, ast.Subscript):
        target, keys = node.value, [node.slice]
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
        target, keys = node.comparators[0], [node.left]
    else:
        return
    if isinstance(target, ast.Attribute) and target.attr in sources and getattr(target.value, "id", "") == "request":
        yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


def _declared(node: ast.AST) -> Iterator[str]:
    """`name = StringField(...)` in a form class."""
    if isinstance(node, ast.ClassDef):
        for each in node.body:
            if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call):
                kind = getattr(each.value.func, "id", "")
                yield from (target.id for target in each.targets if isinstance(target, ast.Name) and "Field" in kind)


def unknown_references(names: set[str]) -> list[str]:
    """Names that end like a reference without a factory."""
    known = {*REFERENCES, *NO_REFERENCE}
    return sorted(name for name in names if name not in known and (name.endswith(_ENDINGS) or name in ("id", "ids")))


# --- forms as they are -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A form on somebody's page. `fields` is what a browser would send after the gaps were filled."""

    page: str
    action: str
    endpoint: str
    fields: tuple[tuple[str, str], ...]

    @property
    def data(self) -> dict[str, Any]:
        """For the test client: name -> values."""
        sent: dict[str, Any] = {}
        for name, value in self.fields:
            sent.setdefault(name, []).append(value)
        return sent


def harvest(walk: Walk, factories: Factories, every: list[Address], person: Person) -> list[Found]:
    """Every POST form on the pages that this person can open with their own ids, once per address and button."""
    seen: dict[tuple[Any, ...], Found] = {}
    for address in every:
        if person.door not in address.doors or "GET" not in address.methods:
            continue
        for path in (next(factories.targets(person, address, ("own",))).path, *_more_pages(address.endpoint)):
            response = walk.visit(person, "GET", path)
            if response.status_code == 200 and response.mimetype == "text/html":
                for form in _forms(walk.app, person, path, response.get_data(as_text=True)):
                    names = tuple(sorted({name for name, _ in form.fields}))
                    seen.setdefault((form.endpoint, urlsplit(form.action).path, names), form)
    if person.role == "user":
        # Shown to those with several accounts only.
        switch = Found("", "/account/switch", "account.switch", (("account", "1"),))
        seen[("account.switch",)] = switch
    return list(seen.values())


def _more_pages(endpoint: str) -> tuple[str, ...]:
    """Other faces of a page, on which there are other forms."""
    return {
        "storefront.search": ("/pl/domains?q=walker", "/de/domains?q=walker"),
        "sales.proformas": ("/proformas?state=paid",),
        "sales.proforma": tuple(f"/proformas/{number}" for number in range(1, 22)),
        "sales.new_proforma": tuple(f"/proformas/new?account={number}" for number in (1, 2, 3)),
        "account.watches": ("/account/watches",),
        "sales.price_row": tuple(f"/prices/{number}/row?edit=1" for number in (1, 43)),
    }.get(endpoint, ())


def _forms(app: WebApp, person: Person, page: str, text: str) -> Iterator[Found]:
    for form in Markup(text, whole=False).root.all("form"):
        action = form.attrs.get("action", "")
        endpoint = endpoint_of(app, person, action)
        if form.attrs.get("method", "").lower() != "post" or not endpoint:
            continue
        fields = [(name, _filled(form, name, value)) for name, value in _defaults(form) if name != FIELD]
        buttons = [each.attrs for each in form.all("button") if each.attrs.get("name")]
        for button in buttons:
            yield Found(page, action, endpoint, (*fields, (button["name"], button.get("value", ""))))
        if not buttons:
            yield Found(page, action, endpoint, tuple(fields))


def endpoint_of(app: WebApp, person: Person, action: str) -> str:
    """Which view takes a POST to this path; "" for none."""
    adapter = app.url_map.bind("witryna", subdomain=person.door)
    try:
        return str(adapter.match(urlsplit(action).path, method="POST")[0])
    except HTTPException:
        return ""


def _filled(form: Element, name: str, value: str) -> str:
    """Something that a field of this type accepts, where nothing stands yet."""
    if value:
        return value
    kinds = {each.attrs.get("name"): each.attrs.get("type", "text") for each in form.all("input")}
    fillings = {
        "email": "somebody@example.com",
        "password": "a long new password",
        "number": "1",
        "date": "2026-11-20",
        "tel": "+48 601 234 567",
        "color": "#336699",
    }
    return fillings.get(kinds.get(name, ""), "1")
