"""What the shop mailed me, readable again."""

from __future__ import annotations

from webapp.foundation.i18n import gettext as _
from webapp.reseller.notifications import queries as notifications
from webapp.reseller.orders import subscriber
from webapp.surfaces.shared.current import database, signed_in
from webapp.surfaces.shared.lists import page_number, pages_of
from webapp.surfaces.shared.rendering import render

from . import mine
from .blueprint import bp


@bp.get("/messages")
@mine.needs("view")
def messages() -> str:
    """The list, the newest first."""
    with database().reading() as session:
        found = subscriber.messages(session, mine.account_id(), signed_in().id, page_number())
    return render("account/messages.html", title=_("Messages"), found=found, page_url=pages_of("account.messages"))


@bp.get("/messages/<int:message_id>")
@mine.needs("view")
def message(message_id: int) -> str:
    """One mail as text."""
    with database().reading() as session:
        found = subscriber.message(session, mine.account_id(), signed_in().id, message_id)
    return render("account/message.html", title=found.subject, message=found, readable=notifications.readable(found))
