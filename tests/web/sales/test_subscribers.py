"""Subscribers in the Sales Panel: found, made, changed, looked at through their eyes, merged, forgotten."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from openpyxl import load_workbook

from tests import factories
from tests.selling import SELLER
from tests.web.client import Client
from tests.web.conftest import PANEL
from tests.web.sales.conftest import Desk, token
from tests.web.storefront.conftest import add
from webapp.foundation import clock
from webapp.foundation.db import insert_rows
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing import ledger
from webapp.reseller.catalog import plans
from webapp.reseller.notifications import queries as notifications
from webapp.reseller.partners import branding, staff
from webapp.reseller.partners import queries as partners

TABS = ("", "services", "papers", "contacts", "notes", "consents", "messages", "log")


@pytest.fixture
def account_id(desk: Desk) -> int:
    """Anna's."""
    return desk.shop.subscriber.account_id


def rows(desk: Desk, query: str) -> list[str]:
    page = desk.owner.get(f"/subscribers{query}")
    return [link.text for link in page.all("a") if link.attrs.get("class") == "row-link"]


def other(desk: Desk, email: str = "firma@example.com", **facts: str) -> int:
    values = {"kind": "company", "organisation": "=Zorza Sp. z o.o.", "tax_id": "5260250274", "name": "Jan Zorza"}
    return factories.make_subscriber(desk.web.database, desk.web.acme, email, **{**values, **facts}).account_id


def test_the_list_is_found_by_any_part_and_by_filters(desk: Desk) -> None:
    """H-21: name, company, tax number, e-mail, telephone, town; kind, open proformas, new since, state."""
    other(desk)
    for text in ("żółk", "anna@", "601", "krak"):
        assert "Anna Żółkiewska" in rows(desk, f"?q={text}")
    assert rows(desk, "?q=52602") == ["=Zorza Sp. z o.o."]
    assert rows(desk, "?kind=person") == ["Anna Żółkiewska"]
    assert rows(desk, "?owing=1") == []
    desk.shop.order("rowery.com")
    assert rows(desk, "?owing=1") == ["Anna Żółkiewska"]
    assert rows(desk, "?since=2999-01-01") == []
    assert "Nobody fits" in desk.owner.get("/subscribers?status=erased").words


def test_the_list_goes_into_a_spreadsheet_without_formulas(desk: Desk) -> None:
    other(desk)
    text = desk.owner.get("/subscribers/export?format=csv").response.get_data().decode("utf-8-sig")
    assert "'=Zorza Sp. z o.o." in text
    assert "anna@example.com" in text
    book = load_workbook(io.BytesIO(desk.owner.get("/subscribers/export?format=xlsx&q=anna").response.get_data()))
    assert [row[1] for row in book.worksheets[0].iter_rows(values_only=True)] == ["name", "Anna Żółkiewska"]


def test_everybody_is_in_the_spreadsheet_however_many_they_are(desk: Desk) -> None:
    """More than a page of any list counts."""
    with desk.shop.scope(), desk.web.database.writing() as session:
        usual = {"kind": "person", "status": "active", "created_at": clock.now()}
        insert_rows(session, Account, [{"name": f"Nr {number}", **usual} for number in range(2100)])
    text = desk.owner.get("/subscribers/export?format=csv").response.get_data().decode("utf-8-sig")
    names = [line.split(",")[1] for line in text.splitlines()[1:]]
    assert len(names) == len(set(names)) == 2101


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_a_subscriber_stands_for_many_things_and_for_none(desk: Desk, account_id: int, tab: str) -> None:
    desk.owner.get(f"/subscribers/{account_id}?tab={tab}")
    desk.shop.sell("rowery.com")
    page = desk.owner.get(f"/subscribers/{account_id}?tab={tab}")
    shown = {"services": "rowery.com", "papers": "PRO/", "contacts": "+48", "messages": "anna@example.com"}
    assert shown.get(tab, "Anna") in page.words


