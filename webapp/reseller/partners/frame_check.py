"""A partner's page as a browser would take it: is the snippet there, and may it run? (H-48)

Reads one page by the outbound client; nothing of it is run or kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from webapp.foundation.i18n import N_
from webapp.foundation.page_policies import FRAMES, SCRIPTS, policies
from webapp.foundation.page_tags import tags
from webapp.foundation.refusal import Refusal

from .frame_origins import origin_of

if TYPE_CHECKING:
    from webapp.foundation.outbound import OutboundAnswer, OutboundClient

LOADER = "/embed/v1.js"
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Shop:
    """What the page is held against: our origins (the preferred one first), the allowed sites, the views by state."""

    origins: tuple[str, ...]
    allowed: tuple[str, ...]
    offered: frozenset[str]
    known: frozenset[str]
    local: bool = False


@dataclass(frozen=True)
class Finding:
    """One line of the answer. `tone`: ok, warn or danger; words for the codes are the panel's."""

    code: str
    tone: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Page:
    """What of a page matters here. Addresses are absolute."""

    url: str
    loaders: list[tuple[str, str]] = field(default_factory=list)  # (address, nonce)
    places: list[tuple[str, str]] = field(default_factory=list)  # (how, view): element, div
    iframes: list[tuple[str, str]] = field(default_factory=list)  # (origin, view)
    policies: list[str] = field(default_factory=list)


def check(client: OutboundClient, typed: str, shop: Shop) -> list[Finding]:
    """Fetch the page and judge it, in the order in which things should be put right.

    Raises OutboundError and Refusal when there is no page to judge.
    """
    url, answer = _fetched(client, typed.strip())
    if answer.status != 200:
        return [Finding("status", "danger", {"url": url, "status": answer.status})]
    page = _read(url, answer)
    return [
        Finding("reached", "ok", {"url": url}),
        *_snippet(page, shop),
        *_site(page, shop),
        *_limits(page, shop, answer),
    ]


def _fetched(client: OutboundClient, typed: str) -> tuple[str, OutboundAnswer]:
    """The page behind a few redirects, each of which is asked for like a new address: it may lead anywhere."""
    url = typed if "://" in typed else f"https://{typed}"
    for _step in range(_MOST_REDIRECTS + 1):
        answer = client.request("GET", url, headers={"accept": "text/html"})
        target = _joined(url, answer.headers.get("location", ""))
        if answer.status not in _REDIRECTS or not target:
            return url, answer
        url = target
    raise Refusal("redirects", N_("The address leads from one to the next without end."), field="page")


def _read(url: str, answer: OutboundAnswer) -> _Page:
    page = _Page(url)
    page.policies += [value for name, value in answer.headers.items() if name == "content-security-policy"]
    base = url
    for name, attributes in tags(answer.body.decode("utf-8", "replace")):
        if name == "base" and attributes.get("href"):
            base = _joined(url, attributes["href"]) or base
        _note(page, base, name, attributes)
    return page


def _note(page: _Page, base: str, name: str, attributes: dict[str, str]) -> None:
    address = _joined(base, attributes.get("src", ""))
    if name == "script" and urlsplit(address).path == LOADER:
        page.loaders.append((address, attributes.get("nonce", "")))
    elif name == "iframe" and urlsplit(address).path.startswith("/frames/"):
        page.iframes.append((_origin(address), urlsplit(address).path.split("/")[2]))
    elif name == "shop-frame":
        page.places.append(("element", attributes.get("view", "")))
    elif "data-shop-frame" in attributes:
        page.places.append(("div", attributes.get("data-view", "")))
    elif name == "meta" and attributes.get("http-equiv", "").lower() == "content-security-policy":
        page.policies.append(attributes.get("content", ""))


def _joined(base: str, address: str) -> str:
    """Where the address of a stranger's page leads; "" for one that is none ("https://[", "https://a:99999")."""
    try:
        joined = urljoin(base, address.strip()) if address.strip() else ""
        urlsplit(joined).port  # noqa: B018  reading it is the check
    except ValueError:
        return ""
    return joined


def _origin(address: str) -> str:
    parts = urlsplit(address.lower())
    usual = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


# --- the snippet -----------------------------------------------------------------------------------------------


def _snippet(page: _Page, shop: Shop) -> Iterator[Finding]:
    ours = [(how, view) for origin, view in page.iframes if origin in shop.origins for how in ("iframe",)]
    loaders = [_origin(address) for address, _nonce in page.loaders]
    foreign = [origin for origin in loaders if origin not in shop.origins]
    if not page.places and not ours:
        yield Finding("no_place" if loaders else "missing", "danger")
    elif page.places and not loaders:
        yield Finding("no_loader", "danger", {"src": shop.origins[0] + LOADER})
    elif page.places and len(foreign) == len(loaders):
        yield Finding("other_shop", "danger", {"origin": foreign[0], "src": shop.origins[0] + LOADER})
    else:
        yield Finding("found", "ok", {"views": [view for _how, view in (*page.places, *ours)]})
    yield from _views([view for _how, view in (*page.places, *ours)], shop)


def _views(views: list[str], shop: Shop) -> Iterator[Finding]:
    for view in dict.fromkeys(views):
        if view not in shop.known:
            yield Finding("unknown_view", "danger", {"view": view[:60]})
        elif view not in shop.offered:
            yield Finding("view_off", "danger", {"view": view})


# --- whether it may run ------------------------------------------------------------------------------------------


def _site(page: _Page, shop: Shop) -> Iterator[Finding]:
    origin, local = _origin(page.url), shop.local
    if origin in shop.allowed or origin in shop.origins:
        yield Finding("allowed", "ok", {"origin": origin})
        return
    try:
        yield Finding("not_allowed", "danger", {"origin": origin_of(page.url, local=local)})
    except Refusal as refusal:
        yield Finding("plain_http" if refusal.code == "http" else "no_site", "danger", {"origin": origin})


def _limits(page: _Page, shop: Shop, answer: OutboundAnswer) -> Iterator[Finding]:
    loader, nonce = next(iter(page.loaders), (shop.origins[0] + LOADER, ""))
    if page.url.startswith("https:") and loader.startswith("http:"):
        yield Finding("mixed", "danger", {"src": loader})
    held = policies(page.policies)
    source = _origin(loader) if _origin(loader) in shop.origins else shop.origins[0]
    by_hand = page.iframes and not page.places
    if not by_hand and not all(each.lets_in(SCRIPTS, loader, page.url, nonce) for each in held):
        yield Finding("policy_script", "danger", {"line": f"script-src {source}"})
    if not all(each.lets_in(FRAMES, f"{source}/frames/", page.url) for each in held):
        yield Finding("policy_frame", "danger", {"line": f"frame-src {source}"})
    if answer.headers.get("cross-origin-embedder-policy", "unsafe-none").split(";")[0].strip() != "unsafe-none":
        yield Finding("isolated", "danger")
