"""Rules for proformas: when unpaid ones are reminded of and given up, what is activated by itself, when to warn."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.billing import reminding
from webapp.reseller.orders import automatic, funds
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.forms import Form, lazy, respond

from .blueprint import bp
from .settings import settings_tabs


class RulesForm(Form):
    """What happens to proformas without anybody looking at them."""

    days = StringField(
        lazy("Remind of unpaid ones on these days"),
        description=lazy("Days from the due date, with commas: -7 is a week before, 1 the day after. Empty: never."),
        render_kw={"autocomplete": "off", "inputmode": "text"},
    )
    cancel_after = IntegerField(
        lazy("Cancel unpaid ones so many days after the due date"),
        [
            InputRequired(lazy("Write a number; 0 for never.")),
            NumberRange(0, 180, lazy("Write a number from 0 to 180.")),
        ],
        description=lazy("0: never."), render_kw={"inputmode": "numeric"},
    )  # fmt: skip
    automatic = BooleanField(
        lazy("Activate proformas by themselves as soon as they are paid"),
        description=lazy(
            "Otherwise a person activates each of them. Ones that were written by hand have nothing to activate."
        ),
    )
    threshold = AmountField(
        lazy("Write to the owners when the balance with the operator falls below"),
        [InputRequired(lazy("Write an amount; 0 for never."))],
        description=lazy("Whatever stands here, they are told when something that is paid waits for the balance."),
    )

    def day_list(self) -> list[int]:
        """The days as numbers. Raises Refusal for what is none."""
        typed = (self.days.data or "").replace("−", "-").replace(";", ",")
        try:
            return [int(part) for part in typed[:200].split(",") if part.strip()]
        except ValueError as problem:
            raise Refusal(
                "days", _("Write whole numbers with commas between them, for example -7, 1, 7."), "days"
            ) from problem


@bp.route("/settings/proformas", methods=["GET", "POST"])
@people.role("owner")
def proforma_rules() -> ResponseReturnValue:
    """The rules on one page."""
    with database().reading() as session:
        partner = partners.partner(session)
    schedule = reminding.schedule_of(partner)
    days = ", ".join(map(str, schedule.days))
    shown = {"days": days, "cancel_after": schedule.cancel_after, "automatic": automatic.activates(partner)}
    form = RulesForm(data=shown | {"threshold": funds.threshold_of(partner)})
    if form.accepted() and _saved(form):
        flash(_("Saved."))
        return redirect(url_for("sales.proforma_rules"), 303)
    return respond("sales/proforma_rules.html", form, title=_("Settings"), tab_list=settings_tabs())


def _saved(form: RulesForm) -> bool:
    try:
        with database().writing() as session:
            reminding.change_schedule(session, actor(), form.day_list(), form.cancel_after.data or 0)
            automatic.set_activation(session, actor(), bool(form.automatic.data))
            funds.set_threshold(session, actor(), int(form.threshold.data or 0))
    except NotFound:
        raise
    except Refusal as refusal:
        # The balance's amount is called differently here.
        form.refuse(Refusal(refusal.code, refusal.message, "threshold" if refusal.field == "amount" else refusal.field))
        return False
    return True
