"""Somebody with a browser: looks at every page on a phone and on a desk, fills in forms, notes every trouble."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from tests.harness.axe import violations

PHONE, DESK = 360, 1280
_HEIGHTS = {PHONE: 740, DESK: 900}
#: Chromium's own note about an answer that says what to put right; it is no trouble.
_EXPECTED = re.compile(r"status of 4(10|22)\b")
#: The elements that stick out to the right, unless something around them scrolls.
_TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? '' : [...document.querySelectorAll('main *')]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.table-scroll'))
    .slice(0, 4).map(each => each.outerHTML.slice(0, 120)).join(' ... ') || 'something outside main'"""


@dataclass
class Visitor:
    """A browser context with one page."""

    context: BrowserContext
    page: Page
    width: int
    #: At which widths axe judges: that of this visitor, in the full tier both.
    judged: tuple[int, ...]
    #: axe is a script: without scripts nobody can look so closely.
    looks: bool = True
    troubles: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    @classmethod
    def arrive(cls, chromium: Browser, width: int, *, everywhere: bool = False, **options: Any) -> Visitor:
        """A fresh context: no cookies, no storage, reduced motion (axe reads colours, not their way there)."""
        size: Any = {"width": width, "height": _HEIGHTS[width]}
        context = chromium.new_context(viewport=size, reduced_motion="reduce", **{"locale": "pl-PL", **options})
        context.set_default_timeout(30_000)
        judged = (PHONE, DESK) if everywhere else (width,)
        visitor = cls(context, context.new_page(), width, judged, options.get("java_script_enabled", True))
        context.on("weberror", lambda error: visitor.troubles.append(f"script error: {error.error}"))
        context.on("console", visitor._console)
        context.on("response", visitor._response)
        return visitor

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _EXPECTED.search(message.text):
            self.troubles.append(f"{self.page.url}: console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.url}: {response.status}")

    def leave(self) -> list[str]:
        """Close; returns every trouble."""
        self.context.close()
        return self.troubles

    # --- looking ---------------------------------------------------------------------------------------------------

    def go(self, address: str) -> Visitor:
        """Open an address and look at it."""
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.ok, f"{address}: {answer.status}"
        return self.look()

    def look(self) -> Visitor:
        """The page at hand, on a phone and on a desk: nothing wider than the screen, no axe violation where judged."""
        self.page.wait_for_load_state("load")
        for width in ({PHONE: DESK, DESK: PHONE}[self.width], self.width) if self.looks else ():
            self.page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})
            where = f"{self.page.url} at {width}"
            if width in self.judged:
                self.troubles += [f"{where}: {each}" for each in violations(self.page)]
            if wide := self.page.evaluate(_TOO_WIDE):
                self.troubles.append(f"{where}: wider than the screen because of {wide}")
        self.seen.append(self.page.url)
        return self

    @property
    def words(self) -> str:
        """What the page says."""
        return self.page.locator("main").first.inner_text()

    # --- forms -----------------------------------------------------------------------------------------------------

    def form(self, action: str) -> Locator:
        """The form whose action contains this."""
        return self.page.locator(f"form[action*='{action}'][method=post]").first

    def fill(self, form: Locator, **values: str) -> None:
        """Fill in fields by name: text, choices and lists."""
        for name, value in values.items():
            where = form.locator(f"[name='{name}']")
            kind = where.first.evaluate("each => each.tagName == 'SELECT' ? 'select' : each.type")
            if kind in ("radio", "checkbox"):
                form.locator(f"[name='{name}'][value='{value}']").check(force=True)
            elif kind == "select":
                where.first.select_option(value)
            else:
                where.first.fill(value)

    def send(self, form: Locator, button: str = "button:not([name])") -> Visitor:
        """Press the form's button and look at what comes."""
        with self.page.expect_navigation():
            form.locator(button).first.click()
        return self.look()

    def sign_in(self, address: str, email: str, password: str) -> Visitor:
        """By the door's own form."""
        self.go(address)
        form = self.form("/sign-in")
        self.fill(form, email=email, password=password)
        return self.send(form)

    # --- shopping --------------------------------------------------------------------------------------------------

    def put_into_basket(self, *names: str) -> Visitor:
        """From the list of answers at hand."""
        for name in names:
            row = self.page.locator(f"[data-name='{name}']")
            row.locator("form button").first.click()
            expect(row.locator("form[action*='/cart/add']")).to_have_count(0)
        return self.look()

    def to_checkout(self, shop: str, language: str) -> Visitor:
        """From the basket to the question who is ordering."""
        self.go(f"{shop}/{language}/cart")
        with self.page.expect_navigation():
            self.page.locator("aside.summary a[href*='/checkout']").click()
        return self.look()

    def register_as(self, **values: str) -> Visitor:
        """On the way to the order."""
        form = self.form("/checkout/register")
        self.fill(form, **values)
        return self.send(form)

    def agree(self) -> Locator:
        """Tick both consents; gives the form with the button that obliges to pay."""
        form = self.form("/checkout")
        form.locator("[name=terms]").check(force=True)
        form.locator("[name=at_once]").check(force=True)
        return form
