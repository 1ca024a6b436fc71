"""Staff with roles: each sees the pages and the menu of the role, and no form sent past the menu works."""

from __future__ import annotations

import pytest

from tests.web.sales.conftest import Desk, token
from webapp.reseller.partners.roles import ROLES

#: Page -> roles that may look at it.
PAGES = {
    "/subscribers": {"owner", "staff", "accounting", "sales"},
    "/domains": {"owner", "staff", "accounting", "sales"},
    "/proformas": {"owner", "staff", "accounting", "sales"},
    "/settlements": {"owner", "staff", "accounting"},
    "/site/pages": {"owner", "staff", "content"},
    "/site/media": {"owner", "staff", "content"},
    "/log": {"owner", "staff", "accounting"},
    "/notifications": {"owner", "staff", "sales"},
    "/search?q=anna": {"owner", "staff", "accounting", "sales"},
    "/settings/staff": {"owner"},
    "/settings/me": set(ROLES),
}


@pytest.mark.parametrize("role", ["accounting", "sales", "content"])
def test_a_role_opens_its_pages_and_its_menu_shows_no_other(desk: Desk, role: str) -> None:
    person = desk.staff(role)
    for path, roles in PAGES.items():
        person.get(path, 200 if role in roles else 403)
    page = person.get("/settings/me")
    menu = [link.attrs["href"] for link in page.all("nav")[0].all("a")]
    assert menu
    for path in menu:
        assert person.open("GET", path).status in ((200, 303) if path in ("/", "/settings") else (200,)), path


def test_what_the_menu_hides_no_form_does(desk: Desk) -> None:
    proforma, person = desk.shop.order("rowery.com"), desk.staff("sales")
    csrf = token(person.get("/settings/me"))
    person.post(f"/proformas/{proforma.id}/payments", {"csrf_token": csrf, "amount": "1"}, 403)
    assert desk.shop.proforma(proforma.id).state == "issued"


def test_who_sees_no_subscriber_begins_where_there_is_work(desk: Desk) -> None:
    person = desk.staff("content")
    assert person.get("/", 303).location == "/site/pages"


def test_the_owner_chooses_among_explained_roles(desk: Desk) -> None:
    page = desk.owner.get("/settings/staff/new")
    new = {"name": "Jan", "email": "jan@acme.example", "role": "accounting", "password": "dobre haslo 12"}
    page = desk.owner.follow(desk.owner.submit(page, new))
    assert "Accounting" in page.words
    assert "proformas, payments and invoices" in page.words
