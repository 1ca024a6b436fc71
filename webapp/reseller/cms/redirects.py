"""Addresses that have moved: made by themselves when a page moves or goes, or by hand for those of an older site.

A redirect to one of our pages names the page, so that a chain never comes about; one that would lead back to itself
is refused, and a page that takes an address ends the redirect that stood there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Row, Select, delete, func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.operations import bump_content

from .fields import is_link
from .models import Page, Redirect
from .queries import page_path

LONGEST_PATH = 200
MOST = 1000
_MOST_STEPS = 8
#: Ours at every shop: a redirect from there would never be followed.
_RESERVED = ("account", "frames", "media", "static", "embed", "theme", "healthz", "robots.txt", "sitemap.xml")


@dataclass(frozen=True)
class Redirected:
    """Where an old address leads now: a path on this shop, or an https address."""

    target: str


@dataclass(frozen=True)
class Gone:
    """What stood there was taken away for good."""


@dataclass(frozen=True)
class RedirectRow:
    """A line of the list: `target` "" is gone (or `waiting`: its page is not public at the moment)."""

    id: int
    path: str
    target: str
    page_id: int | None
    waiting: bool
    automatic: bool
    created_at: datetime


def normal_path(path: str) -> str:
    """The one form in which a path is kept: decoded, no slash at the end."""
    return unquote(path).replace("\0", "\ufffd").rstrip("/") or "/"  # PostgreSQL has no text with a NUL in it


def redirect_for(session: Session, path: str) -> Redirected | Gone | None:
    """What to say about an address at which nothing stands. None: nobody knows it. One statement, two for a path."""
    row = _row_at(session, normal_path(path))
    if row is None:
        return None
    target = _target(row)
    if not target:
        return Gone() if row.page_id is None else None
    usable = row.page_id is not None or (is_link(target) and not _goes_round(session, normal_path(path), target))
    return Redirected(target) if usable else None


def _goes_round(session: Session, path: str, target: str) -> bool:
    """Does it lead back to itself? We write nothing like it, but a table can hold it."""
    seen = {path}
    while target.startswith("/"):
        here = normal_path(urlsplit(target).path)
        if here in seen or len(seen) > _MOST_STEPS:
            return True
        seen.add(here)
        row = _row_at(session, here)
        target = _target(row) if row else ""
    return False


def _row_at(session: Session, path: str) -> Row[Any] | None:
    return session.execute(_rows().where(Redirect.path == path[: LONGEST_PATH + 1])).first()


def rows(session: Session) -> list[RedirectRow]:
    """Every redirect of the shop by path."""
    return [_row(row) for row in session.execute(_rows().order_by(Redirect.path))]


def _rows() -> Select[Any]:
    facts = (Redirect.id, Redirect.path, Redirect.target, Redirect.page_id, Redirect.automatic, Redirect.created_at)
    page = (Page.locale, Page.slug, Page.state)
    columns: tuple[Any, ...] = (*facts, *page)
    return select(*columns).outerjoin(Page, Page.id == Redirect.page_id)


def _target(row: Row[Any]) -> str:
    """Where the page stands now, or the address; "" for nowhere."""
    if row.page_id is None:
        return str(row.target)
    return page_path(row.locale, row.slug) if row.state == "published" else ""


def _row(row: Row[Any]) -> RedirectRow:
    target = page_path(row.locale, row.slug) if row.page_id is not None else row.target
    waiting = row.page_id is not None and row.state != "published"
    return RedirectRow(row.id, row.path, target, row.page_id, waiting, row.automatic, row.created_at)


# --- by hand -------------------------------------------------------------------------------------------------


def add(session: Session, actor: audit.Actor, path: str, target: str) -> Redirect:
    """Lead an address on; `target` "" says that it is gone for good. Raises Refusal for what would never work."""
    old = _checked_path(session, path)
    page_id, final = _resolved(session, target.strip())
    if not page_id and _leads_to(final, old):
        raise Refusal("loop", N_("This would lead back to itself."), field="target")
    made = Redirect(path=old, page_id=page_id, target=final, automatic=False, created_at=clock.now())
    session.add(made)
    session.flush()
    _collapse(session, old, page_id, final)
    audit.record(session, actor, "redirect.added", "redirect", made.id, old, target=target.strip())
    bump_content(session)
    return made


def remove(session: Session, actor: audit.Actor, redirect_id: int) -> None:
    """Forget a redirect: the address is unknown again."""
    found = session.scalar(select(Redirect).where(Redirect.id == redirect_id))
    if found is None:
        raise NotFound
    audit.record(session, actor, "redirect.removed", "redirect", found.id, found.path)
    session.delete(found)
    session.flush()
    bump_content(session)


def _checked_path(session: Session, typed: str) -> str:
    """The path to keep, from a path or a whole address of the older site."""
    typed = typed.strip()
    parts = urlsplit(typed) if is_link(typed) else None
    if parts is None or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise Refusal("path", N_("Type the old address as a path that begins with /, for example /offer.html."), "path")
    path = normal_path(parts.path)
    if len(path) > LONGEST_PATH or any(ord(char) < 32 for char in path):
        raise Refusal("path", N_("This address is too long."), field="path")
    if path == "/" or path[1:].split("/")[0] in _RESERVED:
        raise Refusal("path", N_("This address belongs to your shop itself."), field="path")
    if session.scalar(select(Redirect.id).where(Redirect.path == path)) is not None:
        raise Refusal("path", N_("There is a redirect from this address already."), field="path")
    if _page_at(session, path, public=True) is not None:
        raise Refusal("path", N_("One of your pages stands at this address."), field="path")
    if (session.scalar(select(func.count(Redirect.id))) or 0) >= MOST:
        raise Refusal("too_many", N_("At most %(most)s redirects."), field="path", most=MOST)
    return path


def _resolved(session: Session, target: str) -> tuple[int | None, str]:
    """(page, "") for an address of one of our pages, else (None, address); chains are followed to their end."""
    if not target:
        return None, ""
    if not (target.startswith(("/", "https://", "http://")) and is_link(target)):
        message = N_("Type a path that begins with / or an address that begins with https://.")
        raise Refusal("target", message, field="target")
    if (page_id := _page_at(session, normal_path(target))) is not None:
        return page_id, ""
    further = session.execute(
        select(Redirect.page_id, Redirect.target).where(Redirect.path == normal_path(target)[: LONGEST_PATH + 1])
    ).first()
    return (further.page_id, further.target) if further else (None, target)


def _leads_to(target: str, path: str) -> bool:
    return target.startswith("/") and normal_path(urlsplit(target).path) == path


def _page_at(session: Session, path: str, *, public: bool = False) -> int | None:
    """The page whose address is exactly this path."""
    head, _, rest = path.removeprefix("/").partition("/")
    if rest and not rest.startswith("page/"):
        return None
    statement = select(Page.id).where(Page.locale == head, Page.slug == rest.removeprefix("page/"))
    if public:
        statement = statement.where(Page.state == "published")
    return session.scalar(statement)


def page_at(session: Session, href: str) -> int | None:
    """The page that an address of this shop leads to, if it is nothing but a page's address."""
    return (
        _page_at(session, normal_path(href)) if href.startswith("/") and "#" not in href and "?" not in href else None
    )


