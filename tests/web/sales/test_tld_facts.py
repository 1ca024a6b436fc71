"""The partner looks up what holds for an ending (H-47)."""

from __future__ import annotations

from tests.web.sales.conftest import Desk


def test_facts_of_an_ending_are_found_by_a_part_of_it_and_by_kind(desk: Desk) -> None:
    page = desk.owner.get("/prices/facts")
    assert ".com " in page.words
    found = desk.owner.get("/prices/facts?q=.COM.p&kind=country").words
    assert ".com.pl" in found
    assert "30 days" in found
    assert ".org" not in found
    assert "No ending contains" in desk.owner.get("/prices/facts?q=%3Cscript%3E").words
    desk.owner.get("/prices/facts?kind=nonsense")


def test_the_page_of_an_ending_has_its_rules_and_your_price(desk: Desk) -> None:
    page = desk.owner.get("/prices/facts?q=verisign")
    link = next(each.attrs["href"] for each in page.all("a") if each.text == ".com")
    words = desk.owner.get(link).words
    assert "The former registrar may object for five days" in words
    assert "60 days" in words
    assert "49.99" in words
    desk.owner.get("/prices/facts/99999", 404)
