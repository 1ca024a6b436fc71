"""What the demo's shops sell by hand: two hosting plans and two certificates each, and what has become of their prices
since; the lines of the menu that lead there; and one order that is to be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import User
from webapp.reseller.billing import operations as billing
from webapp.reseller.billing import queries as billing_queries
from webapp.reseller.catalog import plans, promotions
from webapp.reseller.catalog.conditions import Conditions
from webapp.reseller.catalog.models import Product
from webapp.reseller.cms import menus
from webapp.reseller.cms.menus import Entry
from webapp.reseller.orders import activation, behalf
from webapp.reseller.partners import branding
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM

#: locale -> (name, one sentence, what is in it)
Words = dict[str, tuple[str, str, tuple[tuple[str, str], ...]]]


@dataclass(frozen=True)
class DemoProduct:
    """A product; amounts are minor units of the shop's currency for a year. `first`: what it cost in the beginning."""

    kind: str
    code: str
    words: Words
    register: int
    renew: int
    cost: int
    due_days: int = 1
    first: int | None = None


@dataclass(frozen=True)
class DemoPromotion:
    """A reduction of the first year, from today on. `products` are codes: endings, too. `percent`: basis points."""

    names: dict[str, str]
    percent: int
    products: tuple[str, ...]


#: How long ago the demo's shops opened, when their prices changed, and how long the promotion runs.
OPENED, CHANGED, RUNS = timedelta(days=45), timedelta(days=20), timedelta(days=60)


PRODUCTS = {
    "csp1001": (
        DemoProduct(
            "hosting",
            "hosting-start",
            {
                "pl": (
                    "Hosting Start",
                    "Strona wizytówka i poczta dla małej firmy.",
                    (("Miejsce", "10 GB"), ("Strony", "1"), ("Skrzynki", "10"), ("Kopia co noc", "")),
                ),
                "en": (
                    "Hosting Start",
                    "A page and mail for a small company.",
                    (("Space", "10 GB"), ("Websites", "1"), ("Mailboxes", "10"), ("A copy every night", "")),
                ),
            },
            9900,
            14900,
            6000,
        ),
        DemoProduct(
            "hosting",
            "hosting-firma",
            {
                "pl": (
                    "Hosting Firma",
                    "Sklep lub kilka stron, z zapasem.",
                    (("Miejsce", "50 GB"), ("Strony", "10"), ("Skrzynki", "100"), ("Kopia co noc", "30 dni wstecz")),
                ),
                "en": (
                    "Hosting Company",
                    "A shop or several sites, with room to grow.",
                    (("Space", "50 GB"), ("Websites", "10"), ("Mailboxes", "100"), ("Nightly copies", "30 days back")),
                ),
            },
            29900,
            34900,
            18000,
            first=27900,
        ),
        DemoProduct(
            "certificate",
            "certificate-one",
            {
                "pl": (
                    "Certyfikat dla jednej domeny",
                    "Potwierdza, że adres należy do Ciebie.",
                    (("Z www i bez www", ""), ("Gotowy w ciągu dnia", "")),
                ),
                "en": (
                    "Certificate for one domain",
                    "Proves that the address is yours.",
                    (("With and without www", ""), ("Ready within a day", "")),
                ),
            },
            7900,
            7900,
            3500,
        ),
        DemoProduct(
            "certificate",
            "certificate-wildcard",
            {
                "pl": (
                    "Certyfikat dla wszystkich subdomen",
                    "Jeden certyfikat dla sklepu, poczty i całej reszty.",
                    (("Dowolna liczba subdomen", ""), ("Pomoc przy instalacji", "")),
                ),
                "en": (
                    "Certificate for all subdomains",
                    "One certificate for the shop, mail and all the rest.",
                    (("Any number of subdomains", ""), ("Help with installing it", "")),
                ),
            },
            34900,
            34900,
            21000,
        ),
    ),
    "csp1002": (
        DemoProduct(
            "hosting",
            "webspace-s",
            {
                "de": (
                    "Webspace S",
                    "Für eine Website und ein paar Postfächer.",
                    (("Speicher", "20 GB SSD"), ("Websites", "1"), ("Postfächer", "10"), ("Standort", "Hamburg")),
                ),
                "en": (
                    "Webspace S",
                    "For one site and a few mailboxes.",
                    (("Storage", "20 GB SSD"), ("Websites", "1"), ("Mailboxes", "10"), ("Location", "Hamburg")),
                ),
            },
            3588,
            4788,
            2000,
        ),
        DemoProduct(
            "hosting",
            "webspace-l",
            {
                "de": (
                    "Webspace L",
                    "Für Agenturen und Shops, die Reserven brauchen.",
                    (("Speicher", "200 GB SSD"), ("Websites", "25"), ("Postfächer", "250"), ("SSH und Git", "")),
                ),
                "en": (
                    "Webspace L",
                    "For agencies and shops that need reserves.",
                    (("Storage", "200 GB SSD"), ("Websites", "25"), ("Mailboxes", "250"), ("SSH and Git", "")),
                ),
            },
            11988,
            14388,
            6500,
            first=10788,
        ),
        DemoProduct(
            "certificate",
            "domain-zertifikat",
            {
                "de": (
                    "Domain-Zertifikat",
                    "Belegt, dass die Adresse Ihnen gehört.",
                    (("Mit und ohne www", ""), ("Fertig an einem Werktag", "")),
                ),
                "en": (
                    "Domain certificate",
                    "Proves that the address is yours.",
                    (("With and without www", ""), ("Ready in one working day", "")),
                ),
            },
            2900,
            2900,
            1200,
        ),
        DemoProduct(
            "certificate",
            "firmen-zertifikat",
            {
                "de": (
                    "Firmen-Zertifikat",
                    "Nennt Ihr Unternehmen im Zertifikat.",
                    (("Prüfung im Handelsregister", ""), ("Etwa zwei Werktage", "")),
                ),
                "en": (
                    "Company certificate",
                    "Names your company in the certificate.",
                    (("Checked in the company register", ""), ("About two working days", "")),
                ),
            },
            11900,
            11900,
            7400,
            2,
        ),
    ),
}


