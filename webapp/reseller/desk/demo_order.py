"""The demo subscriber's first domain: ordered, paid and activated. The worker registers it once it runs."""

from __future__ import annotations

from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import User
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.billing.models import Proforma
from webapp.reseller.cms import legal
from webapp.reseller.orders import activation, carts, documents, operations
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM, Actor

FIRST_DOMAIN = "zielinska-ceramika.pl"


def first_order(session: Session, user: User) -> Proforma:
    """Everything that a subscriber and the partner do for one domain, in the caller's transaction."""
    proforma = _order(session, user)
    received = billing.Received(
        amount=proforma.gross,
        currency=proforma.currency,
        received_on=clock.today(partners.partner(session).timezone),
        method="transfer",
        reference=proforma.number,
        key="demo",
    )
    billing.record_payment(session, SYSTEM, proforma.id, received)
    return activation.activate(session, SYSTEM, proforma.id)


def _order(session: Session, user: User) -> Proforma:
    (access,) = accounts.accounts_of(session, user.id)
    cart, token = carts.add_to_cart(session, None, FIRST_DOMAIN, 1)
    confirmed = operations.Confirmation(
        cart_token=token,
        revision=cart.revision,
        total=carts.total(cart),
        account_id=access.account.id,
        user_id=user.id,
        terms_version=documents.references(legal.required(session, user.locale)),
        locale=user.locale,
    )
    order = operations.place(session, Actor("user", user.id, user.email), confirmed)
    return billing_queries.proforma(session, order.proforma_id)
