"""Words for stored names, for the templates of the panel."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from webapp.foundation.i18n import format_date, format_percent
from webapp.surfaces.shared.current import site


def rate_text(rate_bp: int) -> str:
    """2300 -> "23%"."""
    return format_percent(Decimal(rate_bp) / 10_000)


def day_of(instant: datetime) -> str:
    """The business date of an instant, where its hour says nothing."""
    return format_date(instant.astimezone(ZoneInfo(site().timezone)).date())
