"""O-15: an unpaid proforma gets another buyer; a new contact waits for the partner's word, later ones do not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.selling import BUYER, SELLER, Shop
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.billing.models import Proforma
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import readdressing
from webapp.reseller.partners.audit import Actor

FIRM = {
    "kind": "company", "name": "Jan Nowak", "organisation": "Nowak sp. z o.o.", "tax_id": "5260250274",
    "street": "Prosta 1", "postcode": "00-001", "city": "Warszawa", "country": "PL", "email": "jan@nowak.example",
    "phone": "+48.221234567",
}  # fmt: skip
GERMAN = {**FIRM, "organisation": "Nowak GmbH", "tax_id": "DE136695976", "postcode": "10115", "city": "Berlin",
          "country": "DE", "phone": "+49.301234567"}  # fmt: skip


def contact(shop: Shop, facts: dict[str, str]) -> int:
    with shop.scope(), shop.database.writing() as session:
        return accounts.add_contact(session, BUYER, shop.subscriber.account_id, facts).id


def readdress(shop: Shop, actor: Actor, proforma: Proforma, contact_id: int) -> Proforma:
    with shop.scope(), shop.database.writing() as session:
        readdressing.readdress(session, actor, proforma.id, contact_id)
    return shop.proforma(proforma.id)


def mails(shop: Shop) -> list[Message]:
    """What was said about another buyer."""
    with shop.scope(), shop.database.reading() as session:
        mine = select(Message).where(Message.kind.like("buyer%"))
        return list(session.scalars(mine.order_by(Message.id)))


def test_a_new_contact_waits_for_the_partner_and_the_next_time_does_not(shop: Shop) -> None:
    first, second, new = shop.order("one.com"), shop.order("two.com"), contact(shop, FIRM)
    readdress(shop, BUYER, first, new)
    asked = readdress(shop, BUYER, first, new)
    assert [each.kind for each in mails(shop)] == ["buyer_asked_partner"], "asking twice is asking once"
    assert (asked.buyer["name"], asked.asked["contact_id"]) == (first.buyer["name"], new)
    with shop.scope(), shop.database.writing() as session:
        readdressing.approve(session, SELLER, first.id)
    approved = shop.proforma(first.id)
    assert (approved.buyer["organisation"], approved.payer["tax_id"], approved.asked) == (
        "Nowak sp. z o.o.",
        "5260250274",
        {},
    )
    assert (approved.number, approved.gross) == (first.number, first.gross)
    assert readdress(shop, BUYER, second, new).buyer["organisation"] == "Nowak sp. z o.o."


def test_the_partner_may_decline_and_names_whom_it_likes(shop: Shop) -> None:
    document, new = shop.order("one.com"), contact(shop, FIRM)
    readdress(shop, BUYER, document, new)
    with shop.scope(), shop.database.writing() as session:
        readdressing.decline(session, SELLER, document.id)
    assert shop.proforma(document.id).asked == {}
    told = mails(shop)
    assert [each.kind for each in told] == ["buyer_asked_partner", "buyer_declined"]
    assert [each.recipient for each in told] == ["biuro@acme.example", "anna@example.com"]
    assert all(document.number in each.text and "Nowak sp. z o.o." in each.text for each in told)
    assert readdress(shop, SELLER, document, new).buyer["organisation"] == "Nowak sp. z o.o."


def test_a_business_abroad_pays_without_the_tax_and_back_again_with_it(shop: Shop) -> None:
    document, abroad, home = shop.order("one.com", "two.pl"), contact(shop, GERMAN), contact(shop, FIRM)
    changed = readdress(shop, SELLER, document, abroad)
    assert (changed.tax_regime, changed.tax, changed.tax_rows[0]["category"]) == ("reverse", 0, "AE")
    assert changed.gross == changed.net == sum(line.amount for line in changed.lines) < document.gross
    again = readdress(shop, SELLER, document, home)
    assert (again.tax_regime, again.gross, again.net, again.tax) == (
        "domestic", document.gross, document.net, document.tax,
    )  # fmt: skip


def test_a_paid_one_stays_and_nobody_elses_contact_can_be_named(shop: Shop) -> None:
    document, new = shop.order("one.com"), contact(shop, FIRM)
    with pytest.raises(NotFound):
        readdress(shop, SELLER, document, new + 999)
    shop.pay(document)
    with pytest.raises(Refusal, match="unpaid"):
        readdress(shop, SELLER, document, new)
