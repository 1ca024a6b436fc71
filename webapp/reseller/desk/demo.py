"""The demo's data: two partners with finished shops, their people, one subscriber. Running it again changes nothing.

The names, hosts and sign-ins are public facts that tests and partners rely on; everything is made by the same
operations as in real life.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, tenancy, uploads
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.theming import BrandTokens
from webapp.foundation.uploads import Keeper
from webapp.providers.payments.port import Gateways
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.accounts import queries as account_queries
from webapp.reseller.billing import operations as billing
from webapp.reseller.catalog import exchange
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.partners import branding, frames, log_chain, passwords
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Operator, Partner
from webapp.reseller.partners.operations import NewPartner, NewStaff

from . import demo_bridge, demo_gateways, demo_logos, demo_products
from .demo_logos import Logo
from .demo_order import FIRST_DOMAIN, first_order
from .operations import Answers, create_from_template

log = logging.getLogger(__name__)

PASSWORD = "demo-demo-demo"  # noqa: S105  printed by `make demo`; the demo listens on this machine only
OPERATOR = "operator@demo.example"
SUBSCRIBER = "anna@subscriber.example"
PLATFORM = tenancy.Platform("operator")
RATES_DAY = date(2024, 12, 31)
RATES = (
    (
        "ecb",
        "",
        {"PLN": "4.2750", "CZK": "25.185", "HUF": "411.35", "RON": "4.9743", "USD": "1.0389", "GBP": "0.82918"},
    ),
    (
        "nbp",
        "252/A/NBP/2024",
        {"EUR": "4.2730", "CZK": "0.1699", "HUF": "0.010394", "RON": "0.8589", "USD": "4.1012", "GBP": "5.1488"},
    ),
)
#: In the settings of the partners that `seed` made, so that the install's first page may show them to strangers.
DEMO_MARK = "demo"


@dataclass(frozen=True)
class DemoPartner:
    """One demo shop. `answers` needs the install's host; `funds` are minor units paid in advance to the operator."""

    code: str
    template: str
    staff: tuple[str, str, str]  # e-mail, name, language
    funds: int
    light: Logo
    dark: Logo
    answers: Callable[[str], Answers]
    #: Labels of the outside sites that may show its frames.
    sites: tuple[str, ...] = ()


@dataclass
class Seeded:
    """What a run made, for the command line."""

    made: list[str] = field(default_factory=list)


def seed(database: Database, settings: Settings, storage: Keeper, gateways: Gateways | None = None) -> Seeded:
    """Fill an empty install with the demo (docs/development.md); what exists already is left as it is.

    Each step is a transaction of its own, so that a broken run is simply run again.
    """
    seeded = Seeded()
    hashed = passwords.hash_password(PASSWORD)
    with database.writing(PLATFORM) as session:
        new = catalog.ensure_tlds(session)
        seeded.made += [f"{new} endings"] if new else []
        seeded.made += _rates(session)
        seeded.made += _operator(session, hashed)
    for demo in PARTNERS:
        seeded.made += _partner(database, settings, storage, demo, hashed)
        seeded.made += _products(database, demo.code)
        seeded.made += demo_bridge.connect(database, settings, demo.code, PASSWORD, hashed)
    seeded.made += _subscriber(database, hashed)
    if gateways is not None:
        for demo in PARTNERS:
            seeded.made += demo_gateways.connect(database, settings, gateways, demo.code)
    # What was done "45 days ago" should long have its link in the log.
    log_chain.seal_all(database, everywhere=True)
    for line in seeded.made:
        log.info("demo: %s", line)
    return seeded


def shops(session: Session) -> list[Partner]:
    """The demo's partners, if this install was filled by `seed`; real ones are nobody's business."""
    found = session.scalars(select(Partner).where(Partner.code.in_([demo.code for demo in PARTNERS])))
    return [one for one in found.all() if one.settings.get(DEMO_MARK) and one.status == "active"]


def _rates(session: Session) -> list[str]:
    """The banks' last tables of 2024, as they were published: a demo has no network, and says of which day they are."""
    new = 0
    for source, number, rates in RATES:
        read = {currency: Decimal(rate) for currency, rate in rates.items()}
        new += exchange.store(session, source, number, RATES_DAY, read)
    return [f"{new} exchange rates of {RATES_DAY.isoformat()}"] if new else []


def _operator(session: Session, hashed: str) -> list[str]:
    if session.scalar(select(Operator.id).where(Operator.email == OPERATOR)) is not None:
        return []
    partners.add_operator(session, "Olga Operator", OPERATOR, hashed)
    return [f"operator {OPERATOR}"]


