"""What a premium name costs: the registry's own price with the partner's mark-up and the tax, or nothing to show.

The price list of an ending never holds for a premium name. Without a rule of the partner, or without a price in the
shop's currency, visitors are told to ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.operations import bump_content

#: Key of `Partner.settings`: basis points on top of the registry's price.
SETTING = "premium_markup_bp"
#: Ten times the registry's price: whoever types more has slipped.
MOST_BP = 90_000


@dataclass(frozen=True)
class PremiumRule:
    """How a registry's price becomes the shop's: rates in basis points, the result in the shop's tax mode."""

    markup_bp: int
    currency: str
    tax_mode: str
    tax_rate_bp: int

    def price(self, amount: int, currency: str) -> int | None:
        """The retail price in minor units; None for another currency than the shop's."""
        if currency != self.currency:
            return None
        exact = Decimal(amount) * (10_000 + self.markup_bp) / 10_000
        if self.tax_mode == "gross":
            exact = exact * (10_000 + self.tax_rate_bp) / 10_000
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def rule(session: Session) -> PremiumRule | None:
    """The partner's rule; None while there is none."""
    partner = partners.partner(session)
    markup = partner.settings.get(SETTING)
    if not isinstance(markup, int):
        return None
    return PremiumRule(markup, partner.currency, partner.tax_mode, partner.tax_rate_bp)


def set_markup(session: Session, actor: audit.Actor, markup_bp: int | None) -> None:
    """Show prices of premium names with this mark-up; None: visitors are told to ask. Raises Refusal (markup)."""
    if markup_bp is not None and not 0 <= markup_bp <= MOST_BP:
        raise Refusal("markup", N_("The mark-up must be between 0 and 900 per cent."), "markup")
    partner = partners.partner(session)
    settings = {key: value for key, value in partner.settings.items() if key != SETTING}
    partner.settings = settings if markup_bp is None else settings | {SETTING: markup_bp}
    session.flush()
    audit.record(session, actor, "premium.markup", "partner", partner.id, partner.code, markup_bp=markup_bp)
    bump_content(session)
