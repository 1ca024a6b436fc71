"""What a block author needs; blocks import this module and nothing else of the product.

A block is a stateless definition (fields in written order, limits, version, presets) plus stored data
`{"id", "type", "v", "data"}`. A stored block of an unknown type, or of a newer version than this program knows,
is kept as it is, skipped in public and shown as a card in the editor.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import BaseLoader, Environment, FunctionLoader
from markupsafe import Markup

from webapp.foundation.i18n import N_
from webapp.reseller.catalog.queries import Offer

from .fields import (
    Anchor,
    Choice,
    Data,
    Errors,
    Field,
    FieldError,
    Fields,
    Flag,
    Items,
    Json,
    Link,
    MediaPicture,
    Number,
    Reference,
    RichText,
    Text,
    TldGroup,
)
from .legal import LegalView
from .pictures import Picture
from .richtext import plain

__all__ = [
    "N_", "SCHEMES", "Anchor", "Block", "BlockTypes", "Bound", "Choice", "Company", "Context", "Data", "Errors",
    "Field", "FieldError", "Fields", "Flag", "Items", "Json", "LegalView", "Link", "MediaPicture", "Number", "Offer",
    "Picture", "Plan", "Preset", "RichText", "Text", "TldGroup", "plain",
]  # fmt: skip

#: Colour schemes that a section may choose (foundation/palette.py), with their labels.
SCHEMES = {
    "base": N_("As the page"),
    "soft": N_("Soft tint"),
    "brand": N_("Brand colour"),
    "inverse": N_("Dark and light exchanged"),
}

Stored = dict[str, Json]


@dataclass(frozen=True)
class Company:
    """Who stands behind the shop."""

    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    tax_id: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Plan:
    """A plan of a service that is not a domain. Amounts are minor units for one `period`, "month" or "year".

    `years`: for how many years `price` is, where the shortest period is longer than one.
    """

    name: str
    price: int
    period: str = "year"
    text: str = ""
    features: tuple[str, ...] = ()
    #: While a promotion runs: the price before, and the lowest of the 30 days before, where one is known.
    was: int | None = None
    lowest: int | None = None
    #: What a year costs afterwards.
    then: int | None = None
    #: The one that stands out.
    featured: bool = False
    #: Where it is ordered.
    href: str = ""
    years: int = 1

    @property
    def later(self) -> bool:
        """Whether a year costs another amount afterwards: such a price is not "a year"."""
        return self.then is not None and self.then != self.price


@dataclass(frozen=True)
class Context:
    """Read-only results that the surface fills before a page is rendered; blocks ask for parts of it by `needs`.

    `offers` and `legal` are filled when a block of the page needs them. Amounts are minor units of `currency`,
    in the partner's tax mode ("gross" or "net" of `tax_rate_bp`).
    """

    locale: str
    currency: str
    tax_mode: str = "gross"
    tax_rate_bp: int = 0
    timezone: str = "UTC"
    search_action: str = ""
    #: Addresses on this shop: "search", "bulk", "contact" (takes POST), "cart", "sign_in", "register".
    links: Mapping[str, str] = field(default_factory=dict)
    #: Offered services that can be sold now: "domains", later "options", "hosting", "certificates", "transfers".
    services: frozenset[str] = frozenset({"domains"})
    #: Offers of the page's group of endings, and its number; None for the shop's default group.
    offers: Sequence[Offer] = ()
    group: int | None = None
    #: Offers of the groups that blocks name.
    groups: Mapping[int, Sequence[Offer]] = field(default_factory=dict)
    #: Plans that are sold, by service: "hosting", "certificates".
    plans: Mapping[str, Sequence[Plan]] = field(default_factory=dict)
    pictures: Mapping[int, Picture] = field(default_factory=dict)
    #: Positions for which a campaign may run now: others take no room.
    ad_positions: frozenset[str] = frozenset()
    #: The editor's preview: what the public does not see yet is shown with its example data, and marked.
    editing: bool = False
    legal: Mapping[str, LegalView] = field(default_factory=dict)
    company: Company = field(default_factory=lambda: Company(""))
    #: Types of the blocks on this page; filled by `BlockTypes.render`.
    on_page: frozenset[str] = frozenset()

    def offers_of(self, group: int | None) -> Sequence[Offer]:
        """Offers of a group of endings; of the page's own, if none is named or it is gone."""
        return self.groups.get(group or 0, self.offers)


