"""Another buyer for an unpaid proforma (O-15): a contact of the same subscriber, with the tax that follows from it.

The partner may name any contact. What a subscriber asks for is done at once for a contact who was invoiced before; a
new one waits for the partner's word, which then holds for later ones too. The number stays: it is the same request for
money, and the log says who it was written to before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.money import tax_row, tax_rows
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts.models import Contact
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import tax
from webapp.reseller.billing.models import Proforma, ProformaLine
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

from . import mails
from .models import OrderLine
from .parties import party
from .subjects import lines_of


def readdress(session: Session, actor: Actor, proforma_id: int, contact_id: int) -> Proforma:
    """Write an unpaid proforma to another contact. `asked` of what comes back is not empty when the partner decides.

    Raises NotFound for a contact of somebody else, Refusal for a proforma that is not unpaid.
    """
    proforma = _unpaid(session, proforma_id)
    contact = contact_of(session, proforma.account_id, contact_id)
    if actor.kind == "user" and not (contact.is_default or contact.approved_at):
        told = proforma.asked.get("contact_id") == contact.id
        proforma.asked, proforma.asked_at = {"contact_id": contact.id, "by": actor.label}, clock.now()
        session.flush()
        record(session, actor, "proforma.readdress_asked", "proforma", proforma.id, proforma.number, to=_name(contact))
        if not told:
            mails.buyer_asked(session, proforma, contact, actor.label)
        return proforma
    return _written_to(session, actor, proforma, contact)


def approve(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """The partner agrees to what the subscriber asked for. Raises Refusal when nothing is asked any more."""
    proforma = _unpaid(session, proforma_id)
    return _written_to(session, actor, proforma, asked_for(session, proforma))


def decline(session: Session, actor: Actor, proforma_id: int) -> Proforma:
    """The partner does not agree: the proforma stays as it was."""
    proforma = _unpaid(session, proforma_id)
    contact = asked_for(session, proforma)
    proforma.asked, proforma.asked_at = {}, None
    session.flush()
    record(session, actor, "proforma.readdress_declined", "proforma", proforma.id, proforma.number, to=_name(contact))
    mails.buyer_declined(session, proforma, contact)
    return proforma


def asked_for(session: Session, proforma: Proforma) -> Contact:
    """The contact that waits for the partner's word. Raises Refusal when there is none."""
    if not proforma.asked:
        raise Refusal("not_asked", N_("Nobody asks for another buyer here any more."))
    return contact_of(session, proforma.account_id, int(proforma.asked.get("contact_id") or 0))


def contact_of(session: Session, account_id: int, contact_id: int) -> Contact:
    """A contact of this subscriber. Raises NotFound."""
    found = session.scalar(select(Contact).where(Contact.id == contact_id, Contact.account_id == account_id))
    if found is None:
        raise NotFound
    return found


def _unpaid(session: Session, proforma_id: int) -> Proforma:
    proforma = billing.locked_proforma(session, proforma_id)
    if proforma.state != "issued":
        message = N_("%(number)s is not unpaid any more: only an unpaid proforma can be changed.")
        raise Refusal("state", message, number=proforma.number)
    return proforma


def _name(contact: Contact) -> str:
    return contact.organisation or contact.name


def _written_to(session: Session, actor: Actor, proforma: Proforma, contact: Contact) -> Proforma:
    before = proforma.buyer.get("organisation") or proforma.buyer.get("name")
    contact.approved_at = contact.approved_at or clock.now()
    who = party(contact)
    proforma.asked, proforma.asked_at = {}, None
    proforma.buyer, proforma.payer = who, who
    was = proforma.gross
    _tax_anew(session, proforma, who)
    session.flush()
    changed: dict[str, Any] = {"was": before, "to": _name(contact), "gross": proforma.gross, "gross_before": was}
    record(session, actor, "proforma.readdressed", "proforma", proforma.id, proforma.number, **changed)
    mails.proforma_changed(session, proforma)
    return proforma


def _tax_anew(session: Session, proforma: Proforma, who: Mapping[str, Any]) -> None:
    """The treatment of the new buyer on every line that was taxed by treatment; prices stay the shop's own."""
    partner = partners.partner(session)
    treatment = tax.tax_for(partner, who, clock.today(partner.timezone))
    if (treatment.regime, proforma.tax_regime) == (tax.DOMESTIC, tax.DOMESTIC):
        return  # lines that were written by hand may bear reduced rates
    ordered = {line.proforma_line_id: line for line in lines_of(session, proforma.id)}
    for line in proforma.lines:
        _tax_line(partner, treatment, proforma, line, ordered.get(line.id))
    proforma.tax_regime = treatment.regime
    _total(proforma)


def _tax_line(
    partner: Partner, treatment: tax.Treatment, proforma: Proforma, line: ProformaLine, ordered: OrderLine | None
) -> None:
    shop_price = ordered.amount if ordered else _shop_price(partner, proforma, line.unit_amount)
    list_off = _shop_price(partner, proforma, line.discount)
    line.unit_amount = tax.price(partner, treatment, shop_price)
    line.discount = tax.price(partner, treatment, list_off)
    line.amount = line.unit_amount * line.quantity
    line.tax_rate_bp, line.tax_category = treatment.rate_bp, treatment.category


def _shop_price(partner: Partner, proforma: Proforma, amount: int) -> int:
    """An amount of the document as the shop shows it: with the tax that was taken out for its old buyer."""
    if proforma.tax_mode == "gross" and proforma.tax_regime in (tax.REVERSE, tax.EXPORT):
        return tax_row(partner.tax_rate_bp, amount, gross=False).gross
    return amount


def _total(proforma: Proforma) -> None:
    rows = tax_rows(((line.tax_rate_bp, line.amount) for line in proforma.lines), gross=proforma.tax_mode == "gross")
    categories = {line.tax_rate_bp: line.tax_category for line in proforma.lines}
    proforma.tax_rows = [asdict(row) | {"category": categories[row.rate_bp]} for row in rows]
    proforma.net, proforma.tax = sum(row.net for row in rows), sum(row.tax for row in rows)
    proforma.gross = proforma.net + proforma.tax
