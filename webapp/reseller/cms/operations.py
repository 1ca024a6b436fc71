"""Writing pages. A version is never changed once made: saving adds one, undo and publishing move pointers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db, outbox
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.operations import bump_content

from . import menus, redirects, shape, stored
from .kit import BlockTypes, Stored
from .models import Page, PageVersion
from .queries import HOME, page_path
from .shape import BlocksRefused, Content

#: A page may be written ahead, but not for the next generation.
FURTHEST = timedelta(days=2 * 366)
MOST_PAGES = 500


def create_page(
    session: Session,
    actor: audit.Actor,
    types: BlockTypes,
    *,
    locale: str,
    slug: str,
    title: str,
    blocks: Sequence[Stored] = (),
    key: str | None = None,
    from_page_id: int | None = None,
) -> Page:
    """A new page as a draft; `from_page_id`: the same page in another language, begun as a copy of that one."""
    source = _page(session, from_page_id) if from_page_id is not None else None
    if locale not in partners.partner(session).locales:
        raise Refusal("locale", N_("Your shop does not speak this language."), field="locale")
    if (session.scalar(select(func.count(Page.id))) or 0) >= MOST_PAGES:
        raise Refusal("too_many_pages", N_("At most %(most)s pages."), most=MOST_PAGES)
    key = source.key if source else key or _free_key(session, slug)
    text = _content_of(_version(session, source, source.draft_version_id)) if source else Content(title, "", {}, [])
    wanted = asdict(text) | {"title": title or text.title} | ({"blocks": blocks} if blocks else {})
    page = _new_page(session, key, locale, slug)
    page.source_version_id = _current(source) if source else None
    _add_version(session, actor, page, shape.content(types, **wanted), "saved")
    audit.record(session, actor, "page.created", "page", page.id, _label(page))
    return page


def store_page(
    session: Session,
    actor: audit.Actor,
    *,
    locale: str,
    slug: str,
    title: str,
    description: str,
    blocks: Sequence[Stored],
    settings: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> PageVersion:
    """A new page of a starter, whose blocks need no cleaning. `key` (else the slug) joins it with other languages."""
    text = shape.content(None, title=title, description=description, settings=settings or {}, blocks=blocks)
    page = _new_page(session, key or slug or HOME, locale, slug)
    version = _add_version(session, actor, page, text, "starter")
    audit.record(session, actor, "page.created", "page", page.id, _label(page))
    return version


def _new_page(session: Session, key: str, locale: str, slug: str) -> Page:
    shape.check_slug(slug)
    if (slug == "") != (key == HOME):
        raise Refusal("slug", N_("Give the page an address."), field="slug")
    _refuse_taken_slug(session, locale, slug)
    if session.scalar(select(Page.id).where(Page.key == key, Page.locale == locale)) is not None:
        raise Refusal("exists", N_("This page exists in this language already."), field="locale")
    page = Page(key=key, locale=locale, slug=slug, state="draft", created_at=clock.now())
    session.add(page)
    session.flush()
    return page


def _free_key(session: Session, slug: str) -> str:
    """A key that no page has, in any language: a new page is another page than those that there are."""
    if not slug:
        return HOME
    used = set(session.scalars(select(Page.key).where(Page.key.startswith(slug, autoescape=True)))) | {HOME}
    return next(name for name in (slug, *(f"{slug}-{number}" for number in range(2, 9999))) if name not in used)


# --- drafts --------------------------------------------------------------------------------------------------


def save_draft(
    session: Session,
    actor: audit.Actor,
    types: BlockTypes,
    page_id: int,
    base_version_id: int,
    *,
    title: str,
    description: str,
    settings: Mapping[str, Any],
    blocks: Sequence[Stored],
    kind: str = "auto",
) -> PageVersion:
    """A new version after the one that the editor was shown; the same content again is that version itself.

    Raises Refusal("edited_meanwhile") when somebody has saved since, BlocksRefused for a wrong value.
    """
    page = _page_based_on(session, page_id, base_version_id)
    text = shape.content(types, title=title, description=description, settings=settings, blocks=blocks)
    base = _version(session, page, base_version_id)
    if text == _content_of(base):
        if kind == "saved" and base.kind == "auto":
            base.kind = kind  # saved by hand: it is kept
        return base
    made = _add_version(session, actor, page, text, kind)
    if kind != "auto":
        audit.record(session, actor, "page.saved", "page", page.id, _label(page), version=made.id)
    return made


def take_over(
    session: Session, actor: audit.Actor, types: BlockTypes, page_id: int, theirs_version_id: int, **content: Any
) -> PageVersion:
    """Go on with one's own content although somebody has saved `theirs`, which stays in the history."""
    made = save_draft(session, actor, types, page_id, theirs_version_id, **{**content, "kind": "saved"})
    audit.record(session, actor, "page.taken_over", "page", page_id, made.title, version=made.id)
    return made