@dataclass(frozen=True)
class Preset:
    """A ready form of a block for the picker; without a preset a block cannot be added."""

    label: str
    values: Data


class Block(Fields):
    """Parent of every block. `type` is the folder's name; the template is `template.html` beside the class."""

    #: Name in stored data: never changes.
    type: ClassVar[str] = ""
    #: Raised when stored data change their form; `upgrade` then knows the way.
    version: ClassVar[int] = 1
    #: For the picker: msgid, group, icon of the sprite.
    label: ClassVar[str] = ""
    group: ClassVar[str] = ""
    icon: ClassVar[str] = "square"
    #: 0: as many as the page takes.
    max_per_page: ClassVar[int] = 0
    #: Parts of the Context that it reads: "offers", "plans", "legal"; "frames": the page loads `shop-frame`'s script.
    needs: ClassVar[frozenset[str]] = frozenset()
    #: The offered service without which visitors do not see it: "domains". Empty: it needs none.
    service: ClassVar[str] = ""
    #: Origins whose pages it may show inside ours, after a click: the page's security policy names no others.
    embeds: ClassVar[frozenset[str]] = frozenset()
    presets: ClassVar[tuple[Preset, ...]] = ()

    @classmethod
    def upgrade(cls, data: Data, version: int) -> Data:
        """Data of `version` in the form of `version + 1`."""
        raise NotImplementedError(f"{cls.__name__} has no way from version {version}")

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:  # noqa: ARG003  for those that override it
        """More variables for the template, computed from read data and the context."""
        return {}

    @classmethod
    def offered(cls, services: Collection[str]) -> bool:
        """Whether visitors see it while these services are offered."""
        return not cls.service or cls.service in services

    @classmethod
    def folder(cls) -> Path:
        """Where `template.html` and `example.json` lie."""
        return Path(inspect.getfile(cls)).parent

    @classmethod
    def example(cls) -> Data:
        """Sample data: the picker's picture, the tests' input and the documentation."""
        data: Data = json.loads((cls.folder() / "example.json").read_text(encoding="utf-8"))
        return data

    @classmethod
    def current(cls, data: Data, version: int) -> Data:
        """Data of any older version in today's form."""
        for step in range(version, cls.version):
            data = cls.upgrade(data, step)
        return data


#: A definition. Under another name, since both classes have an attribute called `type`.
Definition = type[Block]


@dataclass(frozen=True)
class Bound:
    """A stored block and its definition; `definition` is None for one that this program does not know."""

    id: str
    type: str
    definition: Definition | None
    #: Values for a template; empty when unknown.
    data: Data
    stored: Stored
    #: Kept on the page, shown to nobody but the editor.
    hidden: bool = False

    def seen(self, services: Collection[str]) -> bool:
        """Whether it stands on the public page."""
        return self.definition is not None and not self.hidden and self.definition.offered(services)


MOST_BLOCKS = 40
LARGEST_PAGE = 200_000  # characters of JSON


