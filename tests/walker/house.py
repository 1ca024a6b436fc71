"""A house of two partners with everything in it that a table can hold, made by the real operations.

Tenant 1 has two subscribers (anna, ben), a clerk with few rights in anna's account, an owner and a member of staff;
tenant 2 has dora, an owner and staff. `furnish` fills a migrated database, `House` says where everything stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, event, func, insert, select, text
from sqlalchemy.orm import Session

from tests import factories
from tests.factories import password_hash
from tests.selling import SELLER, Shop, Worker
from tests.walker import canaries
from tests.web.conftest import open_shops
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, create_engine
from webapp.foundation.schema import Base
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts.models import Membership, User
from webapp.reseller.catalog.models import PriceGroup, PriceGroupMember
from webapp.reseller.cms import campaign_steps, legal, media_operations, redirects
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.models import CampaignDay
from webapp.reseller.desk.models import SearchDay, SearchedName, VisitDay
from webapp.reseller.orders import manual
from webapp.reseller.orders import operations as orders
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner, Staff
from webapp.reseller.services import watches

#: Subscribers of tenants 1 and 2. Their e-mail addresses are canaries too.
SUBSCRIBERS = {1: ("anna", "ben"), 2: ("dora",)}
STAFF = {1: ("owner1", "staff1"), 2: ("owner2", "staff2")}
CLERK = "clerk"
OPERATOR = "operator@platform.example"
RESET_TOKEN = "walker-reset-token-of-tenant-{}-000000000000"
#: What nobody has ever had, and what every table once had.
RANDOM, GONE = 987_654_321, 900_001


def email(who: str) -> str:
    """The sign-in of a person of the house; a canary in itself."""
    tenant = 2 if who in ("dora", *STAFF[2]) else 1
    label = canaries.DESK if who in STAFF[tenant] else who
    return f"{canaries.word(tenant, label).lower()}-{who}@example.com"


def furnish(url: str) -> None:
    """Make both tenants in a migrated database, plant the canaries."""
    database = Database(url)
    open_shops(database)
    registry = MemoryRegistry()
    factories.make_operator(database, OPERATOR)
    for tenant in (1, 2):
        _fill_tenant(database, registry, tenant)
    database.dispose()
    engine = platform_engine(url)
    canaries.plant(engine)
    leave_gone_ids(engine)
    engine.dispose()


def _fill_tenant(database: Database, registry: MemoryRegistry, tenant: int) -> None:
    with tenancy.tenant(tenant), database.reading() as session:
        partner = session.scalars(select(Partner)).one()
    for who, role in zip(STAFF[tenant], ("owner", "staff"), strict=True):
        factories.make_staff(database, partner, email(who), role=role)
    for who in SUBSCRIBERS[tenant]:
        subscriber = factories.make_subscriber(database, partner, email(who))
        shop = Shop(database, partner, subscriber, Worker(database, registry))
        if who in ("anna", "dora"):
            shop.top_up(10_000_000, "start")
        _trade(shop, who)
        _private_things(shop, tenant, who)
    if tenant == 1:
        _add_clerk(database, shop_account=1)
    _shop_things(database, partner, tenant)


def _trade(shop: Shop, who: str) -> None:
    """A proforma in every state, an active name, a basket, credit, a free proforma."""
    name = canaries.word(shop.partner.id, who).lower()
    sold = shop.sell(f"{name}-sold.com")
    assert sold.state == "activated", sold.state
    shop.order(f"{name}-open.com", f"{name}-open.pl")
    shop.pay(shop.order(f"{name}-paid.com"))
    shop.pay(shop.order(f"{name}-part.com"), amount=700)
    shop.renew(shop.domains()[f"{name}-sold.com"])
    shop.fill_cart(f"{name}-cart.com")
    with shop.scope(), shop.database.writing() as session:
        lines = [manual.FreeLine("Consulting", 1, 5000, 2300)]
        manual.write_proforma(session, SELLER, shop.subscriber.account_id, lines, "", f"free-{who}")
        cancelled = manual.write_proforma(session, SELLER, shop.subscriber.account_id, lines, "", f"void-{who}")
    with shop.scope(), shop.database.writing() as session:
        orders.cancel(session, SELLER, cancelled.id)


def _private_things(shop: Shop, tenant: int, who: str) -> None:
    """Sign-ins, a reset link, consents, a price group."""
    user, account_id = shop.subscriber.user, shop.subscriber.account_id
    with shop.scope(), shop.database.writing() as session:
        accounts.open_sign_in(session, user, "192.0.2.7", "Mozilla/5.0")
        accounts.make_reset_token(session, SYSTEM, user)
        accounts.record_consent(session, account_id, user.id, "newsletter", "1", "192.0.2.7")
        group = PriceGroup(name=f"group of {who}")
        session.add(group)
        session.flush()
        session.add(PriceGroupMember(group_id=group.id, account_id=account_id))
        watches.watch(session, SYSTEM, account_id, user.id, f"watched-by-{who}.com")


def _add_clerk(database: Database, shop_account: int) -> None:
    """Somebody who may only see and pay papers in anna's account, nothing else."""
    with tenancy.tenant(1), database.writing() as session:
        now = clock.now()
        user = User(email=email(CLERK), name="Clerk", password_hash=password_hash(), locale="pl", created_at=now)
        session.add(user)
        session.flush()
        session.add(Membership(user_id=user.id, account_id=shop_account, rights=["pay"], created_at=now))


