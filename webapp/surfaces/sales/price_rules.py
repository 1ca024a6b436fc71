"""The mark-up that makes prices (H-41): what it is, what another one would change, and applying it.

The same page has the rule of a price group (`group`), which starts from the common prices or from what things cost.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, RadioField, SelectField

from webapp.foundation import clock
from webapp.foundation.i18n import N_, format_date, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import price_groups, recompute, rule_trial, rules
from webapp.reseller.catalog.facts import OPERATIONS, REGISTER, RENEW
from webapp.reseller.catalog.models import PriceRule
from webapp.reseller.catalog.price_groups import GroupRow
from webapp.reseller.catalog.rules import COMMON, WHOLESALE, RuleDraft
from webapp.surfaces.shared import people
from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, MayBeEmpty, lazy, respond, said
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from . import price_words
from .blueprint import bp
from .price_words import PercentField

#: Words of the choices of roundings.
_ROUNDINGS = {-1: N_("not at all"), 0: N_("up to .00"), 90: N_("up to .90"), 99: N_("up to .99")}


class RuleForm(Form):
    """A mark-up. What stays empty is zero."""

    base = RadioField(lazy("Prices start from"), default=WHOLESALE)
    operation = SelectField(lazy("For"), default="")
    percent = PercentField(lazy("Per cent"), [MayBeEmpty()])
    amount = AmountField(lazy("Amount for a year"), [MayBeEmpty()])
    ending = SelectField(lazy("Rounded"), coerce=int, default=-1)
    valid_from = DateField(lazy("Holds from"), [MayBeEmpty()], description=lazy("Empty: from now on."))


def rule_form(kind: str, group: GroupRow | None, shown: PriceRule | None = None) -> RuleForm:
    """The form as a rule says it, or as it was sent."""
    data: dict[str, Any] = {"base": COMMON if group else WHOLESALE, "ending": 99 if shown is None and not group else -1}
    if shown is not None:
        data |= {"base": shown.base, "operation": shown.operation, "ending": shown.ending}
        data |= {"percent": shown.percent_bp or None, "amount": shown.amount or None}
    form = RuleForm(data=data)
    form.ending.choices = [(number, _(word)) for number, word in _ROUNDINGS.items()]
    bases = {WHOLESALE: _("the wholesale price, without tax"), COMMON: _("the common price")}
    form.base.choices = [(name, word) for name, word in bases.items() if group or name == WHOLESALE]
    names = ((name, price_words.operation_word(name)) for name in _operations(kind))
    form.operation.choices = [("", _("everything else")), *names]
    return form


def _operations(kind: str) -> tuple[str, ...]:
    return OPERATIONS if kind == "domain" else (REGISTER, RENEW)


@bp.get("/prices/rules")
def price_rules() -> ResponseReturnValue:
    """The rules of a kind of service, and the form for another one."""
    kind, group = _target(request.args.get("kind", ""), request.args.get("group", ""))
    mine = _mine(kind, group)
    operation = request.args.get("operation", "")
    shown = next((rule for rule in mine if rule.operation == operation), None)
    form = rule_form(kind, group, shown)
    if shown is None and operation in _operations(kind):
        form.operation.data = operation
    return _page(form, kind, group)


@bp.post("/prices/rules")
def save_price_rule() -> ResponseReturnValue:
    """Apply the mark-up, or show what it would change (`preview`)."""
    kind, group = _target(request.form.get("kind", ""), request.form.get("group_rule", ""))
    form = rule_form(kind, group)
    if not form.accepted() or "preview" in request.form:
        return _page(form, kind, group)
    try:
        with database().writing() as session:
            draft, group_id, start = _draft(form), group.id if group else None, form.valid_from.data
            changed = rule_trial.try_out(session, kind, draft, group_id, start).count
            rules.set_rule(session, actor(), kind, draft, group_id, start)
            recompute.recompute(session, actor())
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form, kind, group)
    flash(_said(form, changed))
    return redirect(_address(kind, group), 303)


def _said(form: RuleForm, changed: int) -> str:
    start = form.valid_from.data
    if start is not None and start > clock.today(site().timezone):
        return _("The mark-up holds from %(day)s on; prices follow on that day.", day=format_date(start))
    return ngettext("Applied: %(num)s price has changed.", "Applied: %(num)s prices have changed.", changed)


@bp.post("/prices/rules/preview")
@people.idempotent
def preview_price_rule() -> str:
    """What the form would make of prices; nothing is kept."""
    kind, group = _target(request.form.get("kind", ""), request.form.get("group_rule", ""))
    form = rule_form(kind, group)
    form.validate()
    return render("sales/_rule_preview.html", **_preview(form, kind, group))


@bp.post("/prices/rules/drop")
@people.idempotent
def drop_price_rule() -> ResponseReturnValue:
    """End the rule of an operation (or the general one) today."""
    kind, group = _target(request.form.get("kind", ""), request.form.get("group_rule", ""))
    with database().writing() as session:
        rules.drop_rule(session, actor(), kind, request.form.get("operation", ""), group.id if group else None)
        changed = recompute.recompute(session, actor())
    flash(
        ngettext(
            "The rule is ended: %(num)s price has changed.", "The rule is ended: %(num)s prices have changed.", changed
        )
    )
    return redirect(_address(kind, group), 303)


# --- parts ---------------------------------------------------------------------------------------------------


def _target(kind: str, group_text: str) -> tuple[str, GroupRow | None]:
    """Which rules a page is about. Raises NotFound for what there is not."""
    if kind and kind not in rules.KINDS:
        raise NotFound
    if not group_text:
        return kind or "domain", None
    with database().reading() as session:
        return kind or "domain", price_groups.group(session, whole_number(group_text) or 0)


def _address(kind: str, group: GroupRow | None) -> str:
    return url_for("sales.price_rules", kind=None if kind == "domain" else kind, group=group.id if group else None)


def _mine(kind: str, group: GroupRow | None) -> list[PriceRule]:
    with database().reading() as session:
        return rules.in_force(session, clock.today(site().timezone)).mine(kind, group.id if group else None)


def _draft(form: RuleForm) -> RuleDraft:
    percent, amount = form.percent.data or 0, form.amount.data or 0
    return RuleDraft(
        form.base.data or WHOLESALE, int(percent), int(amount), form.ending.data, form.operation.data or ""
    )


def _page(form: RuleForm, kind: str, group: GroupRow | None) -> ResponseReturnValue:
    group_id = group.id if group else None
    with database().reading() as session:
        today = clock.today(site().timezone)
        book, coming = rules.in_force(session, today), rules.upcoming(session, kind, group_id, today)
    kinds = [
        {
            "label": _(price_words.KIND_WORDS[name]),
            "href": url_for("sales.price_rules", kind=name, group=group_id),
            "current": name == kind,
            "count": None,
        }
        for name in rules.KINDS
    ]
    values = _preview(form, kind, group) | {"kind": kind, "group": group, "kinds": kinds, "coming": coming}
    values |= {"rule_list": book.mine(kind, group_id), "tabs_list": price_words.tabs_of("sales.price_rules")}
    title = _("Mark-up of %(group)s", group=group.name) if group else _("Mark-up")
    return respond("sales/price_rules.html", form, title=title, **values)


def _preview(form: RuleForm, kind: str, group: GroupRow | None) -> dict[str, Any]:
    """What stands in the form, right or wrong, would do."""
    values = price_words.words(tried=None, problem="", ending_word=price_words.ending_word, money=price_words.money)
    if form.errors:
        return values | {"problem": _("Put the form right, and what would change stands here.")}
    try:
        with database().reading() as session:
            group_id = group.id if group else None
            return values | {"tried": rule_trial.try_out(session, kind, _draft(form), group_id, form.valid_from.data)}
    except Refusal as refusal:
        return values | {"problem": said(refusal)}
