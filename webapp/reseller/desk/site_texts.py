"""A starter's texts in a shop: pages, menus and sample documents of a language, beside what is there already."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.cms import legal, menus
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.cms.models import Page
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Partner

from .starter import Line, PageText, Starter, Texts, starters

#: In the settings of a partner: the starter that its shop began with.
STARTER = "starter"
DEFAULT = "domain_shop"
#: Stands in sample texts for what the partner has not told us yet.
BLANK = "[…]"


def remember(partner: Partner, chosen: Starter) -> None:
    """Note the starter, so that a language that is added later gets the same texts."""
    partner.settings = {**partner.settings, STARTER: chosen.key}


def remembered(partner: Partner) -> Starter:
    """The starter of a shop; the usual one, if it is gone or was never noted."""
    known = starters()
    return known.get(partner.settings.get(STARTER, DEFAULT), known[DEFAULT])


def facts(partner: Partner) -> dict[str, str]:
    """Values of the placeholders in a starter's texts."""
    place = " ".join(part for part in (partner.postcode, partner.city) if part)
    address = ", ".join(part for part in (partner.street, place) if part)
    known = {
        "shop": partner.name,
        "legal_name": partner.legal_name,
        "company": ", ".join(part for part in (partner.legal_name, address, partner.tax_id) if part),
        "address": address,
        "tax_id": partner.tax_id,
        "email": partner.email,
        "phone": _spoken_phone(partner.phone),
        "currency": partner.currency,
    }
    return {name: value or BLANK for name, value in known.items()}


def _spoken_phone(phone: str) -> str:
    """ "+48.126001000" as people read it: "+48 126 001 000"; left in one piece where threes do not come out."""
    country, _, number = phone.partition(".")
    groups = [number[at : at + 3] for at in range(0, len(number), 3)] if len(number) % 3 == 0 else [number]
    return " ".join((country, *groups)).strip()


def write(session: Session, actor: Actor, chosen: Starter, partner: Partner, locale: str) -> None:
    """Everything that a shop says in a language in which it has said nothing yet, for visitors to see."""
    texts = chosen.texts(locale, facts(partner))
    _add_documents(session, actor, locale, texts)
    for page in texts.pages:
        cms.publish_page(session, actor, _add_page(session, actor, locale, page))
    _set_menus(session, actor, locale, texts, set(menus.PLACES))


def write_over(
    session: Session, actor: Actor, types: BlockTypes, chosen: Starter, partner: Partner, locale: str
) -> None:
    """The starter's pages for visitors to see, in place of those of the same kind, whose texts stay in their history.

    Further pages and documents stay as they are; menus become the starter's.
    """
    there = _pages(session, locale)
    texts = chosen.texts(locale, facts(partner), _slugs(there, chosen, locale))
    _add_documents(session, actor, locale, texts)
    for page in texts.pages:
        old = there.get(page.key)
        page_id = _new_version(session, actor, types, old, page) if old else _add_page(session, actor, locale, page)
        cms.publish_page(session, actor, page_id)
    _set_menus(session, actor, locale, texts, set(menus.PLACES))


def write_drafts(session: Session, actor: Actor, chosen: Starter, partner: Partner, locale: str) -> int:
    """The starter's pages that the shop lacks in a language, as drafts; returns how many.

    Menus that are empty and sample documents come with them: lines that lead to drafts wait, as the pages do.
    """
    there = _pages(session, locale)
    texts = chosen.texts(locale, facts(partner), _slugs(there, chosen, locale))
    missing = [page for page in texts.pages if page.key not in there]
    for page in missing:
        _add_page(session, actor, locale, page)
    _add_documents(session, actor, locale, texts)
    shown = menus.menus(session, locale)
    _set_menus(session, actor, locale, texts, {place for place in menus.PLACES if not shown[place]})
    return len(missing)


# --- parts ---------------------------------------------------------------------------------------------------


def _pages(session: Session, locale: str) -> dict[str, Page]:
    return {page.key: page for page in session.scalars(select(Page).where(Page.locale == locale))}


def _slugs(there: dict[str, Page], chosen: Starter, locale: str) -> dict[str, str]:
    """Addresses by key: pages keep theirs, new ones make way for others that have it already."""
    kept = {key: page.slug for key, page in there.items()}
    others = set(kept.values())
    wanted = {page.key: page.slug for page in chosen.texts(locale, dict.fromkeys(_NAMES, "")).pages}
    return kept | {key: _free(slug, others) for key, slug in wanted.items() if key not in kept}


_NAMES = ("shop", "legal_name", "company", "address", "tax_id", "email", "phone", "currency")


def _free(slug: str, taken: set[str]) -> str:
    return next(name for name in (slug, *(f"{slug}-{number}" for number in range(2, 999))) if name not in taken)


def _add_page(session: Session, actor: Actor, locale: str, page: PageText) -> int:
    made = cms.store_page(
        session, actor, locale=locale, slug=page.slug, title=page.title, description=page.description,
        blocks=page.blocks, key=page.key,
    )  # fmt: skip
    return made.page_id


def _new_version(session: Session, actor: Actor, types: BlockTypes, old: Page, page: PageText) -> int:
    cms.save_draft(
        session, actor, types, old.id, old.draft_version_id or 0, title=page.title, description=page.description,
        settings={}, blocks=page.blocks, kind="starter",
    )  # fmt: skip
    return old.id


def _add_documents(session: Session, actor: Actor, locale: str, texts: Texts) -> None:
    """Sample documents of the kinds that the shop has not published in this language."""
    for sample in texts.legal:
        if legal.document(session, sample.kind, locale) is None:
            legal.publish(session, actor, sample.kind, locale, sample.title, sample.html)


def _set_menus(session: Session, actor: Actor, locale: str, texts: Texts, places: set[str]) -> None:
    for place in sorted(places & set(texts.menus)):
        menus.set_menu(session, actor, locale, place, [_entry(line) for line in texts.menus[place]])


def _entry(line: Line) -> menus.Entry:
    label, href, below = line
    return menus.Entry(label, href, children=tuple(menus.Entry(*each) for each in below))
