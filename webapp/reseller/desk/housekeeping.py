"""Daily cleaning over all partners: what nobody can use any more is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.foundation.schema import Base
from webapp.reseller.accounts.models import OneTimeToken, UserSignIn
from webapp.reseller.orders.models import Cart, CartItem
from webapp.reseller.partners.models import OperatorSignIn, StaffSignIn

#: Baskets live as long as the cookie that leads to them (foundation/sessions.py).
CART_LIFETIME = timedelta(days=30)
#: Ended sign-ins are shown in "where you are signed in" for a while.
SHOWN_AFTER_END = timedelta(days=30)

_SIGN_INS: tuple[type[Base], ...] = (UserSignIn, StaffSignIn, OperatorSignIn)
_SCOPE = tenancy.Platform("tick")


class Context(Protocol):
    """What these jobs need of the tick's context."""

    @property
    def database(self) -> Database: ...


def forget_carts(context: Context) -> str:
    """Baskets that nobody has touched for as long as their cookie lives."""
    with context.database.writing(_SCOPE) as session:
        old = Cart.updated_at < clock.now() - CART_LIFETIME
        _delete(session, CartItem, CartItem.cart_id.in_(select(Cart.id).where(old)))
        return f"{_delete(session, Cart, old)} baskets"


def forget_sign_ins(context: Context) -> str:
    """Sign-ins and one-time links that ended long ago."""
    before = clock.now() - SHOWN_AFTER_END
    with context.database.writing(_SCOPE) as session:
        # Links first: those that hand a sign-in over point to it, and end no later.
        links = _delete(session, OneTimeToken, OneTimeToken.expires_at < before)
        sign_ins = sum(_delete(session, model, _ended(model, before)) for model in _SIGN_INS)
    return f"{sign_ins} sign-ins, {links} links"


def _ended(model: Any, before: datetime) -> ColumnElement[bool]:
    return cast("ColumnElement[bool]", model.expires_at < before)


def _delete(session: Session, model: type[Base], where: ColumnElement[bool]) -> int:
    statement = delete(model).where(where).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
