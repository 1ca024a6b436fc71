"""The only file that knows every room: how surfaces, tasks, blocks and jobs meet; wiring_tables.py names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from jinja2 import ChoiceLoader, FileSystemLoader
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.foundation import config, jobs, sessions, tenancy, theming
from webapp.foundation.config import Settings
from webapp.foundation.counts import Counts
from webapp.foundation.db import Database
from webapp.foundation.hosts import HostMiddleware, SiteCache
from webapp.foundation.htmx import init_htmx
from webapp.foundation.logs import configure_logging
from webapp.foundation.outbound_addresses import is_loopback
from webapp.foundation.site import Resolver, Site
from webapp.foundation.statics import StaticFiles, StaticMiddleware
from webapp.foundation.warm_pages import WarmPages
from webapp.foundation.web import AppRequest, WebApp
from webapp.providers.certificates.port import EdgePort, ReachPort
from webapp.providers.dns.port import LookupPort
from webapp.providers.mail.port import MailPort
from webapp.providers.payments.port import Credentials, Gateways, PaymentsPort
from webapp.providers.rates.port import RatesPort
from webapp.providers.registry.port import RegistryPort
from webapp.providers.registry.profiles import PROFILES
from webapp.providers.storage.disk import DiskStorage
from webapp.providers.storage.port import StoragePort
from webapp.providers.wholesale.port import Credentials as UpstreamCredentials
from webapp.providers.wholesale.port import Upstreams, WholesalePort
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.services.availability import AvailabilityService
from webapp.wiring_tables import ADAPTERS, BLOCKS, PAPERS, PERIODIC, SURFACES, TASKS

if TYPE_CHECKING:
    from webapp.foundation.outbound import OutboundClient

__all__ = ["ADAPTERS", "BLOCKS", "PAPERS", "PERIODIC", "SURFACES", "TASKS"]

HERE = Path(__file__).resolve().parent


def load(dotted: str) -> Any:
    """What stands behind "package.module.name"."""
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


def site_resolver(database: Database) -> Resolver:
    """How the host middleware finds a shop: one statement in the platform scope "resolve-host"."""
    site_for_host = load("webapp.reseller.partners.queries.site_for_host")

    def resolve(host: str) -> Site | None:
        with database.reading(tenancy.Platform("resolve-host")) as session:
            found: Site | None = site_for_host(session, host)
            return found

    return resolve


# --- the outside world ---------------------------------------------------------------------------------------


def redis(settings: Settings) -> Redis:
    """A client of the queue. Short waits: whoever needs Redis can do without it for a while.

    One new try at once, for a connection that went stale; the library's own ten tries took five seconds of every page
    while Redis was away.
    """
    once = Retry(NoBackoff(), 1)
    return Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=2, retry=once)


def database(settings: Settings, client: Redis) -> Database:
    """The database; a commit that asks for work wakes the workers through `client`."""
    # Every table must be known before the first flush: keys lead from room to room.
    import_module("webapp.reseller.models")
    made = Database(settings.database_url)
    made.wake = jobs.wake_workers(client)
    made.origin = settings.origin
    return made


def registry(settings: Settings) -> RegistryPort:
    """The adapter of the install's registry account. Connects with its first command."""
    address = urlsplit(settings.registry_url)
    if settings.registry_profile not in PROFILES:
        raise config.ConfigError("REGISTRY_PROFILE", f"must be one of {', '.join(PROFILES)}")
    adapter: RegistryPort = load(ADAPTERS[address.scheme])(
        address.hostname or "",
        address.port or 700,
        user=unquote(address.username or ""),
        password=settings.registry_password,
        ca_file=settings.registry_ca_file or None,
        profile=PROFILES[settings.registry_profile],
    )
    return adapter


def mailer(settings: Settings) -> MailPort:
    """The adapter of the install's mail server. Connects per mail."""
    adapter: MailPort = load(ADAPTERS[urlsplit(settings.smtp_url).scheme])(settings.smtp_url)
    return adapter


