"""What search engines and social networks are told about a page, with addresses of the shop's primary host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from webapp.foundation.urls import shop_url
from webapp.reseller.cms.queries import PageView
from webapp.surfaces.shared.current import settings, site
from webapp.surfaces.shared.shop_frame import issuer


@dataclass(frozen=True)
class Head:
    """The tags of one page; addresses are absolute. `languages` names only those in which the page is published."""

    title: str
    description: str
    canonical: str
    languages: Mapping[str, str]
    default: str
    image: str
    structured: dict[str, Any] | None


def head(view: PageView, languages: Mapping[str, str]) -> Head:
    """The head of a published page; `languages` are paths by locale."""
    absolute = {locale: absolute_url(path) for locale, path in languages.items()}
    home = view.slug == ""
    shop = site()
    default = absolute_url("/") if home else absolute.get(shop.locale, absolute[view.locale])
    image = absolute_url(url_for("shared.media", name=shop.logo)) if shop.logo else ""
    structured = _organisation(image) if home else None
    return Head(view.title, view.description, absolute[view.locale], absolute, default, image, structured)


def absolute_url(path: str) -> str:
    """A path at the shop's primary host."""
    return shop_url(settings(), site(), path)


def _organisation(image: str) -> dict[str, Any]:
    """https://schema.org/OnlineStore with the search that it offers."""
    who, shop = issuer(), site()
    address = {
        "@type": "PostalAddress",
        "streetAddress": who.street,
        "postalCode": who.postcode,
        "addressLocality": who.city,
        "addressCountry": who.country,
    }
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "OnlineStore",
        "name": shop.name,
        "legalName": who.name,
        "url": absolute_url("/"),
        "email": who.email,
        "telephone": who.phone,
        "logo": image,
        "address": address,
    }
    return {key: value for key, value in facts.items() if value}
