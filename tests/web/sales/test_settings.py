"""Settings: company, bank account, brand, languages, staff and passwords."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from tests.factories import PASSWORD
from tests.web.conftest import PANEL
from tests.web.sales.conftest import Desk, token
from webapp.reseller.partners import queries as partners


def _partner(desk: Desk) -> Any:
    with desk.shop.scope(), desk.web.database.reading() as session:
        return partners.partner(session)


def test_company_and_bank_are_kept_in_their_normal_form(desk: Desk) -> None:
    page = desk.owner.get("/settings")
    typed = {"iban": "pl 61 1090 1014 0000 0712 1981 2874", "postcode": "00 838", "nameservers": "NS1.Example.com.\n\n"}
    desk.owner.submit(page, typed)
    partner = _partner(desk)
    assert (partner.iban, partner.postcode) == ("PL61109010140000071219812874", "00-838")
    assert partner.nameservers == ["ns1.example.com"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("iban", "PL61 1090 1014 0000 0712 1981 2875"),
        ("email", "biuro@@acme"),
        ("legal_name", ""),
        ("tax_id", "5260250275"),
        ("tax_rate_bp", "200"),
        ("payment_days", "-1"),
        ("nameservers", "not a host"),
        ("name", "Zły\nnagłówek" * 80),
    ],
)
def test_a_wrong_entry_is_said_at_its_field_and_kept(desk: Desk, field: str, typed: str) -> None:
    page = desk.owner.submit(desk.owner.get("/settings"), {field: typed, "city": "Łódź"}, 422)
    assert any(each.attrs.get("href") == f"#{field}" for each in page.all("a")), page.words
    assert next(each for each in page.all("input") if each.attrs.get("name") == "city").attrs["value"] == "Łódź"
    assert _partner(desk).city != "Łódź"


def test_colours_and_theme_change_the_shop(desk: Desk) -> None:
    page = desk.owner.get("/settings/brand")
    desk.owner.submit(page, {"brand": "#ffe066", "theme": "ledger"})
    assert _partner(desk).theme == "ledger"
    advice = desk.owner.fragment("/settings/brand/advice?brand=%23ffe066").words
    assert "black text" in advice
    desk.owner.submit(desk.owner.get("/settings/brand"), {"brand": "red; }"}, 422)


def test_a_logo_is_written_anew_and_what_is_no_picture_refused(desk: Desk) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (400, 100), "#0a7d55").save(picture, "PNG")
    page = desk.owner.get("/settings/brand")
    csrf = token(page)
    upload = {"csrf_token": csrf, "file": (io.BytesIO(picture.getvalue()), "logo.png")}
    desk.owner.post("/settings/brand/logo", upload, content_type="multipart/form-data")
    shown = [each.attrs["src"] for each in desk.owner.get("/settings/brand").all("img")]
    media = desk.owner.get(shown[0])
    assert media.response.headers["X-Content-Type-Options"] == "nosniff"
    at_shop = desk.web.shop(desk.web.acme).get(shown[0])
    for page in (media, at_shop):
        page.response.close()
    bad = {"csrf_token": csrf, "file": (io.BytesIO(b"<html><script>alert(1)</script>"), "logo.png")}
    answer = desk.owner.post("/settings/brand/logo", bad, 422, content_type="multipart/form-data")
    assert "not a picture" in answer.words
    empty = desk.owner.post("/settings/brand/logo", {"csrf_token": csrf}, 422, content_type="multipart/form-data")
    assert "Choose a picture." in empty.words


def test_the_panel_speaks_my_language(desk: Desk) -> None:
    page = desk.owner.get("/domains")
    csrf = token(page)
    answer = desk.owner.post("/language", {"csrf_token": csrf, "locale": "de", "next": "/domains"})
    assert answer.location == "/domains"
    assert desk.owner.get("/domains").all("html")[0].attrs["lang"] == "de"
    assert desk.owner.post("/language", {"csrf_token": csrf, "locale": "de", "next": "//evil.example"}).location == "/"
    desk.owner.post("/language", {"csrf_token": csrf, "locale": "xx"}, 422)


def test_a_new_member_of_staff_signs_in(desk: Desk) -> None:
    page = desk.owner.get("/settings/staff/new")
    person = {"name": "Jan Nowy", "email": "jan@acme.example", "role": "staff", "password": "dobre hasło 12"}
    desk.owner.submit(page, {**person, "password": "krótkie"}, 422)
    desk.owner.submit(page, person)
    assert "already uses this e-mail" in desk.owner.submit(page, person, 422).words
    jan = desk.web.client(PANEL)
    jan.sign_in("jan@acme.example", "dobre hasło 12")
    member = next(a.attrs["href"] for a in desk.owner.get("/settings/staff").all("a") if a.text == "Jan Nowy")
    desk.owner.submit(desk.owner.get(member), {"access": "suspended"})
    jan.get("/", 303)


def test_the_last_owner_stays_owner(desk: Desk) -> None:
    me = next(
        a.attrs["href"]
        for a in desk.owner.get("/settings/staff").all("a")
        if "/settings/staff/" in a.attrs["href"] and "new" not in a.attrs["href"]
    )
    page = desk.owner.submit(desk.owner.get(me), {"role": "staff"}, 422)
    assert "There must be an owner" in page.words


def test_my_password_changes_and_other_browsers_are_signed_out(desk: Desk) -> None:
    elsewhere = desk.web.client(PANEL)
    elsewhere.sign_in("owner-csp1001@example.com")
    page = desk.owner.get("/settings/me")
    wrong = desk.owner.submit(page, {"current_password": "nie to hasło", "password": "nowe hasło 2026"}, 422)
    assert "not your present password" in wrong.words
    done = desk.owner.follow(desk.owner.submit(page, {"current_password": PASSWORD, "password": "nowe hasło 2026"}))
    assert "Your password is changed" in done.words
    elsewhere.get("/", 303)
    fresh = desk.web.client(PANEL)
    fresh.sign_in("owner-csp1001@example.com", "nowe hasło 2026")


def test_languages_keep_one_and_the_first_among_them(desk: Desk) -> None:
    page = desk.owner.get("/settings/languages")
    desk.owner.submit(page, {"locales": ["pl"], "default_locale": "de"}, 422)
    desk.owner.submit(page, {"locales": ["pl", "de"], "default_locale": "de"})
    assert _partner(desk).locales == ["pl", "de"]
