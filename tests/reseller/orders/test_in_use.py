"""What is used while somebody changes or deletes it, and two people who do the same at once (issue 5, bad input)."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from tests.reseller.billing import statement_files as files
from tests.selling import SELLER, Shop
from webapp.foundation import clock
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import bank, statements
from webapp.reseller.billing.bank_models import BankLine, BankStatement
from webapp.reseller.billing.models import Payment
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import price_groups
from webapp.reseller.catalog import queries as catalog_queries
from webapp.reseller.catalog.models import Product
from webapp.reseller.desk.books import check
from webapp.reseller.orders import carts
from webapp.reseller.partners.models import Partner


def _broken(shop: Shop) -> list[str]:
    return [one.name for one in check(shop.database) if not one.ok]


def _group_price(shop: Shop, amount: int) -> int:
    """The subscriber is in a group that pays less for a .com; returns the group."""
    with shop.scope(), shop.database.writing() as session:
        group = price_groups.create(session, SELLER, "Friends")
        price_groups.put_in(session, SELLER, shop.subscriber.account_id, group.id)
        tld = catalog_queries.tld_by_name(session, "com")
        assert tld is not None
        product = session.scalars(select(Product.id).where(Product.tld_id == tld.id)).one()
        today = clock.today(shop.partner.timezone)
        catalog.set_price(session, SELLER, product, "register", 1, amount, "PLN", today, group.id)
        return group.id


def test_a_price_group_that_is_deleted_while_a_cart_shows_its_price_is_said_and_asked(shop: Shop) -> None:
    account = shop.subscriber.account_id
    group_id = _group_price(shop, 1000)
    token, _, _ = shop.fill_cart("alpha.com")
    with shop.scope(), shop.database.writing() as session:
        carts.refresh_prices(session, token, account)
        cart = carts.cart_for(session, token)
        assert cart is not None
        revision, total = cart.revision, carts.to_pay(session, cart, account)
    assert total == 1000
    with pytest.raises(Refusal, match="take them out first"), shop.scope(), shop.database.writing() as session:
        price_groups.delete(session, SELLER, group_id)
    with shop.scope(), shop.database.writing() as session:
        price_groups.put_in(session, SELLER, account, None)
        price_groups.delete(session, SELLER, group_id)
    with pytest.raises(Refusal) as refused:
        shop.confirm(token, revision, total)
    assert refused.value.code == "price_changed"
    with shop.scope(), shop.database.writing() as session:
        carts.refresh_prices(session, token, account)
        cart = carts.cart_for(session, token)
        assert cart is not None
        revision, total = cart.revision, carts.to_pay(session, cart, account)
    proforma = shop.proforma(shop.confirm(token, revision, total).proforma_id)
    assert proforma.gross == total == 4999
    assert _broken(shop) == []


def test_one_statement_imported_by_two_people_at_the_same_moment_is_one(shop: Shop) -> None:
    with shop.scope(), shop.database.writing() as session:
        session.scalars(select(Partner).where(Partner.id == shop.partner.id)).one().iban = files.ACCOUNT
    proforma = shop.order("alpha.com")
    raw = files.statement((f"{proforma.gross / 100:.2f}".replace(".", ","), proforma.number, "1"))
    barrier, failed = Barrier(2), []

    def take_in() -> None:
        try:
            barrier.wait(10)
            with shop.scope(), shop.database.writing() as session:
                bank.store(session, SELLER, "wyciag.sta", raw, statements.read(raw))
        except Refusal as refusal:
            failed.append(str(refusal))

    threads = [Thread(target=take_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [text[:30] for text in failed] == ["This file was imported before, "[:30]], "one of them is told"
    shop.work()
    assert shop.proforma(proforma.id).state == "paid"
    with shop.scope(), shop.database.reading() as session:
        counts = [session.scalar(select(func.count(model.id))) for model in (BankStatement, BankLine, Payment)]
    assert counts == [1, 1, 1]
    assert _broken(shop) == []
