"""For whom the person at the screen buys: an account in which it may order. Visitors see the common prices."""

from __future__ import annotations

from flask import g, session

from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.queries import AccountAccess
from webapp.surfaces.shared.current import database, person

#: Where the account switcher of the subscriber panel keeps its choice.
CHOSEN = "account"


def buying_accounts() -> list[AccountAccess]:
    """The accounts in which the signed-in person may order, the chosen one first; none for a visitor."""
    if "buying_accounts" not in g:
        g.buying_accounts = _load()
    found: list[AccountAccess] = g.buying_accounts
    return found


def _load() -> list[AccountAccess]:
    someone = person()
    if someone is None:
        return []
    with database().reading() as db:
        mine = [access for access in accounts.accounts_of(db, someone.id) if "order" in access.rights]
    chosen = session.get(CHOSEN)
    return sorted(mine, key=lambda access: access.account.id != chosen)


def account_id() -> int | None:
    """Whose prices are shown: those of the account that would buy."""
    mine = buying_accounts()
    return mine[0].account.id if mine else None


def choose(account: int) -> None:
    """Buy for this account from now on. The caller has checked that the person may."""
    if account_id() != account:
        session[CHOSEN] = account
        g.pop("buying_accounts", None)
