"""Words for stored names, for the templates of the panel."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from webapp.foundation.i18n import N_, format_date, format_percent, gettext
from webapp.reseller.billing.models import LedgerPosting
from webapp.surfaces.shared.current import site

#: First part of a ledger entry's name -> what it was.
ENTRIES = {
    "payment": N_("Payment arrived"),
    "settle": N_("Proforma paid"),
    "return": N_("Back for what was not delivered"),
    "topup": N_("Topped up"),
    "hold": N_("Ordered at the registry"),
    "release": N_("Back for what was not delivered"),
}


def posting_word(posting: LedgerPosting) -> str:
    """What moved the money."""
    kind = posting.entry.partition(":")[0]
    return gettext(ENTRIES[kind]) if kind in ENTRIES else posting.entry


def rate_text(rate_bp: int) -> str:
    """2300 -> "23%"."""
    return format_percent(Decimal(rate_bp) / 10_000)


def day_of(instant: datetime) -> str:
    """The business date of an instant, where its hour says nothing."""
    return format_date(instant.astimezone(ZoneInfo(site().timezone)).date())
