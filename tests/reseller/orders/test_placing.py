"""From the cart to the proforma."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.selling import SELLER, Shop
from webapp.foundation import clock, outbox
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts.models import Consent
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import queries as catalog_queries
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import carts
from webapp.reseller.orders.models import Order


def reprice(shop: Shop, tld: str, amount: int) -> None:
    """The partner changes the price of a year of `tld` today."""
    with shop.scope(), shop.database.writing() as session:
        product = catalog_queries.product_for_tld(session, tld)
        assert product is not None
        today = clock.today(shop.partner.timezone)
        catalog.set_price(session, SELLER, product.id, "register", 1, amount, shop.partner.currency, today)


def test_an_order_makes_a_proforma_at_once_and_its_service_waits(shop: Shop) -> None:
    """H-24: the proforma exists, is mailed, and the name is waiting, not active."""
    proforma = shop.order("acme-one.com", "acme-two.pl")
    assert (proforma.state, proforma.origin, proforma.gross) == ("issued", "order", 4999 + 1999)
    assert proforma.net + proforma.tax == proforma.gross
    assert {d.state for d in shop.domains().values()} == {"awaiting_payment"}
    with shop.scope(), shop.database.reading() as session:
        (mail,) = session.scalars(select(Message).where(Message.kind == "proforma")).all()
        assert mail.recipient == "anna@example.com"
        assert proforma.number in mail.subject + mail.text


def test_a_proforma_shows_four_parties_the_account_and_the_period(shop: Shop) -> None:
    """H-35: correspondence address, issuer, buyer, payer, item with the partner's price, bank account, period."""
    proforma = shop.order("acme.com")
    assert proforma.issuer["name"] == shop.partner.legal_name
    assert proforma.buyer["name"] == proforma.payer["name"] == proforma.correspondence["name"] == "Anna Żółkiewska"
    assert proforma.bank["iban"] == shop.partner.iban
    (line,) = proforma.lines
    assert (line.subject, line.amount, line.years) == ("acme.com", 4999, 1)
    assert line.period_from is not None
    assert line.period_to == clock.add_years(line.period_from, 1)


def test_confirming_the_same_cart_twice_is_one_order(shop: Shop) -> None:
    """A double click, the back button or a replayed form: one order."""
    shown = shop.fill_cart("acme.com")
    assert shop.confirm(*shown).id == shop.confirm(*shown).id
    with shop.scope(), shop.database.reading() as session:
        assert len(session.scalars(select(Order)).all()) == 1
        assert len(session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "mail.send")).all()) >= 1


def test_a_changed_price_is_shown_and_asked_again(shop: Shop) -> None:
    token, revision, total = shop.fill_cart("acme.com", "acme.pl")
    reprice(shop, "com", 5500)
    with pytest.raises(Refusal) as refused:
        shop.confirm(token, revision, total)
    assert refused.value.code == "price_changed"
    with shop.scope(), shop.database.writing() as session:
        (change,) = carts.refresh_prices(session, token)
        assert (change.name, change.before, change.after) == ("acme.com", 4999, 5500)
        cart = carts.cart_for(session, token)
        assert cart is not None
        shown = (token, cart.revision, carts.total(cart))
    assert shop.proforma(shop.confirm(*shown).proforma_id).gross == 5500 + 1999


def test_what_is_no_longer_sold_leaves_the_cart(shop: Shop) -> None:
    token, *_ = shop.fill_cart("acme.com", "acme.pl")
    with shop.scope(), shop.database.writing() as session:
        product = catalog_queries.product_for_tld(session, "com")
        assert product is not None
        catalog.set_on_sale(session, SELLER, product.id, on_sale=False)
    with shop.scope(), shop.database.writing() as session:
        (change,) = carts.refresh_prices(session, token)
        assert change.after is None
        cart = carts.cart_for(session, token)
        assert cart is not None
        assert [item.name for item in cart.items] == ["acme.pl"]


def test_a_cart_changed_in_another_tab_is_not_confirmed_unseen(shop: Shop) -> None:
    token, revision, total = shop.fill_cart("acme.com")
    with shop.scope(), shop.database.writing() as session:
        carts.add_to_cart(session, token, "acme.pl")
    with pytest.raises(Refusal) as refused:
        shop.confirm(token, revision, total)
    assert refused.value.code == "cart_changed"


def test_an_empty_or_foreign_cart_cannot_be_confirmed(shop: Shop) -> None:
    for token in ("", "somebody-elses-token"):
        with pytest.raises(Refusal) as refused:
            shop.confirm(token, 0, 0)
        assert refused.value.code == "cart_empty"


def test_the_accepted_terms_are_on_record(shop: Shop) -> None:
    """H-55: the accepted version is recorded at order."""
    shop.order("acme.com")
    with shop.scope(), shop.database.reading() as session:
        consents = session.scalars(select(Consent)).all()
        assert {(c.kind, c.version) for c in consents} >= {
            ("terms", "terms:pl:1"),
            ("immediate_performance", "terms:pl:1"),
        }


def test_a_removed_item_is_gone_and_the_same_name_twice_is_once(shop: Shop) -> None:
    with shop.scope(), shop.database.writing() as session:
        cart, token = carts.add_to_cart(session, None, "acme.com")
        carts.add_to_cart(session, token, "https://ACME.com/")
        assert len(cart.items) == 1
    with shop.scope(), shop.database.writing() as session:
        carts.remove_from_cart(session, token, cart.items[0].id)
    with shop.scope(), shop.database.reading() as session:
        assert carts.count(session, token) == 0


@pytest.mark.parametrize(
    ("name", "code"), [("acme.xyz-nothing", "not_sold"), ("acme", "not_sold"), ("ac me!.com", "character")]
)
def test_what_cannot_be_sold_is_refused_with_a_sentence(shop: Shop, name: str, code: str) -> None:
    with shop.scope(), shop.database.writing() as session, pytest.raises(Refusal) as refused:
        carts.add_to_cart(session, None, name)
    assert refused.value.code == code
    assert str(refused.value)
