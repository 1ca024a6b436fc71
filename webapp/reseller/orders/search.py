"""What a search for a word shows: the exact name, every ending of a group in its order, and further ideas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import NameQuery, to_unicode, understand_name
from webapp.reseller.catalog import premium
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.premium import PremiumRule
from webapp.reseller.catalog.queries import Offer

from .suggestions import MOST, suggest


@dataclass(frozen=True)
class SearchRow:
    """One name that is going to be checked; its place in the list is fixed before any answer arrives."""

    name: str  # A-labels
    unicode: str
    exact: bool  # exactly what was typed
    offer: Offer

    @property
    def label(self) -> str:
        """The part before the ending, as people write it."""
        return to_unicode(self.name.removesuffix(f".{self.offer.tld}"))

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
    """The rows of one search, in order. `not_sold` is an ending that was typed and is not on sale here.

    `group` is the number of the group of endings that was asked for: a new search from this list asks for it again.
    `premium` comes `with_premium`: nothing that the registry is asked depends on it.
    """

    query: NameQuery
    rows: tuple[SearchRow, ...]
    not_sold: str | None
    group: int | None = None
    premium: PremiumRule | None = None


@dataclass(frozen=True)
class Shopper:
    """For whom a search is laid out: prices in a currency on a business day, words of a language, a chosen group."""

    currency: str
    on: date
    account_id: int | None = None
    locale: str = "en"
    group: int | None = None


def plan(session: Session, text: str, shopper: Shopper) -> SearchPlan:
    """Understand what was typed and lay out the rows. Raises NameRefused (a Refusal for field "q")."""
    query, account = understand_name(text), shopper.account_id
    offers = offers_for(session, shopper)
    if not offers:
        raise Refusal("nothing_on_sale", N_("This shop has no domains on sale yet."), "q")
    exact = next((offer for offer in offers if offer.tld == query.tld), None)
    if exact is None and query.tld:
        exact = catalog.offer_for(session, query.tld, shopper.currency, shopper.on, account)
    ordered = [exact, *(o for o in offers if o is not exact)] if exact else offers
    rows = tuple(_row(f"{query.label}.{offer.tld}", offer, exact=offer is exact) for offer in ordered)
    not_sold = None if exact or not query.tld else query.tld
    return SearchPlan(query, rows, not_sold, shopper.group)


def with_premium(session: Session, planned: SearchPlan) -> SearchPlan:
    """The plan with the partner's rule for premium names."""
    return replace(planned, premium=premium.rule(session))


def further_ideas(session: Session, planned: SearchPlan, text: str, shopper: Shopper) -> tuple[SearchRow, ...]:
    """More names to show below the rows of a plan: at most `suggestions.MOST`, none of which is a row already."""
    known = [row.offer.product_id for row in planned.rows]
    others = catalog.others_on_sale(session, shopper.currency, shopper.on, shopper.account_id, known, MOST)
    names = [row.name for row in planned.rows]
    ideas = suggest(planned.query, text, planned.rows[0].offer, others, shopper.locale, names)
    return tuple(_row(idea.name, idea.offer, exact=False) for idea in ideas)


def offers_for(session: Session, shopper: Shopper) -> list[Offer]:
    """The endings of the chosen group; of the default one when there is nothing on sale in it."""
    key = (shopper.currency, shopper.on, shopper.account_id)
    found = catalog.brief_offers(session, *key, shopper.group)
    return found if found or shopper.group is None else catalog.brief_offers(session, *key)


def _row(name: str, offer: Offer, *, exact: bool) -> SearchRow:
    return SearchRow(name, to_unicode(name), exact, offer)
