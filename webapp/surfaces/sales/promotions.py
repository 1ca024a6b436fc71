"""Promotions (H-44): the list with what each took off, and the form with what it would make of three prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import DateField, StringField
from wtforms.validators import Length, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import LANGUAGE_NAMES
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import conditions as rules
from webapp.reseller.catalog import promotions as catalog
from webapp.reseller.catalog import trial
from webapp.reseller.catalog.models import Product, Promotion
from webapp.reseller.catalog.promotions import KINDS, LONGEST_NAME, Draft
from webapp.reseller.desk.audience import price_groups
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import lazy, respond
from webapp.surfaces.shared.rendering import render

from . import discount_form
from .blueprint import bp
from .discount_form import REQUIRED, DiscountForm


class PromotionForm(DiscountForm):
    """A promotion; `_form` adds its name in each language of the shop."""

    valid_to = DateField(lazy("Last day"), [REQUIRED], description=lazy("It still holds on this day."))


@bp.get("/promotions")
def promotions() -> str:
    """Every promotion with its state, its uses and what they took off."""
    with database().reading() as session:
        rows, products, groups = catalog.rows(session), _products(session), price_groups(session)
    names = {product.id: discount_form.product_word(product) for product in products}
    about = {each.promotion.id: _about(each.promotion, names, groups) for each in rows}
    return render("sales/promotions.html", title=_("Promotions"), rows=rows, about=about, name_of=catalog.name_of)


@bp.route("/promotions/new", methods=["GET", "POST"])
def new_promotion() -> ResponseReturnValue:
    """A new one: nobody sees it before it is activated."""
    today = clock.today(site().timezone)
    form = _form({"valid_from": today, "operations": ["register"]})
    if form.accepted():
        saved = _saved(form)
        if saved is not None:
            flash(_("Saved as a draft. Look at it once more, then activate it."))
            return redirect(url_for("sales.promotion", promotion_id=saved), 303)
    return _page(form, title=_("New promotion"))


@bp.route("/promotions/<int:promotion_id>", methods=["GET", "POST"])
def promotion(promotion_id: int) -> ResponseReturnValue:
    """One promotion and everything that can be changed about it."""
    with database().reading() as session:
        one = catalog.promotion(session, promotion_id)
        row = catalog.row(session, one)
    names = {f"name_{locale}": one.names.get(locale, "") for locale in site().locales}
    form = _form(discount_form.shown(one) | names)
    if form.accepted() and _saved(form, promotion_id) is not None:
        flash(_("Saved. Visitors see it within a second."))
        return redirect(url_for("sales.promotion", promotion_id=promotion_id), 303)
    return _page(form, title=catalog.name_of(one), one=one, row=row, state=row.state)


@bp.post("/promotions/preview")
@people.idempotent
def preview_promotion() -> str:
    """What the form would make of three prices; nothing is kept."""
    return render("sales/_promotion_preview.html", **_preview(_form({})))


@bp.post("/promotions/<int:promotion_id>/activate")
@people.idempotent
def activate_promotion(promotion_id: int) -> ResponseReturnValue:
    """Let it reduce prices."""
    with told():
        with database().writing() as session:
            one = catalog.activate(session, actor(), promotion_id)
            begun = one.valid_from <= clock.today(site().timezone)
        flash(_("It is running: your shop shows the new prices within a second.") if begun else _("It will begin."))
    return redirect(url_for("sales.promotion", promotion_id=promotion_id), 303)


@bp.post("/promotions/<int:promotion_id>/stop")
@people.idempotent
def stop_promotion(promotion_id: int) -> ResponseReturnValue:
    """End it now."""
    with database().writing() as session:
        catalog.stop(session, actor(), promotion_id)
    flash(_("Stopped. The prices are the usual ones again; placed orders keep theirs."))
    return redirect(url_for("sales.promotion", promotion_id=promotion_id), 303)


@bp.post("/promotions/<int:promotion_id>/copy")
def copy_promotion(promotion_id: int) -> ResponseReturnValue:
    """A draft like it."""
    with database().writing() as session:
        made = catalog.copy(session, actor(), promotion_id).id
    flash(_("This is a copy, a draft that begins today."))
    return redirect(url_for("sales.promotion", promotion_id=made), 303)


# --- the form ------------------------------------------------------------------------------------------------


def _form(data: Mapping[str, Any]) -> PromotionForm:
    plain = {"autocomplete": "off"}
    words = {
        f"name_{locale}": StringField(
            LANGUAGE_NAMES.get(locale, locale),
            [Optional(), Length(max=LONGEST_NAME)],
            render_kw=plain | {"lang": locale},
        )
        for locale in site().locales
    }
    form: PromotionForm = type("PromotionForm", (PromotionForm,), words)(data=dict(data))
    form.amount.label.text = _("Amount or price")
    with database().reading() as session:
        discount_form.fill_choices(form, _products(session), price_groups(session), KINDS)
    return form


def _products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).where(Product.on_sale).order_by(Product.kind, Product.code)))


def _draft(form: PromotionForm) -> Draft:
    names = {locale: (form[f"name_{locale}"].data or "").strip() for locale in site().locales}
    first = form.valid_from.data or clock.today(site().timezone)
    limits = {"limit_total": form.limit_total.data, "limit_account": form.limit_account.data}
    conditions = discount_form.conditions_of(form)
    last: date = form.valid_to.data or first
    return Draft(names, form.kind.data or "", discount_form.value_of(form), first, last, conditions, **limits)


def _saved(form: PromotionForm, promotion_id: int | None = None) -> int | None:
    """The id of what was written; None when something has to be put right."""
    try:
        with database().writing() as session:
            draft = _draft(form)
            if promotion_id is None:
                return catalog.create(session, actor(), draft).id
            return catalog.change(session, actor(), promotion_id, draft).id
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return None


def _page(form: PromotionForm, **values: Any) -> ResponseReturnValue:
    values = {"one": None, "state": ""} | values
    values["names"] = [form[f"name_{locale}"] for locale in site().locales]
    return respond("sales/promotion.html", form, **values, **_preview(form))


def _preview(form: PromotionForm) -> dict[str, Any]:
    """Three examples of what stands in the form, right or wrong."""
    draft = _draft(form)
    if draft.kind not in KINDS or draft.value < 0:
        return {"tried": None, "product_word": discount_form.product_word}
    with database().reading() as session:
        tried = trial.try_out(session, draft.kind, draft.value, draft.conditions, draft.valid_from)
    words = {"product_word": discount_form.product_word, "operation_words": discount_form.OPERATION_WORDS}
    return {"tried": tried, "public": draft.conditions.public, **words}


def _about(one: Promotion, names: Mapping[int, str], groups: Mapping[int, str]) -> list[str]:
    return discount_form.summary(rules.read(one.conditions), names, groups)
