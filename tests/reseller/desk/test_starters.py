"""A partner opens a shop from a starter and finds it finished, in every language (H-41, H-54, H-55)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import PLATFORM_HOST, make_partner
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.foundation.i18n import SUPPORTED
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens, themes
from webapp.reseller.catalog import facts
from webapp.reseller.catalog import operations as catalog_operations
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.catalog.models import Price, TldGroupMember
from webapp.reseller.catalog.price_table import price_rows
from webapp.reseller.cms import legal, menus, richtext
from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.cms.models import Page
from webapp.reseller.desk.operations import Answers, create_from_template
from webapp.reseller.desk.starter import FOLDER, PLACEHOLDERS, starter, starters
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.models import Host, Partner
from webapp.reseller.partners.operations import NewPartner
from webapp.wiring import BLOCKS

PLATFORM = tenancy.Platform("operator")
TYPES = BlockTypes.load(BLOCKS)
FACTS = {name: f"<{name}>" for name in PLACEHOLDERS}
SIX_HEADINGS = ("terms", "legal-acts", "registry-policies", "ownership-transfer", "disputes", "holder-data")
SHOP = NewPartner(
    platform_host=PLATFORM_HOST,
    name="Zdrój & Syn",
    legal_name="Zdrój & Syn s.c.",
    country="PL",
    currency="PLN",
    email="biuro@zdroj.example",
    timezone="Europe/Warsaw",
    default_locale="pl",
    locales=("pl", "en", "de"),
    street="Rynek 2",
    postcode="57-320",
    city="Polanica-Zdrój",
    tax_rate_bp=2300,
)


def opened(database: Database, key: str = "domain_shop", answers: Answers | None = None) -> Partner:
    with database.writing(PLATFORM) as session:
        catalog_operations.ensure_tlds(session)
        return create_from_template(session, SYSTEM, key, answers or Answers(partner=SHOP))


def today(partner: Partner) -> date:
    return clock.today(partner.timezone)


# --- the data ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(starters()))
def test_a_starter_names_a_theme_colours_and_endings_that_exist(key: str) -> None:
    chosen = starter(key)
    known = {entry.name for entry in facts.tld_facts()}
    assert chosen.theme in themes()
    BrandTokens(**chosen.brand)
    assert set(chosen.endings) <= known
    assert len(chosen.endings) >= 12
    assert "com" in chosen.endings
    assert 3 <= len(chosen.spotlight) <= 6
    assert set(chosen.spotlight) <= set(chosen.endings)
    assert (chosen.label, chosen.idea) != ("", "")


@pytest.mark.parametrize("locale", SUPPORTED)
@pytest.mark.parametrize("key", sorted(starters()))
def test_every_page_of_a_starter_can_be_published_as_it_is(key: str, locale: str) -> None:
    texts = starter(key).texts(locale, FACTS)
    assert texts.pages[0].slug == ""
    assert len({page.slug for page in texts.pages}) == len(texts.pages)
    for page in texts.pages:
        assert page.title
        assert 0 < len(page.description) <= 160, f"{page.slug}: search engines show about 155 characters"
        cleaned, errors = TYPES.clean(page.blocks, publish=True)
        assert errors == {}
        assert cleaned == TYPES.clean(cleaned)[0]
        assert all(TYPES.known(block) for block in page.blocks)
        # Their entries have headings of the third level, which need one of the second.
        assert all(
            block["data"].get("title") for block in page.blocks if block["type"] in ("cards", "columns", "steps")
        )
    home = [block["type"] for block in texts.pages[0].blocks]
    assert home[0] == "hero_search"
    assert {"tld_prices", "faq", "call_to_action"} <= set(home)
    assert 6 <= len(home) <= 9


@pytest.mark.parametrize("locale", SUPPORTED)
@pytest.mark.parametrize("key", sorted(starters()))
def test_every_link_of_a_starter_leads_to_a_page_that_it_has(key: str, locale: str) -> None:
    texts = starter(key).texts(locale, FACTS)
    known = {f"/{locale}/page/{page.slug}" for page in texts.pages}
    known |= {f"/{locale}/documents/{document.kind}" for document in texts.legal}
    known |= {f"/{locale}/#faq", f"/{locale}/domains/bulk", "/account/"}
    stored = json.dumps([page.blocks for page in texts.pages]) + " ".join(document.html for document in texts.legal)
    lines = [line for place in texts.menus.values() for line in place]
    targets = {href for _, href, below in lines for href in (href, *(lower for _, lower in below))}
    targets |= set(re.findall(r'"(?:second_)?link": "([^"]+)"', stored)) | set(
        re.findall(r'href=\\?"(/[^"\\]*)', stored)
    )
    assert targets <= known
    assert {f"/{locale}/page/{page.slug}" for page in texts.pages if page.slug} <= targets, "each page is linked"


@pytest.mark.parametrize("locale", SUPPORTED)
def test_the_footer_has_the_six_headings_and_both_documents(locale: str) -> None:
    """H-55: six headings in the footer, each a document; the two that bind are long enough to say something."""
    texts = starter("domain_shop").texts(locale, FACTS)
    assert [href.rpartition("/")[2] for _, href, _ in texts.menus["documents"]] == list(SIX_HEADINGS)
    assert {document.kind for document in texts.legal} == {*SIX_HEADINGS, "privacy"}
    for document in texts.legal:
        assert len(richtext.plain(document.html)) > (800 if document.kind in ("terms", "privacy") else 300)
        assert richtext.clean(document.html).count("<h2>") == document.html.count("<h2>")


def _shape(value: Any) -> Any:
    """What must be the same in every language: everything but the words."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else type(value)