def test_a_new_subscriber_gets_a_link_and_signs_in_with_a_password_of_its_own(desk: Desk) -> None:
    page = desk.owner.get("/subscribers/new")
    typed = {
        "kind": "person", "country": "PL", "name": "Nowy Klient", "street": "Krótka 1", "postcode": "00838",
        "city": "Warszawa", "phone": "601 234 567", "email": "nowy@example.com", "locale": "pl",
    }  # fmt: skip
    assert "Postal code" in desk.owner.submit(page, typed | {"postcode": "x"}, 422).words
    made = desk.owner.follow(desk.owner.submit(page, typed))
    assert made.h1 == "Nowy Klient"
    assert "sign in, or set a new password" in desk.owner.submit(page, typed, 422).words
    with desk.shop.scope(), desk.web.database.reading() as session:
        [mail] = notifications.messages(session, kind="invitation").items
    path = next(word for word in mail.text.split() if "/account/reset/" in word).partition("localhost:8000")[2]
    guest = desk.web.shop(desk.web.acme)
    guest.submit(guest.get(path), {"password": "zupelnie nowe haslo"})
    guest.sign_in("nowy@example.com", "zupelnie nowe haslo")
    guest.get(path, 410)


def test_contacts_are_changed_by_the_partner_with_a_warning_where_names_are_held(desk: Desk, account_id: int) -> None:
    desk.shop.sell("rowery.com")
    with desk.shop.scope(), desk.web.database.reading() as session:
        contact = accounts.default_contact(session, account_id)
    page = desk.owner.get(f"/subscribers/{account_id}/contacts/{contact.id}")
    assert "holds 1 live domain" in page.words
    desk.owner.submit(page, {"city": "Gdańsk"})
    assert "Gdańsk" in desk.owner.get(f"/subscribers/{account_id}?tab=contacts").words
    with desk.shop.scope(), desk.web.database.reading() as session:
        [deed] = partners.audit_events(session, action="contact.changed").items
    assert (deed.actor_kind, deed.data["changes"]) == ("staff", {"city": ["Kraków", "Gdańsk"]})


def test_notes_consents_rights_and_state(desk: Desk, account_id: int) -> None:
    """H-22: the partner writes a consent down; date, source and who stand in the history."""
    base = f"/subscribers/{account_id}"
    desk.owner.submit(desk.owner.get(f"{base}?tab=notes"), {"text": "Lubi <b>herbatę</b>"})
    assert "Lubi <b>herbatę</b>" in desk.owner.get(f"{base}?tab=notes").words
    desk.owner.post(f"{base}/notes", {"csrf_token": token(desk.owner.get(base)), "text": "  "}, 422)
    page = desk.owner.get(f"{base}?tab=consents")
    desk.owner.submit(page, {"channel": ["sms"]})
    words = desk.owner.get(f"{base}?tab=consents").words
    assert "by SMS" in words
    assert "written down by the shop (owner-csp1001@example.com)" in words
    desk.owner.submit(desk.owner.get(f"{base}/status"), {"status": "suspended"})
    assert "This account is closed" in desk.owner.get(base).words
    desk.owner.submit(desk.owner.get(base), {"status": "active"}, action="/status")
    assert "This account is closed" not in desk.owner.get(base).words


def looking(desk: Desk, account_id: int, who: Client | None = None) -> tuple[Client, str]:
    """A browser of the staff in the subscriber's panel, and the path that led there."""
    staff = who or desk.owner
    page = staff.submit(staff.get(f"/subscribers/{account_id}/panel"), {"user": str(desk.shop.subscriber.user.id)}, 200)
    path = next(a.attrs["href"] for a in page.all("a") if "/account/enter/" in a.attrs["href"])
    path = path.partition("localhost:8000")[2]
    browser = desk.web.shop(desk.web.acme)
    browser.follow(browser.get(path, 303))
    return browser, path


def test_staff_look_through_the_subscribers_eyes_with_both_in_the_log(desk: Desk, account_id: int) -> None:
    """H-21: banner on every page, no password, no consent, no acceptance; once in; the log names both."""
    browser, path = looking(desk, account_id)
    desk.web.shop(desk.web.acme).get(path, 410)
    for page in ("/account/", "/account/profile", "/account/domains", "/account/consents", "/account/data"):
        words = browser.get(page).words
        assert "owner-csp1001@example.com" in words, page
    profile = browser.get("/account/profile")
    csrf = token(profile)
    contact = {"contact-street": "Nowa 1", "contact-postcode": "00-838", "contact-city": "Łódź"}
    browser.submit(profile, contact)
    refused = browser.submit(browser.get("/account/profile"), {"me-name": "Ktoś"}, 422)
    assert "Może to zrobić tylko abonent. Przeglądasz panel jako pracownik." in refused.words
    for action, data in (
        ("/account/data", {"password": factories.PASSWORD}),
        ("/account/documents/accept", {}),
        ("/account/profile/sign-ins/end-others", {}),
    ):
        browser.post(action, {"csrf_token": csrf, **data}, 403)
    browser.post("/account/consents", {"csrf_token": csrf, "channel": "mail"})
    with desk.shop.scope(), desk.web.database.reading() as session:
        assert all(each.kind != "newsletter" for each in accounts.consents(session, account_id))
        [deed] = partners.audit_events(session, action="contact.changed").items
        assert (deed.actor_label, deed.through) == ("anna@example.com", "owner-csp1001@example.com")
        [opened] = partners.audit_events(session, action="account.panel_opened").items
        assert opened.actor_kind == "staff"
    anna = desk.web.shop(desk.web.acme)
    anna.sign_in("anna@example.com")
    assert "owner-csp1001@example.com" in anna.get("/account/profile").words, "she sees the visit"
    browser.submit(browser.get("/account/"), {}, action="/account/leave")
    browser.get("/account/", 303)


