"""A frame on another site: it has no cookies, sends its session in a header, and says of itself what htmx says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests import factories
from tests.web.conftest import Web
from tests.web.markup import Element, Markup
from webapp.foundation import tenancy
from webapp.foundation.web import WebApp
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.hosts import add_host
from webapp.reseller.partners.models import Partner
from webapp.reseller.partners.operations import bump_content

SITE, EDITOR = "https://www.blog.example", "https://editor.builder.example"
CUSTOM = "shop.acme.example"


@dataclass
class Answer:
    """What came back."""

    response: TestResponse

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def text(self) -> str:
        """The body."""
        return self.response.get_data(as_text=True)

    @property
    def root(self) -> Element:
        """The part of a page."""
        return Markup(self.text, whole="<!doctype" in self.text[:200].lower()).root

    @property
    def policy(self) -> str:
        """Who may frame it."""
        return self.response.headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2].split(";")[0]

    @property
    def h1(self) -> str:
        """The heading."""
        return self.root.all("h1")[0].text

    def fields(self, name: str, value: str | None = None) -> dict[str, str]:
        """The fields of the first form that has a field of this name (and value)."""
        for form in self.root.all("form"):
            found = {
                each.attrs["name"]: each.attrs.get("value", "") for each in form.all("input") if each.attrs.get("name")
            }
            if name in found and value in (None, found[name]):
                return found
        raise AssertionError(f"no form with {name}={value}")


class Frame:
    """One frame. `token` is what its sessionStorage holds; answers with a new one replace it."""

    def __init__(self, app: WebApp, host: str, token: str = "") -> None:
        self.http = app.test_client(use_cookies=False)
        self.origin = app.settings.origin(host)
        self.token = token

    def get(self, path: str, **headers: str) -> Answer:
        """What htmx asks for; a redirect is followed as htmx follows it."""
        return self._followed(self.send("GET", path, headers={"Sec-Fetch-Site": "same-origin", **headers}))

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """A form of the frame."""
        own = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return self._followed(self.send("POST", path, data=dict(fields or {}), headers={**own, **headers}))

    def send(self, method: str, path: str, *, headers: Mapping[str, str], **options: Any) -> Answer:
        """Exactly this, with the token; nothing that ever comes back may be a cookie."""
        sent = {"HX-Request": "true", "HX-Request-Type": "partial", **headers}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        kept = {name: value for name, value in sent.items() if value}
        options |= {"method": method, "base_url": self.origin, "headers": kept, "buffered": True}
        answer = Answer(self.http.open(path, **options))
        if path.startswith("/frames/"):
            assert not answer.response.headers.getlist("Set-Cookie"), f"{path} sets a cookie"
        if (fresh := answer.response.headers.get("X-Frame-Token")) is not None:
            self.token = fresh
        return answer

    def _followed(self, answer: Answer) -> Answer:
        there = answer.response.headers.get("HX-Location")
        if there is None:
            return answer
        where: dict[str, str] = json.loads(there)
        assert where["target"] == "#frame-main"
        return self.get(where["path"])

    def signed_in(self, email: str, shop: str = "/en") -> Answer:
        """Sign in by the frame's own form."""
        return self.post(f"/frames{shop}/sign-in", {"email": email, "password": factories.PASSWORD})


@dataclass(frozen=True)
class Framed:
    """The application whose first shop may be framed by SITE and EDITOR."""

    web: Web

    @property
    def raw(self) -> str:
        """The host that the platform gave."""
        return f"{self.web.acme.code}.{factories.PLATFORM_HOST}"

    def frame(self, host: str = "", token: str = "") -> Frame:
        """A frame of acme's shop, or at another host."""
        return Frame(self.web.app, host or self.raw, token)

    def frame_of(self, partner: Partner, token: str = "") -> Frame:
        """A frame of a partner's shop."""
        return Frame(self.web.app, f"{partner.code}.{factories.PLATFORM_HOST}", token)

    def change(self, **frames: list[str]) -> None:
        """What acme says about its frames."""
        with tenancy.tenant(self.web.acme.id), self.web.database.writing() as session:
            partner = session.get(Partner, self.web.acme.id)
            assert partner is not None
            partner.frames = {**partner.frames, **frames}
            bump_content(session)
        self.web.app.sites.forget()


@pytest.fixture
def framed(web: Web) -> Framed:
    """Frames of acme's shop."""
    made = Framed(web)
    made.change(origins=[SITE], previews=[EDITOR], off=[])
    return made


@pytest.fixture
def on_own_host(framed: Framed) -> str:
    """The same shop at a host of its own, which is the primary one."""
    with framed.web.database.writing(tenancy.Platform("operator")) as session:
        add_host(session, SYSTEM, framed.web.acme.id, CUSTOM, platform_host=factories.PLATFORM_HOST, primary=True)
    framed.web.app.sites.forget()
    return CUSTOM