def test_every_language_says_the_same_at_the_same_places() -> None:
    """No page, block, question or line of a menu is missing in any language; addresses are in each one's own words."""
    for key in starters():
        said = {locale: starter(key).texts(locale, FACTS) for locale in SUPPORTED}
        shapes = {locale: [(page.key, _shape(page.blocks)) for page in texts.pages] for locale, texts in said.items()}
        assert all(found == shapes["en"] for found in shapes.values())
        menus = {locale: [len(lines) for lines in texts.menus.values()] for locale, texts in said.items()}
        assert all(found == menus["en"] for found in menus.values())
        for page in range(1, len(shapes["en"])):
            assert len({texts.pages[page].title for texts in said.values()}) >= 2


@pytest.mark.parametrize("locale", ["sk", "hu", "ro", "pl", "de"])
def test_letters_and_quotation_marks_are_the_languages_own(locale: str) -> None:
    """Romanian ș and ț with a comma, not a cedilla; „low“ or „low” opening marks, none of the typewriter's."""
    said = " ".join(path.read_text(encoding="utf-8") for path in FOLDER.glob(f"*/{locale}.toml"))
    assert not set("şţŞŢ") & set(said)
    assert "“" not in said if locale in ("pl", "hu", "ro") else "”" not in said
    opened, closed = said.count("„"), said.count({"de": "“", "sk": "“"}.get(locale, "”"))
    assert opened == closed > 0


def test_the_button_named_in_the_terms_obliges_to_pay() -> None:
    """Directive 2011/83/EU, article 8(2): words that a court has accepted, in each language."""
    words = {
        "pl": "Zamawiam z obowiązkiem zapłaty",
        "en": "Order with obligation to pay",
        "de": "Zahlungspflichtig bestellen",
        "sk": "Objednať s povinnosťou platby",
        "hu": "Megrendelés fizetési kötelezettséggel",
        "ro": "Comandă cu obligația de plată",
    }
    for locale, label in words.items():
        (terms,) = (doc for doc in starter("domain_shop").texts(locale, FACTS).legal if doc.kind == "terms")
        assert label in terms.html


def test_placeholders_are_filled_once_and_never_become_markup() -> None:
    evil = {**FACTS, "shop": "{legal_name} <b>", "legal_name": "<script>x</script>"}
    texts = starter("domain_shop").texts("en", evil)
    (terms,) = (doc for doc in texts.legal if doc.kind == "terms")
    assert "{legal_name} &lt;b&gt;" in terms.html
    assert "<script>" not in terms.html
    assert not re.search(r"\{[a-z_]+\}", terms.html.replace("{legal_name}", ""))
    assert texts.pages[0].description.count("{legal_name} <b>") == 1, "plain text stays plain"


