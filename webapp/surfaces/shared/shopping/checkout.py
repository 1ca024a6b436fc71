"""From basket to order: who you are, then one look at everything, under a button that says that it obliges to pay.

The form carries the basket's revision and sum as they were shown, so a changed price or basket is shown and asked
again, and the same basket sent twice is one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.consents import own_hand
from webapp.reseller.cms import legal
from webapp.reseller.cms.legal import LegalView
from webapp.reseller.orders import carts
from webapp.reseller.orders.carts import PriceChange
from webapp.reseller.orders.documents import references
from webapp.reseller.orders.operations import Confirmation, place
from webapp.surfaces.shared.current import actor, cart_token, database, person, signed_in, site
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.sign_in import SignInForm
from webapp.surfaces.shared.subscribers import RegisterForm, registered, signed_in_by

from . import baskets
from .buyer import account_id, buying_accounts, choose
from .cart import tried_code
from .premium_names import refuse_premium
from .taxed import taxed_for

#: What stands on the button is law (directive 2011/83/EU, article 8(2)), so it is not left to a catalog.
ORDER_BUTTON = {
    "pl": "Zamawiam z obowiązkiem zapłaty",
    "de": "Zahlungspflichtig bestellen",
    "en": "Order with obligation to pay",
    "sk": "Objednať s povinnosťou platby",
    "hu": "Megrendelés fizetési kötelezettséggel",
    "ro": "Comandă cu obligația de plată",
}


#: What is agreed to when something else than names is ordered (directive 2011/83/EU, article 16(a) and (m)).
BEGIN_AT_ONCE = N_(
    "Please begin as soon as I have paid. I know that I lose my right of withdrawal when my order has been carried out"
)


class OrderForm(Form):
    """What is confirmed. `revision`, `total` and `terms_version` say what the page showed."""

    account = IntegerField()
    revision = IntegerField()
    total = IntegerField()
    terms_version = StringField()
    terms = BooleanField(
        lazy("I have read these documents and accept them"),
        [InputRequired(lazy("Please accept the documents; without them we cannot take your order."))],
    )
    at_once = BooleanField(
        lazy(
            "Please register the names as soon as I have paid. I know that I then lose my right of withdrawal, "
            "because a name is registered for me alone"
        ),
        [InputRequired(lazy("Please agree: a name can only be registered at once and for you alone."))],
    )


def checkout() -> ResponseReturnValue:
    """The way through the order; where one is depends on what is known already."""
    if request.method == "POST" and person() is not None:
        return _confirm(OrderForm())
    basket = baskets.now()
    if not basket.lines:
        return render("shopping/checkout_empty.html")
    if basket.changes:
        return redirect(url_for(".cart"), 303)  # which says what has changed, and asks
    if person() is None:
        return _who(RegisterForm(formdata=None), SignInForm(prefix="known", formdata=None))
    return _overview(OrderForm(formdata=None))


# --- who you are ---------------------------------------------------------------------------------------------


def checkout_register() -> ResponseReturnValue:
    """A new subscriber on the way to an order."""
    form = RegisterForm()
    if request.method == "GET" or person() is not None or registered(form):
        return redirect(url_for(".checkout"), 303)
    return _who(form, SignInForm(prefix="known", formdata=None))


def checkout_sign_in() -> ResponseReturnValue:
    """Somebody known on the way to an order."""
    form = SignInForm(prefix="known")
    if request.method == "GET" or person() is not None or signed_in_by(form):
        return redirect(url_for(".checkout"), 303)
    return _who(RegisterForm(formdata=None), form)


def _who(new: RegisterForm, known: SignInForm) -> ResponseReturnValue:
    wrong = next((form for form in (new, known) if form.errors), None)
    page = render("shopping/checkout_who.html", form=new, known=known, basket=baskets.now())
    return page, wrong.status if wrong else 200


# --- the order -----------------------------------------------------------------------------------------------


def _overview(form: OrderForm, changes: Sequence[PriceChange] = ()) -> ResponseReturnValue:
    """Everything that is ordered, for whom and on which terms."""
    basket, chosen = baskets.now(), form.account.data or account_id()
    if not basket.lines:
        return render("shopping/checkout_empty.html"), form.status if form.errors else 200
    with database().reading() as session:
        terms = _to_accept(session)
        contact = accounts.default_contact(session, chosen) if chosen and _may_buy(chosen) else None
        basket = taxed_for(session, basket, contact) if contact else basket
    values: dict[str, Any] = {"basket": basket, "changes": changes, "terms": terms, "contact": contact}
    values["terms_version"] = references(terms)
    if not basket.only_names:
        form.at_once.label.text = _(BEGIN_AT_ONCE)
    values |= {"code_at": "checkout", "looking": actor().through, **tried_code()}
    values |= {"buyers": [access.account for access in buying_accounts()], "chosen": chosen}
    button = ORDER_BUTTON[i18n.current_locale()]
    page = render("shopping/checkout.html", form=form, order_button=button, **values)
    return page, form.status if form.errors else 200


def _to_accept(session: Session) -> list[LegalView]:
    """What an order must accept: in the reader's language, else in the shop's first one."""
    return legal.required(session, *dict.fromkeys((i18n.current_locale(), site().locale)))


def _may_buy(account: int | None) -> bool:
    return any(access.account.id == account for access in buying_accounts())


def _confirm(form: OrderForm) -> ResponseReturnValue:
    if not form.accepted():
        return _overview(form)
    try:
        proforma_id = _place(form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _overview(form, _new_prices(form) if refusal.code == "price_changed" else ())
    return redirect(url_for(".thanks", proforma_id=proforma_id), 303)


def _place(form: OrderForm) -> int:
    """The id of the order's proforma. Raises Refusal when something has to be looked at once more."""
    own_hand(actor())  # staff who look through the subscriber's eyes accept nothing in another's name
    wanted = form.account.data or account_id()
    if not _may_buy(wanted) or wanted is None:
        raise Refusal("no_right", N_("You may not order for this account. Ask its owner for the right to order."))
    choose(wanted)
    refuse_premium([line.name for line in baskets.now().lines])
    with database().writing() as session:
        confirmed = Confirmation(
            cart_token=cart_token() or "",
            revision=form.revision.data or 0,
            total=form.total.data or 0,
            account_id=wanted,
            user_id=signed_in().id,
            terms_version=form.terms_version.data or "",
            locale=i18n.current_locale(),
            ip=request.remote_addr or "",
        )
        return place(session, actor(), confirmed).proforma_id


def _new_prices(form: OrderForm) -> Sequence[PriceChange]:
    """Write today's prices into the basket; the page shows them beside the old ones and asks again."""
    try:
        with database().writing() as session:
            return carts.refresh_prices(session, cart_token(), form.account.data or account_id())
    except NotFound:
        return ()
