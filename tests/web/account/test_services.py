"""Hosting by hand, from the shop to the subscriber's panel: ordered, done by the partner, opened (H-43, H-20)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

from tests.selling import SELLER, Files
from tests.web.account.conftest import Panel
from tests.web.client import Client, Page
from tests.web.frames.conftest import SITE, Framed
from webapp.foundation.refusal import Refusal
from webapp.reseller.cms import menus
from webapp.reseller.orders import queries as order_queries
from webapp.reseller.partners import branding
from webapp.reseller.services import by_hand, by_hand_queries
from webapp.reseller.services.models import Service, ServiceTask
from webapp.surfaces.shared import service_files

HOSTILE = b"<script>alert(1)</script>"


def offer_hosting(panel: Panel) -> Client:
    """The partner writes a plan in its panel and sells hosting; returns its owner's browser."""
    staff = panel.web.staff(panel.web.acme)
    shown = staff.submit(
        staff.get("/settings/services"), {"modules": ["domains", "hosting"]}, action="/settings/services"
    )
    assert shown.status == 303
    panel.web.app.sites.forget()
    page = staff.get("/products/new")
    typed: dict[str, Any] = {"kind": "hosting", "code": "start", "words-0-name": "Paczka Start", "due_days": "2"}
    typed |= {"words-0-features": "Miejsce: 10 GB\nPoczta", "words-1-name": "Start pack", "on_sale": "y"}
    assert staff.submit(page, typed | {"prices-0-register": "sto"}, 422, action="/products/new").h1
    saved = staff.submit(page, typed | {"prices-0-register": "100,00", "prices-0-renew": "120"}, action="/products/new")
    shown = staff.follow(saved)
    assert "100.00" in re.sub(r",", ".", shown.text)
    changed = staff.submit(shown, {"words-0-summary": "Na początek", "prices-1-renew": "230"}, action="/products/")
    assert "Na początek" in staff.follow(changed).text
    return staff


def ordered(panel: Panel) -> int:
    """Anna orders it in the shop; the partner books the money and activates. Returns the task's id."""
    anna = panel.anna
    listed = anna.get("/en/hosting")
    assert "Start pack" in listed.words
    page = anna.get("/en/products/start")
    basket = anna.follow(anna.submit(page, {"years": "1", "label": "kwiaty.pl"}, action="/cart/product"))
    assert "for kwiaty.pl" in basket.words
    assert "Search for more names" not in basket.words
    assert "Back to the shop" in basket.words
    look = anna.get("/en/checkout")
    thanks = anna.follow(anna.submit(look, {"terms": "y", "at_once": "y"}))
    assert thanks.h1 == "Thank you for your order"
    with panel.shop.scope(), panel.web.database.reading() as session:
        number = max(int(found) for found in re.findall(r"/account/proformas/(\d+)", thanks.text))
    proforma = panel.shop.proforma(number)
    assert proforma.gross == 10000
    service = service_of(panel)
    looks = ["/account/", "/account/services", f"/account/services/{service.id}"]
    assert all("awaiting payment" in panel.get(path).words for path in looks)
    panel.shop.pay(proforma)
    assert not [path for path in looks if "awaiting payment" in panel.get(path).words]
    assert "awaiting payment" not in panel_in_a_frame(panel)
    panel.shop.activate(proforma)
    with panel.shop.scope(), panel.web.database.reading() as session:
        return by_hand_queries.tasks(session).items[0].id


#: Pages of the partner's panel about what is made by hand.
SERVICES = {"/products", "/services", "/tasks"}


def hrefs(page: Page) -> set[str]:
    """Where the page's links lead."""
    return {link.attrs.get("href", "") for link in page.all("a")}


def panel_in_a_frame(panel: Panel) -> str:
    """The panel that a frame of another site shows to Anna."""
    framed = Framed(panel.web)
    framed.change(origins=[SITE])
    return framed.frame().signed_in("anna@example.com").text


def done(staff: Client, task_id: int) -> None:
    """The partner enters the access data and a file."""
    page = staff.get(f"/tasks/{task_id}")
    file = (io.BytesIO(HOSTILE), "../../ala.html", "text/html")
    data = {"access": "ftp.acme.example / anna / Tajne-7", "files": file}
    assert staff.submit(page, data, action="/done").status == 303


def service_of(panel: Panel) -> Service:
    with panel.shop.scope(), panel.web.database.reading() as session:
        return by_hand_queries.services(session).items[0]


def service_paper(panel: Panel) -> int:
    with panel.shop.scope(), panel.web.database.reading() as session:
        return order_queries.proformas_of_service(session, by_hand_queries.services(session).items[0].id)[0].id


def test_from_the_shop_to_the_panel(panel: Panel) -> None:
    """H-43: each side sees what is its own; the secret only after a click, the file only as something to save."""
    staff = offer_hosting(panel)
    task_id = ordered(panel)
    assert "kwiaty.pl" in staff.get("/tasks").words
    paper = staff.get(f"/proformas/{service_paper(panel)}")
    assert not [each for each in paper.all("section") if "hx-get" in each.attrs], "a person's work is not waited for"
    done(staff, task_id)
    panel.shop.work()
    service = service_of(panel)
    assert "kwiaty.pl" in panel.get("/account/services").words
    page = panel.get(f"/account/services/{service.id}")
    assert "Tajne-7" not in page.text
    assert "Tajne-7" in panel.get(f"/account/services/{service.id}/access").text
    assert "Tajne-7" not in staff.get(f"/services/{service.id}").text
    assert "Tajne-7" in staff.get(f"/services/{service.id}/access").text
    (link,) = [each.attrs["href"] for each in page.all("a") if "/files/" in each.attrs.get("href", "")]
    file = panel.anna.open("GET", link).response
    assert file.get_data() == HOSTILE
    assert file.headers["Content-Disposition"].startswith('attachment; filename="ala.html"')
    assert (file.headers["X-Content-Type-Options"], file.mimetype) == ("nosniff", "application/octet-stream")
    renewal = panel.anna.follow(panel.anna.submit(page, {"years": "1"}, action="/renew"))
    assert "120.00" in renewal.words


