"""From a new partner to a published shop (H-52): at most 12 clicks and 3 typed answers, in under three minutes."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Enter
from tests.journeys.town import Town, fresh_word

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: How long somebody looks before the next step. The fast tier does not wait; what it counts is the steps.
THINKING_MS = 1000


@dataclass
class Newcomer:
    """Somebody without technical knowledge, whose every step is counted."""

    page: Page
    thinking_ms: int
    clicks: int = 0
    typed: int = 0

    def click(self, role: str, name: str) -> None:
        """Press what one sees under that name."""
        self.clicks += 1
        self.page.wait_for_timeout(self.thinking_ms)
        # A card hides its radio button: what is pressed is the card.
        found = self.page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        card = found.locator("xpath=ancestor::label[1]")
        (card if role in ("radio", "checkbox") else found).click()

    def type(self, label: str, text: str) -> None:
        """Answer a question by writing."""
        self.typed += 1
        self.page.wait_for_timeout(self.thinking_ms)
        self.page.get_by_label(label).first.fill(text)


def test_a_newcomer_publishes_a_shop_in_three_minutes(town: Town, enter: Enter, full_tier: bool) -> None:
    email = f"{fresh_word()}@nowa.example"
    address, password = _new_partner(town, enter, email)
    browser = enter(locale="en-GB")
    somebody = Newcomer(browser.page, THINKING_MS if full_tier else 0)
    began = time.monotonic()
    browser.page.goto(f"{town.panel}/")
    somebody.type("E-mail", email)
    somebody.type("Password", password)
    somebody.click("button", "Sign in")
    somebody.click("link", "Set up your shop")
    browser.look()
    somebody.click("radio", "Local IT shop")
    somebody.type("Name of your shop", "Pod Lipami")
    somebody.click("radio", "Violet")
    somebody.click("checkbox", "Deutsch")
    somebody.click("radio", "Your country first")
    somebody.click("button", "Publish the shop")
    expect(browser.page.get_by_role("heading", name="Your shop is open")).to_be_visible()
    browser.look()
    somebody.click("link", "Visit your shop")
    expect(browser.page).to_have_title(re.compile("^Computers, networks and domains"))
    assert time.monotonic() - began < 180
    assert somebody.clicks <= 12
    assert somebody.typed <= 3
    visitor = enter()
    for path in ("/pl/", "/de/page/leistungen"):
        visitor.go(address.rstrip("/") + path)
        expect(visitor.page.locator("header .brand")).to_have_text("Pod Lipami")
        amounts = visitor.page.locator("#prices .y1")
        hidden = amounts.evaluate_all("all => all.filter(each => !each.checkVisibility()).length")
        assert hidden == 0, "a first year is never shown without its renewal"


def _new_partner(town: Town, enter: Enter, email: str) -> tuple[str, str]:
    """The operator makes a partner that chooses by itself: (address of the shop, first password of its owner)."""
    operator = enter(locale="en-GB").sign_in(f"{town.operator}/", *town.sign_in("operator"))
    operator.go(f"{town.operator}/partners/new")
    form = operator.form("/partners/new")
    facts = {"name": "Nowa", "legal_name": "Nowa s.c.", "email": email, "owner_name": "Nina Nowa", "owner_email": email}
    operator.fill(form, starter="later", default_locale="en", **facts)
    operator.send(form)
    address = operator.page.locator("main a[href*='csp1']").first.get_attribute("href") or ""
    return address, operator.page.locator("[data-copy]").last.get_attribute("data-copy") or ""
