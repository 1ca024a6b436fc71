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
from tests.reseller.billing import statement_files
from tests.selling import SELLER, Shop, Worker
from tests.walker import canaries
from tests.web.conftest import SECRET_KEY, open_shops
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, create_engine
from webapp.foundation.schema import Base
from webapp.providers.registry.memory import MemoryRegistry
from webapp.reseller.accounts import notes
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts.models import Membership, User
from webapp.reseller.billing import bank, corrections, gateways, invoices, statements
from webapp.reseller.billing.bank_models import BankLine
from webapp.reseller.billing.gateway_models import GatewayEvent, GatewayPayment
from webapp.reseller.billing.models import Proforma
from webapp.reseller.catalog import codes, plans, price_files, price_imports, promotions, rules
from webapp.reseller.catalog.conditions import Conditions
from webapp.reseller.catalog.models import PriceGroup, PriceGroupMember
from webapp.reseller.cms import campaign_steps, legal, media_operations, redirects
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.models import CampaignDay
from webapp.reseller.desk import kept_filters
from webapp.reseller.desk.models import SearchDay, SearchedName, VisitDay
from webapp.reseller.orders import behalf, carts, invoice_files, invoicing, manual, matching
from webapp.reseller.orders import operations as orders
from webapp.reseller.partners import branding, log_chain, notices, wholesale_access
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner, Staff, UpstreamConnection
from webapp.reseller.services import by_hand, watches
from webapp.reseller.services.models import ServiceTask

#: Subscribers of tenants 1 and 2. Their e-mail addresses are canaries too.
SUBSCRIBERS = {1: ("anna", "ben"), 2: ("dora",)}
STAFF = {1: ("owner1", "staff1"), 2: ("owner2", "staff2")}
#: Staff of tenant 1 with fewer rights, by their role.
LIMITED = ("accounting", "sales", "content")
CLERK = "clerk"
OPERATOR = "operator@platform.example"
#: What the software of tenants 1 and 2 signs with at the API door.
API_KEYS = {1: "1" * 64, 2: "2" * 64}
RESET_TOKEN = "walker-reset-token-of-tenant-{}-000000000000"
#: What nobody has ever had, and what every table once had.
RANDOM, GONE = 987_654_321, 900_001


def email(who: str) -> str:
    """The sign-in of a person of the house; a canary in itself."""
    tenant = 2 if who in ("dora", *STAFF[2]) else 1
    label = canaries.DESK if who in (*STAFF[tenant], *LIMITED) else who
    return f"{canaries.word(tenant, label).lower()}-{who}@example.com"


def furnish(url: str) -> None:
    """Make both tenants in a migrated database, plant the canaries."""
    database = Database(url)
    open_shops(database)
    registry = MemoryRegistry()
    factories.make_operator(database, OPERATOR)
    with database.writing(tenancy.Platform("operator")) as session:
        notices.write(session, "info", {"en": ("Maintenance", "Tonight")}, None, None)
    for tenant in (1, 2):
        _fill_tenant(database, registry, tenant)
    log_chain.seal_all(database)
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
    for role in LIMITED if tenant == 1 else ():
        factories.make_staff(database, partner, email(role), role=role)
    for who in SUBSCRIBERS[tenant]:
        subscriber = factories.make_subscriber(database, partner, email(who))
        shop = Shop(database, partner, subscriber, Worker(database, registry))
        if who in ("anna", "dora"):
            shop.top_up(10_000_000, "start")
        sold = _trade(shop, who)
        _invoiced(shop, sold)
        _bank_and_papers(shop, who)
        _by_hand(shop, who)
        _private_things(shop, tenant, who)
    if tenant == 1:
        _add_clerk(database, shop_account=1)
    _shop_things(database, partner, tenant)


def _trade(shop: Shop, who: str) -> Proforma:
    """A proforma in every state, an active name, a basket, credit, a free proforma. The first, which is activated."""
    name = canaries.word(shop.partner.id, who).lower()
    sold = shop.sell(f"{name}-sold.com")
    assert sold.state == "activated", sold.state
    shop.order(f"{name}-open.com", f"{name}-open.pl")
    _discounted(shop, name)
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
    return sold


def _discounted(shop: Shop, name: str) -> None:
    """An order with a promotion and a discount code, both of which nobody else can use."""
    token, *_ = shop.fill_cart(f"{name}-less.com")
    day = clock.today(shop.partner.timezone)
    only = Conditions(groups=frozenset({10**6}))
    with shop.scope(), shop.database.writing() as session:
        draft = promotions.Draft({"pl": "Only one"}, "percent", 1000, day, day, only)
        promotions.activate(session, SELLER, promotions.create(session, SELLER, draft).id)
        code = codes.Draft(f"C-{shop.subscriber.account_id}", "amount", 100, day, limit_total=1, below_cost=True)
        codes.create(session, SELLER, code)
        cart = carts.use_code(session, token, code.code, shop.subscriber.account_id)
        shown = (token, cart.revision, carts.to_pay(session, cart, shop.subscriber.account_id))
    shop.confirm(*shown)


def _invoiced(shop: Shop, sold: Proforma) -> None:
    """An invoice that was sent, with a duplicate and a correction; a month as a file; a filter that is kept."""
    with shop.scope(), shop.database.writing() as session:
        invoice = invoicing.issue(session, SELLER, sold.id, send_it=True)
        invoices.duplicate(session, SELLER, invoice.id)
        corrections.cancel(session, SELLER, invoice.id, "Wrong")
        invoice_files.start(session, SELLER, invoice.issue_date)
        kept_filters.keep(session, f"user:{shop.subscriber.user.id}", "account.invoices", {"kind": "invoice"})


