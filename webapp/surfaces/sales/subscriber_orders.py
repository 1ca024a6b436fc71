"""Ordering for a subscriber who called or wrote (H-25): the same cart, prices and proforma as in the shop."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import current_locale, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.catalog import plans
from webapp.reseller.orders import behalf
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, lazy, respond

from .blueprint import bp

MOST_NAMES, LONGEST = 50, 10


class BehalfForm(Form):
    """What the subscriber wants. `key` makes a double click one order."""

    names = TextAreaField(
        lazy("Domain names"),
        [Optional(), Length(max=8000)],
        description=lazy("One a line, for example example.com. They are registered when the proforma is activated."),
        render_kw={"rows": 5, "spellcheck": "false", "autocapitalize": "none"},
    )
    product = SelectField(lazy("Hosting, certificate or another product"))
    subject = StringField(
        lazy("For which name"),
        [Optional(), Length(max=253)],
        description=lazy("The domain that the product is for, if it is for one."),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"},
    )
    years = SelectField(lazy("For"))
    code = StringField(
        lazy("Discount code"), [Optional(), Length(max=60)], render_kw={"autocomplete": "off", "spellcheck": "false"}
    )
    key = HiddenField(validators=[InputRequired(), Length(max=64)])

    def __init__(self, products: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.product.choices = [("", _("None")), *products]
        if not products:
            del self.product, self.subject
        years = range(1, LONGEST + 1)
        self.years.choices = [(str(number), ngettext("%(num)s year", "%(num)s years", number)) for number in years]

    def wanted(self) -> list[behalf.Wanted]:
        """Each name once, in the order in which they were typed."""
        typed = (self.names.data or "").replace(",", "\n").replace(";", "\n").split()
        years, product = int(self.years.data), self.product.data if "product" in self else ""
        names = [behalf.Wanted(name, years) for name in dict.fromkeys(typed)]
        return [*names, behalf.Wanted((self.subject.data or "").strip(), years, product)] if product else names


@bp.route("/subscribers/<int:account_id>/order", methods=["GET", "POST"])
@people.idempotent
def order_for_subscriber(account_id: int) -> ResponseReturnValue:
    """Names and years; out comes the proforma, which goes to the subscriber by mail."""
    with database().reading() as session:
        account, products = accounts.account(session, account_id), _products(session, account_id)
    form = BehalfForm(products, data={"key": secrets.token_urlsafe(18)})
    if form.accepted() and (proforma_id := _ordered(form, account_id)):
        flash(_("Ordered. The proforma is on its way to the subscriber."))
        return redirect(url_for("sales.proforma", proforma_id=proforma_id), 303)
    title = _("Order for %(name)s", name=account.name)
    return respond("sales/subscriber_order.html", form, title=title, account=account)


def _products(session: Session, account_id: int) -> list[tuple[str, str]]:
    """(code, name) of what can be ordered besides names, at prices of this subscriber."""
    today = clock.today(site().timezone)
    kinds = [kind for kind, module in plans.MODULES.items() if module in site().modules]
    found = plans.plans_on_sale(session, kinds, site().currency, today, account_id)
    return [(offer.product.code, plans.name_in(offer.product, current_locale())) for offer in found]


def _ordered(form: BehalfForm, account_id: int) -> int | None:
    wanted = form.wanted()
    if len(wanted) > MOST_NAMES:
        form.refuse(Refusal("many", _("Order at most %(most)s names at once.", most=MOST_NAMES), field="names"))
        return None
    try:
        with database().writing() as session:
            order = behalf.order_for(
                session, actor(), account_id, wanted, form.key.data or "", code=(form.code.data or "").strip()
            )
            return order.proforma_id
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return None
