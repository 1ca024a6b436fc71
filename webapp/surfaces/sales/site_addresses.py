"""Old addresses that lead on: made by themselves when a page moves, or by hand for those of an older website."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.cms import queries, redirects
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import Form, lazy, respond

from .blueprint import bp

_ADDRESS = {"inputmode": "url", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


class RedirectForm(Form):
    """From where to where."""

    path = StringField(
        lazy("Old address"),
        [InputRequired(lazy("Please fill in this field.")), Length(max=500)],
        description=lazy("For example /offer.html"),
        render_kw=_ADDRESS,
    )
    target = StringField(
        lazy("Leads to"),
        [Optional(), Length(max=500)],
        description=lazy(
            "A path of your shop or an address with https://. Empty: visitors read that the page is gone."
        ),
        render_kw={**_ADDRESS, "list": "own-pages"},
    )


@bp.route("/site/addresses", methods=["GET", "POST"])
def site_addresses() -> ResponseReturnValue:
    """The list, and one more."""
    form = RedirectForm()
    if form.accepted() and _added(form):
        flash(_("Added. Visitors of the old address are led on now."))
        return redirect(url_for("sales.site_addresses"), 303)
    with database().reading() as session:
        rows = redirects.rows(session)
        own = [queries.page_path(page.locale, page.slug) for page in queries.public_pages(session)]
    return respond("sales/site_addresses.html", form, title=_("Addresses"), rows=rows, own=own)


def _added(form: RedirectForm) -> bool:
    try:
        with database().writing() as session:
            redirects.add(session, actor(), form.path.data or "", form.target.data or "")
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


@bp.post("/site/addresses/<int:redirect_id>/remove")
def remove_site_address(redirect_id: int) -> ResponseReturnValue:
    """Forget one."""
    with database().writing() as session:
        redirects.remove(session, actor(), redirect_id)
    flash(_("Removed. The old address does not lead anywhere any more."))
    return redirect(url_for("sales.site_addresses"), 303)
