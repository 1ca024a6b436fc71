"""Price types (H-47): what holds for an ending whatever it costs: periods, days after the end, what is asked for."""

from __future__ import annotations

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.models import Tld
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.lists import chips_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

KINDS = {"": N_("All"), "generic": N_("Generic"), "country": N_("Of a country")}


@bp.get("/prices/facts")
def tld_facts() -> str:
    """Every ending that the install knows, by kind and text."""
    kind, text = wanted("kind", tuple(KINDS)), wanted("q")
    with database().reading() as session:
        every = catalog.tlds(session)
    counts = {value: sum(value in ("", tld.kind) for tld in every) for value in KINDS}
    labels = {value: _(label) for value, label in KINDS.items()}
    return render(
        "sales/tld_facts.html",
        title=_("Facts of endings"),
        rows=[tld for tld in every if kind in ("", tld.kind) and _holds(tld, text)],
        chips_list=chips_of("sales.tld_facts", "kind", kind, labels, counts, q=text),
        kinds=labels,
        kind=kind,
        text=text,
        unicode_tld=to_unicode,
    )


def _holds(tld: Tld, text: str) -> bool:
    asked = text.strip().lstrip(".").lower()
    return asked in tld.name or asked in to_unicode(tld.name)
