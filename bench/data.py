"""The databases that are measured: the demo's shops, a shop of 50 endings, and one with 10,000 more partners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, insert, inspect, select
from sqlalchemy.orm import Session

from sandbox.testing import Registry
from webapp import wiring
from webapp.foundation import tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.processes.migrate import upgrade
from webapp.reseller.catalog import facts
from webapp.reseller.catalog.models import Tld, WholesalePrice
from webapp.reseller.catalog.operations import BEGINNING
from webapp.reseller.cms.models import Page, PageVersion
from webapp.reseller.desk import demo
from webapp.reseller.desk.operations import create_from_template
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Brand, Host, Partner

ENDINGS = 50
#: Endings beyond those that the product and the sandbox know from the start.
MORE = ("art", "blog", "club", "cafe", "life", "live", "news", "team", "town", "wiki", "work", "zone")
HOME_SHOP, SEARCH_SHOP = "csp1001", "csp1003"
LANGUAGE = "pl"
MANY = 10_000
#: Codes of the many partners, far from those that the product gives by itself.
_FIRST = 500_001
_OPERATOR = tenancy.Platform("operator")


def prepare(url: str, settings: Settings) -> None:
    """Migrations, the demo's data and the shop with 50 endings."""
    upgrade(url)
    database = Database(url)
    try:
        demo.seed(database, settings, wiring.storage(settings))
        _open_search_shop(database, settings)
    finally:
        database.dispose()


def _open_search_shop(database: Database, settings: Settings) -> None:
    with database.writing(_OPERATOR) as session:
        known = add_endings(session, MORE, ENDINGS)
        answers = next(shop.answers(settings.platform_host) for shop in demo.PARTNERS if shop.code == HOME_SHOP)
        partner = replace(answers.partner, name="Fifty endings")
        everything = replace(answers, partner=partner, endings=tuple(sorted(known)[:ENDINGS]), spotlight=("com",))
        made = create_from_template(session, SYSTEM, "domain_shop", everything)
        assert made.code == SEARCH_SHOP, made.code


def add_endings(session: Session, names: Sequence[str], count: int) -> set[str]:
    """Let the install know further endings until there are `count`; they cost what .com costs. Gives all names."""
    known = set(session.scalars(select(Tld.name)))
    model = next(entry for entry in facts.tld_facts() if entry.name == "com")
    for name in [name for name in names if name not in known][: max(count - len(known), 0)]:
        known.add(name)
        tld = Tld(name=name, registry_key="sandbox", kind="generic", min_years=1, max_years=model.max_years)
        session.add(tld)
        session.flush()
        session.add_all(WholesalePrice(tld_id=tld.id, **price) for price in _prices(model))
    return known


def _prices(model: facts.TldFacts) -> Iterator[dict[str, Any]]:
    for currency in facts.CURRENCIES:
        amounts = {operation: model.amounts[operation, currency] for operation in facts.OPERATIONS}
        for operation, years, amount in facts.periods(model.max_years, amounts):
            yield {
                "operation": operation, "years": years, "currency": currency, "amount": amount,
                "valid_from": BEGINNING,
            }  # fmt: skip


def teach(registry: Registry) -> None:
    """Let the sandbox know the further endings."""
    for name in MORE:
        registry.cli("set", "tld", name)


# --- many partners -------------------------------------------------------------------------------------------


def add_partners(url: str, platform_host: str, count: int = MANY) -> None:
    """More partners with host, brand and a home page each, copied from the first shop as plain rows."""
    database = Database(url)
    try:
        with database.engine.begin() as connection:
            _see_everything(connection, database)
            _add_partners(connection, platform_host, range(_FIRST, _FIRST + count))
    finally:
        database.dispose()


def _see_everything(connection: Connection, database: Database) -> None:
    if database.is_postgresql:
        connection.exec_driver_sql("SELECT set_config('witryna.tenant', 'platform', true)")


def _add_partners(connection: Connection, platform_host: str, numbers: range) -> None:
    """The number of a partner is the id of all its rows."""
    partner = _columns(connection, Partner, Partner.code == HOME_SHOP)
    host = _columns(connection, Host, Host.partner_id == partner["id"])
    brand = _columns(connection, Brand, Brand.partner_id == partner["id"])
    home = (Page.partner_id == partner["id"], Page.slug == "", Page.locale == LANGUAGE)
    page = _columns(connection, Page, *home)
    version = _columns(connection, PageVersion, PageVersion.id == page["published_version_id"])

    def owned(facts_: dict[str, Any], **others: Any) -> list[dict[str, Any]]:
        return [{**facts_, "id": n, "partner_id": n, **{k: v(n) for k, v in others.items()}} for n in numbers]

    partners = [{**partner, "id": n, "code": _code(n), "name": f"Shop {n}"} for n in numbers]
    connection.execute(insert(Partner), partners)
    connection.execute(insert(Host), owned(host, name=lambda n: f"{_code(n)}.{platform_host}"))
    connection.execute(insert(Brand), owned(brand))
    connection.execute(insert(Page), owned(page, published_version_id=int))
    connection.execute(insert(PageVersion), owned(version, page_id=int))


def _columns(connection: Connection, model: type[Any], *where: Any) -> dict[str, Any]:
    row: Row[Any] = connection.execute(select(inspect(model).local_table).where(*where)).one()
    return row._asdict()


def _code(number: int) -> str:
    return f"csp{number}"


def many_hosts(platform_host: str, count: int = MANY) -> list[str]:
    """Hosts of the many partners."""
    return [f"{_code(number)}.{platform_host}" for number in range(_FIRST, _FIRST + count)]


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database for a block."""
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()
