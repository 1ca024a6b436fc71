"""Offered services (H-20): which modules the shop and the subscriber panel show."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.partners import branding
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, lazy, respond

from .blueprint import bp
from .settings import settings_tabs

#: What each service brings to a shop, in the order of branding.MODULES.
SERVICES = {
    "domains": (N_("Domains"), N_("Search, price list, basket and orders for domain names.")),
    "hosting": (
        N_("Hosting"),
        N_("Hosting plans in your shop and frames. You set them up; your task list says what is due."),
    ),
    "certificates": (
        N_("Certificates"),
        N_("Certificates in your shop and frames. You get them; your task list says what is due."),
    ),
    "other": (
        N_("Other products"),
        N_("Anything else that you do by hand: a website, a transfer of mailboxes, an hour of help."),
    ),
}


class ServicesForm(Form):
    """One box per service."""

    modules = SelectMultipleField(
        lazy("What you offer"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )


@bp.route("/settings/services", methods=["GET", "POST"])
@people.role("owner")
def offered_services() -> ResponseReturnValue:
    """Switch a service off or on; what subscribers own stays visible to them."""
    form = ServicesForm(data={"modules": sorted(site().modules)})
    form.modules.choices = [(name, _(SERVICES[name][0])) for name in branding.MODULES]
    if form.accepted():
        with database().writing() as session:
            branding.set_modules(session, actor(), form.modules.data or [])
        flash(_("Saved. Your shop follows at once."))
        return redirect(url_for("sales.offered_services"), 303)
    hints = {name: _(hint) for name, (_label, hint) in SERVICES.items()}
    return respond("sales/offered.html", form, title=_("Settings"), tab_list=settings_tabs(), hints=hints)
