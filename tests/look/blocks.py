"""Every block of the install on one page: by its example, and filled to the brim with long German words."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from jinja2 import BaseLoader, Environment
from markupsafe import Markup

from tests.look import samples
from webapp.reseller.cms.kit import (
    SCHEMES,
    Block,
    BlockTypes,
    Company,
    Context,
    Field,
    Fields,
    Items,
    LegalView,
    MediaPicture,
    Offer,
    Picture,
    RichText,
    Text,
)
from webapp.reseller.cms.pictures import Rendition
from webapp.wiring import BLOCKS

TYPES = BlockTypes.load(BLOCKS)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmütze Rechtsschutzversicherungsgesellschaften "
#: A picture that every block shows; the file is in our own statics, so that the page stays whole.
PICTURE = Picture(1, 640, 480, "Sample", False, 50, 50, (Rendition(640, 480, {"webp": "/static/favicon.svg"}),))


def loader() -> BaseLoader:
    """Finds the blocks' templates."""
    return TYPES.loader


def context(**more: Any) -> Context:
    """What the editor's preview gives to blocks: everything, examples too."""
    values: dict[str, Any] = {
        "locale": samples.LOCALE,
        "currency": "EUR",
        "tax_rate_bp": 1900,
        "timezone": "Europe/Berlin",
        "search_action": "/domains",
        "links": {"search": "/domains", "bulk": "/bulk", "contact": "/contact", "sign_in": "/in", "register": "/new"},
        "offers": [_offer(*line) for line in samples.PRICES],
        "pictures": {1: PICTURE},
        "company": Company("Lipowa Domains", "Lindenweg 1", "20095", "Hamburg", "DE", "", "a@b.example", "+4940123456"),
        "legal": {"terms": _document()},
        "editing": True,
    }
    return Context(**values | more)


def _offer(tld: str, first: int, then: int, transfer: int, was: int | None) -> Offer:
    years = (1, 2, 3, 5, 10)
    return Offer(
        product_id=1, tld=tld, tld_id=1, registry_key="sandbox", spotlight=True, min_years=1, max_years=10,
        register={count: first + (count - 1) * then for count in years}, renew={count: count * then for count in years},
        transfer={1: transfer}, restore={}, was={1: was} if was else {},
    )  # fmt: skip


def _document() -> LegalView:
    words = Markup("<h2>Zahlungsbedingungen</h2><p>Der Preis steht neben dem Namen.</p>")
    return LegalView(
        1, "terms", "general", "de", 3, "AGB", words,
        published_at=datetime(2026, 11, 21, tzinfo=UTC), must_accept=True, ask_again=False, withdrawn=False,
    )  # fmt: skip


def examples() -> list[dict[str, Any]]:
    """Every block by its example, in the order of the picker."""
    return [_stored(name, TYPES.by_name[name].example()) for name in TYPES.by_name]


def longest() -> list[dict[str, Any]]:
    """Every block with every text as long as it may be, with pictures, on every ground in turn."""
    return [_stored(name, _brimful(TYPES.by_name[name], scheme)) for name, scheme in zip(TYPES.by_name, cycle(SCHEMES))]


def _brimful(definition: type[Block], scheme: str) -> dict[str, Any]:
    data = _filled(definition, definition.example())
    return data | {"scheme": scheme} if "scheme" in data else data


def _stored(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"b-{name}", "type": name, "v": TYPES.by_name[name].version, "data": data}


def _filled(fields: type[Fields], data: dict[str, Any]) -> dict[str, Any]:
    return {name: _fill(field, data.get(name)) for name, field in fields.fields.items()}


def _fill(field: Field, value: Any) -> Any:
    if isinstance(field, Items):
        return [_filled(field.of, row) for row in value or [{}]]
    if isinstance(field, RichText):
        return f"<p>{LONG * 2}</p>"
    if isinstance(field, MediaPicture):
        return PICTURE.id
    if type(field) is Text:
        return (LONG * 5)[: min(field.max, 120)].strip()
    return value


def page(env: Environment, blocks: list[dict[str, Any]]) -> Markup:
    """The blocks as markup."""
    return TYPES.render(env, blocks, context())
