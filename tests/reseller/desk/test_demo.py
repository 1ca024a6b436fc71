"""The demo: stable names, finished shops, and running it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.harness.databases import TemplateDatabases
from tests.selling import Worker
from webapp.foundation import clock, config, jobs, tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.outbox import OutboxRow
from webapp.providers.errors import ProviderError
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.storage.disk import DiskStorage
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.catalog import plans
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.desk import books, demo, demo_logos
from webapp.reseller.models import Base
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import Domain
from webapp.wiring import TASKS

PLATFORM = tenancy.Platform("operator")


def settings_for(media: Path) -> Settings:
    return config.load(
        {
            "WITRYNA_DATABASE_URL": "sqlite://",
            "WITRYNA_REDIS_URL": "redis://127.0.0.1:1/0",
            "WITRYNA_PLATFORM_HOST": "localhost:8000",
            "WITRYNA_SECRET_KEY": "x" * 32,
            "WITRYNA_MEDIA_ROOT": str(media),
        }
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path / "media")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the seeded databases; their names say what is in them."""
    return tmp_path_factory.mktemp("pictures") / "media"


@pytest.fixture(scope="module")
def seeded_databases(
    databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory, pictures: Path
) -> TemplateDatabases:
    """The maker of databases that `demo seed` filled once."""

    def seed(url: str) -> None:
        database = Database(url)
        assert len(demo.seed(database, settings_for(pictures), DiskStorage(pictures)).made) == 10
        database.dispose()

    return TemplateDatabases(tmp_path_factory.mktemp("seeded"), seed, databases)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def seeded(request: pytest.FixtureRequest, seeded_databases: TemplateDatabases) -> Iterator[Database]:
    """The demo as it was seeded."""
    with seeded_databases.fresh(request.param) as url:
        made = Database(url)
        yield made
        made.dispose()


def counts(session: Session) -> dict[str, int]:
    models = [mapper.class_ for mapper in Base.registry.mappers]
    return {model.__tablename__: session.scalar(select(func.count(model.id))) or 0 for model in models}


def partner(session: Session, code: str) -> Partner:
    found = partner_queries.partner_by_code(session, code)
    assert found is not None
    return found


def test_seeding_twice_is_seeding_once(seeded: Database, pictures: Path) -> None:
    with seeded.reading(PLATFORM) as session:
        before = counts(session)
    assert demo.seed(seeded, settings_for(pictures), DiskStorage(pictures)).made == []
    with seeded.reading(PLATFORM) as session:
        assert counts(session) == before


def test_a_broken_run_is_simply_run_again(database: Database, settings: Settings) -> None:
    taken = settings.media_root
    taken.write_text("in the way", encoding="utf-8")
    with pytest.raises(ProviderError, match="disk"):
        demo.seed(database, settings, DiskStorage(settings.media_root))
    taken.unlink()
    made = demo.seed(database, settings, DiskStorage(settings.media_root)).made
    assert "partner csp1001" in made
    assert f"operator {demo.OPERATOR}" not in made, "that one was there already"


def test_the_two_shops_differ_in_everything_that_a_visitor_sees(seeded: Database) -> None:
    with seeded.reading(PLATFORM) as session:
        acme = partner_queries.site_for_host(session, "csp1001.localhost:8000")
        nord = partner_queries.site_for_host(session, "csp1002.localhost:8000")
    assert acme is not None
    assert nord is not None
    assert (acme.name, acme.locale, acme.locales, acme.currency, acme.theme) == (
        "Acme Domeny",
        "pl",
        ("pl", "en"),
        "PLN",
        "harbor",
    )
    assert (nord.name, nord.locale, nord.locales, nord.currency, nord.theme) == (
        "Nordhost",
        "de",
        ("de", "en"),
        "EUR",
        "ledger",
    )
    assert (acme.tax_mode, acme.tax_rate_bp, nord.tax_rate_bp) == ("gross", 2300, 1900)
    assert acme.brand.brand != nord.brand.brand
    assert acme.logo != nord.logo
    groups = []
    for site in (acme, nord):
        with tenancy.tenant(site.partner_id), seeded.reading() as session:
            groups.append([offer.tld for offer in catalog.offers(session, site.currency, clock.today(site.timezone))])
    assert all(len(group) >= 12 and "com" in group for group in groups)
    assert groups[0] != groups[1]
    assert [ending for ending in groups[0] if ending in groups[1]] != [e for e in groups[1] if e in groups[0]]


