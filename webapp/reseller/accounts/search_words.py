"""By which words the panel finds a subscriber: names, companies, tax numbers, e-mails, telephones, towns."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.partners import search_keys

from .models import Account, Contact, Membership, User

KIND = "subscriber"


def index(session: Session, account_ids: Collection[int]) -> None:
    """Write the keys of these accounts anew, in the transaction that changed a name. Five statements."""
    session.flush()
    found: dict[int, list[str]] = {account_id: [] for account_id in account_ids}
    contact = (Contact.name, Contact.organisation, Contact.tax_id, Contact.email, Contact.phone, Contact.city)
    people = select(Membership.account_id, User.email).join(User, User.id == Membership.user_id)
    for statement in (
        select(Account.id, Account.name).where(Account.id.in_(account_ids)),
        select(Contact.account_id, *contact).where(Contact.account_id.in_(account_ids)),
        people.where(Membership.account_id.in_(account_ids)),
    ):
        for row in session.execute(statement):
            found[row[0]].extend(row[1:])
    search_keys.write(session, KIND, found)
