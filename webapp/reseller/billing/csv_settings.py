"""The partner's own description of its bank's CSV."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

from .statements.csv_profiles import CsvProfile, from_settings, to_settings


def profile_of(partner: Partner) -> CsvProfile | None:
    """The kept description, None when there is none."""
    stored = (partner.settings or {}).get("bank", {}).get("csv")
    return from_settings(stored) if isinstance(stored, dict) else None


def keep_profile(session: Session, actor: Actor, profile: CsvProfile) -> None:
    """Keep a description for all imports to come."""
    partner = partners.partner(session)
    locked = session.scalars(select(Partner).where(Partner.id == partner.id).with_for_update()).one()
    settings = dict(locked.settings or {})
    locked.settings = settings | {"bank": settings.get("bank", {}) | {"csv": to_settings(profile)}}
    record(session, actor, "bank.csv_described", "partner", partner.id)
