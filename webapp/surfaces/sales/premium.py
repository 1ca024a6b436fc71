"""Premium names: what the shop asks on top of the registry's own price, or nothing, so that visitors ask."""

from __future__ import annotations

from decimal import Decimal

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DecimalField
from wtforms.validators import NumberRange, Optional

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.catalog import premium
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import Form, lazy, respond

from . import price_words
from .blueprint import bp


class MarkupForm(Form):
    """A rate in per cent; empty: no price is shown."""

    markup = DecimalField(
        lazy("Mark-up on the registry's price, in per cent"),
        [Optional(), NumberRange(0, 900, lazy("The mark-up must be between 0 and 900 per cent."))],
        description=lazy("Tax is added where your prices include it. Empty: “Ask us” stands there instead of a price."),
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )


@bp.route("/prices/premium", methods=["GET", "POST"])
@people.idempotent
def premium_names() -> ResponseReturnValue:
    """The rule for names that the registry prices one by one."""
    with database().reading() as session:
        rule = premium.rule(session)
    form = MarkupForm(data={"markup": Decimal(rule.markup_bp) / 100 if rule else None})
    if request.method == "POST" and form.accepted() and _saved(form):
        flash(_("The rule for premium names holds from now on."))
        return redirect(url_for("sales.premium_names"), 303)
    tabs_list = price_words.tabs_of("sales.premium_names")
    return respond("sales/premium.html", form, title=_("Premium names"), tabs_list=tabs_list)


def _saved(form: MarkupForm) -> bool:
    markup = form.markup.data
    try:
        with database().writing() as session:
            premium.set_markup(session, actor(), None if markup is None else int(markup * 100))
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True
