"""Watching taken names: subscribers say which, a daily job asks for all of them, and one mail tells who waited."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, change
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import to_unicode, understand_name
from webapp.providers.registry.port import RegistryPort
from webapp.reseller.accounts.models import User
from webapp.reseller.notifications.operations import queue_mail
from webapp.reseller.partners import audit

from .models import NameWatch

#: Names that one person may watch at a shop.
MOST = 20
#: A name that was asked for within this time is left for the next day's run.
RECENTLY = timedelta(hours=12)
#: Names that the job takes between two looks at the database.
_AT_ONCE = 500


def watch(session: Session, actor: audit.Actor, account_id: int, user_id: int, text: str) -> NameWatch:
    """Begin to watch a name; twice is once, and one that was told about before is watched afresh.

    Raises NameRefused for what is no name, Refusal (whole_name, too_many).
    """
    query = understand_name(text)
    if query.tld is None:
        raise Refusal("whole_name", N_("Type the whole name with its ending, for example example.com."), "name")
    known = session.scalar(select(NameWatch).where(NameWatch.user_id == user_id, NameWatch.name == query.ascii))
    if known is not None:
        known.told_at = None
        return known
    count = session.scalar(select(func.count(NameWatch.id)).where(NameWatch.user_id == user_id)) or 0
    if count >= MOST:
        raise Refusal(
            "too_many", N_("You can watch %(most)s names. Stop watching one of them first."), "name", most=MOST
        )
    found = NameWatch(account_id=account_id, user_id=user_id, name=query.ascii, created_at=clock.now())
    session.add(found)
    session.flush()
    audit.record(session, actor, "watch.begun", "account", account_id, query.ascii)
    return found


def stop(session: Session, actor: audit.Actor, user_id: int, watch_id: int) -> str:
    """Stop watching; returns the name for people. Raises NotFound for somebody else's."""
    found = session.scalar(select(NameWatch).where(NameWatch.id == watch_id, NameWatch.user_id == user_id))
    if found is None:
        raise NotFound
    session.delete(found)
    audit.record(session, actor, "watch.ended", "account", found.account_id, found.name)
    return to_unicode(found.name)


def of_user(session: Session, user_id: int) -> list[NameWatch]:
    """What a person watches, the newest first."""
    query = select(NameWatch).where(NameWatch.user_id == user_id)
    return list(session.scalars(query.order_by(NameWatch.created_at.desc(), NameWatch.id.desc())))


class Context(Protocol):
    """What the job needs of the tick's context."""

    @property
    def database(self) -> Database: ...
    @property
    def registry(self) -> RegistryPort: ...


def ask_for_watched(context: Context) -> str:
    """Ask for every watched name, each once however many wait for it, and tell those whose name is free.

    A run that was cut off goes on where it stopped; nobody is told twice.
    """
    now, asked, told = clock.now(), 0, 0
    while names := _due(context.database, now):
        answers = {answer.name: answer.state for answer in context.registry.check(list(names))}
        for name, partners in names.items():
            asked += 1
            for partner_id in partners:
                with tenancy.tenant(partner_id), context.database.writing() as session:
                    told += _answered(session, name, answers.get(name) == "free", now)
    return f"{asked} names asked for, {told} people told"


def _due(database: Database, now: datetime) -> dict[str, set[int]]:
    """name -> tenants in which somebody waits for it."""
    due = NameWatch.told_at.is_(None) & (NameWatch.asked_at.is_(None) | (NameWatch.asked_at < now - RECENTLY))
    found: dict[str, set[int]] = defaultdict(set)
    with database.reading(tenancy.Platform("tick")) as session:
        query = select(NameWatch.name, NameWatch.partner_id).where(due).order_by(NameWatch.name).limit(_AT_ONCE)
        for name, partner_id in session.execute(query):
            found[name].add(partner_id)
    return dict(found)


def _answered(session: Session, name: str, free: bool, now: datetime) -> int:
    """Write down that it was asked for; mail those who wait for a name that is free. Returns how many."""
    waiting = (NameWatch.name == name, NameWatch.told_at.is_(None))
    if not free:
        change(session, NameWatch, *waiting, asked_at=now)
        return 0
    watches = session.scalars(select(NameWatch).where(*waiting)).all()
    people = {user.id: user for user in session.scalars(select(User).where(User.id.in_(w.user_id for w in watches)))}
    for each in watches:
        each.asked_at = each.told_at = now
        _tell(session, each, people[each.user_id])
    return len(watches)


def _tell(session: Session, each: NameWatch, user: User) -> None:
    path = f"/{user.locale}/domains?q={each.name}"
    # A watch that is begun again may be told about again: the day it was asked for makes the key.
    key = f"watch:{each.id}:{each.told_at:%Y%m%d}"
    data = {"name": to_unicode(each.name), "path": path}
    queue_mail(session, "name_free", user.email, user.locale, data, key=key, about=("account", each.account_id))
