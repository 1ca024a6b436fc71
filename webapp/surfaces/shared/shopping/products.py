"""Hosting plans, certificates and other products: side by side, and each on a page of its own to be ordered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.i18n import N_, current_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import plans
from webapp.reseller.catalog.plans import PlanOffer
from webapp.reseller.cms.kit import Plan
from webapp.reseller.orders import product_cart
from webapp.reseller.services import queries as services
from webapp.surfaces.shared.current import cart_token, database, keep_cart, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import render

from .buyer import account_id

#: Kind -> heading and sentence of the page that lists its products.
_WORDS = {
    "hosting": (N_("Hosting"), N_("Choose a plan; we set it up and tell you when it is ready.")),
    "certificate": (N_("Certificates"), N_("Choose a certificate; we ask for what is needed and hand it over to you.")),
    "other": (N_("More from us"), N_("Choose what you need; we tell you when it is ready.")),
}
#: So many of the visitor's own domains are offered to choose from.
_OWN_NAMES = 100


def hosting() -> ResponseReturnValue:
    """Hosting plans side by side."""
    return _listed("hosting")


def certificates() -> ResponseReturnValue:
    """Certificates side by side."""
    return _listed("certificate")


def more_products() -> ResponseReturnValue:
    """Everything else that is made by hand."""
    return _listed("other")


def _listed(kind: str) -> ResponseReturnValue:
    # The page of a frame is the same for everybody: only what it loads afterwards may know who asks.
    account = None if "frame_view" in g else account_id()
    with database().reading() as session:
        offers = on_sale(session, (kind,), account)
    title, text = (_(words) for words in _WORDS[kind])
    return render("shopping/plans.html", title=title, text=text, plans=shown(offers), currency=site().currency)


def on_sale(session: Session, kinds: Collection[str], account: int | None = None) -> list[PlanOffer]:
    """What this shop sells of these kinds today; nothing of a kind whose module is off."""
    shop = site()
    offered = [kind for kind in kinds if plans.MODULES[kind] in shop.modules]
    if not offered:
        return []
    return plans.plans_on_sale(session, offered, shop.currency, clock.today(shop.timezone), account)


def shown(offers: Sequence[PlanOffer]) -> list[Plan]:
    """Offers as cards: the price of the shortest period, and where each is ordered."""
    languages = (current_locale(), site().locale)
    return [_plan(offer, languages) for offer in offers]


def _plan(offer: PlanOffer, languages: tuple[str, ...]) -> Plan:
    product, years = offer.product, offer.first
    return Plan(
        name=plans.name_in(product, *languages),
        price=offer.register[years],
        years=years,
        was=offer.was.get(years),
        lowest=offer.lowest.get(years),
        then=offer.renew.get(1) if years == 1 else None,
        text=plans.in_words(product.summaries, *languages),
        features=plans.features_in(product, *languages),
        href=url_for(".product" if request.blueprint in ("storefront", "frames") else "storefront.product",
                     code=product.code, lang=current_locale()),
    )  # fmt: skip


def product(code: str) -> ResponseReturnValue:
    """One product: what is in it, for how long, for which domain."""
    return _page(code)


def _page(code: str, refused: str = "") -> ResponseReturnValue:
    account, shop = account_id(), site()
    with database().reading() as session:
        offer = plans.plan(session, code, shop.currency, clock.today(shop.timezone), account)
        if offer is None or plans.MODULES[offer.product.kind] not in shop.modules:
            raise NotFound
        own = services.domains(session, account_id=account, state="active").items if account else []
    values: dict[str, Any] = {"offer": offer, "plan": _plan(offer, (current_locale(), shop.locale)), "code": code}
    values |= {"years": number_in(request.form, "years") or offer.first, "label": request.form.get("label", "")}
    values |= {"own": [domain.name_unicode for domain in own[:_OWN_NAMES]], "refused": refused}
    values |= {"currency": shop.currency, "tax_mode": shop.tax_mode}
    page = render("shopping/product.html", title=values["plan"].name, **values)
    return page, 422 if refused else 200


def add_product() -> ResponseReturnValue:
    """Put it into the basket."""
    code, label = request.form.get("code", ""), request.form.get("label", "")
    account, years = account_id(), number_in(request.form, "years")
    try:
        with database().writing() as session:
            _cart, token = product_cart.add_product(session, cart_token(), code, years, label, account)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(code, said(refusal))
    keep_cart(token)
    return redirect(url_for(".cart"), 303)