def test_everybody_can_sign_in_with_the_printed_password(seeded: Database) -> None:
    with seeded.reading(tenancy.Platform("staff-sign-in")) as session:
        for email in ("partner@acme.example", "partner@nordhost.example"):
            assert partners.authenticate_staff(session, email, demo.PASSWORD).email == email
        assert partners.authenticate_operator(session, demo.OPERATOR, demo.PASSWORD).email == "operator@demo.example"
        acme = partner(session, "csp1001")
    with tenancy.tenant(acme.id), seeded.reading() as session:
        anna = accounts.authenticate(session, "anna@subscriber.example", demo.PASSWORD)
        (access,) = account_queries.accounts_of(session, anna.id)
        assert account_queries.default_contact(session, access.account.id) is not None


def test_annas_domain_becomes_active_when_the_worker_comes(seeded: Database) -> None:
    jobs.drain(Worker(seeded, MemoryRegistry()), seeded, TASKS)
    with seeded.reading(PLATFORM) as session:
        assert session.execute(select(Domain.name, Domain.state)).all() == [("zielinska-ceramika.pl", "active")]
        assert session.scalars(select(OutboxRow.kind).where(OutboxRow.done_at.is_(None))).all() == []
    assert [one for one in books.check(seeded) if not one.ok] == []


@pytest.mark.parametrize(
    ("code", "plan", "before", "now", "lowest", "ending"),
    [
        ("csp1001", "hosting-firma", 29900, 20930, 27900, "online"),
        ("csp1002", "webspace-l", 11988, 8991, 10788, "tech"),
    ],
)
def test_the_shops_sell_by_hand_and_one_plan_and_one_ending_are_reduced(
    seeded: Database, code: str, plan: str, before: int, now: int, lowest: int, ending: str
) -> None:
    """H-43, H-44: with the price before and the lowest of 30 days, of prices that were there and changed since."""
    with seeded.reading(PLATFORM) as session:
        shop = partner(session, code)
    today = clock.today(shop.timezone)
    with tenancy.tenant(shop.id), seeded.reading() as session:
        sold = plans.plans_on_sale(session, plans.KINDS, shop.currency, today)
        names = catalog.offers(session, shop.currency, today)
    assert sorted(each.product.kind for each in sold) == ["certificate", "certificate", "hosting", "hosting"]
    assert all(set(each.product.names) == set(shop.locales) for each in sold), "in every language of the shop"
    (reduced,) = [each for each in sold if each.was]
    assert (reduced.product.code, reduced.was[1], reduced.register[1]) == (plan, before, now)
    assert reduced.lowest[1] == lowest
    (name,) = [each for each in names if each.was]
    assert name.tld == ending
    assert name.lowest[1] == name.was[1] > name.register[1]


def test_logos_are_stored_as_pictures_of_the_size_that_is_written_down(seeded: Database, pictures: Path) -> None:
    with seeded.reading(PLATFORM) as session:
        for code in ("csp1001", "csp1002"):
            brand = partner_queries.brand(session, partner(session, code).id)
            for name in (brand.logo, brand.logo_dark):
                with Image.open(pictures / name) as picture:
                    assert picture.height == demo_logos.HEIGHT == 2 * brand.logo_height
                    assert picture.width // 2 == brand.logo_width
            assert brand.logo != brand.logo_dark


def test_a_used_install_is_not_mistaken_for_an_empty_one(database: Database, settings: Settings) -> None:
    from tests.factories import make_partner

    make_partner(database, name="Somebody", email="some@example.com")
    with tenancy.platform("operator"), database.writing() as session:
        first = session.scalars(select(Partner)).one()
        first.code = "csp1500"
    with pytest.raises(RuntimeError, match="start empty"):
        demo.seed(database, settings, DiskStorage(settings.media_root))
    with database.reading(PLATFORM) as session:
        assert session.scalars(select(Partner.code)).all() == ["csp1500"]
