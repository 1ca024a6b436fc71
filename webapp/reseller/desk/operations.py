"""Work across rooms: a new partner with a finished-looking shop, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from webapp.foundation import db
from webapp.foundation.i18n import N_, use_locale
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens
from webapp.reseller.catalog import operations as catalog_operations
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog import recompute, rules
from webapp.reseller.catalog.models import Product, Tld
from webapp.reseller.cms import operations as cms
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import NewPartner

from . import site_texts
from .starter import Starter, starter


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the starter must know. What is None is taken from the starter.

    `endings` is the TLD group in its order, `spotlight` a part of it; `markup_bp` basis points over wholesale.
    """

    partner: NewPartner
    theme: str | None = None
    brand: BrandTokens | None = None
    endings: tuple[str, ...] | None = None
    spotlight: tuple[str, ...] | None = None
    markup_bp: int | None = None


def create_from_template(session: Session, actor: Actor, template_key: str, answers: Answers) -> Partner:
    """A partner whose shop is ready: prices, TLD group, theme, colours, pages, menus, documents.

    Platform work in one transaction. Raises Refusal for a wrong answer or an install without endings.
    """
    chosen = starter(template_key)
    new = replace(
        answers.partner,
        theme=answers.theme or chosen.theme,
        brand=answers.brand or BrandTokens(**chosen.brand),
    )
    partner = partners.create_partner(session, actor, new)
    with db.narrowed(session, partner.id):
        products = add_products(session)
        add_prices(session, actor, partner, answers.markup_bp or chosen.markup_bp, chosen.price_ending)
        _set_group(session, actor, products, answers, chosen)
        for locale in partner.locales:
            site_texts.write(session, actor, chosen, partner, locale)
        cms.link_translations(session, partner.default_locale)
        site_texts.remember(partner, chosen)
    return partner


def create_bare(session: Session, actor: Actor, answers: Answers) -> Partner:
    """A partner without pages and prices: it makes its shop itself, with the guided start (guided.py).

    Platform work. Raises Refusal for a wrong answer.
    """
    new = replace(answers.partner, theme=answers.theme or answers.partner.theme)
    return partners.create_partner(session, actor, replace(new, brand=answers.brand or new.brand))


def add_products(session: Session) -> dict[str, tuple[Product, Tld]]:
    """Everything that the install can register is a product from the first day."""
    known = catalog.tlds(session)
    if not known:
        raise Refusal("no_endings", N_("This install does not know any ending yet."))
    made = {tld.name: (Product(kind="domain", code=tld.name, tld_id=tld.id, on_sale=True), tld) for tld in known}
    session.add_all(product for product, _ in made.values())
    session.flush()
    return made


def add_prices(session: Session, actor: Actor, partner: Partner, markup_bp: int, ending: int) -> None:
    """A rule that gives every ending its price from today on: cost, mark-up and the tax that it includes."""
    rules.set_rule(session, actor, "domain", rules.RuleDraft(percent_bp=markup_bp, ending=ending))
    if not recompute.recompute(session, actor):
        message = N_("There are no wholesale prices in %(currency)s, so a shop could not sell anything.")
        raise Refusal("no_prices", message, field="currency", currency=partner.currency)


def _set_group(
    session: Session, actor: Actor, products: dict[str, tuple[Product, Tld]], answers: Answers, chosen: Starter
) -> None:
    def ids(names: tuple[str, ...] | list[str]) -> list[int]:
        return [products[name][0].id for name in names if name in products]

    endings = answers.endings or chosen.endings
    spotlight = answers.spotlight or [name for name in chosen.spotlight if name in endings]
    with use_locale(answers.partner.default_locale):  # the group gets its name
        catalog_operations.set_tld_group(session, actor, ids(endings), ids(spotlight))
