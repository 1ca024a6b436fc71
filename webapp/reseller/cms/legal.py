"""The legal library (H-55): documents in numbered versions per language, what an order must accept, and the past.

A version is never changed. The newest one is in force, unless it withdraws the document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.operations import bump_content

from . import richtext
from .models import LegalDocument

#: The six sections of the library in their order, and the partner's own beside them.
SECTIONS = {
    "service": N_("Terms of service"),
    "acts": N_("Laws that apply"),
    "registries": N_("Terms and policies of the registries"),
    "transfer": N_("Handing a name over"),
    "disputes": N_("Disputes about names"),
    "holder": N_("Changing the holder's data"),
    "own": N_("Further documents"),
}
#: Section of the documents that every starter brings; another kind is the partner's own.
SECTION_OF = {
    "terms": "service",
    "privacy": "service",
    "legal-acts": "acts",
    "registry-policies": "registries",
    "ownership-transfer": "transfer",
    "disputes": "disputes",
    "holder-data": "holder",
}
LONGEST_TITLE, LONGEST_LEGAL = 120, 200_000
MOST_DOCUMENTS = 60
_KIND = re.compile(r"[a-z][a-z-]{1,39}")


@dataclass(frozen=True)
class LegalView:
    """A legal document in one language; `html` is sanitised when it is stored and again here."""

    id: int
    kind: str
    section: str
    locale: str
    version: int
    title: str
    html: Markup
    published_at: datetime
    must_accept: bool
    ask_again: bool
    withdrawn: bool

    @property
    def reference(self) -> str:
        """How an order names the version that was accepted: "terms pl 3"."""
        return f"{self.kind} {self.locale} {self.version}"


@dataclass(frozen=True)
class Rules:
    """What a version asks of people. `ask_again`: those who accepted an older one are asked when they sign in."""

    must_accept: bool = False
    ask_again: bool = False


_SHORT: tuple[Any, ...] = (
    LegalDocument.id,
    LegalDocument.kind,
    LegalDocument.section,
    LegalDocument.locale,
    LegalDocument.version,
    LegalDocument.title,
    LegalDocument.published_at,
    LegalDocument.must_accept,
    LegalDocument.ask_again,
    LegalDocument.withdrawn,
)
_WHOLE: tuple[Any, ...] = (*_SHORT, LegalDocument.html)


def _view(row: Row[Any]) -> LegalView:
    facts = row._asdict()
    return LegalView(**{**facts, "html": richtext.shown(facts.get("html", ""))})


# --- reading -------------------------------------------------------------------------------------------------


def document(session: Session, kind: str, locale: str, version: int | None = None) -> LegalView | None:
    """The document in force in exactly this language, or a named version of it, withdrawn ones too."""
    statement = select(*_WHOLE).where(LegalDocument.kind == kind, LegalDocument.locale == locale)
    if version is not None:
        statement = statement.where(LegalDocument.version == version)
    row = session.execute(statement.order_by(LegalDocument.version.desc()).limit(1)).first()
    if row is None or (version is None and row.withdrawn):
        return None
    return _view(row)


def in_force(session: Session, locale: str) -> list[LegalView]:
    """Every document in force in a language, in the library's order; without their texts."""
    rows = session.execute(_newest(LegalDocument.locale == locale)).all()
    return sorted((_view(row) for row in rows if not row.withdrawn), key=_library_order)


def required(session: Session, *locales: str) -> list[LegalView]:
    """What an order must accept: each kind in the first of the languages in which it is in force."""
    found: dict[str, LegalView] = {}
    rows = session.execute(_newest(LegalDocument.locale.in_(locales))).all()
    for row in sorted(rows, key=lambda row: locales.index(row.locale)):
        if row.must_accept and not row.withdrawn:
            found.setdefault(row.kind, _view(row))
    return sorted(found.values(), key=_library_order)


def newest(session: Session) -> list[LegalView]:
    """The newest version of every document in every language, without texts, withdrawn ones too: the partner's list."""
    return sorted((_view(row) for row in session.execute(_newest())), key=_library_order)