def test_a_look_ends_with_the_right_to_look(desk: Desk, account_id: int) -> None:
    clerk = desk.staff("sales")
    browser, _ = looking(desk, account_id, clerk)
    browser.get("/account/")
    with desk.shop.scope(), desk.web.database.reading() as session:
        member = next(each for each in partners.staff_list(session) if each.role == "sales")
    desk.owner.submit(desk.owner.get(f"/settings/staff/{member.id}"), {"role": "accounting"})
    browser.get("/account/", 303)


def test_a_look_ends_when_the_staff_sign_out_or_lose_their_sign_in(desk: Desk, account_id: int) -> None:
    clerk, twice = desk.staff("sales"), desk.web.client(PANEL)
    twice.sign_in("sales-csp1001@example.com")
    browser, _ = looking(desk, account_id, clerk)
    browser.get("/account/")
    clerk.post("/sign-out", {"csrf_token": token(clerk.get("/settings/me"))})
    browser.get("/account/", 303)
    browser, _ = looking(desk, account_id, twice)
    browser.get("/account/")
    with desk.shop.scope(), desk.web.database.writing() as session:
        member = next(each for each in partners.staff_list(session) if each.role == "sales")
        staff.set_password(session, SELLER, member.id, factories.password_hash())
    browser.get("/account/", 303)


def test_nobody_pays_with_somebody_elses_credit_while_looking(desk: Desk, account_id: int) -> None:
    """H-21: neither by the button nor by a form of one's own."""
    proforma = desk.shop.order("rowery.com")
    with desk.shop.scope(), desk.web.database.writing() as session:
        amount = proforma.gross
        ledger.add_credit(session, account_id, "PLN", amount)
        postings = {ledger.credit_account(account_id): amount, "write_offs": -amount}
        ledger.post(session, ledger.RETAIL, "gift", "PLN", postings, account_id)
    browser, _ = looking(desk, account_id)
    page = browser.get(f"/account/proformas/{proforma.id}")
    assert "/credit" not in page.text
    browser.post(f"/account/proformas/{proforma.id}/credit", {"csrf_token": token(page)}, 403)
    browser.get("/account/pay", 403)
    assert desk.shop.proforma(proforma.id).state == "issued"
    anna = desk.web.shop(desk.web.acme)
    anna.sign_in("anna@example.com")
    anna.submit(anna.get(f"/account/proformas/{proforma.id}"), {}, action="/credit")
    assert desk.shop.proforma(proforma.id).state == "paid"


def test_nobody_orders_in_the_shop_in_somebody_elses_name(desk: Desk, account_id: int) -> None:
    """H-21: terms are accepted by the subscriber alone; the page says so, and a form of one's own is refused."""
    browser, _ = looking(desk, account_id)
    add(browser, "looked.com")
    page = browser.get("/en/checkout")
    assert "Only the subscriber can do this" in page.words
    assert "obligation to pay" not in page.words
    browser.submit(page, {"terms": "y", "at_once": "y"}, 422)
    assert "looked.com" not in desk.shop.domains()


def test_an_order_for_a_subscriber_makes_the_same_proforma(desk: Desk, account_id: int) -> None:
    """H-25: the partner places the order; a double click is one; a wrong name is said and nothing is lost."""
    page = desk.owner.get(f"/subscribers/{account_id}/order")
    refused = desk.owner.submit(page, {"names": "rowery.com\nnie ma takiej.końcówkiii"}, 422)
    assert "rowery.com" in refused.text
    made = desk.owner.submit(page, {"names": "rowery.com, narty.pl"})
    assert desk.owner.submit(page, {"names": "rowery.com, narty.pl"}).location == made.location
    words = desk.owner.follow(made).words
    assert "rowery.com" in words
    assert "narty.pl" in words


