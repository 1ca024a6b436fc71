"""What a search for a word shows: the exact name first, then every ending of the partner's group, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import NameQuery, to_unicode, understand_name
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.queries import Offer


@dataclass(frozen=True)
class SearchRow:
    """One name that is going to be checked; its place in the list is fixed before any answer arrives."""

    name: str  # A-labels
    unicode: str
    exact: bool  # exactly what was typed
    offer: Offer

    @property
    def first_year(self) -> int:
        """Price of the shortest period that is for sale."""
        return self.offer.register[self.years]

    @property
    def years(self) -> int:
        """The shortest period for sale, in years."""
        return min(self.offer.register)

    @property
    def then(self) -> int | None:
        """Price of renewing for a year afterwards."""
        return self.offer.renew.get(1)


@dataclass(frozen=True)
class SearchPlan:
    """The rows of one search, in order. `not_sold` is an ending that was typed and is not on sale here."""

    query: NameQuery
    rows: tuple[SearchRow, ...]
    not_sold: str | None


def plan(session: Session, text: str, currency: str, on: date, account_id: int | None = None) -> SearchPlan:
    """Understand what was typed and lay out the rows. Raises NameRefused (a Refusal for field "q")."""
    query = understand_name(text)
    offers = catalog.offers(session, currency, on, account_id)
    if not offers:
        raise Refusal("nothing_on_sale", N_("This shop has no domains on sale yet."), "q")
    exact = next((offer for offer in offers if offer.tld == query.tld), None)
    if exact is None and query.tld:
        exact = catalog.offer_for(session, query.tld, currency, on, account_id)
    ordered = [exact, *(o for o in offers if o is not exact)] if exact else offers
    rows = tuple(_row(query, offer, exact=offer is exact) for offer in ordered)
    return SearchPlan(query, rows, None if exact or not query.tld else query.tld)


def _row(query: NameQuery, offer: Offer, *, exact: bool) -> SearchRow:
    name = f"{query.label}.{offer.tld}"
    return SearchRow(name, to_unicode(name), exact, offer)
