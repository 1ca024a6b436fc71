"""What the blocks of one page may read: only what they name is asked for, by the public page and the preview alike."""

from __future__ import annotations

from datetime import date, datetime

from flask import url_for
from sqlalchemy.orm import Session

from webapp.foundation import clock
from webapp.foundation.site import Site
from webapp.reseller.catalog import plans
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms import legal, media
from webapp.reseller.cms.frame_views import FRAME_VIEWS
from webapp.reseller.cms.kit import Company, Context, LegalView, MediaPicture, Plan, TldGroup
from webapp.reseller.cms.queries import PageView
from webapp.reseller.partners import branding
from webapp.surfaces.shared import current
from webapp.surfaces.shared.shop_frame import issuer, live_ads
from webapp.surfaces.shared.shopping import products

#: Addresses that blocks may link to, by their name in `Context.links`.
LINKS = {
    "search": "storefront.search",
    "bulk": "storefront.bulk",
    "cart": "storefront.cart",
    "contact": "storefront.contact",
    "sign_in": "account.sign_in",
    "register": "account.register",
}
#: Offered services (the partner's modules) that can be sold.
ON_SALE = frozenset(branding.MODULES)


def context_for(
    session: Session, site: Site, view: PageView, today: date, *, editing: bool = False
) -> tuple[Context, datetime | None]:
    """The context of a page's blocks, and the instant at which some of it changes by itself."""
    types = current.blocks()
    needs = types.needs(view.blocks)
    page_group = view.settings.get("tld_group")
    offers = catalog.offers(session, site.currency, today, group_id=page_group) if "offers" in needs else []
    groups = catalog.offers_of_groups(session, sorted(types.references(view.blocks, TldGroup)), site.currency, today)
    by_hand = _plans(session) if "plans" in needs else {}
    links = {name: url_for(endpoint) for name, endpoint in LINKS.items()}
    ads, ads_until = live_ads()
    services = (ON_SALE & site.modules) | _framed(site)
    context = Context(
        locale=view.locale,
        currency=site.currency,
        tax_mode=site.tax_mode,
        tax_rate_bp=site.tax_rate_bp,
        timezone=site.timezone,
        search_action=links["search"],
        links=links,
        services=services,
        offers=offers,
        group=page_group,
        groups=groups,
        plans=by_hand,
        pictures=media.pictures(session, _pictures(view), view.locale),
        # Not beside what one signs, and not in the preview: nobody sees them there.
        ad_positions=frozenset() if editing or "legal" in needs else ads,
        editing=editing,
        legal=_legal(session, view) if "legal" in needs else {},
        company=_company(),
        on_page=frozenset(one.type for one in types.bind(view.blocks) if one.seen(services)),
    )
    changes = catalog.next_price_change(session, today) if offers or groups or by_hand else None
    prices_until = clock.midnight(changes, site.timezone) if changes else None
    return context, min((at for at in (prices_until, ads_until) if at is not None), default=None)


def _plans(session: Session) -> dict[str, list[Plan]]:
    """Module -> what this shop sells of it by hand, at the common prices."""
    found: dict[str, list[Plan]] = {}
    for offer in products.on_sale(session, plans.KINDS):
        found.setdefault(plans.MODULES[offer.product.kind], []).extend(products.shown([offer]))
    return found


def _framed(site: Site) -> frozenset[str]:
    """ "frames" where a shop has any, and "frames/<view>" for each that answers."""
    views = {f"frames/{view.name}" for view in FRAME_VIEWS.values() if view.offered(site.modules, site.frames_off)}
    return frozenset(views | {"frames"} if views else ())


def _pictures(view: PageView) -> set[int]:
    social = view.settings.get("social_picture")
    return current.blocks().references(view.blocks, MediaPicture) | ({social} if social else set())


def _legal(session: Session, view: PageView) -> dict[str, LegalView]:
    return legal.of_kinds(session, current.blocks().legal_kinds(view.blocks), view.locale)


def _company() -> Company:
    who = issuer()
    fields = ("name", "street", "postcode", "city", "country", "tax_id", "email", "phone")
    return Company(**{field: getattr(who, field) for field in fields})