PROMOTIONS = {
    "csp1001": DemoPromotion(
        {"pl": "Przenieś się przed świętami", "en": "Move in before the holidays"}, 3000, ("hosting-firma", "online")
    ),
    "csp1002": DemoPromotion({"de": "Platz zum Umziehen", "en": "Room to move"}, 2500, ("webspace-l", "tech")),
}
#: locale -> lines of the header, after its first one; the starter of the other shop has a page of its own.
LINES = {
    "csp1001": {
        "pl": (Entry("Hosting", "/pl/hosting"), Entry("Certyfikaty", "/pl/certificates")),
        "en": (Entry("Hosting", "/en/hosting"), Entry("Certificates", "/en/certificates")),
    }
}


def stock(session: Session, code: str) -> list[str]:
    """Put a demo shop's own products on sale, as they were since it opened; says what was made."""
    if session.scalar(select(Product.id).where(Product.kind != "domain").limit(1)) is not None:
        return []
    with clock.shifted(-OPENED):
        branding.set_modules(session, SYSTEM, branding.MODULES)
        made = [_put_on_sale(session, each, position) for position, each in enumerate(PRODUCTS[code])]
        for locale, lines in LINES.get(code, {}).items():
            first, *others = menus.entries(session, locale, "header")
            menus.set_menu(session, SYSTEM, locale, "header", [first, *lines, *others])
    with clock.shifted(-CHANGED):
        for each, product in zip(PRODUCTS[code], made, strict=True):
            plans.set_prices(session, SYSTEM, product.id, _prices(each, each.register))
    _promote(session, PROMOTIONS[code])
    return [f"{len(made)} products of {code} and a promotion"]


def _put_on_sale(session: Session, each: DemoProduct, position: int) -> Product:
    product = plans.create(session, SYSTEM, _draft(each, position))
    plans.set_prices(session, SYSTEM, product.id, _prices(each, each.first or each.register))
    return product


def _prices(each: DemoProduct, first_year: int) -> dict[tuple[str, int], int | None]:
    prices: dict[tuple[str, int], int | None]
    prices = {("register", years): first_year + (years - 1) * each.renew for years in (1, 2, 3)}
    return prices | {("renew", years): each.renew * years for years in (1, 2, 3)}


def _promote(session: Session, wanted: DemoPromotion) -> None:
    today = clock.today(partners.partner(session).timezone)
    ids = session.scalars(select(Product.id).where(Product.code.in_(wanted.products))).all()
    conditions = Conditions(products=frozenset(ids), operations=frozenset({"register"}), first_year=True)
    draft = promotions.Draft(wanted.names, "percent", wanted.percent, today, today + RUNS, conditions)
    promotions.activate(session, SYSTEM, promotions.create(session, SYSTEM, draft).id)


def _draft(each: DemoProduct, position: int) -> plans.ProductDraft:
    return plans.ProductDraft(
        kind=each.kind,
        code=each.code,
        names={locale: words[0] for locale, words in each.words.items()},
        summaries={locale: words[1] for locale, words in each.words.items()},
        features={at: [{"label": a, "value": b} for a, b in words[2]] for at, words in each.words.items()},
        cost=each.cost,
        due_days=each.due_days,
        position=position,
    )


def one_to_do(session: Session, user: User, domain: str) -> None:
    """An order for hosting that is paid and activated, so that the task list has something on it."""
    account_id = accounts.accounts_of(session, user.id)[0].account.id
    order = behalf.order_for(session, SYSTEM, account_id, [behalf.Wanted(domain, 1, "hosting-start")], "demo-hosting")
    proforma = billing_queries.proforma(session, order.proforma_id)
    today = clock.today(partners.partner(session).timezone)
    received = billing.Received(proforma.gross, proforma.currency, today, "transfer", "", "demo-hosting")
    billing.record_payment(session, SYSTEM, proforma.id, received)
    activation.activate(session, SYSTEM, proforma.id)