def _shop_things(database: Database, partner: Partner, tenant: int) -> None:
    """A page that only this tenant has, and a second version of its terms."""
    language = partner.default_locale
    with tenancy.tenant(partner.id), database.writing() as session:
        block = {"id": "b1", "type": "rich_text", "v": 1, "data": {"title": "Only here", "body": "<p>Words</p>"}}
        version = cms.store_page(
            session,
            SYSTEM,
            locale=language,
            slug=f"only-{tenant}",
            title="Only here",
            description="A page",
            blocks=[block],
        )
        cms.publish_page(session, SYSTEM, version.page_id)
        redirects.add(session, SYSTEM, f"/only-{tenant}.html", f"/{language}/page/only-{tenant}")
        if tenant == 2:
            legal.publish(session, SYSTEM, "terms", language, "Terms", "<p>Second version</p>")
        _figures(session, language)
        sent = media_operations.Sent(f"only-{tenant}.png", f"{tenant}" * 64, 1000, 40, 20)
        media_operations.add(session, SYSTEM, sent, quota=10**9).state = "ready"
        for one in session.scalars(select(Staff)).all():
            partners.open_staff_sign_in(session, one, "192.0.2.8", "Mozilla/5.0")


def _figures(session: Session, language: str) -> None:
    """An advertisement that runs, and a number in every table of counts."""
    words = {language: {"headline": "Only here", "text": "An offer"}}
    draft = campaign_steps.Draft("Only here", "shop-footer", "text", "/", words)
    campaign = campaign_steps.save(session, SYSTEM, draft)
    day = clock.now().date()
    session.add(CampaignDay(campaign_id=campaign.id, day=day, views=3, clicks=1))
    session.add(VisitDay(day=day, host="shop.example", path="/", views=3))
    session.add(SearchDay(day=day, host="shop.example", searches=2, orders=1))
    session.add(SearchedName(day=day, name="only-here", searches=2))


def platform_engine(url: str) -> Engine:
    """A plain engine that sees every row (row-level security is told so)."""
    engine = create_engine(url)
    if engine.dialect.name == "postgresql":

        @event.listens_for(engine, "begin")
        def see_all(connection: Any) -> None:
            connection.execute(text("SELECT set_config('witryna.tenant', 'platform', true)"))

    return engine


def leave_gone_ids(engine: Engine) -> None:
    """Every table that is reached by id once had a row GONE: made as a copy of a row, then deleted."""
    for name in (
        "domains",
        "proformas",
        "accounts",
        "messages",
        "products",
        "user_sign_ins",
        "staff",
        "cart_items",
        "media_files",
        "pages",
        "redirects",
    ):
        table = Base.metadata.tables[name]
        with engine.begin() as connection:
            row = dict(connection.execute(select(table).where(table.c.partner_id == 1).limit(1)).mappings().one())
            for column in table.columns:
                if column.unique or column.name in ("number", "key", "code", "name", "hash", "slug", "path"):
                    row[column.name] = f"{row[column.name]}-gone"
            connection.execute(insert(table).values({**row, "id": GONE}))
            connection.execute(table.delete().where(table.c.id == GONE))


@dataclass(frozen=True)
class House:
    """Where everything stands in a furnished database."""

    engine: Engine

    @cached_property
    def accounts(self) -> dict[str, int]:
        """Subscriber -> account id. Registered in the order of SUBSCRIBERS."""
        names = [(tenant, who) for tenant, people in SUBSCRIBERS.items() for who in people]
        return {who: self._nth("accounts", tenant, SUBSCRIBERS[tenant].index(who)) for tenant, who in names}

    def ids(self, table: str) -> dict[str, int]:
        """Whose -> the id of a thing in this table: a subscriber's, or the tenants' own ("1", "2")."""
        found = {who: self._first_of(table, who, account) for who, account in self.accounts.items()}
        found |= {str(tenant): self._nth(table, tenant, 0) for tenant in (1, 2)}
        return {whose: number for whose, number in found.items() if number is not None}

    def where(self, table: str, **values: Any) -> int:
        """The id of the first row with these values."""
        columns = Base.metadata.tables[table].c
        with self.engine.connect() as connection, connection.begin():
            wanted = select(func.min(columns.id)).where(*(columns[name] == value for name, value in values.items()))
            return int(connection.execute(wanted).scalar_one())

    def _nth(self, table: str, tenant: int, position: int) -> int:
        columns = Base.metadata.tables[table].c
        owner = columns.partner_id if "partner_id" in columns else columns.id
        with self.engine.connect() as connection, connection.begin():
            ids = select(columns.id).where(owner == tenant).order_by(columns.id)
            return int(connection.execute(ids.offset(position).limit(1)).scalar_one())

    def _first_of(self, table: str, who: str, account: int) -> int | None:
        with self.engine.connect() as connection, connection.begin():
            owners = canaries.owners(connection, table)
        return min((row for row, owner in owners.items() if owner == account), default=None)


def tables_without_rows(engine: Engine, tenant: int) -> list[str]:
    """Tenant tables in which this tenant has nothing: a canary there would be missing."""
    empty = []
    for table in canaries.tenant_tables():
        with engine.connect() as connection, connection.begin():
            owner = canaries.owner_column(table)
            if not connection.execute(select(func.count()).select_from(table).where(owner == tenant)).scalar_one():
                empty.append(table.name)
    return empty