def undo(session: Session, actor: audit.Actor, page_id: int, base_version_id: int) -> PageVersion:  # noqa: ARG001
    """Back to the version that this one was made from. Raises Refusal("nothing") at the first one."""
    page = _page_based_on(session, page_id, base_version_id)
    return _go_to(session, page, _version(session, page, base_version_id).parent_id)


def redo(session: Session, actor: audit.Actor, page_id: int, base_version_id: int) -> PageVersion:  # noqa: ARG001
    """Forward to the newest version that was made from this one. Raises Refusal("nothing") at the last one."""
    page = _page_based_on(session, page_id, base_version_id)
    newest = select(func.max(PageVersion.id)).where(PageVersion.parent_id == base_version_id)
    return _go_to(session, page, session.scalar(newest))


def _go_to(session: Session, page: Page, version_id: int | None) -> PageVersion:
    if version_id is None:
        raise Refusal("nothing", N_("There is nothing to undo or to repeat any more."))
    page.draft_version_id = version_id
    session.flush()
    return _version(session, page, version_id)


def restore(session: Session, actor: audit.Actor, page_id: int, version_id: int) -> PageVersion:
    """An older version as the newest: what was there before stays in the history."""
    page = _page(session, page_id)
    old = _version(session, page, version_id)
    made = _add_version(session, actor, page, _content_of(old), "restored")
    audit.record(session, actor, "page.restored", "page", page.id, _label(page), version=version_id)
    return made


def copy_from_source(session: Session, actor: audit.Actor, page_id: int, source_page_id: int) -> PageVersion:
    """Begin the translation anew from the other language's page; the present draft stays in the history."""
    page, source = _page(session, page_id), _page(session, source_page_id)
    if source.key != page.key or source.id == page.id:
        raise NotFound
    text = _content_of(_version(session, source, source.draft_version_id))
    made = _add_version(session, actor, page, text, "saved")
    page.source_version_id = _current(source)
    audit.record(session, actor, "page.copied", "page", page.id, _label(page), source=source.locale)
    return made


def mark_translated(session: Session, actor: audit.Actor, page_id: int, source_page_id: int) -> None:
    """Say that a translation is up to date with the source as it is now."""
    page, source = _page(session, page_id), _page(session, source_page_id)
    if source.key != page.key or source.id == page.id:
        raise NotFound
    page.source_version_id = _current(source)
    audit.record(session, actor, "page.translated", "page", page.id, _label(page), source=source.locale)


def link_translations(session: Session, locale: str) -> None:
    """From now on, pages in other languages count as translations of those in `locale`, and as up to date."""
    pages = session.scalars(select(Page)).all()
    sources = {page.key: page for page in pages if page.locale == locale}
    for page in pages:
        if page.locale != locale and page.key in sources:
            page.source_version_id = _current(sources[page.key])


# --- what visitors see ---------------------------------------------------------------------------------------


def publish_page(
    session: Session, actor: audit.Actor, page_id: int, version_id: int | None = None, types: BlockTypes | None = None
) -> Page:
    """Show a version (the draft, if none is named) to visitors; what was scheduled is forgotten.

    With `types`, required fields must be filled: raises BlocksRefused.
    """
    page = _page(session, page_id)
    version = _version(session, page, version_id or page.draft_version_id)
    _check_complete(types, version)
    _show(session, page, version.id)
    audit.record(session, actor, "page.published", "page", page.id, _label(page), version=version.id)
    return page


def _show(session: Session, page: Page, version_id: int) -> None:
    page.state, page.published_version_id = "published", version_id
    page.scheduled_at = page.scheduled_version_id = None
    redirects.taken(session, page_path(page.locale, page.slug))
    session.flush()
    bump_content(session)


def schedule_page(
    session: Session, actor: audit.Actor, page_id: int, at: datetime, types: BlockTypes | None = None
) -> Page:
    """Publish the present draft at an instant. Until then visitors see what they see now; later drafts wait."""
    page = _page(session, page_id)
    if not clock.now() < at <= clock.now() + FURTHEST:
        raise Refusal("at", N_("Choose a time from now on, within two years."), field="at")
    version = _version(session, page, page.draft_version_id)
    _check_complete(types, version)
    page.scheduled_at, page.scheduled_version_id = at, version.id
    page.state = "published" if page.state == "published" else "scheduled"
    session.flush()
    key = f"{page.id}:{version.id}:{at.timestamp():.0f}"
    payload = {"page_id": page.id, "version_id": version.id, "at": at.timestamp()}
    outbox.enqueue(session, "page.publish", key, payload, after=at - clock.now())
    audit.record(session, actor, "page.scheduled", "page", page.id, _label(page), at=at.isoformat())
    return page


def unschedule(session: Session, actor: audit.Actor, page_id: int) -> Page:
    """Forget what was scheduled."""
    page = _page(session, page_id)
    if page.scheduled_at is None:
        raise Refusal("nothing", N_("Nothing is scheduled for this page."))
    page.scheduled_at = page.scheduled_version_id = None
    page.state = "published" if page.state == "published" else "draft"
    audit.record(session, actor, "page.unscheduled", "page", page.id, _label(page))
    return page