def versions(session: Session, kind: str, locale: str) -> list[LegalView]:
    """Every version of a document, newest first, without texts."""
    of_this = (LegalDocument.kind == kind, LegalDocument.locale == locale)
    rows = session.execute(select(*_SHORT).where(*of_this).order_by(LegalDocument.version.desc()))
    return [_view(row) for row in rows]


def _newest(*where: Any) -> Select[Any]:
    later = aliased(LegalDocument)
    newer = exists().where(
        later.kind == LegalDocument.kind, later.locale == LegalDocument.locale, later.version > LegalDocument.version
    )
    return select(*_SHORT).where(~newer, *where)


def _library_order(view: LegalView) -> tuple[int, int, str]:
    sections, kinds = list(SECTIONS), list(SECTION_OF)
    place = sections.index(view.section) if view.section in sections else len(sections)
    return place, kinds.index(view.kind) if view.kind in kinds else len(kinds), view.title


# --- writing -------------------------------------------------------------------------------------------------


def publish(
    session: Session,
    actor: audit.Actor,
    kind: str,
    locale: str,
    title: str,
    html: str,
    rules: Rules | None = None,
) -> LegalDocument:
    """A new version, in force from now on. The older ones stay: orders point to them.

    Without `rules` those of the version before go on; of a first version, the terms of service must be accepted.
    Refusals: kind, title, too_long, empty, too_many.
    """
    _check(kind, title, html)
    before = next(iter(versions(session, kind, locale)), None)
    if before is None:
        _refuse_too_many(session)
    if rules is None:
        rules = Rules(before.must_accept) if before else Rules(kind == "terms")
    return _store(session, actor, kind, locale, title.strip(), richtext.clean(html), rules, before)


def withdraw(session: Session, actor: audit.Actor, kind: str, locale: str) -> LegalDocument:
    """Take a document out of force; publishing it again brings it back. The terms of service cannot be withdrawn."""
    now = document(session, kind, locale)
    if now is None:
        raise NotFound
    if kind == "terms":
        raise Refusal("terms", N_("A shop cannot sell without terms of service. Publish a new version instead."))
    return _store(session, actor, kind, locale, now.title, str(now.html), Rules(), now, withdrawn=True)


def _check(kind: str, title: str, html: str) -> None:
    if not _KIND.fullmatch(kind):
        message = N_("Use small letters and hyphens for the address, for example data-processing.")
        raise Refusal("kind", message, field="kind")
    if not title.strip() or len(title) > LONGEST_TITLE:
        message = N_("Give the document a title of at most %(max)s characters.")
        raise Refusal("title", message, "title", max=LONGEST_TITLE)
    if len(html) > LONGEST_LEGAL:
        raise Refusal("too_long", N_("This document is too long."), field="html")
    if not richtext.plain(richtext.clean(html)):
        raise Refusal("empty", N_("A legal document cannot be empty."), field="html")


def _refuse_too_many(session: Session) -> None:
    if (session.scalar(select(func.count(LegalDocument.kind.distinct()))) or 0) >= MOST_DOCUMENTS:
        raise Refusal("too_many", N_("A shop has at most %(most)s legal documents."), most=MOST_DOCUMENTS)


def _store(
    session: Session,
    actor: audit.Actor,
    kind: str,
    locale: str,
    title: str,
    html: str,
    rules: Rules,
    before: LegalView | None,
    withdrawn: bool = False,
) -> LegalDocument:
    made = LegalDocument(
        kind=kind,
        section=SECTION_OF.get(kind, "own"),
        locale=locale,
        version=before.version + 1 if before else 1,
        title=title,
        html=html,
        published_at=clock.now(),
        must_accept=rules.must_accept,
        ask_again=rules.ask_again,
        withdrawn=withdrawn,
        data={},
    )
    session.add(made)
    session.flush()
    act = "legal.withdrawn" if withdrawn else "legal.published"
    audit.record(session, actor, act, "legal_document", made.id, f"{kind} {locale} {made.version}")
    bump_content(session)
    return made


def of_kinds(session: Session, kinds: Sequence[str], locale: str) -> dict[str, LegalView]:
    """The documents in force of some kinds, with their texts, by kind."""
    return {kind: found for kind in kinds if (found := document(session, kind, locale))}
