"""Prices by ending, straight from the price list: what the first years cost, and what comes after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Context, Data, Flag, Offer, Preset, Text, TldGroup

#: Periods that a visitor may choose between; those without any price are left out.
PERIODS = (1, 2, 3, 5, 10)


class TldPrices(Block):
    """A table of the endings of a group, in the shop's order, with a switch for the period."""

    type = "tld_prices"
    service = "domains"
    label = N_("Prices of endings")
    group = N_("Prices")
    icon = "tags"
    max_per_page = 1
    needs = frozenset({"offers"})

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    endings = TldGroup(N_("Group of endings"))
    which = Choice(N_("Endings"), {"all": N_("All of the group"), "spotlight": N_("Those under the search")})
    switch = Flag(N_("Let visitors choose the number of years"), default=True)
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(N_("All endings"), {"title": N_("Prices"), "which": "all", "switch": True}),
        Preset(N_("A few endings"), {"title": N_("Prices"), "which": "spotlight", "switch": False}),
        Preset(
            N_("First year and renewal"),
            {
                "title": N_("Prices without an asterisk"),
                "text": N_("Beside the first year you always see the renewal."),
                "which": "all",
                "switch": False,
                "scheme": "soft",
            },
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`prices` and `periods` as the theme's `_price_table.html` takes them; `rate` as a fraction."""
        offers = [one for one in context.offers_of(data["endings"]) if data["which"] == "all" or one.spotlight]
        shown = [offer for offer in offers if _is_whole(offer)]
        periods = _periods(shown) if data["switch"] else []
        # Without a switch the table says "first year": what is sold for longer only would seem to cost that a year.
        fitting = [offer for offer in shown if periods or 1 in offer.register]
        lines = [_line(offer, periods, context) for offer in fitting]
        return {"prices": lines, "periods": periods, "rate": Decimal(context.tax_rate_bp) / 10_000}


def _is_whole(offer: Offer) -> bool:
    """An ending whose renewal has no price is left out: a first year alone would mislead."""
    return bool(offer.register) and min(offer.register) in offer.renew


def _periods(offers: Sequence[Offer]) -> list[int]:
    """Years for which something costs something; nothing when there is no choice."""
    found = [years for years in PERIODS if any(years in offer.register for offer in offers)]
    return found if len(found) > 1 else []


def _line(offer: Offer, periods: Sequence[int], context: Context) -> dict[str, Any]:
    years = min(offer.register)
    return {
        "tld": offer.tld,
        "register": offer.register[years],
        "renew": offer.renew[years],
        "transfer": offer.transfer.get(1),
        "restore": offer.restore.get(1),
        "currency": context.currency,
        "was": offer.was.get(years),
        "lowest": offer.lowest.get(years),
        "href": context.search_action,
        "periods": [_period(offer, chosen) for chosen in periods],
    }


def _period(offer: Offer, years: int) -> dict[str, int | None]:
    """Amounts for so many years; None where the ending is not sold for them."""
    register, renew = offer.register.get(years), offer.renew.get(years)
    before = {"was": offer.was.get(years), "lowest": offer.lowest.get(years)}
    return {"years": years, "register": register, "renew": renew, **before}