def own_mailer(settings: Settings, url: str) -> MailPort:
    """The adapter of a mail server that a partner named: on the public internet, or on this machine if it is all."""
    choose = load("webapp.foundation.outbound.chosen_address")
    refused = load("webapp.providers.errors.ProviderError")

    def resolve(host: str, port: int) -> str:
        try:
            found: str = choose(host, port, here=_is_here(settings))
        except OSError as problem:
            raise refused(f"the mail server cannot be reached: {problem}", permanent=False) from problem
        return found

    adapter: MailPort = load(ADAPTERS[urlsplit(url).scheme])(url, timeout=10, resolve=resolve)
    return adapter


def storage(settings: Settings) -> StoragePort:
    """Where files are kept: the folder of the settings, or the storage that they name. Connects per file."""
    if not settings.storage_url:
        return DiskStorage(settings.media_root)
    adapter: StoragePort = load(ADAPTERS[urlsplit(settings.storage_url).scheme])(
        settings.storage_url, key=settings.storage_key, secret=settings.storage_secret
    )
    return adapter


def outbound(settings: Settings) -> OutboundClient:
    """The client for addresses that partners type. On an install of one machine, localhost names lead to itself."""
    # Brings an HTTP library with it, which no page needs to start.
    from webapp.foundation import outbound as wire

    def resolve(host: str, port: int) -> list[str]:
        # Not every system's resolver knows them, though all such names are this machine's (RFC 6761 section 6.3).
        here = not settings.secure and host.endswith(".localhost")
        found: list[str] = ["127.0.0.1"] if here else wire.system_resolver(host, port)
        return found

    client: OutboundClient = wire.OutboundClient(wire.OutboundRules(total_seconds=8), resolve)
    return client


def rates(settings: Settings) -> Sequence[RatesPort]:
    """The banks whose exchange rates are fetched: those whose addresses are set."""
    banks = {"webapp.providers.rates.ecb.Ecb": settings.ecb_url, "webapp.providers.rates.nbp.Nbp": settings.nbp_url}
    return [load(dotted)(url) for dotted, url in banks.items() if url]


def lookup(settings: Settings) -> LookupPort:
    """Who reads the DNS of partners' names."""
    adapter: LookupPort = load("webapp.providers.dns.lookup.Lookup")(
        settings.dns_resolvers, allow_loopback=_is_here(settings)
    )
    return adapter


def reach(settings: Settings) -> ReachPort:
    """Plain HTTP to partners' names: at port 80, but at our own port when this machine is all that there is."""
    here = _is_here(settings)
    port = urlsplit(f"//{settings.platform_host}").port if here else None
    adapter: ReachPort = load("webapp.providers.certificates.reach.Reach")(port or 80, here=here)
    return adapter


def edge(settings: Settings) -> EdgePort:
    """Our own TLS front."""
    adapter: EdgePort = load("webapp.providers.certificates.edge.Edge")(settings.edge, settings.edge_ca_file)
    return adapter


def gateways(settings: Settings) -> Gateways:
    """Adapters for partners' accounts at gateways, by name; each connects with its first call."""

    live = {"stripe": settings.stripe_url, "przelewy24": settings.przelewy24_url}
    sandbox = {**live, "przelewy24": settings.przelewy24_sandbox_url}

    def adapter(gateway: str, credentials: Credentials) -> PaymentsPort:
        bases = sandbox if credentials.plain.get("sandbox") else live
        made: PaymentsPort = load(ADAPTERS[gateway])(credentials, base=bases[gateway])
        return made

    return adapter


def upstreams(settings: Settings) -> Upstreams:
    """Adapters for partners' connections to the wholesale side: this install's own API door."""

    def adapter(credentials: UpstreamCredentials) -> WholesalePort:
        made: WholesalePort = load(ADAPTERS["install"])(credentials, settings.door("api"))
        return made

    return adapter


