"""A basket with the tax of the one who buys: what the page says before the order is what the proforma asks for."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.money import tax_row
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import tax
from webapp.reseller.orders.parties import party
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner

from .baskets import Basket, Line


def taxed_for(session: Session, basket: Basket, contact: Contact) -> Basket:
    """The basket as it stands on a document for this buyer; `total`, which is confirmed, stays the shop's."""
    partner = partners.partner(session)
    treatment = tax.tax_for(partner, party(contact), clock.today(partner.timezone))
    if treatment == tax.domestic(partner.tax_rate_bp):
        return basket
    lines = tuple(_line(partner, treatment, line) for line in basket.lines)
    pays = sum(line.pays for line in lines)
    row = tax_row(treatment.rate_bp, pays, gross=basket.tax_mode == "gross")
    off = sum(line.amount for line in lines) - pays
    return replace(basket, lines=lines, tax=row, code_off=off, reverse_charge=treatment.regime == tax.REVERSE)


def _line(partner: Partner, treatment: tax.Treatment, line: Line) -> Line:
    def price(amount: int) -> int:
        return tax.price(partner, treatment, amount)

    before = None if line.was is None else price(line.was)
    then = None if line.then is None else price(line.then)
    return replace(line, amount=price(line.amount), pays=price(line.pays), was=before, then=then)