def test_nothing_of_it_is_anybody_elses(panel: Panel) -> None:
    """Another subscriber and another partner find neither service, task nor file."""
    staff = offer_hosting(panel)
    task_id = ordered(panel)
    done(staff, task_id)
    service = service_of(panel)
    with panel.shop.scope(), panel.web.database.reading() as session:
        file_id = by_hand_queries.files_of(session, service.id)[0].id
    nord, stranger = panel.web.staff(panel.web.nord), panel.web.subscriber(panel.web.acme, "obcy@example.com")
    for path in ("", "/access", f"/files/{file_id}"):
        nord.get(f"/services/{service.id}{path}", 404)
        stranger.get(f"/account/services/{service.id}{path}", 404)
    nord.get(f"/tasks/{task_id}", 404)
    nord.get("/products/1", 404)
    assert "kwiaty.pl" not in stranger.get("/account/services").words


def test_refused_with_a_reason_and_never_without(panel: Panel) -> None:
    staff = offer_hosting(panel)
    task_id = ordered(panel)
    page = staff.get(f"/tasks/{task_id}")
    refused = staff.submit(page, {"reason": " "}, 422, action="/refuse")
    assert [each.text for each in refused.all("p") if each.attrs.get("id") == "reason-error"]
    staff.submit(page, {"reason": "The server is full."}, action="/refuse")
    panel.shop.work()
    assert panel.shop.credit() == 10000
    assert service_of(panel).state == "cancelled"


def test_a_switched_off_module_is_absent_and_what_one_has_stays(panel: Panel) -> None:
    """H-20: shop, frames and basket know no hosting; the service stays in both panels, and in their menus."""
    staff = offer_hosting(panel)
    assert hrefs(staff.get("/products")) >= SERVICES
    task_id = ordered(panel)
    done(staff, task_id)
    with panel.shop.scope(), panel.web.database.writing() as session:
        branding.set_modules(session, SELLER, ["domains"])
    panel.web.app.sites.forget()
    visitor = panel.web.shop(panel.web.acme)
    for path in ("/en/hosting", "/en/products/start", "/en/certificates", "/frames/hosting-order"):
        visitor.get(path, 404)
    assert "Start pack" not in visitor.get("/en/").words
    own = f"/account/services/{service_of(panel).id}"
    assert panel.get(own).h1 == "kwiaty.pl"
    assert {own, "/account/services"} <= hrefs(panel.get("/account/"))
    assert own in hrefs(panel.get("/account/services"))
    assert own in panel_in_a_frame(panel)
    assert SERVICES - {"/products"} <= hrefs(staff.get("/services"))
    assert "/products" not in hrefs(staff.get("/services"))
    assert "kwiaty.pl" in staff.get("/services").words
    assert "kwiaty.pl" in staff.get("/tasks", query_string={"state": "done"}).words
    other = panel.web.subscriber(panel.web.acme, "inna@example.com").get("/account/")
    assert "/account/services" not in hrefs(other), "who has none sees nothing of it"
    with panel.shop.scope(), panel.web.database.writing() as session:
        branding.set_modules(session, SELLER, ["hosting"])
    panel.web.app.sites.forget()
    visitor.get("/en/hosting")
    visitor.get("/en/cart")
    visitor.get("/en/domains?q=kwiaty", 404)


def test_a_file_that_is_refused_keeps_what_was_typed(panel: Panel) -> None:
    staff = offer_hosting(panel)
    task_id = ordered(panel)
    empty = (io.BytesIO(b""), "big.zip", "application/zip")
    page = staff.submit(staff.get(f"/tasks/{task_id}"), {"access": "Tajne-7", "files": empty}, 422, action="/done")
    assert "Tajne-7" in page.text
    with panel.shop.scope(), panel.web.database.reading() as session:
        assert session.get_one(ServiceTask, task_id).state == "open"


@pytest.mark.parametrize("sizes", [(1, by_hand.LARGEST_FILE + 1), (1,) * (by_hand.MOST_FILES + 1), (1, 0)])
def test_too_large_too_many_and_empty_files_are_refused_and_none_is_kept(sizes: tuple[int, ...]) -> None:
    kept = Files()
    sent = [FileStorage(io.BytesIO(b"x" * size), f"{number}.zip") for number, size in enumerate(sizes)]
    with pytest.raises(Refusal):
        service_files.taken(kept, 1, sent)
    assert not kept


def test_the_partner_is_told_that_no_menu_leads_to_what_is_sold(panel: Panel) -> None:
    staff = offer_hosting(panel)
    assert "/pl/hosting" in staff.get("/products").words
    page = staff.get("/site/menus")
    typed = {"place": "header", "action": "add", "label": "Hosting", "href": "/pl/hosting"}
    token = next(each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "csrf_token")
    with panel.shop.scope(), panel.web.database.reading() as session:
        seen = menus.revision(menus.entries(session, "pl", "header"))
    assert staff.post("/site/menus", typed | {"csrf_token": token, "seen": seen, "lang": "pl"}).status == 303
    assert "/pl/hosting" not in staff.get("/products").words
    assert "/pl/hosting" in hrefs(panel.web.shop(panel.web.acme).get("/pl/hosting"))