def _is_here(settings: Settings) -> bool:
    """A demo or a test: partners' names lead to this machine, so what is asked about them may be on it too."""
    return bool(settings.public_addresses) and all(map(is_loopback, settings.public_addresses))


# --- the steps of create_app ---------------------------------------------------------------------------------


def environment(variables: Mapping[str, str]) -> Settings:
    """The settings of a real process, which also gets its log set up. Raises ConfigError."""
    settings = config.load(variables)
    configure_logging(settings.log_level)
    return settings


def application(settings: Settings) -> WebApp:
    """The bare application with its database and queue. Nothing is connected yet."""
    client = redis(settings)
    rows = database(settings, client)
    blocks = BlockTypes.load(BLOCKS)
    templates = ChoiceLoader([FileSystemLoader(template_folders()), blocks.loader])
    app = WebApp(settings, rows, client, templates, StaticFiles(static_folders()))
    app.sites = SiteCache(site_resolver(rows))
    app.counts = Counts(partial(load("webapp.reseller.desk.counting.write"), rows))
    app.extensions["blocks"] = blocks
    app.extensions["storage"] = storage(settings)
    app.extensions["lookup"] = cache(partial(lookup, settings))
    app.extensions["own_mailer"] = partial(own_mailer, settings)
    app.extensions["outbound"] = cache(partial(outbound, settings))
    app.extensions["gateways"] = gateways(settings)
    app.extensions["daily_jobs"] = tuple(PERIODIC)
    app.extensions["upstreams"] = upstreams(settings)
    app.extensions["availability"] = AvailabilityService(registry(settings), client)
    return app


def template_folders() -> list[str]:
    """The surfaces' own templates; themes are laid over them."""
    return [str(folder) for folder in sorted(HERE.glob("surfaces/*/templates"))]


def static_folders() -> dict[str, Path]:
    """Our static files, and each theme's under `themes/<name>/`."""
    themes = {f"themes/{name}/": theme.folder / "static" for name, theme in theming.themes().items()}
    return {"": HERE / "static", **themes}


def add_sessions(app: WebApp) -> None:
    """Cookies, and who is signed in."""
    sessions.configure(app, app.settings.secure)
    load("webapp.surfaces.shared.people.init_people")(app)


def add_guards(app: WebApp) -> None:
    """Scope, htmx, CSRF and headers of every request."""
    init_htmx(app, AppRequest)
    app.request_scope = load("webapp.surfaces.shared.scopes.request_scope")
    app.error_scope = load("webapp.surfaces.shared.scopes.error_scope")
    app.url_default_functions[None].append(load("webapp.surfaces.shared.scopes.carry_language"))
    load("webapp.surfaces.shared.guards.init_guards")(app)


def add_templates(app: WebApp) -> None:
    """Filters and globals."""
    load("webapp.surfaces.shared.rendering.init_rendering")(app)


def add_surfaces(app: WebApp) -> None:
    """Every blueprint, each at its door."""
    for dotted in SURFACES.values():
        app.register_blueprint(load(dotted))


def add_error_pages(app: WebApp) -> None:
    """Pages for refusals and errors."""
    load("webapp.surfaces.shared.errors.init_errors")(app)


def add_commands(app: WebApp) -> None:
    """What `flask --app app` can do."""
    load("webapp.cli.register")(app)


def add_layers(app: WebApp) -> None:
    """WSGI layers, the innermost first: warm pages, static files, hosts, proxies."""
    settings = app.settings
    layer: Any = app.wsgi_app
    if settings.page_cache:
        layer = WarmPages(layer, app.pages, app.counts)
    layer = HostMiddleware(StaticMiddleware(layer, app.statics), settings, app.sites)
    if settings.trusted_proxies:
        # Never x_host: a forwarded host would choose the tenant.
        hops = settings.trusted_proxies
        layer = ProxyFix(layer, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)
    app.wsgi_app = layer  # type: ignore[method-assign]
