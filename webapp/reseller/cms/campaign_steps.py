"""What a partner does with advertisements: write, pause, go on, delete. The shop shows it within a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.partners import audit
from webapp.reseller.partners.operations import bump_content

from .campaigns import POSITIONS
from .fields import is_link
from .models import Campaign, CampaignDay, MediaFile

LONGEST_NAME, LONGEST_HEADLINE, LONGEST_TEXT = 80, 60, 120
MOST_CAMPAIGNS, HEAVIEST, HIGHEST_CAP = 200, 100, 100

Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Draft:
    """Everything that a campaign holds; `content`: {locale: {"headline", "text", "link"}}, see `Campaign`."""

    name: str
    position: str
    kind: str
    link: str
    content: Words = field(default_factory=dict)
    media_file_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weight: int = 1
    audience: str = "everyone"
    cap: int = 0


def is_target(link: str) -> bool:
    """A path on this shop, or an https address of a host: nothing that runs, no name in front of the host."""
    if not is_link(link) or not link.startswith(("/", "https://")):
        return False
    try:
        parts = urlsplit(link)
        named = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return link.startswith("/") or (named and bool(parts.hostname) and "@" not in parts.netloc)


def save(session: Session, actor: audit.Actor, draft: Draft, campaign_id: int | None = None) -> Campaign:
    """A new campaign, or another form of one. Raises Refusal at the field that is wrong."""
    _check(session, draft)
    campaign = _own(session, campaign_id) if campaign_id is not None else _new(session)
    campaign.name, campaign.position, campaign.kind = draft.name.strip(), draft.position, draft.kind
    campaign.media_file_id = draft.media_file_id if draft.kind == "picture" else None
    campaign.content, campaign.link = _tidy(draft.content), draft.link.strip()
    campaign.starts_at, campaign.ends_at = draft.starts_at, draft.ends_at
    campaign.weight, campaign.audience, campaign.cap = draft.weight, draft.audience, draft.cap
    session.add(campaign)
    session.flush()
    audit.record(session, actor, "campaign.saved", "campaign", campaign.id, campaign.name)
    bump_content(session)
    return campaign


def set_active(session: Session, actor: audit.Actor, campaign_id: int, active: bool) -> Campaign:
    """Pause a campaign, or let it go on."""
    campaign = _own(session, campaign_id)
    if campaign.active != active:
        campaign.active = active
        deed = "campaign.resumed" if active else "campaign.paused"
        audit.record(session, actor, deed, "campaign", campaign.id, campaign.name)
        bump_content(session)
    return campaign


def remove(session: Session, actor: audit.Actor, campaign_id: int) -> str:
    """Delete a campaign and its figures; returns its name."""
    campaign = _own(session, campaign_id)
    session.execute(delete(CampaignDay).where(CampaignDay.campaign_id == campaign.id))
    audit.record(session, actor, "campaign.deleted", "campaign", campaign.id, campaign.name)
    session.delete(campaign)
    bump_content(session)
    return campaign.name


def _own(session: Session, campaign_id: int) -> Campaign:
    campaign = session.scalar(select(Campaign).where(Campaign.id == campaign_id))
    if campaign is None:
        raise NotFound
    return campaign


def _new(session: Session) -> Campaign:
    if len(session.scalars(select(Campaign.id)).all()) >= MOST_CAMPAIGNS:
        raise Refusal("too_many", N_("A shop takes at most %(most)s ads. Delete one first."), most=MOST_CAMPAIGNS)
    return Campaign(created_at=clock.now(), active=True)


def _tidy(content: Words) -> dict[str, dict[str, str]]:
    """Per language what was filled in; a language without a headline is left out."""
    tidied = {
        locale: {name: text.strip() for name, text in words.items() if text.strip()}
        for locale, words in content.items()
    }
    return {locale: words for locale, words in tidied.items() if words.get("headline")}


# --- what is refused -----------------------------------------------------------------------------------------


def _check(session: Session, draft: Draft) -> None:
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME:
        raise Refusal("name", N_("Give the ad a name of at most %(max)s characters."), "name", max=LONGEST_NAME)
    if draft.position not in POSITIONS:
        raise Refusal("position", N_("Choose one of the list."), "position")
    if draft.ends_at and draft.starts_at and draft.ends_at <= draft.starts_at:
        raise Refusal("ends", N_("The last day is before the first one."), "last_day")
    if not 1 <= draft.weight <= HEAVIEST:
        raise Refusal("weight", N_("Write a whole number from 1 to %(max)s."), "weight", max=HEAVIEST)
    if not 0 <= draft.cap <= HIGHEST_CAP:
        raise Refusal("cap", N_("Write a whole number from 0 to %(max)s."), "cap", max=HIGHEST_CAP)
    _check_links(draft)
    _check_words(draft)
    _check_picture(session, draft)


def _check_links(draft: Draft) -> None:
    links = [("link", draft.link)] + [
        (f"link_{locale}", words.get("link", "")) for locale, words in draft.content.items()
    ]
    for name, link in links:
        if (name == "link" or link.strip()) and not is_target(link.strip()):
            message = N_("Write a path of your shop, such as /pl/page/offer, or an address that begins with https://.")
            raise Refusal("link", message, name)


def _check_words(draft: Draft) -> None:
    content = _tidy(draft.content)
    for locale, words in content.items():
        for name, longest in (("headline", LONGEST_HEADLINE), ("text", LONGEST_TEXT)):
            if len(words.get(name, "")) > longest:
                raise Refusal("too_long", N_("At most %(max)s characters."), f"{name}_{locale}", max=longest)
    if not content:
        first = next(iter(draft.content), "en")
        raise Refusal("headline", N_("Write a headline in at least one language."), f"headline_{first}")


def _check_picture(session: Session, draft: Draft) -> None:
    if draft.kind not in ("picture", "text"):
        raise Refusal("kind", N_("Choose one of the list."), "kind")
    if draft.kind == "text":
        return
    found = select(MediaFile.id).where(MediaFile.id == draft.media_file_id)
    if draft.media_file_id is None or session.scalar(found) is None:
        raise Refusal("picture", N_("Choose a picture of your library, or make it an ad of text."), "picture")
