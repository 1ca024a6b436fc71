"""Price types (H-47): what holds for an ending whatever it costs: periods, days after the end, what is asked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog import retail
from webapp.reseller.catalog.facts import CONFIRMATIONS, OPERATIONS, REQUIREMENTS, day_periods
from webapp.reseller.catalog.models import Tld
from webapp.reseller.catalog.price_table import ProductPrices, price_rows
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import chips_of, wanted
from webapp.surfaces.shared.rendering import render

from . import price_words
from .blueprint import bp

KINDS = {"": N_("All"), "generic": N_("Generic"), "country": N_("Of a country")}


@bp.get("/prices/facts")
def tld_facts() -> str:
    """Every ending that the install knows, by kind and text, with what you charge for it."""
    kind, text = wanted("kind", tuple(KINDS)), wanted("q")
    with database().reading() as session:
        every = catalog.tlds(session)
        rows = price_rows(session, site().currency, clock.today(site().timezone))
    counts = {value: sum(value in ("", tld.kind) for tld in every) for value in KINDS}
    labels = {value: _(label) for value, label in KINDS.items()}
    chips = chips_of("sales.tld_facts", "kind", kind, labels, counts, q=text)
    return render(
        "sales/tld_facts.html",
        title=_("Facts of endings"),
        rows=[tld for tld in every if kind in ("", tld.kind) and _holds(tld, text)],
        prices={row.tld_id: row for row in rows},
        chips_list=[chip | {"count": counts[value]} for chip, value in zip(chips, KINDS, strict=True)],
        kinds=labels,
        kind=kind,
        text=text,
        **price_words.words(day_periods=day_periods),
    )


@bp.get("/prices/facts/<int:tld_id>")
def tld_fact(tld_id: int) -> str:
    """Everything that is known of one ending, and your prices beside it."""
    with database().reading() as session:
        tld = catalog.tld(session, tld_id)
        if tld is None:
            raise NotFound
        row = _prices(session, tld)
    return render(
        "sales/tld_fact.html",
        title=f".{to_unicode(tld.name)}",
        tld=tld,
        row=row,
        kinds={value: _(label) for value, label in KINDS.items()},
        required=[_(REQUIREMENTS[name]) for name in tld.facts.get("required", ()) if name in REQUIREMENTS],
        confirmed=_confirmed(tld),
        **price_words.words(days=day_periods(tld.facts), operations=OPERATIONS),
    )


def _prices(session: Session, tld: Tld) -> ProductPrices | None:
    product = catalog.product_for_tld(session, tld.name)
    return retail.prices_of(session, product.id) if product else None


def _confirmed(tld: Tld) -> str:
    transfer: dict[str, Any] = tld.facts.get("transfer", {})
    name = transfer.get("confirmed_by", "")
    return _(CONFIRMATIONS[name]) if name in CONFIRMATIONS else ""


def _holds(tld: Tld, text: str) -> bool:
    asked = text.strip().lstrip(".").lower()
    return asked in tld.name or asked in to_unicode(tld.name) or asked in str(tld.facts.get("registry", "")).lower()
