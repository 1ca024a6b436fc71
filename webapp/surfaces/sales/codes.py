"""Discount codes (H-45): the list, making one or many, what each was used for, switching off. None is ever deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.i18n import ngettext
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import codes as catalog
from webapp.reseller.catalog import conditions as rules
from webapp.reseller.catalog.codes import KINDS, LONGEST_NOTE, MOST_AT_ONCE, Draft
from webapp.reseller.catalog.models import Product
from webapp.reseller.desk.audience import price_groups
from webapp.reseller.orders import discounts
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import lazy, respond
from webapp.surfaces.shared.rendering import render

from . import discount_form
from .blueprint import bp
from .discount_form import DiscountForm


class CodeForm(DiscountForm):
    """A code, or the beginning of many."""

    word = StringField(
        lazy("Code"), [Optional(), Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
        description=lazy("3 to 20 letters, digits and dashes. Capital or small letters are the same."),
    )  # fmt: skip
    count = IntegerField(
        lazy("How many codes"), [Optional(), NumberRange(1, MOST_AT_ONCE)], default=1,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
        description=lazy("More than one: each gets random letters behind what the code begins with."),
    )  # fmt: skip
    note = StringField(
        lazy("Note"), [Optional(), Length(max=LONGEST_NOTE)], description=lazy("Only you see it."),
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    below_cost = BooleanField(
        lazy("May go below cost"),
        description=lazy("Otherwise the code is refused where an order would bring less than it costs you."),
    )
    full_price_only = BooleanField(lazy("Not for what a promotion has reduced already"))


@bp.get("/codes")
def codes() -> str:
    """Every code with its state, its uses and what they took off."""
    typed = request.args.get("q", "")[:60]
    with database().reading() as session:
        rows, products, groups = catalog.rows(session, typed), _products(session), price_groups(session)
    names = {product.id: discount_form.product_word(product) for product in products}
    about = {each.code.id: discount_form.summary(rules.read(each.code.conditions), names, groups) for each in rows}
    return render("sales/codes.html", title=_("Discount codes"), rows=rows, about=about, q=typed)


@bp.route("/codes/new", methods=["GET", "POST"])
def new_code() -> ResponseReturnValue:
    """One code, or many at once."""
    form = _form({"valid_from": clock.today(site().timezone), "count": 1, "limit_account": 1})
    if form.accepted():
        made = _made(form)
        if made is not None:
            flash(ngettext("%(num)s code can be used from its first day on.", "%(num)s codes can be used.", made))
            return redirect(url_for("sales.codes"), 303)
    return respond("sales/code.html", form, title=_("New discount code"), one=None)


@bp.route("/codes/<int:code_id>", methods=["GET", "POST"])
def discount_code(code_id: int) -> ResponseReturnValue:
    """One code: what it was used for, and what can be changed about it."""
    with database().reading() as session:
        one, uses = catalog.code(session, code_id), discounts.orders_of_code(session, code_id)
    conditions = rules.read(one.conditions)
    flags = {"below_cost": one.below_cost, "full_price_only": conditions.full_price_only}
    form = _form(discount_form.shown(one) | flags | {"word": one.code, "note": one.note})
    if form.accepted() and _changed(form, code_id):
        flash(_("Saved. It holds for orders from now on."))
        return redirect(url_for("sales.discount_code", code_id=code_id), 303)
    state = catalog.state_of(one, clock.today(site().timezone))
    return respond("sales/code.html", form, title=one.code, one=one, state=state, uses=uses)


@bp.post("/codes/<int:code_id>/active")
@people.idempotent
def switch_code(code_id: int) -> ResponseReturnValue:
    """Switch it off or on again."""
    active = request.form.get("active") == "1"
    with database().writing() as session:
        catalog.switch(session, actor(), code_id, active=active)
    flash(_("It can be used again.") if active else _("Switched off. Orders that used it keep their price."))
    return redirect(url_for("sales.discount_code", code_id=code_id), 303)


# --- the form ------------------------------------------------------------------------------------------------


def _form(data: Mapping[str, Any]) -> CodeForm:
    form = CodeForm(data=dict(data))
    with database().reading() as session:
        discount_form.fill_choices(form, _products(session), price_groups(session), KINDS)
    return form


def _products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).where(Product.on_sale).order_by(Product.kind, Product.code)))


def _draft(form: CodeForm) -> Draft:
    return Draft(
        code=form.word.data or "",
        kind=form.kind.data or "",
        value=discount_form.value_of(form),
        valid_from=form.valid_from.data or clock.today(site().timezone),
        valid_to=form.valid_to.data,
        conditions=discount_form.conditions_of(form, full_price_only=bool(form.full_price_only.data)),
        limit_total=form.limit_total.data,
        limit_account=form.limit_account.data,
        below_cost=bool(form.below_cost.data),
        note=form.note.data or "",
    )


def _made(form: CodeForm) -> int | None:
    """How many were made; None when something has to be put right."""
    count = form.count.data or 1
    try:
        with database().writing() as session:
            if count > 1:
                return len(catalog.generate(session, actor(), _draft(form), count))
            catalog.create(session, actor(), _draft(form))
            return 1
    except Refusal as refusal:
        form.refuse(_at_word(refusal))
        return None


def _changed(form: CodeForm, code_id: int) -> bool:
    try:
        with database().writing() as session:
            catalog.change(session, actor(), code_id, _draft(form))
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(_at_word(refusal))
        return False
    return True


def _at_word(refusal: Refusal) -> Refusal:
    """The form calls the code `word`: `code` is a name that other forms use for a secret."""
    if refusal.field == "code":
        refusal.field = "word"
    return refusal
