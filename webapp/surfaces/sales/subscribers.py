"""Subscribers: the list, and one with contacts, domains, proformas, credit, consents and log."""

from __future__ import annotations

from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import queries as billing
from webapp.reseller.desk import lists
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import AuditEvent
from webapp.reseller.services import queries as services
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

CONSENTS = {
    "terms": N_("Terms of the shop"),
    "immediate_performance": N_("Start before the withdrawal period ends"),
    "newsletter": N_("Offers by mail"),
}
RIGHTS = {
    "view": N_("see"),
    "order": N_("order"),
    "pay": N_("pay"),
    "manage": N_("manage"),
    "people": N_("invite people"),
}


@bp.get("/subscribers")
def subscribers() -> str:
    """The list, by any part of name, company, tax number, e-mail, telephone or town."""
    text = wanted("q")
    with database().reading() as session:
        found = accounts.search_accounts(session, text, page_number())
        contacts = accounts.default_contacts(session, [account.id for account in found.items])
        amounts = lists.credit_amounts(session, [account.id for account in found.items], site().currency)
    return render(
        "sales/subscribers.html",
        title=_("Subscribers"),
        found=found,
        contacts=contacts,
        credits=amounts,
        text=text,
        page_url=pages_of("sales.subscribers", q=text),
    )


@bp.get("/subscribers/<int:account_id>")
def subscriber(account_id: int) -> str:
    """One subscriber."""
    with database().reading() as session:
        account = accounts.account(session, account_id)
        return render(
            "sales/subscriber.html",
            title=account.name,
            account=account,
            contacts=accounts.contacts(session, account_id),
            people=accounts.people_of(session, account_id),
            consents=accounts.consents(session, account_id),
            domains=services.domains(session, account_id=account_id),
            proformas=billing.proformas(session, account_id=account_id),
            credit=billing.credit(session, account_id, site().currency),
            postings=billing.postings_of(session, account_id),
            events=_events(session, account_id),
            consent_words={kind: _(word) for kind, word in CONSENTS.items()},
            right_words={right: _(word) for right, word in RIGHTS.items()},
        )


def _events(session: Session, account_id: int) -> list[AuditEvent]:
    return partners.audit_events(session, object_kind="account", object_id=account_id).items