class BlockTypes:
    """The block types of an install, by name: `BlockTypes.load(wiring.BLOCKS)`."""

    def __init__(self, types: Iterable[Definition]) -> None:
        self.by_name = {block.type: block for block in types}

    @classmethod
    def load(cls, dotted: Mapping[str, str]) -> BlockTypes:
        """From a literal dict of name -> "package.module.Class"."""
        return cls(_load_one(name, path) for name, path in dotted.items())

    def known(self, stored: Any) -> Definition | None:
        """The definition of a stored block, unless its type or its version is unknown here."""
        if not isinstance(stored, Mapping):
            return None  # a row that was damaged
        definition = self.by_name.get(str(stored.get("type", "")))
        version = stored.get("v")
        if definition is None or not isinstance(version, int) or not 1 <= version <= definition.version:
            return None
        return definition

    def bind(self, blocks: Iterable[Stored]) -> list[Bound]:
        """Stored blocks with their definitions, data read for templates."""
        return [self._bound(stored) for stored in blocks]

    def _bound(self, stored: Stored) -> Bound:
        definition = self.known(stored)
        data = definition.read(_current(definition, stored)) if definition else {}
        name, kind = str(stored.get("id", "")), str(stored.get("type", ""))
        return Bound(name, kind, definition, data, stored, stored.get("hidden") is True)

    def values(self, stored: Stored) -> Data:
        """Stored values in today's form, as a form shows them; {} of a block that this program does not know."""
        definition = self.known(stored)
        return {**definition.defaults(), **_current(definition, stored)} if definition else {}

    def references(self, blocks: Iterable[Stored], kind: type[Reference]) -> set[int]:
        """Numbers of rows (pictures, groups of endings) that these blocks name."""
        known = ((definition, stored) for stored in blocks if (definition := self.known(stored)))
        return set().union(*(definition.references(_current(definition, stored), kind) for definition, stored in known))

    def needs(self, blocks: Iterable[Stored]) -> frozenset[str]:
        """Parts of the Context that these blocks read: the surface loads nothing else."""
        found = (self.known(stored) for stored in blocks)
        return frozenset().union(*(definition.needs for definition in found if definition))

    def embeds(self, blocks: Iterable[Stored]) -> frozenset[str]:
        """Origins that a page with these blocks may frame."""
        found = (self.known(stored) for stored in blocks if stored.get("hidden") is not True)
        return frozenset().union(*(definition.embeds for definition in found if definition))

    def legal_kinds(self, blocks: Iterable[Stored]) -> list[str]:
        """Kinds of the legal documents that these blocks show."""
        bound = [one for one in self.bind(blocks) if one.definition and "legal" in one.definition.needs]
        return sorted({str(one.data["kind"]) for one in bound})

    def clean(self, blocks: Sequence[Stored], publish: bool = False) -> tuple[list[Stored], dict[str, Errors]]:
        """(blocks to store, errors by block id). Unknown blocks pass unchanged: nothing is ever lost."""
        cleaned: list[Stored] = []
        errors: dict[str, Errors] = {}
        for stored in blocks:
            block, wrong = self._clean_one(stored, publish)
            cleaned.append(block)
            if wrong:
                errors[str(stored.get("id", ""))] = wrong
        return cleaned, errors

    def _clean_one(self, stored: Stored, publish: bool) -> tuple[Stored, Errors]:
        definition = self.known(stored)
        if definition is None:
            return stored, {}
        data, errors = definition.clean(_current(definition, stored), publish)
        block = {"id": stored["id"], "type": definition.type, "v": definition.version, "data": data}
        return (block | {"hidden": True} if stored.get("hidden") is True else block), errors

    def render(self, env: Environment, blocks: Iterable[Stored], context: Context) -> Markup:
        """A page's blocks as markup, unknown ones skipped. `env` finds "blocks/<type>.html" by `loader`."""
        bound = [one for one in self.bind(blocks) if one.seen(context.services)]
        context = replace(context, on_page=frozenset(one.type for one in bound))
        return Markup("\n").join(self.render_one(env, one, context) for one in bound)

    def render_one(self, env: Environment, bound: Bound, context: Context) -> Markup:
        """One known block; the editor swaps just this one."""
        if bound.definition is None or not (context.editing or bound.definition.offered(context.services)):
            return Markup("")
        variables = {"block_id": bound.id, "data": bound.data, "context": context}
        template = env.get_template(f"blocks/{bound.type}.html")
        html = template.render(**variables, **bound.definition.extras(bound.data, context))
        return Markup(html)  # noqa: S704  the output of an autoescaping template

    @cached_property
    def loader(self) -> BaseLoader:
        """Finds "blocks/<type>.html" in the blocks' own folders; a theme before it may hold its own."""
        return FunctionLoader(self._source)

    def _source(self, name: str) -> tuple[str, str, None] | None:
        folder, _, file = name.partition("/")
        definition = self.by_name.get(file.removesuffix(".html"))
        if folder != "blocks" or definition is None or not file.endswith(".html"):
            return None
        path = definition.folder() / "template.html"
        return path.read_text(encoding="utf-8"), str(path), None


def _load_one(name: str, dotted: str) -> Definition:
    module, _, attribute = dotted.rpartition(".")
    definition: Definition = getattr(import_module(module), attribute)
    if definition.type != name:
        raise ValueError(f"{dotted} calls itself {definition.type!r}, not {name!r}")
    return definition


def _current(definition: Definition, stored: Stored) -> Data:
    data = stored.get("data")
    return definition.current(dict(data) if isinstance(data, Mapping) else {}, int(stored["v"]))
