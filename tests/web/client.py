"""A strict visitor: every HTML page it is given is checked, and it sends what browsers send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import PASSWORD
from tests.web.markup import Element, Markup
from webapp.foundation.web import WebApp

#: What a reader sends as a form: name -> value, or a list of values.
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """An answer. `markup` is there for HTML; reading it has already shown that the page keeps the rules."""

    path: str
    response: TestResponse
    markup: Markup | None

    @property
    def text(self) -> str:
        """The body."""
        return self.response.get_data(as_text=True)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def location(self) -> str:
        """Where it redirects to."""
        return self.response.headers["Location"]

    @property
    def words(self) -> str:
        """All visible text."""
        assert self.markup is not None
        return self.markup.root.text

    @property
    def h1(self) -> str:
        """The heading."""
        return self.all("h1")[0].text

    def all(self, *tags: str) -> list[Element]:
        """Every element of these tags."""
        assert self.markup is not None, f"not HTML: {self.response.content_type}"
        return self.markup.root.all(*tags)

    def form(self, *names: str, action: str = "") -> Element:
        """The one form that has these fields (and an action that contains `action`)."""
        found = [
            form
            for form in self.all("form")
            if action in form.attrs["action"]
            and set(names) <= {each.attrs.get("name") for each in form.all("input", "select", "textarea", "button")}
        ]
        assert len(found) == 1, f"{len(found)} forms with {names} at {self.path}"
        return found[0]


class Client:
    """One visitor of one host, with its own cookies."""

    def __init__(self, app: WebApp, host: str) -> None:
        self._app = app
        self.host = host
        self.origin = app.settings.origin(host)
        self.http: FlaskClient = app.test_client()

    def open(self, method: str, path: str, **options: Any) -> Page:
        """Any request, without what browsers add. No status is expected."""
        response = self.http.open(path, method=method, base_url=self.origin, **options)
        return Page(path, response, _checked(path, response, options.get("headers") or {}))

    def get(self, path: str, status: int = 200, **options: Any) -> Page:
        """A page with the status that is expected."""
        page = self.open("GET", path, **options)
        assert page.status == status, f"GET {path}: {page.status}, not {status}\n{page.text[:2000]}"
        return page

    def fragment(self, path: str, status: int = 200, **headers: str) -> Page:
        """What htmx gets when it asks for a part of a page."""
        wanted = {"HX-Request": "true", "HX-Request-Type": "partial", **headers}
        return self.get(path, status, headers=wanted)

    def post(self, path: str, data: Fields | None = None, status: int = 303, **options: Any) -> Page:
        """A form that a browser sends from our own page; the token must be among the data."""
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        page = self.open("POST", path, data=data, headers=headers, **options)
        assert page.status == status, f"POST {path}: {page.status}, not {status}\n{page.text[:3000]}"
        return page

    def submit(self, page: Page, data: Fields, status: int = 303, *, action: str = "", button: str = "") -> Page:
        """Fill in the form of `page` that has these fields, and send it. `button` is the name of the one pressed."""
        form = page.form(*data, *([button] if button else []), action=action)
        sent: dict[str, Any] = dict(_defaults(form)) | dict(data)
        if button:
            sent[button] = next(b.attrs.get("value", "") for b in form.all("button") if b.attrs.get("name") == button)
        if form.attrs["method"].lower() == "get":
            return self.get(form.attrs["action"], status, query_string=sent)
        return self.post(form.attrs["action"], sent, status)

    def follow(self, page: Page, status: int = 200) -> Page:
        """Where a redirect leads: always a path on this host."""
        assert page.location.startswith("/"), page.location
        assert not page.location.startswith("//"), page.location
        return self.get(page.location, status)

    def enter(self, email: str, password: str = PASSWORD) -> Page:
        """Sign in at this host's door, whichever it is; returns the way to the page behind it."""
        door = self.get("/", 303) if self.host.startswith(("panel.", "operator.")) else self.get("/account/", 303)
        return self.submit(self.follow(door), {"email": email, "password": password})

    def sign_in(self, email: str, password: str = PASSWORD) -> Page:
        """Sign in; returns the page behind the door."""
        page = self.open("GET", self.enter(email, password).location)
        return self.follow(page) if page.status == 303 else page  # the first page is not open to everybody

    def cookies(self) -> list[str]:
        """The values of this visitor's cookies."""
        jar = self.http._cookies
        return [cookie.value for cookie in jar.values()] if jar else []

    def with_cookies(self, header: str) -> Client:
        """The same host visited by somebody who sends exactly these cookies, always."""
        other = Client(self._app, self.host)
        other.http = self._app.test_client(use_cookies=False)
        other.http.environ_base["HTTP_COOKIE"] = header
        return other


def _checked(path: str, response: TestResponse, headers: Mapping[str, str]) -> Markup | None:
    if response.mimetype != "text/html" or response.status_code in (301, 302, 303, 307, 308):
        return None
    if response.is_streamed and not response.headers.get("Content-Length"):
        return None
    text = response.get_data(as_text=True)
    whole = headers.get("HX-Request-Type") != "partial" and "<html" in text
    markup = Markup(text, whole)
    assert not markup.problems, f"{path}: " + "; ".join(markup.problems) + f"\n{text[:3000]}"
    return markup


def _defaults(form: Element) -> Iterable[tuple[str, Any]]:
    """What the form would send untouched."""
    for each in form.all("input"):
        kind, name = each.attrs.get("type", "text"), each.attrs.get("name")
        unticked = kind in ("checkbox", "radio") and "checked" not in each.attrs
        if name and not unticked and kind not in ("submit", "button", "file"):
            yield name, each.attrs.get("value", "on" if kind == "checkbox" else "")
    for each in form.all("textarea"):
        yield each.attrs["name"], "".join(each.texts).removeprefix("\n")
    for each in form.all("select"):
        options = each.all("option")
        chosen = [option for option in options if "selected" in option.attrs] or options[:1]
        for option in chosen:
            yield each.attrs["name"], option.attrs.get("value", option.text)
