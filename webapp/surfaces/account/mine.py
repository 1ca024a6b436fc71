"""Which of the person's accounts is being looked at, and what the person may do there.

A list is that of the account at hand (`@needs("view")`); a page of one thing says whose it is
(`enter(account_id, "view")`), so that a link in a mail works whichever account was looked at before. Rights: "view"
names and papers, "order" and renew, "pay", "manage" names and addresses, "people".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, g, session

from webapp.foundation.refusal import NotFound
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.queries import AccountAccess
from webapp.surfaces.shared.current import database, person, signed_in

from .blueprint import bp

_CHOSEN = "account"
_View = TypeVar("_View", bound=Callable[..., Any])

#: Rights that open proformas: who orders must see what is to be paid, an accountant pays and sees nothing else.
PAPERS = ("view", "order", "pay")


def accesses() -> list[AccountAccess]:
    """Every account in which the person may do something; asked for once per request."""
    if "accesses" not in g:
        with database().reading() as db:
            g.accesses = accounts.accounts_of(db, signed_in().id)
    return cast(list[AccountAccess], g.accesses)


@bp.before_request
def _ask_first() -> None:
    """Before any view opens a database session of its own: one request never holds two connections."""
    if person():
        accesses()


def access() -> AccountAccess | None:
    """The account at hand: the chosen one, else the person's first. None for a person without an account."""
    every, chosen = accesses(), session.get(_CHOSEN)
    return next((each for each in every if each.account.id == chosen), every[0] if every else None)


def account_id() -> int:
    """The account at hand. Raises NotFound for a person without one."""
    here = access()
    if here is None:
        raise NotFound
    return here.account.id


def may(*rights: str) -> bool:
    """Whether the person has one of these rights in the account at hand; staff who look in never pay for somebody."""
    here, someone = access(), person()
    if rights == ("pay",) and someone is not None and someone.through:
        return False
    return here is not None and not here.rights.isdisjoint(rights)


def needs(*rights: str) -> Callable[[_View], _View]:
    """Close a view to those who have none of these rights in the account at hand."""

    def close(view: _View) -> _View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            require(*rights)
            return view(*args, **kwargs)

        return cast(_View, checked)

    return close


def require(*rights: str) -> None:
    """403 for those who have none of these rights in the account at hand."""
    if not may(*rights):
        abort(403)


def choose(wanted: int) -> None:
    """Look at this account from now on. Raises NotFound when the person is no member of it."""
    if wanted not in {each.account.id for each in accesses()}:
        raise NotFound
    if account_id() != wanted:
        session[_CHOSEN] = wanted


def enter(owner: int, *rights: str) -> None:
    """Before showing or changing a thing of account `owner`: NotFound for strangers, 403 without one of the rights."""
    choose(owner)
    require(*rights)


def keep_choice() -> Callable[[], None]:
    """What to call after a fresh sign-in, so that the same account stays at hand."""
    chosen = session.get(_CHOSEN)

    def restore() -> None:
        if chosen is not None:
            session[_CHOSEN] = chosen

    return restore
