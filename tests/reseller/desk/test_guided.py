"""The guided start: a bare partner answers five questions; a shop with pages loses none of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_partner
from tests.reseller.desk.test_starters import TYPES, today
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import operations as catalog_operations
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms import history, legal, menus
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms import queries as pages
from webapp.reseller.cms.models import Page
from webapp.reseller.desk import guided, site_texts
from webapp.reseller.desk.guided import Beginning
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import queries as partner_queries
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Partner

ANSWERS = Beginning(starter="it_shop", name="Klik & Gra", locales=("sk", "hu"), brand="#7e22ce", endings="country")


@pytest.fixture
def bare(database: Database) -> Partner:
    """A partner as the operator makes it when "the partner chooses"."""
    with database.writing(tenancy.Platform("operator")) as session:
        catalog_operations.ensure_tlds(session)
    return make_partner(database, country="SK", street="", tax_id="", postcode="", city="")


def begin(database: Database, partner: Partner, **changes: object) -> None:
    with tenancy.tenant(partner.id), database.writing() as session:
        guided.begin(session, SYSTEM, TYPES, replace(ANSWERS, **changes))  # type: ignore[arg-type]


def slugs(session: Session, locale: str, state: str = "published") -> dict[str, str]:
    found = session.scalars(select(Page).where(Page.locale == locale, Page.state == state))
    return {page.key: page.slug for page in found}


def test_a_bare_partner_becomes_a_shop(database: Database, bare: Partner) -> None:
    with tenancy.tenant(bare.id), database.reading() as session:
        assert guided.is_bare(session)
    begin(database, bare)
    with tenancy.tenant(bare.id), database.reading() as session:
        partner = partner_queries.partner(session)
        assert (partner.name, partner.locales, partner.default_locale) == ("Klik & Gra", ["sk", "hu"], "sk")
        assert (partner.theme, partner_queries.tokens(partner_queries.brand(session)).brand) == ("kiosk", "#7e22ce")
        assert slugs(session, "sk")["contact"] == "kontakt"
        assert slugs(session, "hu")["contact"] == "kapcsolat"
        offers = catalog.offers(session, "PLN", today(partner))
        assert [offer.tld for offer in offers if offer.spotlight] == ["sk", "pl", "com", "eu"]
        assert len(offers) >= guided.LEAST
        assert menus.menus(session, "hu")["header"][1].children
        terms = legal.document(session, "terms", "hu")
        assert terms is not None
        assert site_texts.BLANK in terms.html, "what is not known yet is left blank, not left out"


def test_pages_that_there_are_are_never_lost(database: Database, bare: Partner) -> None:
    begin(database, bare, starter="domain_shop")
    with tenancy.tenant(bare.id), database.writing() as session:
        own = cms.store_page(session, SYSTEM, locale="sk", slug="sluzby", title="Naše slovo", description="", blocks=[])
        cms.publish_page(session, SYSTEM, own.page_id)
        home = pages.published_version(session, "sk", "")
        assert home is not None
    with pytest.raises(Refusal) as refused:
        begin(database, bare)
    assert refused.value.field == "over"
    begin(database, bare, over=True)
    with tenancy.tenant(bare.id), database.writing() as session:
        assert slugs(session, "sk")["sluzby"] == "sluzby", "a page of one's own stays"
        assert slugs(session, "sk")["services"] == "sluzby-2", "and the template's makes way for it"
        assert "moving" in slugs(session, "sk"), "so does a page that only the other template has"
        assert any(link.href == "/sk/page/sluzby-2" for link in menus.menus(session, "sk")["header"])
        now = pages.draft(session, home[0])
        before = next(row for row in history.history(session, home[0]) if row.id == home[1])
        assert now.title != before.title
        assert now.can_undo
        undone = cms.undo(session, SYSTEM, home[0], now.version_id)
        assert undone.id == home[1], "one press, and the old text is back"


def test_wrong_answers_change_nothing(database: Database, bare: Partner) -> None:
    for wrong in ({"starter": "nothing"}, {"endings": "all"}, {"locales": ()}, {"locales": ("xx",)}, {"name": " "}):
        with pytest.raises(Refusal):
            begin(database, bare, **wrong)
    with tenancy.tenant(bare.id), database.reading() as session:
        assert guided.is_bare(session)
        assert partner_queries.partner(session).name == "Acme Domeny"


def test_a_further_language_begins_with_the_templates_texts_as_drafts(database: Database, bare: Partner) -> None:
    begin(database, bare)
    with tenancy.tenant(bare.id), database.writing() as session:
        with pytest.raises(Refusal):
            guided.add_language_texts(session, SYSTEM, "ro")
        partners.update_company(session, SYSTEM, {"locales": ["sk", "hu", "ro"]})
        assert guided.add_language_texts(session, SYSTEM, "ro") == len(slugs(session, "sk"))
        assert guided.add_language_texts(session, SYSTEM, "ro") == 0
        assert slugs(session, "ro") == {}, "nothing is shown before somebody has looked at it"
        drafts = slugs(session, "ro", "draft")
        assert drafts["services"] == "servicii"
        assert menus.menus(session, "ro")["header"] == [], "lines wait for their pages"
        assert {row.key for row in pages.public_pages(session)} == set(slugs(session, "sk"))
        home = session.scalars(select(Page.id).where(Page.locale == "ro", Page.slug == "")).one()
        cms.publish_page(session, SYSTEM, home)
        assert slugs(session, "ro") == {"home": ""}