def _bank_and_papers(shop: Shop, who: str) -> None:
    """A statement with a movement that is booked and one that waits; an overpayment with its paper."""
    currency, account = shop.partner.currency, shop.subscriber.account_id
    rows = (("12,00", f"booked {who}", f"{who}1"), ("13,00", f"open {who}", f"{who}2"))
    raw = statement_files.statement(*rows, account=shop.partner.iban, currency=currency)
    with shop.scope(), shop.database.writing() as session:
        (stored,) = bank.store(session, SELLER, f"{who}.sta", raw, statements.read(raw))
        matching.match_new(session, SELLER, stored.statement.id)
        first = session.scalars(select(BankLine.id).where(BankLine.statement_id == stored.statement.id)).first()
        matching.assign(session, SELLER, first or 0, account, [])


def _by_hand(shop: Shop, who: str) -> None:
    """A service with access data and a file, and one that is to be done."""
    account, key = shop.subscriber.account_id, "walker only: forty characters of nothing"
    with shop.scope(), shop.database.writing() as session:
        branding.set_modules(session, SELLER, branding.MODULES)
        draft = plans.ProductDraft("hosting", f"plan-{who}", {"pl": "Plan", "de": "Plan"})
        product = plans.create(session, SELLER, draft)
        plans.set_prices(session, SELLER, product.id, {("register", 1): 5000, ("renew", 1): 6000})
        wanted = [behalf.Wanted(f"{who}-{number}.com", 1, product.code) for number in (1, 2)]
        placed = behalf.order_for(session, SELLER, account, wanted, f"plan-{who}")
    proforma = shop.proforma(placed.proforma_id)
    shop.pay(proforma)
    shop.activate(proforma)
    with shop.scope(), shop.database.writing() as session:
        mine = [line.service_id for line in placed.lines]
        task = session.scalars(select(ServiceTask).where(ServiceTask.service_id.in_(mine))).first()
        assert task is not None
        file = by_hand.NewFile(f"file-{who}.txt", "text/plain", 3, f"services/{shop.partner.id}/{who}")
        by_hand.fulfil(session, SELLER, task.id, by_hand.Handed("ftp", (file,)), key)
    shop.work()


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
        rules.set_rule(session, SELLER, "domain", rules.RuleDraft(base="common", percent_bp=-500), group.id)
        notes.add(session, SYSTEM, account_id, f"Note about {who}")
        watches.watch(session, SYSTEM, account_id, user.id, f"watched-by-{who}.com")
        _online_payment(session, account_id, who)


def _online_payment(session: Session, account_id: int, who: str) -> None:
    """One that was begun at a gateway and never paid, and a word about it. Keys that were never tested."""
    keys = {"secret_key": "sk_test_x", "webhook_secret": "whsec_x"}
    partner = session.scalars(select(Partner)).one()
    gateways.connect(session, SYSTEM, "stripe", keys, "walker only: forty characters of nothing", partner.id)
    asked = select(Proforma.id).where(Proforma.account_id == account_id, Proforma.state == "issued")
    now, key = clock.now(), f"key-of-{who}"
    session.add(
        GatewayPayment(
            gateway="stripe",
            session_key=key,
            account_id=account_id,
            proformas=[session.scalars(asked).first()],
            amount=100,
            currency=partner.currency,
            state="expired",
            locale="pl",
            started_at=now,
            changed_at=now,
        )
    )
    told = {"gateway": "stripe", "event_id": f"evt-of-{who}", "kind": "x", "session_key": key, "raw": "{}"}
    session.add(GatewayEvent(received_at=now, state="done", **told))


def _add_clerk(database: Database, shop_account: int) -> None:
    """Somebody who may only see and pay papers in anna's account, nothing else."""
    with tenancy.tenant(1), database.writing() as session:
        now = clock.now()
        user = User(email=email(CLERK), name="Clerk", password_hash=password_hash(), locale="pl", created_at=now)
        session.add(user)
        session.flush()
        session.add(Membership(user_id=user.id, account_id=shop_account, rights=["pay"], created_at=now))


def _price_list(session: Session) -> None:
    """Prices that came from a file."""
    read = price_files.read(session, b"ending;operation;period;price\ncom;restore;1y;321,00", "p.csv")
    price_imports.apply(session, SELLER, read.rows, price_imports.preview(session, read.rows).fingerprint)


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
        _bridge(session, partner)
        _price_list(session)
        sent = media_operations.Sent(f"only-{tenant}.png", f"{tenant}" * 64, 1000, 40, 20)
        media_operations.add(session, SYSTEM, sent, quota=10**9).state = "ready"
        for one in session.scalars(select(Staff)).all():
            partners.open_staff_sign_in(session, one, "192.0.2.8", "Mozilla/5.0")


def _bridge(session: Session, partner: Partner) -> None:
    """What the partner's software signs in with at the wholesale side, and the bridge to it: kept, never tested."""
    wholesale_access.update(session, SYSTEM, SECRET_KEY, password_hash=password_hash(), key=API_KEYS[partner.id])
    session.add(UpstreamConnection(upstream="install", login=partner.code, secret=""))
    session.flush()


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


#: Columns of which a copy of a row needs another value.
_ONCE = frozenset(("number", "key", "code", "name", "hash", "slug", "path", "session_key", "external_id"))


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
        "gateway_payments",
        "promotions",
        "discount_codes",
    ):
        table = Base.metadata.tables[name]
        with engine.begin() as connection:
            row = dict(connection.execute(select(table).where(table.c.partner_id == 1).limit(1)).mappings().one())
            for column in table.columns:
                if column.unique or column.name in _ONCE:
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
