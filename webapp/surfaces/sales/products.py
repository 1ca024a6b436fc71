"""Products without an ending (H-43): hosting plans, certificates and the rest, with words and prices."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import LANGUAGE_NAMES, current_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import plans
from webapp.reseller.catalog.models import Product
from webapp.reseller.catalog.plans import PlanOffer
from webapp.reseller.cms import menus
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, blocks, database, site
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .product_form import KINDS, ProductForm, values_of

#: Kind -> the shop's page that lists its products, below the language.
LISTS = {"hosting": "hosting", "certificate": "certificates", "other": "more"}


@bp.get("/products")
def products() -> str:
    """Everything that is made by hand, by kind, with its first price."""
    with database().reading() as session:
        found = plans.all_plans(session, site().currency, clock.today(site().timezone))
        unlinked = _unlinked(session)
    groups = {kind: [offer for offer in found if offer.product.kind == kind] for kind in plans.KINDS}
    names = {offer.product.id: _name(offer) for offer in found}
    off = {kind for kind, module in plans.MODULES.items() if module not in site().modules}
    values: dict[str, Any] = {"groups": groups, "kinds": {kind: _(label) for kind, label in KINDS.items()}}
    values |= {"off": off, "unlinked": unlinked}
    return render("sales/products.html", title=_("Products"), names=names, any=bool(found), **values)


def _unlinked(session: Session) -> dict[str, str]:
    """Kind -> address of its list, where in the first language no menu leads there or to a page that shows it."""
    locale, known = site().locale, blocks().by_name
    lines = [line for place in menus.menus(session, locale).values() for line in place]
    there = {link.href for line in lines for link in (line, *line.children)}
    linked = menus.linked_blocks(session, locale)
    services = {known[kind].service for path in there & set(linked) for kind in linked[path] if kind in known}
    lists = {kind: f"/{locale}/{name}" for kind, name in LISTS.items() if plans.MODULES[kind] not in services}
    return {kind: address for kind, address in lists.items() if address not in there}


def _name(offer: PlanOffer) -> str:
    return plans.name_in(offer.product, current_locale(), site().locale)


@bp.route("/products/new", methods=["GET", "POST"])
@people.idempotent
def new_product() -> ResponseReturnValue:
    """Say what it is, in words and prices."""
    form = ProductForm(data=values_of(None))
    form.offer_kinds()
    if form.accepted() and (saved := _saved(form, None)):
        flash(_("“%(name)s” is in your shop.", name=saved.code) if saved.on_sale else _("Saved."))
        return redirect(url_for("sales.product", product_id=saved.id), 303)
    return _page(form, None, _("New product"))


@bp.route("/products/<int:product_id>", methods=["GET", "POST"])
@people.idempotent
def product(product_id: int) -> ResponseReturnValue:
    """One product, to be changed."""
    offer = _found(product_id)
    form = ProductForm(data=values_of(offer))
    form.offer_kinds()
    if form.accepted() and _saved(form, offer):
        flash(_("Saved. Your shop follows at once."))
        return redirect(url_for("sales.product", product_id=product_id), 303)
    return _page(form, offer, _name(offer))


def _found(product_id: int) -> PlanOffer:
    with database().reading() as session:
        every = plans.all_plans(session, site().currency, clock.today(site().timezone))
    for offer in every:
        if offer.product.id == product_id:
            return offer
    raise NotFound


def _page(form: ProductForm, offer: PlanOffer | None, title: str) -> ResponseReturnValue:
    back = url_for("sales.products")
    languages = {"names": LANGUAGE_NAMES, "first": site().locale}
    preview = _preview(offer) if offer else None
    return respond(
        "sales/product.html", form, title=title, offer=offer, languages=languages, preview=preview, back=back
    )


def _preview(offer: PlanOffer) -> dict[str, Any]:
    """The card as the shop shows it, in the first language of the shop."""
    product, locale = offer.product, site().locale
    first = min(offer.register) if offer.register else None
    return {
        "name": plans.name_in(product, locale),
        "text": plans.in_words(product.summaries, locale),
        "features": plans.features_in(product, locale),
        "price": offer.register[first] if first else None,
        "years": first,
    }


def _saved(form: ProductForm, offer: PlanOffer | None) -> Product | None:
    known = offer.product if offer else None
    try:
        with database().writing() as session:
            draft = form.draft(known)
            saved = plans.change(session, actor(), known.id, draft) if known else plans.create(session, actor(), draft)
            plans.set_prices(session, actor(), saved.id, form.typed_prices())
            return saved
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.field in ("names", "summaries", "features"):
            refusal.field = None
        form.refuse(refusal)
        return None
