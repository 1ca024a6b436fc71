"""Advertisements of the partner's own: where they may stand, which one a visitor gets.

A place exists on a page only while a campaign may run in it, so that nobody sees a hole. Which campaign fills it is
decided for each visitor when the page asks: pausing one takes effect with the next question.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound

from .fields import is_link
from .models import Campaign, CampaignDay


class Position(NamedTuple):
    """Where an advertisement may stand: label (msgid), and the size of a picture that fits, in pixels."""

    label: str
    width: int
    height: int


#: Every place by its name, in the order of the panel's form. Their shapes stand in static/css/blocks.css under the same
#: names: ".ad-shop-top" and so on.
POSITIONS: Mapping[str, Position] = {
    "shop-top": Position(N_("Shop: above everything on a page"), 1200, 120),
    "shop-below-hero": Position(N_("Shop: below the big search"), 1200, 300),
    "shop-footer": Position(N_("Shop: above the footer"), 1200, 120),
    "page": Position(N_("Block “Advertisement” on your pages"), 1200, 300),
    "account-start": Position(N_("Subscriber panel: first page"), 1200, 120),
    "account-side": Position(N_("Subscriber panel: beside the menu (wide screens)"), 480, 360),
}


@dataclass(frozen=True)
class Timetable:
    """When campaigns run in which places: (position, from, to). Kept by content version, asked by the clock."""

    runs: tuple[tuple[str, datetime | None, datetime | None], ...] = ()

    def at(self, now: datetime) -> tuple[frozenset[str], datetime | None]:
        """Places in which a campaign may run at an instant, and the next one at which that may change by itself."""
        runs = [run for run in self.runs if run[2] is None or run[2] > now]
        live = frozenset(position for position, begins, _ in runs if begins is None or begins <= now)
        changes = [at for _, *ends in runs for at in ends if at is not None and at > now]
        return live, min(changes, default=None)


def timetable(session: Session, now: datetime) -> Timetable:
    """Every campaign that is not over."""
    columns = (Campaign.position, Campaign.starts_at, Campaign.ends_at)
    rows = session.execute(select(*columns).where(Campaign.active, _not_over(now))).all()
    return Timetable(tuple((row.position, row.starts_at, row.ends_at) for row in rows))


def _not_over(now: datetime) -> Any:
    return or_(Campaign.ends_at.is_(None), Campaign.ends_at > now)


# --- the choice ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Visitor:
    """What an audience asks about: who is not signed in has nothing."""

    signed_in: bool = False
    #: Kinds of services that the visitor's account has, such as "domains".
    owns: frozenset[str] = frozenset()
    #: Price groups of the account.
    groups: frozenset[int] = frozenset()

    def belongs_to(self, audience: str) -> bool:
        """Is the visitor one of those whom a campaign wants?"""
        kind, _, what = audience.partition(":")
        if kind == "everyone":
            return True
        if kind == "signed_in":
            return self.signed_in
        if kind == "owns":
            return what in self.owns
        return kind == "group" and what in {str(group) for group in self.groups}


@dataclass(frozen=True)
class Advertisement:
    """A campaign in one language."""

    campaign_id: int
    kind: str  # picture | text
    headline: str
    text: str
    link: str
    media_file_id: int | None
    cap: int


def choose(
    session: Session,
    position: str,
    locale: str,
    now: datetime,
    visitor: Visitor,
    seen: Mapping[int, int],
) -> Advertisement | None:
    """One of the campaigns that may run here now, by weight; None when this visitor gets none.

    `seen` is how often the visitor saw each campaign today, for their caps.
    """
    running = _running(session, position, now)
    found = [
        row for row in running if _words(row, locale) and not _worn(row, seen) and visitor.belongs_to(row.audience)
    ]
    if not found:
        return None
    (row,) = random.choices(found, [row.weight for row in found])  # noqa: S311  nothing is kept secret by it
    return _in_language(row, locale)


_SHOWN: tuple[Any, ...] = (
    Campaign.id,
    Campaign.kind,
    Campaign.content,
    Campaign.link,
    Campaign.media_file_id,
    Campaign.weight,
    Campaign.audience,
    Campaign.cap,
)


def _running(session: Session, position: str, now: datetime) -> Iterable[Row[Any]]:
    begun = or_(Campaign.starts_at.is_(None), Campaign.starts_at <= now)
    statement = select(*_SHOWN).where(Campaign.position == position, Campaign.active, begun, _not_over(now))
    return session.execute(statement.order_by(Campaign.id)).all()


def _worn(row: Row[Any], seen: Mapping[int, int]) -> bool:
    return bool(row.cap) and seen.get(row.id, 0) >= row.cap


def _words(row: Row[Any] | Campaign, locale: str) -> dict[str, str]:
    """A campaign runs in the languages in which it has a headline."""
    words: dict[str, str] = row.content.get(locale) or {}
    return words if words.get("headline") else {}


def _in_language(row: Row[Any], locale: str) -> Advertisement:
    words = _words(row, locale)
    return Advertisement(
        campaign_id=row.id,
        kind=row.kind,
        headline=words["headline"],
        text=words.get("text", ""),
        link=words.get("link") or row.link,
        media_file_id=row.media_file_id,
        cap=row.cap,
    )


def target(session: Session, campaign_id: int, locale: str, now: datetime) -> str | None:
    """Where a click leads: the campaign's own stored link while it runs, else None. Raises NotFound."""
    found = campaign(session, campaign_id)
    words = _words(found, locale)
    if state_of(found, now) != "running" or not words:
        return None
    link = words.get("link") or found.link
    return link if is_link(link) else None


# --- for the panel -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CampaignRow:
    """A campaign of the list with what became of it in the last days."""

    campaign: Campaign
    state: str  # running | waiting | over | paused
    views: int
    clicks: int


def state_of(campaign: Campaign, now: datetime) -> str:
    """What a campaign does now."""
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return "over"
    if not campaign.active:
        return "paused"
    return "waiting" if campaign.starts_at is not None and campaign.starts_at > now else "running"


def campaign(session: Session, campaign_id: int) -> Campaign:
    """One campaign. Raises NotFound."""
    found = session.scalar(select(Campaign).where(Campaign.id == campaign_id))
    if found is None:
        raise NotFound
    return found


def campaigns_list(session: Session, since: date, now: datetime) -> list[CampaignRow]:
    """Every campaign with its sums since a day, the newest first. Two statements."""
    counted = select(CampaignDay.campaign_id, func.sum(CampaignDay.views), func.sum(CampaignDay.clicks))
    rows = session.execute(counted.where(CampaignDay.day >= since).group_by(CampaignDay.campaign_id))
    sums = {campaign_id: (int(views), int(clicks)) for campaign_id, views, clicks in rows}
    every = session.scalars(select(Campaign).order_by(Campaign.id.desc()))
    return [CampaignRow(each, state_of(each, now), *sums.get(each.id, (0, 0))) for each in every]


def days_of(session: Session, campaign_id: int, since: date) -> dict[date, tuple[int, int]]:
    """day -> (views, clicks), only for days on which there was something."""
    columns = (CampaignDay.day, CampaignDay.views, CampaignDay.clicks)
    found = select(*columns).where(CampaignDay.campaign_id == campaign_id, CampaignDay.day >= since)
    return {day: (views, clicks) for day, views, clicks in session.execute(found)}
