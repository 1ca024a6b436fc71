"""The guided start in the Sales Panel, and sample texts for a language that was added."""

from __future__ import annotations

from io import BytesIO

from tests import factories
from tests.web.client import Client
from tests.web.conftest import PANEL, Web
from tests.web.sales.conftest import Desk
from webapp.foundation import tenancy
from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.models import Page


def newcomer(web: Web) -> Client:
    partner = factories.make_partner(web.database, name="Nowy", email="nowy@example.com")
    member = factories.make_staff(web.database, partner, "nowa@example.com", role="owner", locale="en")
    client = web.client(PANEL)
    client.sign_in(member.email)
    return client


def test_a_newcomer_is_led_to_an_open_shop(web: Web) -> None:
    """Without scripts too; sent twice, it is one shop."""
    client = newcomer(web)
    start = client.get("/")
    assert "Your shop has no pages yet" in start.words
    assert client.get("/begin/done", 303).location.endswith("/begin")
    page = client.get("/begin")
    missing = client.submit(page, {"name": "Nowa & Sieć", "locales": ["pl", "ro"]}, 422)
    assert "Choose one of the pictures." in missing.words
    assert "Nowa &amp; Sieć" in missing.text, "what was typed is still there"
    answers = {"starter": "minimal", "name": "Nowa & Sieć", "locales": ["pl", "ro"], "colour": "#0f766e"}
    wrong = client.submit(page, {**answers, "logo": (BytesIO(b"no picture"), "logo.png")}, 422)
    assert "picture" in wrong.words
    for _time in range(2):
        assert client.submit(page, answers, 303).location.endswith("/begin/done")
    done = client.get("/begin/done")
    assert "csp1003.localhost" in done.words
    shop = web.client("csp1003.localhost:8000")
    assert "Nowa &amp; Sieć" in shop.get("/pl/").text
    assert "Găsiți-vă domeniul" in shop.get("/ro/").words
    assert "Your shop has no pages yet" not in client.get("/").words


def test_a_shop_with_pages_is_asked_first(desk: Desk) -> None:
    page = desk.owner.get("/begin")
    assert "Your shop has pages already" in page.words
    answers = {"starter": "minimal", "name": "Acme Domeny", "locales": ["pl", "en"]}
    refused = desk.owner.submit(page, answers, 422)
    assert "Say that they may be replaced." in refused.words
    assert "Jak nazwiesz" in desk.web.client("csp1001.localhost:8000").get("/pl/").words
    desk.owner.submit(page, {**answers, "over": "y"}, 303)
    desk.web.app.sites.forget()  # within a second, every process asks for what is new
    assert "Znajdź swoją domenę" in desk.web.client("csp1001.localhost:8000").get("/pl/").words
    desk.staff().get("/begin", 403)


def test_a_new_language_can_begin_with_sample_texts(desk: Desk) -> None:
    page = desk.owner.get("/settings/languages")
    desk.owner.submit(page, {"locales": ["pl", "en", "sk"], "default_locale": "pl"}, 303, action="/settings/languages")
    page = desk.owner.get("/settings/languages")
    assert "Write the sample pages: Slovenčina" in page.words
    desk.owner.submit(page, {}, 303, action="/settings/languages/texts")
    assert "drafts" in desk.owner.get("/site/pages").words
    with tenancy.tenant(desk.web.acme.id), desk.web.database.reading() as session:
        assert all(each.locale != "sk" for each in cms.public_pages(session))
        assert session.query(Page).filter_by(locale="sk", state="draft").count() >= 5
    assert "Ako nazvete" not in desk.web.client("csp1001.localhost:8000").get("/sk/").words
