"""What search engines and social networks are told about a page, with addresses of the shop's primary host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from webapp.foundation.money import to_decimal
from webapp.foundation.text import to_unicode
from webapp.foundation.urls import shop_url
from webapp.reseller.cms.kit import Context, Offer
from webapp.reseller.cms.queries import PageView
from webapp.surfaces.shared.current import settings, site
from webapp.surfaces.shared.shop_frame import issuer

#: The block whose prices are told as products: a price must stand on the page to be told.
_PRICES = "tld_prices"
#: Pixels of the pictures that icons.py serves.
SOCIAL_SIZE = (1200, 630)
Node = dict[str, Any]


@dataclass(frozen=True)
class Head:
    """The tags of one page; addresses are absolute. `languages` names only those in which it is public."""

    title: str
    description: str
    canonical: str
    languages: Mapping[str, str]
    default: str
    image: str
    image_size: tuple[int, int]
    noindex: bool
    structured: Node | None


def head(view: PageView, context: Context, languages: Mapping[str, str]) -> Head:
    """The head of a page; `languages` are paths by locale, its own among them."""
    absolute = {locale: absolute_url(path) for locale, path in languages.items()}
    noindex = bool(view.settings.get("noindex"))
    picture = context.pictures.get(view.settings.get("social_picture") or 0)
    image = picture.src if picture else url_for("storefront.page_social", page_id=view.page_id)
    return Head(
        title=view.title,
        description=view.description,
        canonical=absolute[view.locale],
        languages={} if noindex else absolute,
        default=absolute_url("/") if view.slug == "" else absolute.get(site().locale, absolute[view.locale]),
        image=absolute_url(image),
        image_size=_size(picture.renditions[-1]) if picture and picture.renditions else SOCIAL_SIZE,
        noindex=noindex,
        structured=None if noindex else _graph(view, context, absolute[view.locale]),
    )


def absolute_url(path: str) -> str:
    """A path at the shop's primary host."""
    return shop_url(settings(), site(), path)


def _logo() -> str:
    return url_for("shared.media", name=site().logo) if site().logo else ""


def _size(rendition: Any) -> tuple[int, int]:
    return rendition.width, rendition.height


# --- JSON-LD (https://schema.org) ----------------------------------------------------------------------------


def _graph(view: PageView, context: Context, canonical: str) -> Node:
    about = [_organisation(), _website()] if view.slug == "" else [_breadcrumb(view, canonical)]
    return {"@context": "https://schema.org", "@graph": [*about, *_products(view, context)]}


def _organisation() -> Node:
    """OnlineStore is a kind of Organization."""
    who, shop = issuer(), site()
    address = {
        "@type": "PostalAddress",
        "streetAddress": who.street,
        "postalCode": who.postcode,
        "addressLocality": who.city,
        "addressCountry": who.country,
    }
    facts: Node = {
        "@type": "OnlineStore",
        "@id": absolute_url("/#shop"),
        "name": shop.name,
        "legalName": who.name,
        "url": absolute_url("/"),
        "email": who.email,
        "telephone": who.phone,
        "logo": absolute_url(_logo()) if _logo() else "",
        "address": address,
    }
    return {key: value for key, value in facts.items() if value}


def _website() -> Node:
    """The shop's own search, which search engines may offer."""
    about = {"@type": "WebSite", "name": site().name, "url": absolute_url("/")}
    node: Node = about | {"publisher": {"@id": absolute_url("/#shop")}}
    if "domains" in site().modules:
        template = absolute_url(url_for("storefront.search")) + "?q={search_term_string}"
        target = {"@type": "EntryPoint", "urlTemplate": template}
        query = "required name=search_term_string"
        node["potentialAction"] = {"@type": "SearchAction", "target": target, "query-input": query}
    return node


def _breadcrumb(view: PageView, canonical: str) -> Node:
    steps = ((site().name, absolute_url(url_for("storefront.home", lang=view.locale))), (view.title, canonical))
    items = [{"@type": "ListItem", "position": n, "name": name, "item": url} for n, (name, url) in enumerate(steps, 1)]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _products(view: PageView, context: Context) -> list[Node]:
    """The endings of the page's price table, each with the price of its first period."""
    for block in view.blocks:
        if block.get("type") == _PRICES and _PRICES in context.on_page and not block.get("hidden"):
            data = block.get("data") or {}
            offers = context.offers_of(data.get("endings"))
            return [_product(one, context) for one in offers if _is_told(one, data.get("which") == "spotlight")]
    return []


def _is_told(offer: Offer, spotlight: bool) -> bool:
    """As the table has it: an ending whose renewal has no price does not stand there."""
    return (offer.spotlight or not spotlight) and min(offer.register) in offer.renew


def _product(offer: Offer, context: Context) -> Node:
    years = min(offer.register)
    price = str(to_decimal(offer.register[years], context.currency))
    name = f".{to_unicode(offer.tld)}"
    return {
        "@type": "Product",
        "name": name,
        "category": "Domain names",
        "brand": {"@type": "Brand", "name": name},
        "offers": {
            "@type": "Offer",
            "price": price,
            "priceCurrency": context.currency,
            "availability": "https://schema.org/InStock",
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "price": price,
                "priceCurrency": context.currency,
                "valueAddedTaxIncluded": context.tax_mode == "gross",
                "referenceQuantity": {"@type": "QuantitativeValue", "value": years, "unitCode": "ANN"},
            },
        },
    }
