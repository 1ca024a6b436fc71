"""One row of a search as the theme's `_result_row.html` shows it, and the sentence about all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from flask import url_for

from webapp.foundation.i18n import N_, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.text import to_unicode
from webapp.foundation.web import the_app
from webapp.providers.registry.port import Availability
from webapp.reseller.catalog.premium import PremiumRule
from webapp.reseller.orders.search import SearchPlan, SearchRow


class Way(NamedTuple):
    """What can be done about a name that cannot be put into the basket."""

    label: str
    icon: str
    href: str


@dataclass(frozen=True)
class Places:
    """Addresses that rows lead to; the same for all rows of a list. Those that end with "=" take a name."""

    add: str
    cart: str
    retry: str
    ask: str
    watch: str
    #: (label, icon, address) of services that are on sale here: a transfer, an option on the name.
    services: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Row:
    """`state`: waiting, free, taken, premium or unknown. `oob`: the row takes the place of the one with its id.

    `price` is the standard one of the ending; a premium name has `premium_price`, if any, and no button.
    """

    id: str
    name: str
    label: str
    tld: str
    price: int
    then: int | None
    currency: str
    years: int
    question: str
    places: Places
    group: int | None = None
    rule: PremiumRule | None = None
    state: str = "waiting"
    exact: bool = False
    idea: bool = False
    in_basket: bool = False
    note: str = ""
    was: int | None = None
    lowest: int | None = None
    oob: bool = False
    premium_price: int | None = None
    ways: tuple[Way, ...] = ()

    @property
    def add_url(self) -> str:
        """Where the button sends the name."""
        return self.places.add

    @property
    def cart_url(self) -> str:
        """The basket."""
        return self.places.cart

    @property
    def retry_url(self) -> str:
        """The same search once more."""
        return self.places.retry

    def answered(self, answer: Availability, *, oob: bool = False) -> Row:
        """The row with the registry's answer."""
        price = self.rule.price(answer.quote.amount, answer.quote.currency) if self.rule and answer.quote else None
        ways, note = tuple(self._ways(answer.state)), self._note(answer.state, price)
        return replace(self, state=answer.state, note=note, oob=oob, premium_price=price, ways=ways)

    def _note(self, state: str, price: int | None) -> str:
        """What stands where a price would be."""
        if state == "premium":
            return _("Price on request") if price is None else ""
        return _("See below what is free") if state == "taken" and self.exact else ""

    def _ways(self, state: str) -> Iterator[Way]:
        if state == "premium":
            yield Way(_("Ask us"), "mail", self.places.ask)
        if state != "taken":
            return
        if self.exact:
            yield from (way._replace(href=f"{way.href}{self.name}") for way in self.places.services)
        yield Way(_("Watch this name") if self.exact else _("Watch"), "bell", f"{self.places.watch}{self.name}")


def rows(
    planned: SearchPlan, ideas: Iterable[SearchRow], currency: str, in_basket: Iterable[str], places: Places, q: str
) -> list[Row]:
    """Every row and idea, waiting for its answer. The first one is shown big: what was typed, or the first ending."""
    mine, first_idea = frozenset(in_basket), len(planned.rows)
    made = [_row(row, planned, currency, places, q) for row in (*planned.rows, *ideas)]
    return [
        replace(row, exact=place == 0, idea=place >= first_idea, in_basket=row.name in mine)
        for place, row in enumerate(made)
    ]


def _row(row: SearchRow, planned: SearchPlan, currency: str, places: Places, question: str) -> Row:
    return Row(
        id=row_id(row.name),
        name=row.name,
        label=row.label,
        tld=to_unicode(row.offer.tld),
        price=row.first_year,
        then=row.then,
        currency=currency,
        years=row.years,
        was=row.offer.was.get(row.years),
        lowest=row.offer.lowest.get(row.years),
        question=question,
        places=places,
        group=planned.group,
        rule=planned.premium,
    )


def places_of(question: str, group: int | None, modules: Iterable[str]) -> Places:
    """The addresses of this shop's search. A service has a way here once it is on sale and its page exists."""
    known = the_app().view_functions
    offered = [slot for service, slot in _SERVICES.items() if service in set(modules) and slot[2] in known]
    return Places(
        add=url_for(".add"),
        cart=url_for(".cart"),
        retry=url_for(".search", q=question, group=group),
        ask=url_for("storefront.contact"),
        watch=_for_a_name("account.watches"),
        services=tuple(Way(_(label), icon, _for_a_name(endpoint)) for label, icon, endpoint in offered),
    )


def _for_a_name(endpoint: str) -> str:
    """The address to which a name in ASCII is only appended: rows are made when the request has ended."""
    address = url_for(endpoint)
    return f"{address}{'&' if '?' in address else '?'}name="


#: Service -> what it lets one do about a taken name: label, icon and endpoint (declared; the services come later).
_SERVICES = {
    "transfers": (N_("Transfer it to us"), "repeat", "storefront.transfer"),
    "options": (N_("Order an option"), "clock", "storefront.option"),
}


def row_id(name: str) -> str:
    """The element of a name's row: known without the search that showed it."""
    return f"r-{name}"


def start_text(count: int) -> str:
    """Said when the list appears."""
    return ngettext("Checking %(num)s name …", "Checking %(num)s names …", count)


def end_text(finished: Iterable[Row]) -> str:
    """Said when the last answer is there, or nobody waits any longer."""
    states = [row.state for row in finished]
    free, unknown = states.count("free"), states.count("unknown")
    checked = len(states) - unknown
    said = ngettext("%(num)s name checked", "%(num)s names checked", checked) if checked else ""
    parts = [said, _("%(count)s free", count=free) if checked else "", _unknown_text(unknown)]
    return ", ".join(part for part in parts if part)


def _unknown_text(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(num)s name could not be checked: please try again",
        "%(num)s names could not be checked: please try again",
        count,
    )
