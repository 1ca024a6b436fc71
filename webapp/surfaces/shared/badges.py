"""States as a subscriber should see them: in the panel and in frames. What is the partner's affair is not said."""

from __future__ import annotations

from datetime import date

from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import pgettext
from webapp.reseller.billing.models import Proforma


def proforma_badge(document: Proforma, today: date) -> tuple[str, str]:
    """(state of the badge, its words if they differ from the usual ones) as a subscriber should see it."""
    if document.state == "issued":
        return ("overdue", "") if document.due_date < today else ("issued", pgettext("state", "to pay"))
    return document.state, ""


def domain_badge(state: str, paid: bool = False) -> tuple[str, str]:
    """(state of the badge, its words if they differ from the usual ones) as a subscriber should see it, services' too.

    `paid`: its proforma is paid, but not activated yet.
    """
    if paid and state == "awaiting_payment":
        return "paid", ""
    shown = {
        "awaiting_funds": ("provisioning", ""),
        "needs_attention": ("waiting", _("being checked")),
        "cancelled": ("cancelled", ""),
    }
    return shown.get(state, (state, ""))
