"""Point 5 of the first slice: the operator opens a third shop, and one can buy there at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Enter
from tests.journeys.town import Town, fresh_word

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_third_shop_works_at_once(town: Town, enter: Enter) -> None:
    word = fresh_word()
    operator = enter(locale="en-GB").sign_in(f"{town.operator}/", *town.sign_in("operator"))
    operator.go(f"{town.operator}/partners/new")
    form = operator.form("/partners/new")
    operator.fill(
        form,
        starter="web_agency",
        name="Trzecia Domena",
        email="hello@trzecia.example",
        legal_name="Trzecia sp. z o.o.",
        brand="#7a1fa2",
        owner_name="Iga Trzecia",
        owner_email=f"{word}@trzecia.example",
    )
    operator.send(form)
    address = operator.page.locator("main a[href*='//csp1']").first.get_attribute("href") or ""
    password = operator.page.locator("[data-copy]").last.get_attribute("data-copy") or ""
    visitor = enter().go(address)
    assert "Trzecia Domena" in visitor.page.title()
    assert re.search(r"\d+,\d\d", visitor.words), "no prices on the first page"
    visitor.go(f"{address.rstrip('/')}/pl/domains?q={word}")
    free = visitor.page.locator("#results [data-state=free]")
    expect(free.first).to_be_visible()
    visitor.put_into_basket(free.first.get_attribute("data-name") or "")
    visitor.to_checkout(address.rstrip("/"), "pl")
    owner = enter().sign_in(f"{town.panel}/", f"{word}@trzecia.example", password)
    assert "Trzecia Domena" in owner.page.locator("body").inner_text()
