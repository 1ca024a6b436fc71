"""Opening a subscriber's panel and looking through the subscriber's eyes (H-21)."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.accounts import entering
from webapp.reseller.accounts import queries as accounts
from webapp.surfaces.shared.current import actor, database, settings, site
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


@bp.route("/subscribers/<int:account_id>/panel", methods=["GET", "POST"])
def open_panel(account_id: int) -> ResponseReturnValue:
    """Say what will happen; then make the way in, which works once and for a minute."""
    with database().reading() as session:
        account = accounts.account(session, account_id)
        people = [each.user for each in accounts.people_of(session, account_id) if each.user.status == "active"]
        closed = account.status != "active"
    if request.method != "POST":  # HEAD too
        title = _("Open the panel of %(name)s", name=account.name)
        return render("sales/subscriber_enter.html", title=title, account=account, people=people, closed=closed)
    user_id = number_in(request.form, "user") or 0
    if user_id not in {user.id for user in people}:
        raise NotFound
    with database().writing() as session:
        code = entering.give(session, actor(), account_id, user_id)
    address = f"{site().origin(settings())}/account/enter/{code}?account={account_id}"
    return render("sales/subscriber_entered.html", title=_("The panel opens"), account=account, address=address)
