"""What tasks and periodic jobs get: settings, database, queue and the adapters of this process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from redis import Redis

from webapp import wiring
from webapp.foundation import urls
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.site import Site
from webapp.providers.certificates.port import EdgePort, ReachPort
from webapp.providers.dns.port import LookupPort
from webapp.providers.mail.port import MailPort
from webapp.providers.payments.port import Gateways
from webapp.providers.rates.port import RatesPort
from webapp.providers.registry.port import RegistryPort
from webapp.providers.storage.port import StoragePort


@dataclass(frozen=True)
class Context:
    """One per process. Adapters are made when somebody first asks for them."""

    settings: Settings
    database: Database
    redis: Redis

    @cached_property
    def registry(self) -> RegistryPort:
        """The registry's adapter."""
        return wiring.registry(self.settings)

    @cached_property
    def mailer(self) -> MailPort:
        """The mail server's adapter."""
        return wiring.mailer(self.settings)

    @cached_property
    def storage(self) -> StoragePort:
        """Where files are kept."""
        return wiring.storage(self.settings)

    @cached_property
    def rates(self) -> Sequence[RatesPort]:
        """The banks whose exchange rates are fetched."""
        return wiring.rates(self.settings)

    @cached_property
    def lookup(self) -> LookupPort:
        """Who reads the DNS."""
        return wiring.lookup(self.settings)

    @cached_property
    def reach(self) -> ReachPort:
        """Plain HTTP to partners' names."""
        return wiring.reach(self.settings)

    @cached_property
    def edge(self) -> EdgePort:
        """Our TLS front."""
        return wiring.edge(self.settings)

    @cached_property
    def gateways(self) -> Gateways:
        """Adapters for partners' accounts at gateways."""
        return wiring.gateways(self.settings)

    def own_mailer(self, url: str) -> MailPort:
        """The adapter of a partner's own mail server."""
        return wiring.own_mailer(self.settings, url)

    def paper(self, kind: str, object_id: int) -> bytes:
        """The PDF of a document: `paper("proforma", 12)`, in the tenant of the task at hand."""
        made: bytes = wiring.load(wiring.PAPERS[kind])(self, object_id)
        return made

    def url(self, site: Site | str, path: str) -> str:
        """The absolute address of a path at a shop (its Site or stored primary host)."""
        return urls.shop_url(self.settings, site, path)

    def close(self) -> None:
        """Let go of every connection."""
        if "registry" in self.__dict__:
            self.registry.close()
        self.database.dispose()
        self.redis.close()


def build(settings: Settings) -> Context:
    """A context for these settings. Opens no connection."""
    redis = wiring.redis(settings)
    return Context(settings, wiring.database(settings, redis), redis)


@cache
def of_this_process() -> Context:
    """The context from this process's environment, made once: RQ calls by name, so none can be handed in."""
    return build(wiring.environment(os.environ))
