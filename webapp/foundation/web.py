"""The Flask application class: one URL map for all doors, and a scope around every request.

A door ("surface") is the subdomain slot of Werkzeug's routing: a rule of the panel cannot match on a shop's host, and
`url_for` gives paths within the door only. Absolute addresses come from foundation/urls.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request, Response, current_app, request
from flask.templating import Environment
from jinja2 import BaseLoader
from redis import Redis
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import BaseConverter, IntegerConverter, MapAdapter, Rule

from . import i18n, metrics
from .config import Settings
from .counts import Counts
from .csrf import FIELD, TOKEN_LIFETIME
from .db import Database
from .hosts import ARRIVAL, SiteCache
from .htmx import HtmxRequest
from .limits import TryLimiter
from .page_cache import PageCache
from .statics import StaticFiles
from .theming import SemiStrictUndefined

if TYPE_CHECKING:
    from types import TracebackType

    from flask_login import LoginManager

    ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]

#: Limits of one request: 12 MiB in all (a picture), half a MiB of form fields, 1000 fields.
MAX_BODY, MAX_FIELDS_BYTES, MAX_FIELDS = 12 * 2**20, 512 * 1024, 1000


class LanguageConverter(BaseConverter):
    """`<lang:lang>` matches the languages of the product; which of them a shop speaks is checked per request."""

    regex = "|".join(i18n.SUPPORTED)


class IdConverter(IntegerConverter):
    """`<int:...>` is an id: digits that no row's id can have are an address that does not exist, not an error."""

    regex = "[0-9]{1,18}"  # below 2**63 on either database


class Sent(ImmutableMultiDict[str, Any]):
    """Fields of a form or a query without NUL: no keyboard has it, and PostgreSQL refuses a text with one."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(mapping)
        if any(isinstance(value, str) and "\0" in value for _name, value in self.items(multi=True)):
            super().__init__([(name, _without_nul(value)) for name, value in self.items(multi=True)])


def _without_nul(value: Any) -> Any:
    """Files stay as they are."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


class AppRequest(HtmxRequest):
    """What every view gets."""

    parameter_storage_class = Sent


class _Rule(Rule):
    """A rule that writes the program which builds its addresses when somebody first asks for one.

    Werkzeug compiles two for each rule at once, which is two thirds of what a process needs to start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_now(append_unknown))
            return made[0](rule, **values)

        return build


class _DoorAdapter(MapAdapter):
    """Redirects of the router ("/pl" -> "/pl/") stay paths: our labels are no host names."""

    def make_redirect_url(
        self,
        path_info: str,
        query_args: Mapping[str, Any] | str | None = None,
        domain_part: str | None = None,
    ) -> str:
        """The path and query of the new address."""
        parts = urlsplit(super().make_redirect_url(path_info, query_args, domain_part))
        return urlunsplit(("", "", parts.path, parts.query, ""))


class _Templates(Environment):
    """Each template with its globals in one plain dictionary. They are complete before the first one is loaded.

    Jinja's own chain of two dictionaries makes every `{% from ... import %}` compare them key by key in Python: a sixth
    of the CPU of a search.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template finds besides its variables."""
        return {**self.globals, **(d or {})}


class WebApp(Flask):
    """Flask with our settings, database and doors. Built by `webapp.create_app`, reached by `the_app()`."""

    jinja_environment = _Templates
    url_rule_class = _Rule
    login_manager: LoginManager
    sites: SiteCache
    counts: Counts

    def __init__(
        self,
        settings: Settings,
        database: Database,
        redis: Redis,
        templates: BaseLoader,
        statics: StaticFiles,
    ) -> None:
        self._templates = templates
        super().__init__("webapp", static_folder=None, template_folder=None)
        self.settings, self.database, self.redis, self.statics = settings, database, redis, statics
        self.pages = PageCache()
        self.limiter = TryLimiter(settings.redis_url)
        #: Context managers around a request and around the page for an unexpected error in it.
        self.request_scope: Callable[[], AbstractContextManager[None]] = nullcontext
        self.error_scope: Callable[[], AbstractContextManager[None]] = nullcontext
        self.secret_key = settings.secret_key
        self.url_map.converters.update(lang=LanguageConverter, int=IdConverter)
        self.jinja_env.undefined = SemiStrictUndefined
        self.config.update(
            MAX_CONTENT_LENGTH=MAX_BODY,
            MAX_FORM_MEMORY_SIZE=MAX_FIELDS_BYTES,
            MAX_FORM_PARTS=MAX_FIELDS,
            TEMPLATES_AUTO_RELOAD=False,
            WTF_CSRF_FIELD_NAME=FIELD,
            WTF_CSRF_TIME_LIMIT=TOKEN_LIFETIME,
        )

    def create_global_jinja_loader(self) -> BaseLoader:  # type: ignore[override]
        """Templates of surfaces and blocks; a theme's overlay puts its own in front."""
        return self._templates

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The rules of the door that the request came in by."""
        if request is None:
            return None
        environ = request.environ
        return _DoorAdapter(
            self.url_map,
            server_name="witryna",
            script_name=environ.get("SCRIPT_NAME") or "/",
            subdomain=environ[ARRIVAL].surface,
            url_scheme=self.settings.scheme,
            path_info=request.path.replace("\0", "\ufffd"),  # nothing stands at an address with a NUL
            default_method=request.method,
            query_args=request.query_string.decode("latin-1"),
        )

    def url_for(self, endpoint: str, /, **values: Any) -> str:  # type: ignore[override]
        """A path on the present host. Raises ValueError for another door's endpoint or an absolute address."""
        url = super().url_for(endpoint, **values)
        if not url.startswith("/") or url.startswith("//"):
            raise ValueError(f"{endpoint} has no address at this door; absolute addresses: foundation/urls.py")
        return url

    def full_dispatch_request(self) -> Response:
        """Everything that a request does happens within its scope: tenant, language, log context."""
        started, status = perf_counter(), 500
        try:
            with self.request_scope():
                answer = super().full_dispatch_request()
            status = answer.status_code
            return answer
        finally:
            surface = request.environ[ARRIVAL].surface
            metrics.observe_request(surface, request.endpoint, status, perf_counter() - started)

    def handle_exception(self, e: Exception) -> Response:
        """The page for an unexpected error speaks the visitor's language; it asks no database."""
        with self.error_scope():
            return super().handle_exception(e)

    def log_exception(self, exc_info: ExcInfo) -> None:
        """By the route's name: Flask logs the path, and a path may hold the token of a mail's link."""
        facts = {"endpoint": request.endpoint, "method": request.method}
        self.logger.error("unexpected error", exc_info=exc_info, extra=facts)


def the_app() -> WebApp:
    """The running application."""
    return cast(WebApp, current_app)
