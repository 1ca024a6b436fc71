"""From the cart to the proforma."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.factories import make_subscriber
from tests.selling import BUYER, SELLER, Shop
from webapp.foundation import clock, outbox
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts.models import Consent
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import queries as catalog_queries
from webapp.reseller.cms import legal
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import carts, documents
from webapp.reseller.orders.models import Order
from webapp.reseller.partners.audit import SYSTEM


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
    """H-55: the accepted version is recorded at order, with its time and address."""
    with shop.scope(), shop.database.writing() as session:
        legal.publish(session, SYSTEM, "terms", "pl", "Regulamin", "<p>Zasady</p>")
        legal.publish(session, SYSTEM, "disputes", "pl", "Spory", "<p>Spory</p>")
    proforma = shop.order("acme.com")
    with shop.scope(), shop.database.reading() as session:
        consents = session.scalars(select(Consent)).all()
        assert {(c.kind, c.version) for c in consents} >= {
            ("terms", "terms pl 1"),
            ("immediate_performance", "terms pl 1"),
        }
        (one,) = documents.of_proforma(session, proforma.id)
        assert (one.title, one.kind, one.locale, one.version, one.ip) == ("Regulamin", "terms", "pl", 1, "192.0.2.7")


def test_a_new_version_asks_those_who_know_an_older_one_and_nobody_else(shop: Shop) -> None:
    """H-55: a new version can ask existing subscribers again; one that only mends a comma does not."""
    with shop.scope(), shop.database.writing() as session:
        legal.publish(session, SYSTEM, "terms", "pl", "Regulamin", "<p>Zasady</p>")
    shop.order("acme.com")
    account, user = shop.subscriber.account_id, shop.subscriber.user.id

    def waiting() -> list[str]:
        with shop.scope(), shop.database.reading() as session:
            return [one.reference for one in documents.waiting(session, account)]

    def publish(ask_again: bool) -> None:
        with shop.scope(), shop.database.writing() as session:
            rules = legal.Rules(must_accept=True, ask_again=ask_again)
            legal.publish(session, SYSTEM, "terms", "pl", "Regulamin", "<p>Nowe</p>", rules)

    publish(ask_again=False)
    assert waiting() == []
    publish(ask_again=True)
    publish(ask_again=False)
    assert waiting() == ["terms pl 4"], "the newest text is what is accepted"
    with shop.scope(), shop.database.writing() as session, pytest.raises(Refusal) as refused:
        documents.accept_again(session, BUYER, account, user, "terms pl 3")
    assert refused.value.code == "terms_changed"
    with shop.scope(), shop.database.writing() as session:
        assert documents.accept_again(session, BUYER, account, user, "terms pl 4") == 1
        assert documents.accept_again(session, BUYER, account, user, "terms pl 4") == 0
        current = legal.document(session, "terms", "pl")
        assert current is not None
        assert current.version == 4
        assert documents.times_accepted(session, "terms", "pl", 4) == 1
    assert waiting() == []
    stranger = make_subscriber(shop.database, shop.partner, "new@example.com")
    with shop.scope(), shop.database.reading() as session:
        assert documents.waiting(session, stranger.account_id) == []


def test_a_withdrawn_document_is_asked_for_no_more_and_the_terms_stay(shop: Shop) -> None:
    with shop.scope(), shop.database.writing() as session:
        for kind in ("terms", "registry-policies"):
            legal.publish(session, SYSTEM, kind, "pl", kind, "<p>x</p>", legal.Rules(must_accept=True))
        assert [one.kind for one in legal.required(session, "de", "pl")] == ["terms", "registry-policies"]
        legal.withdraw(session, SYSTEM, "registry-policies", "pl")
        assert [one.kind for one in legal.required(session, "pl")] == ["terms"]
        assert legal.document(session, "registry-policies", "pl") is None
        assert legal.document(session, "registry-policies", "pl", 1) is not None
        with pytest.raises(Refusal):
            legal.withdraw(session, SYSTEM, "terms", "pl")


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
