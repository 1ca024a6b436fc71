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
