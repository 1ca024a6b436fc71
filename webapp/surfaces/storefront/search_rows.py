"""One row of a search as the theme's `_result_row.html` shows it, and the sentence about all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import url_for

from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.text import to_unicode
from webapp.reseller.orders.search import SearchPlan, SearchRow


@dataclass(frozen=True)
class Row:
    """`state`: waiting, free, taken, premium or unknown. `oob`: the row takes the place of the one with its id."""

    id: str
    name: str
    label: str
    tld: str
    price: int
    then: int | None
    currency: str
    years: int
    question: str
    add_url: str
    cart_url: str
    retry_url: str
    state: str = "waiting"
    exact: bool = False
    in_basket: bool = False
    note: str = ""
    was: int | None = None
    oob: bool = False

    def answered(self, state: str, *, oob: bool = False) -> Row:
        """The row with the registry's answer."""
        return replace(self, state=state, note=self._note(state), oob=oob)

    def _note(self, state: str) -> str:
        """What stands where a price would be."""
        if state == "premium":
            return _("Price on request")
        return _("See below what is free") if state == "taken" and self.exact else ""


def rows(planned: SearchPlan, currency: str, in_basket: Iterable[str], question: str) -> list[Row]:
    """Every row, waiting for its answer. The first one is shown big: what was typed, or the shop's first ending."""
    mine = frozenset(in_basket)
    label = planned.query.unicode_label
    add_url, cart_url = url_for("storefront.add"), url_for("storefront.cart")
    retry_url = url_for("storefront.search", q=question)
    made = (_row(row, label, currency, question, add_url, cart_url, retry_url) for row in planned.rows)
    return [replace(row, exact=place == 0, in_basket=row.name in mine) for place, row in enumerate(made)]


def _row(row: SearchRow, label: str, currency: str, question: str, add_url: str, cart_url: str, retry_url: str) -> Row:
    return Row(
        id=row_id(row.name),
        name=row.name,
        label=label,
        tld=to_unicode(row.offer.tld),
        price=row.first_year,
        then=row.then,
        currency=currency,
        years=row.years,
        question=question,
        add_url=add_url,
        cart_url=cart_url,
        retry_url=retry_url,
    )


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
