"""What the subscriber panel says about services that a person provides."""

from __future__ import annotations

from datetime import date

from webapp.foundation.i18n import format_date
from webapp.foundation.i18n import gettext as _
from webapp.reseller.services.models import Service

from .words import Said


def service_said(service: Service, due: date | None, paid: bool = False) -> Said:
    """Where a service stands; `due`: the day by which the shop wants to have it ready, `paid` as in badges.py."""
    until = format_date(service.ends_on, length="long") if service.ends_on else ""
    if service.state == "active":
        return Said("ok", _("It is ready for you"), _("It is paid until %(day)s.", day=until) if until else "")
    if service.state == "expiring":
        return Said("warn", _("It ends on %(day)s", day=until), _("Renew it before that day, so that it goes on."))
    if service.state == "expired":
        return Said("danger", _("It ended on %(day)s", day=until), _("You can still renew it for a short time."))
    if service.state == "suspended":
        return Said("danger", _("It is switched off"), _("Please write to us, so that we can tell you why."))
    return _on_its_way("provisioning" if paid and service.state == "awaiting_payment" else service.state, due)


def _on_its_way(state: str, due: date | None) -> Said:
    if state == "awaiting_payment":
        return Said("info", _("Waiting for your payment"), _("We set it up when your proforma is paid."))
    if state == "provisioning" and due:
        text = _("We expect to be ready by %(day)s and send you a mail then.", day=format_date(due, length="long"))
        return Said("info", _("We are setting it up"), text)
    if state == "cancelled":
        return Said("info", _("This order was cancelled"), _("It was not set up."))
    if state == "deleted":
        return Said("info", _("This service has ended"), _("Its time was over."))
    return Said("info", _("We are setting it up"), _("We send you a mail when it is ready."))
