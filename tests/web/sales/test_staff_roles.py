"""Staff with roles: each sees the pages and the menu of the role, and no form sent past the menu works."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.sales.conftest import Desk, token
from webapp.foundation import clock
from webapp.foundation.db import change
from webapp.reseller.catalog.models import Product
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners.roles import ROLES
from webapp.reseller.services.models import Service, ServiceTask

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


@pytest.mark.parametrize(("role", "sees"), [("accounting", (True, False)), ("sales", (False, True))])
def test_the_first_page_tells_nobody_of_what_is_closed_to_them(desk: Desk, role: str, sees: tuple[bool, bool]) -> None:
    """A message that failed is nothing for accountants, the balance with the operator nothing for sellers."""
    desk.shop.order("one.com")
    with desk.shop.scope(), desk.web.database.writing() as session:
        change(session, Message, Message.id > 0, state="failed")
        session.add(ServiceTask(**_task(desk, session)))
    person = desk.staff(role)
    page = person.get("/")
    assert ("balance with the operator" in page.words, "could not be sent" in page.words) == sees
    assert ("by hand" in page.words) == (role == "sales")
    links = {each.attrs["href"] for each in page.all("a")}
    for href in sorted(each for each in links if each.startswith("/")):
        assert person.open("GET", href).status in (200, 303), href


def _task(desk: Desk, session: Session) -> dict[str, Any]:
    product = session.scalars(select(Product)).first()
    assert product
    facts: dict[str, Any] = {"product_id": product.id, "account_id": desk.shop.subscriber.account_id}
    service = Service(kind="hosting", state="provisioning", label="one.com", created_at=clock.now(), **facts)
    session.add(service)
    session.flush()
    work = {"line_key": "order-line:0", "kind": "set_up", "years": 1}
    return {"service_id": service.id, **work, "created_at": clock.now(), "due_on": clock.now().date()}


def test_who_sees_no_subscriber_begins_where_there_is_work(desk: Desk) -> None:
    person = desk.staff("content")
    assert person.get("/", 303).location == "/site/pages"


def test_the_owner_chooses_among_explained_roles(desk: Desk) -> None:
    page = desk.owner.get("/settings/staff/new")
    new = {"name": "Jan", "email": "jan@acme.example", "role": "accounting", "password": "dobre haslo 12"}
    page = desk.owner.follow(desk.owner.submit(page, new))
    assert "Accounting" in page.words
    assert "proformas, payments and invoices" in page.words
