"""Technical messages of the operator to all partners (H-06): written in languages, scheduled, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, PANEL, SOURCE
from webapp.foundation.refusal import NotFound, Refusal

from .models import OperatorNotice

LEVELS = ("info", "warn")
LONGEST_TITLE, LONGEST_TEXT = 120, 2000


@dataclass(frozen=True)
class Said:
    """A message in one reader's language."""

    level: str
    title: str
    text: str
    since: datetime


def shown(session: Session, locale: str) -> list[Said]:
    """What partners are told now, the newest first."""
    now = clock.now()
    open_ended = or_(OperatorNotice.shown_until.is_(None), OperatorNotice.shown_until > now)
    query = select(OperatorNotice).where(OperatorNotice.shown_from <= now, open_ended)
    found = session.scalars(query.order_by(OperatorNotice.shown_from.desc(), OperatorNotice.id.desc()).limit(10))
    return [_said(each, locale) for each in found]


def _said(notice: OperatorNotice, locale: str) -> Said:
    """In the reader's language, else in English, else in any."""
    words = notice.texts.get(locale) or notice.texts.get(SOURCE) or next(iter(notice.texts.values()))
    return Said(notice.level, words["title"], words["text"], notice.shown_from)


def every(session: Session) -> Sequence[OperatorNotice]:
    """The last hundred, the newest first."""
    return session.scalars(select(OperatorNotice).order_by(OperatorNotice.id.desc()).limit(100)).all()


def write(
    session: Session, level: str, texts: Mapping[str, tuple[str, str]], since: datetime | None, until: datetime | None
) -> OperatorNotice:
    """A message in each language that has a title: language -> (title, text). `since` None: now; `until` None: open.

    Raises Refusal.
    """
    trimmed = {name: {"title": title.strip(), "text": text.strip()} for name, (title, text) in texts.items()}
    kept = {name: words for name, words in trimmed.items() if words["title"]}
    if level not in LEVELS or not set(kept) <= set(PANEL):
        raise Refusal("level", N_("Choose from the list."), field="level")
    if not kept:
        raise Refusal("title", N_("Write a title in at least one language."))
    if any(len(each["title"]) > LONGEST_TITLE or len(each["text"]) > LONGEST_TEXT for each in kept.values()):
        raise Refusal("long", N_("Shorten it: titles have up to 120 characters, texts up to 2,000."))
    begin = since or clock.now()
    if until is not None and until <= begin:
        raise Refusal("until", N_("The end must be after the beginning."), field="until")
    notice = OperatorNotice(level=level, texts=kept, shown_from=begin, shown_until=until, created_at=clock.now())
    session.add(notice)
    session.flush()
    return notice


def end(session: Session, notice_id: int) -> None:
    """Stop showing it now; twice is once. Raises NotFound."""
    notice = session.get(OperatorNotice, notice_id)
    if notice is None:
        raise NotFound
    now = clock.now()
    if notice.shown_until is None or notice.shown_until > now:
        notice.shown_until = now
    session.flush()
