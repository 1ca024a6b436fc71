"""Names of a partner's shop: the operator vouches for one whose DNS it knows, or ends one."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import tenancy
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import host_names, hosts, queries
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, settings
from webapp.surfaces.shared.deeds import told

from .blueprint import bp
from .partners import HostForm, partner_page


@bp.post("/partners/<int:partner_id>/hosts")
@people.idempotent
def add_partner_host(partner_id: int) -> ResponseReturnValue:
    """Let the shop answer at a name at once, without waiting for what its DNS says."""
    form = HostForm(prefix="host-")
    if not form.accepted() or not _vouched(partner_id, form):
        return partner_page(partner_id, host=form)
    flash(_("The shop answers there now. Its certificate comes with the first visit."))
    return redirect(url_for("operator.partner", partner_id=partner_id), 303)


def _vouched(partner_id: int, form: HostForm) -> bool:
    platform = settings().platform_host
    with database().reading(tenancy.Tenant(partner_id)) as session:
        queries.partner(session)  # or 404
    try:
        name = host_names.understood(form.name.data or "", platform)
        with database().writing(tenancy.Platform("operator")) as session:
            hosts.add_host(session, actor(), partner_id, name, platform_host=platform)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


@bp.post("/partners/<int:partner_id>/hosts/<int:host_id>/detach")
@people.idempotent
def detach_partner_host(partner_id: int, host_id: int) -> ResponseReturnValue:
    """Let the shop stop answering at a name."""
    with told():
        with database().writing(tenancy.Tenant(partner_id)) as session:
            name = hosts.detach(session, actor(), host_id).name
        flash(_("The shop does not answer at %(name)s any more.", name=name))
    return redirect(url_for("operator.partner", partner_id=partner_id), 303)
