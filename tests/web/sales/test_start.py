"""The first page of the Sales Panel: the business in figures, beside what other tests see of it."""

from __future__ import annotations

from tests.web.sales.conftest import Desk


def test_the_business_in_figures_is_a_part_of_the_first_page_and_a_page_of_its_own(desk: Desk) -> None:
    """H-01: charts with a table beside them; the link to them works in a new tab and without JavaScript."""
    desk.shop.sell("acme.com")
    assert "/figures" in desk.owner.get("/").text
    part = desk.owner.fragment("/figures?period=12m")
    assert not part.all("h1")
    assert ".com" in part.words
    page = desk.owner.get("/figures?period=12m")
    assert page.h1 == "The business in figures"
    assert page.words.count("New subscribers") == part.words.count("New subscribers")