# --- the shop ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(starters()))
def test_a_new_shop_is_finished(database: Database, key: str) -> None:
    partner = opened(database, key)
    with tenancy.tenant(partner.id), database.reading() as session:
        for locale in partner.locales:
            published = cms.published_version(session, locale, "")
            home = cms.page_version(session, *published) if published else None
            assert home is not None
            assert home.blocks[0]["type"] == "hero_search"
            assert all(menus.menus(session, locale)[place] for place in menus.PLACES)
            terms = legal.document(session, "terms", locale)
            assert terms is not None
            assert "Zdrój &amp; Syn" in terms.html
            assert terms.reference == f"terms {locale} 1"
        offers = catalog.offers(session, "PLN", today(partner))
        assert len(offers) >= 12
        assert sum(offer.spotlight for offer in offers) >= 3
        assert session.scalars(select(Host.name)).all() == [f"{partner.code}.{PLATFORM_HOST}"]
        assert partner.theme == starter(key).theme


def test_every_price_covers_its_cost_and_looks_like_a_price(database: Database) -> None:
    """H-41."""
    partner = opened(database)
    with tenancy.tenant(partner.id), database.reading() as session:
        rows = price_rows(session, "PLN", today(partner))
        assert len(rows) == len(facts.tld_facts())
        for row in rows:
            for (operation, _), cell in row.cells.items():
                assert cell.amount is not None
                assert cell.wholesale is not None
                assert cell.amount * 10_000 >= cell.wholesale * 12_300 or cell.wholesale == 0, (row.tld, operation)
                if cell.amount:
                    assert cell.amount % 100 == 99


def test_answers_beat_the_starter(database: Database) -> None:
    brand = BrandTokens(brand="#123456", accent="#abcdef")
    answers = Answers(
        partner=replace(SHOP, currency="EUR"),
        theme="ledger",
        brand=brand,
        endings=("eu", "com"),
        spotlight=("com",),
        markup_bp=10_000,
    )
    partner = opened(database, "domain_shop", answers)
    with tenancy.tenant(partner.id), database.reading() as session:
        offers = catalog.offers(session, "EUR", today(partner))
        assert [(offer.tld, offer.spotlight) for offer in offers] == [("eu", False), ("com", True)]
        assert offers[1].register[1] >= 990 * 2 * 1.23
    assert partner.theme == "ledger"


def test_two_shops_share_nothing(database: Database) -> None:
    first = opened(database)
    second = opened(database, "web_agency", Answers(partner=replace(SHOP, name="Two", email="two@example.com")))

    def counted(session: Session) -> list[int]:
        return [session.scalar(select(func.count(model.id))) or 0 for model in (Page, Price, TldGroupMember)]

    with tenancy.tenant(first.id), database.reading() as session:
        mine = counted(session)
    with tenancy.tenant(second.id), database.reading() as session:
        theirs = counted(session)
    with database.reading(PLATFORM) as session:
        assert counted(session) == [a + b for a, b in zip(mine, theirs, strict=True)]


def test_a_refused_answer_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(Refusal):
        opened(database, answers=Answers(partner=replace(SHOP, postcode="nonsense")))
    with pytest.raises(Refusal):
        opened(database, "no_such_starter")
    with pytest.raises(Refusal):
        opened(database, answers=Answers(partner=SHOP, endings=("not-an-ending",)))
    with database.reading(PLATFORM) as session:
        assert session.scalars(select(Partner.id)).all() == []
        assert session.scalars(select(Page.id)).all() == []


def test_an_install_without_endings_says_so(database: Database) -> None:
    with pytest.raises(Refusal) as refused, database.writing(PLATFORM) as session:
        create_from_template(session, SYSTEM, "domain_shop", Answers(partner=SHOP))
    assert refused.value.code == "no_endings"
    assert make_partner(database).code == "csp1001", "the code is free again"