def test_a_product_by_hand_is_ordered_for_a_subscriber_too(desk: Desk, account_id: int) -> None:
    """H-25."""
    nothing = desk.owner.submit(desk.owner.get(f"/subscribers/{account_id}/order"), {"names": ""}, 422)
    assert "Choose at least one thing" in nothing.words
    with desk.shop.scope(), desk.web.database.writing() as session:
        branding.set_modules(session, SELLER, ("domains", "hosting"))
        draft = plans.ProductDraft("hosting", "start", {"pl": "Paczka", "en": "Start pack"})
        product = plans.create(session, SELLER, draft)
        plans.set_prices(session, SELLER, product.id, {("register", 1): 9900, ("renew", 1): 9900})
    desk.web.app.sites.forget()
    page = desk.owner.get(f"/subscribers/{account_id}/order")
    assert "Start pack" in page.words
    made = desk.owner.submit(page, {"product": "start", "subject": "rowery.com"})
    assert "rowery.com" in desk.owner.follow(made).words


def test_two_subscribers_become_one_after_a_preview(desk: Desk, account_id: int) -> None:
    desk.shop.sell("rowery.com")
    into = other(desk)
    chosen = desk.owner.get(f"/subscribers/{account_id}/merge?q=zorza")
    assert f"into={into}" in chosen.text
    page = desk.owner.get(f"/subscribers/{account_id}/merge?into={into}")
    assert "Domains" in page.words
    assert "rowery.com" in desk.owner.get(desk.owner.submit(page, {"into": str(into)}).location + "?tab=services").words
    assert "This account was merged" in desk.owner.get(f"/subscribers/{account_id}").words
    again = desk.owner.get(f"/subscribers/{account_id}/merge?into={into}", 303)
    assert "merged or erased before" in desk.owner.follow(again).words


def test_asking_for_the_head_of_a_page_does_nothing(desk: Desk, account_id: int) -> None:
    into = other(desk)
    for path in ("status", f"merge?into={into}", "panel", "erase"):
        desk.owner.open("HEAD", f"/subscribers/{account_id}/{path}")
    with desk.shop.scope(), desk.web.database.reading() as session:
        assert accounts.account(session, account_id).status == "active"


def test_personal_data_go_along_and_a_person_is_forgotten(desk: Desk, account_id: int) -> None:
    proforma = desk.shop.order("rowery.com")
    page = desk.owner.get(f"/subscribers/{account_id}/erase")
    assert "Proformas are open" in page.words
    pack = desk.owner.submit(page, {}, 200, action="/data").response.get_data()
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        assert json.loads(opened.read("data.json"))["account"] == account_id
    desk.owner.submit(desk.owner.get(f"/proformas/{proforma.id}/cancel"), {}, action="/cancel")
    page = desk.owner.get(f"/subscribers/{account_id}/erase")
    assert "exactly" in desk.owner.submit(page, {"name": "Hanna"}, 422).words
    done = desk.owner.follow(desk.owner.submit(page, {"name": "Anna Żółkiewska"}))
    assert "This subscriber was forgotten" in done.words
    assert "Żółkiewska" not in done.words
    door = desk.web.shop(desk.web.acme)
    form = door.get("/account/sign-in")
    door.submit(form, {"email": "anna@example.com", "password": factories.PASSWORD}, 422)


def test_a_subscriber_takes_the_own_data_along_against_the_password(desk: Desk) -> None:
    anna = desk.web.shop(desk.web.acme)
    anna.sign_in("anna@example.com")
    page = anna.get("/account/data")
    anna.submit(page, {"password": "not hers at all"}, 422)
    pack = anna.submit(page, {"password": factories.PASSWORD}, 200).response.get_data()
    assert zipfile.ZipFile(io.BytesIO(pack)).namelist() == ["data.json", "data.html"]
    anna.submit(anna.get("/account/consents"), {"channel": ["mail", "phone"]})
    anna.submit(anna.get("/account/consents"), {"channel": ["phone"]})
    with desk.shop.scope(), desk.web.database.reading() as session:
        mine = [each for each in accounts.consents(session, desk.shop.subscriber.account_id) if each.channel]
        assert {(each.channel, each.withdrawn_at is None, each.source) for each in mine} == {
            ("mail", False, "panel"), ("phone", True, "panel"),
        }  # fmt: skip
