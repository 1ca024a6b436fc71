"""What a view may ask about the request at hand: shop, person, actor, database, basket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import g, request, session
from flask_login import UserMixin, current_user

from webapp.foundation import logs
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.hosts import ARRIVAL, Arrival
from webapp.foundation.refusal import NotFound
from webapp.foundation.site import Site
from webapp.foundation.web import the_app
from webapp.providers.dns.port import LookupPort
from webapp.providers.mail.port import MailPort
from webapp.providers.payments.port import Gateways
from webapp.providers.storage.port import StoragePort
from webapp.providers.wholesale.port import Credentials, WholesalePort
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.partners.audit import Actor
from webapp.reseller.services.availability import AvailabilityService

if TYPE_CHECKING:
    from webapp.foundation.outbound import OutboundClient

_CART = "cart"


@dataclass(frozen=True)
class Person(UserMixin):  # type: ignore[misc]  # flask-login has no annotations
    """Who is signed in at this door. `kind`: user, staff or operator; `role`: user, operator or a role of staff."""

    kind: str
    id: int
    email: str
    name: str
    locale: str
    role: str
    #: Who of the partner's staff looks through this person's eyes; "": nobody.
    through: str = ""


def arrival() -> Arrival:
    """The door and host of this request."""
    return cast(Arrival, request.environ[ARRIVAL])


def site() -> Site:
    """The shop: by the host on a shop's host, by the signed-in staff in the Sales Panel. Raises NotFound elsewhere."""
    found: Site | None = g.get("site")
    if found is None:
        raise NotFound
    return found


def is_spare(shop: Site) -> bool:
    """The raw host of a shop that has a domain of its own: search engines should know that one only."""
    return shop.raw and shop.host != shop.primary_host


def settings() -> Settings:
    """The install's settings."""
    return the_app().settings


def database() -> Database:
    """`with database().reading() as session:` or `.writing()`; the tenant scope is already set."""
    return the_app().database


def availability() -> AvailabilityService:
    """Is a name free? Shared by everybody who asks."""
    return cast(AvailabilityService, the_app().extensions["availability"])


def storage() -> StoragePort:
    """Where files are kept. Not within a write transaction."""
    return cast(StoragePort, the_app().extensions["storage"])


def outbound() -> OutboundClient:
    """For addresses that somebody typed. Not within a write transaction."""
    client: OutboundClient = the_app().extensions["outbound"]()
    return client


def gateways() -> Gateways:
    """Adapters for partners' accounts at gateways. Not within a write transaction."""
    return cast(Gateways, the_app().extensions["gateways"])


def upstream(credentials: Credentials) -> WholesalePort:
    """The wholesale side, asked with these credentials. Not within a write transaction."""
    made: WholesalePort = the_app().extensions["upstreams"](credentials)
    return made


def daily_jobs() -> tuple[str, ...]:
    """The names of the install's daily jobs."""
    found: tuple[str, ...] = the_app().extensions["daily_jobs"]
    return found


def lookup() -> LookupPort:
    """Reads the DNS. Not within a write transaction."""
    found: LookupPort = the_app().extensions["lookup"]()
    return found


def own_mailer(url: str) -> MailPort:
    """A mail server that a partner named. Not within a write transaction."""
    found: MailPort = the_app().extensions["own_mailer"](url)
    return found


def blocks() -> BlockTypes:
    """The block types of this install; render them with `blocks().render(rendering.environment(), ...)`."""
    return cast(BlockTypes, the_app().extensions["blocks"])


def person() -> Person | None:
    """Who is signed in. Asking makes the page personal: it is then never cached."""
    # Not the proxy, which would look the person up for each word of a page.
    someone = current_user._get_current_object()  # noqa: SLF001  Werkzeug's documented way
    return cast(Person, someone) if someone.is_authenticated else None


def signed_in() -> Person:
    """Who is signed in, on pages that only they reach."""
    someone = person()
    if someone is None:
        raise NotFound
    return someone


def actor() -> Actor:
    """Who acts, for operations and the audit log."""
    someone = person()
    ip, request_id = request.remote_addr or "", logs.request_id.get() or ""
    if someone is None:
        return Actor("visitor", None, "visitor", ip, request_id)
    return Actor(someone.kind, someone.id, someone.email, ip, request_id, someone.through)


def cart_token() -> str | None:
    """The token of the visitor's basket, or None before the first item."""
    return session.get(_CART)


def keep_cart(token: str | None) -> None:
    """Remember (or forget) the basket."""
    if token is None:
        session.pop(_CART, None)
    else:
        session[_CART] = token