def _partner(database: Database, settings: Settings, storage: Keeper, demo: DemoPartner, hashed: str) -> list[str]:
    with database.reading(PLATFORM) as session:
        if partner_queries.partner_by_code(session, demo.code) is not None:
            return []
    # Pictures are made by another process, which no open transaction should wait for.
    logo = uploads.store_image(demo_logos.png(demo.light), "logo", storage)
    dark = uploads.store_image(demo_logos.png(demo.dark), "logo", storage)
    # Opened some time ago, so that its prices have a history.
    with clock.shifted(-demo_products.OPENED), database.writing(PLATFORM) as session:
        partner = create_from_template(session, SYSTEM, demo.template, demo.answers(settings.platform_host))
        if partner.code != demo.code:
            raise RuntimeError(f"the demo needs the code {demo.code}, the next free one is {partner.code}: start empty")
        partner.settings = {**partner.settings, DEMO_MARK: True}
        email, name, locale = demo.staff
        staff = NewStaff(email=email, name=name, password_hash=hashed, locale=locale)
        partners.add_staff(session, SYSTEM, staff, partner_id=partner.id)
        partner_id, currency = partner.id, partner.currency
    with tenancy.tenant(partner_id), database.writing() as session:
        # Twice the pixels of the place where it stands.
        branding.set_logo(session, SYSTEM, logo.name, logo.width // 2, logo.height // 2, logo_dark=dark.name)
        for label in demo.sites:
            site = settings.origin(f"{label}.{settings.platform_host}")
            frames.add_origin(session, SYSTEM, site, local=not settings.secure)
        billing.top_up(session, SYSTEM, demo.funds, currency, "demo", note="demo")
    return [f"partner {demo.code}"]


def _products(database: Database, code: str) -> list[str]:
    with database.reading(PLATFORM) as session:
        partner = partner_queries.partner_by_code(session, code)
    assert partner is not None
    with tenancy.tenant(partner.id), database.writing() as session:
        return demo_products.stock(session, code)


def _subscriber(database: Database, hashed: str) -> list[str]:
    with database.reading(PLATFORM) as session:
        partner = partner_queries.partner_by_code(session, "csp1001")
    assert partner is not None
    with tenancy.tenant(partner.id):
        with database.reading() as session:
            if account_queries.user_by_email(session, SUBSCRIBER) is not None:
                return []
        with database.writing() as session:
            user = accounts.register(session, SYSTEM, _anna(hashed))
            first_order(session, user)
            demo_products.one_to_do(session, user, FIRST_DOMAIN)
    return [f"subscriber {SUBSCRIBER} with {FIRST_DOMAIN}"]


def _anna(hashed: str) -> accounts.NewSubscriber:
    return accounts.NewSubscriber(
        kind="person",
        email=SUBSCRIBER,
        password_hash=hashed,
        name="Anna Zielińska",
        street="ul. Długa 7/12",
        postcode="31-147",
        city="Kraków",
        country="PL",
        phone="+48.126001234",
        locale="pl",
    )


def _acme(platform_host: str) -> Answers:
    shop = NewPartner(
        platform_host=platform_host,
        name="Acme Domeny",
        legal_name="Acme Domeny sp. z o.o.",
        country="PL",
        currency="PLN",
        email="biuro@acme.example",
        timezone="Europe/Warsaw",
        default_locale="pl",
        locales=("pl", "en"),
        tax_id="5250000009",
        street="ul. Karmelicka 28",
        postcode="31-128",
        city="Kraków",
        phone="+48.126001000",
        bank_name="Bank Polski",
        iban="PL61109010140000071219812874",
        bic="WBKPPLPP",
        tax_mode="gross",
        tax_rate_bp=2300,
        payment_days=7,
    )
    return Answers(partner=shop, theme="harbor", brand=BrandTokens(brand="#b4432a", accent="#e8a33d"))


def _nordhost(platform_host: str) -> Answers:
    shop = NewPartner(
        platform_host=platform_host,
        name="Nordhost",
        legal_name="Nordhost GmbH",
        country="DE",
        currency="EUR",
        email="service@nordhost.example",
        timezone="Europe/Berlin",
        default_locale="de",
        locales=("de", "en"),
        tax_id="999999995",
        street="Hafenstraße 41",
        postcode="20459",
        city="Hamburg",
        phone="+49.4030001000",
        bank_name="Commerzbank",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        tax_mode="gross",
        tax_rate_bp=1900,
        payment_days=14,
    )
    return Answers(partner=shop, theme="ledger", brand=BrandTokens(brand="#0e4d92", accent="#0f9d8a"))


_NUNITO, _RECURSIVE = ("nunito", (850.0,), 54), ("recursive", (0.0, 640.0), 52)

PARTNERS = (
    DemoPartner(
        code="csp1001",
        template="domain_shop",
        staff=("partner@acme.example", "Piotr Acme", "pl"),
        funds=500_000,
        light=Logo("Acme Domeny", *_NUNITO, "#3b1d14", demo_logos.peak("#b4432a", "#e8a33d")),
        dark=Logo("Acme Domeny", *_NUNITO, "#fbeee6", demo_logos.peak("#cf5a3f", "#f0b55a")),
        answers=_acme,
        sites=("blog",),
    ),
    DemoPartner(
        code="csp1002",
        template="hosting_provider",
        staff=("partner@nordhost.example", "Nora Nord", "de"),
        funds=200_000,
        # Mails show it on white, the theme's bar on near-black: tones that keep 3:1 on both.
        light=Logo("nordhost", *_RECURSIVE, "#3d7cc0", demo_logos.north("#3d7cc0", "#0f9d8a")),
        dark=Logo("nordhost", *_RECURSIVE, "#e8f0fa", demo_logos.north("#6fa8e8", "#3cc9b6")),
        answers=_nordhost,
    ),
)