# --- by themselves -------------------------------------------------------------------------------------------


def page_moved(session: Session, page: Page, old_path: str) -> None:
    """The page's old address leads to it from now on; at its new one no redirect stands any more."""
    taken(session, page_path(page.locale, page.slug))
    taken(session, old_path)
    path = normal_path(old_path)
    session.add(Redirect(path=path, page_id=page.id, target="", automatic=True, created_at=clock.now()))
    session.flush()
    _collapse(session, path, page.id, "")


def taken(session: Session, path: str) -> None:
    """A page takes this address."""
    session.execute(delete(Redirect).where(Redirect.path == normal_path(path)))


def page_deleted(session: Session, page: Page, target: str, *, was_public: bool) -> None:
    """What led to the page, and its own address, lead to `target`, or say that it is gone (410)."""
    path = normal_path(page_path(page.locale, page.slug))
    page_id, final = _resolved(session, target.strip())
    if page_id == page.id or _leads_to(final, path):
        raise Refusal("loop", N_("Choose another address than the page that you delete."), field="target")
    db.change(session, Redirect, Redirect.page_id == page.id, page_id=page_id, target=final)
    _collapse(session, path, page_id, final)
    if was_public:
        taken(session, path)
        session.add(Redirect(path=path, page_id=page_id, target=final, automatic=True, created_at=clock.now()))
        session.flush()


def _collapse(session: Session, path: str, page_id: int | None, target: str) -> None:
    """Redirects that led to an address which leads on itself now go straight to its end."""
    db.change(session, Redirect, Redirect.target == path, Redirect.path != path, page_id=page_id, target=target)