def publish_scheduled(session: Session, page_id: int, version_id: int, at: datetime) -> bool:
    """Publish what was scheduled for `at`, unless that was changed or cancelled meanwhile. Bears being run twice."""
    page = session.scalar(select(Page).where(Page.id == page_id).with_for_update())
    if page is None or page.scheduled_version_id != version_id or page.scheduled_at != at:
        return False
    _show(session, page, version_id)
    audit.record(session, audit.SYSTEM, "page.published", "page", page.id, _label(page), version=version_id)
    return True


def unpublish_page(session: Session, actor: audit.Actor, page_id: int) -> Page:
    """Take a page off the shop: it is a draft again."""
    return _take_off(session, actor, page_id, "draft", "page.unpublished")


def archive_page(session: Session, actor: audit.Actor, page_id: int) -> Page:
    """Put a page away; its versions stay, and publishing brings it back."""
    return _take_off(session, actor, page_id, "archived", "page.archived")


def _take_off(session: Session, actor: audit.Actor, page_id: int, state: str, act: str) -> Page:
    page = _page(session, page_id)
    if page.slug == "":
        raise Refusal("home", N_("The home page cannot be taken away."))
    page.state, page.scheduled_at, page.scheduled_version_id = state, None, None
    session.flush()
    audit.record(session, actor, act, "page", page.id, _label(page))
    bump_content(session)
    return page


def delete_page(session: Session, actor: audit.Actor, page_id: int, target: str = "") -> None:
    """Delete a page with its versions. Its address leads to `target` from now on, or says that it is gone (410)."""
    page = _page(session, page_id)
    if page.slug == "":
        raise Refusal("home", N_("The home page cannot be taken away."))
    redirects.page_deleted(session, page, target, was_public=page.published_version_id is not None)
    menus.page_deleted(session, page.id)
    audit.record(session, actor, "page.deleted", "page", page.id, _label(page), target=target)
    db.change(session, PageVersion, PageVersion.page_id == page.id, parent_id=None)
    session.execute(delete(PageVersion).where(PageVersion.page_id == page.id))
    session.delete(page)
    session.flush()
    bump_content(session)


def rename_page(session: Session, actor: audit.Actor, page_id: int, slug: str) -> Page:
    """Another address. If the old one was ever public, it leads to the new one from now on."""
    page = _page(session, page_id)
    slug = slug.strip()
    if slug == page.slug:
        return page
    if "" in (slug, page.slug):
        raise Refusal("slug", N_("Give the page an address."), field="slug")
    shape.check_slug(slug)
    _refuse_taken_slug(session, page.locale, slug)
    old = page_path(page.locale, page.slug)
    page.slug = slug
    session.flush()
    if page.published_version_id is not None:
        redirects.page_moved(session, page, old)
    audit.record(session, actor, "page.renamed", "page", page.id, _label(page), old=old)
    bump_content(session)
    return page


# --- parts ---------------------------------------------------------------------------------------------------


def _page(session: Session, page_id: int) -> Page:
    """The row, held until the end of the transaction: pointers move one after the other."""
    page = session.scalar(select(Page).where(Page.id == page_id).with_for_update())
    if page is None:
        raise NotFound
    return page


def _page_based_on(session: Session, page_id: int, base_version_id: int) -> Page:
    page = _page(session, page_id)
    if page.draft_version_id != base_version_id:
        raise Refusal("edited_meanwhile", N_("Somebody else has edited this page in the meantime."))
    return page


def _version(session: Session, page: Page, version_id: int | None) -> PageVersion:
    where = (PageVersion.page_id == page.id, PageVersion.id == version_id)
    version = session.scalar(select(PageVersion).where(*where))
    if version is None:
        raise NotFound
    return version


def _content_of(version: PageVersion) -> Content:
    facts = stored.settings(version.settings), stored.blocks(version.blocks)
    return Content(version.title, version.description, *facts)


def _add_version(session: Session, actor: audit.Actor, page: Page, text: Content, kind: str) -> PageVersion:
    made = PageVersion(
        page_id=page.id,
        parent_id=page.draft_version_id,
        kind=kind,
        author=actor.label,
        created_at=clock.now(),
        **vars(text),
    )
    session.add(made)
    session.flush()
    page.draft_version_id = made.id
    return made


def _current(page: Page) -> int | None:
    """The version that a translation of this page is measured by."""
    return page.published_version_id or page.draft_version_id


def _check_complete(types: BlockTypes | None, version: PageVersion) -> None:
    errors = types.clean(stored.blocks(version.blocks), publish=True)[1] if types else {}
    if errors:
        raise BlocksRefused(errors)


def _refuse_taken_slug(session: Session, locale: str, slug: str) -> None:
    if session.scalar(select(Page.id).where(Page.locale == locale, Page.slug == slug)) is not None:
        raise Refusal("slug_taken", N_("Another page already has this address."), field="slug")


def _label(page: Page) -> str:
    return f"{page.locale}/{page.slug}"
