"""Further names, groups of endings, many names at once, premium and watched names (H-54)."""

from __future__ import annotations

import re
import time

import pytest

from tests.factories import PASSWORD, make_subscriber
from tests.web.client import Client, Page
from tests.web.storefront.conftest import SHOP, Shops, registered
from tests.web.storefront.test_search import Away, _list, _rows, _stream
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.providers.registry.port import Quote
from webapp.reseller.catalog import group, operations, premium, queries
from webapp.reseller.catalog.queries import GroupRow
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.services import watches


def _group(shops: Shops, *endings: str) -> GroupRow:
    """A second group of acme with just these endings."""
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        made = group.create(session, SYSTEM, "Poland")
        products = [queries.product_for_tld(session, ending) for ending in endings]
        operations.set_tld_group(session, SYSTEM, [each.id for each in products if each], group_id=made.id)
        return next(each for each in queries.groups(session) if each.id == made.id)


def _check(visitor: Client, text: str, status: int = 303, **more: str) -> Page:
    page = visitor.get(f"{SHOP}/domains/bulk")
    return visitor.submit(page, {"names": text, **more}, status, action="/domains/bulk")


def _done(visitor: Client, first: Page) -> Page:
    """The list of a check when the last answer is there."""
    path = first.response.headers["Location"]
    end = time.monotonic() + 30
    while time.monotonic() < end:
        page = visitor.get(path)
        if "waiting" not in {li.attrs.get("data-state") for li in page.all("li")}:
            return page
        time.sleep(0.02)
    raise AssertionError("the check does not come to an end")


def _token(page: Page) -> str:
    return next(i.attrs["value"] for i in page.all("input") if i.attrs.get("name") == "csrf_token")


# --- groups --------------------------------------------------------------------------------------------------


def test_a_search_shows_the_chosen_group_and_stays_in_it(shops: Shops) -> None:
    chosen = _group(shops, "com.pl", "pl")
    page = shops.visitor().get(f"{SHOP}/domains", query_string={"q": "moje kwiaty", "group": str(chosen.id)})
    assert list(_rows(page)) == ["mojekwiaty.com.pl", "mojekwiaty.pl"]
    hidden = [i.attrs["value"] for i in page.all("input") if i.attrs.get("name") == "group"]
    assert set(hidden) == {str(chosen.id)}
    assert any(f"group={chosen.id}" in a.attrs["href"] for a in page.all("a") if a.text == "moje-kwiaty")


@pytest.mark.parametrize("asked", ["0", "999999", "-1", "x", "9" * 30, "1%00", "nord's"])
def test_an_unknown_or_foreign_group_is_the_default_one(shops: Shops, asked: str) -> None:
    if asked == "nord's":
        with tenancy.tenant(shops.nord.id), shops.database.reading() as session:
            asked = str(queries.groups(session)[0].id)
    visitor = shops.visitor()
    page = visitor.get(f"{SHOP}/domains", query_string={"q": "kwiaty", "group": asked})
    assert list(_rows(page)) == list(_rows(_list(visitor, "kwiaty")))


# --- ideas ---------------------------------------------------------------------------------------------------


def test_further_ideas_have_their_places_from_the_first_paint_with_price_and_state(shops: Shops) -> None:
    shops.registry.take("swiezekwiatysklep.pl")
    events = _stream(shops.visitor(), "swiezekwiaty", shop="/pl")
    ideas = re.findall(r'data-name="([^"]+)"', events[0].split('id="ideas"')[1])
    assert "swieze-kwiaty.pl" in ideas
    assert "xn--wieekwiaty-37b31b.pl" in ideas
    assert "mojeswiezekwiaty.pl" in ideas
    assert len(ideas) == len(set(ideas)) == 12
    states = dict(re.findall(r'data-name="([^"]+)" data-state="([^"]+)"', "".join(events[1:])))
    assert {states[name] for name in ideas} == {"free", "taken"}
    page = _list(shops.visitor(), "swiezekwiaty", shop="/pl")
    assert list(_rows(page, "ideas")) == ideas


# --- premium names -------------------------------------------------------------------------------------------


def _premium(shops: Shops, name: str, quote: Quote | None = None) -> None:
    shops.registry.world.premium.add(name)
    if quote:
        shops.registry.world.quotes[name] = quote


def test_a_premium_name_shows_the_rules_price_or_asks_and_never_the_price_list(shops: Shops) -> None:
    _premium(shops, "gold.pl", Quote(1_000_000, "PLN"))
    _premium(shops, "gold.com", Quote(1_000_000, "USD"))
    rows = {li.attrs["data-name"]: li for li in _list(shops.visitor(), "gold").all("li") if "data-name" in li.attrs}
    assert "Price on request" in rows["gold.pl"].text
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        premium.set_markup(session, SYSTEM, 2000)
    shops.ask(shops.registry)
    rows = {li.attrs["data-name"]: li for li in _list(shops.visitor(), "gold").all("li") if "data-name" in li.attrs}
    assert "14,760.00" in rows["gold.pl"].text, "10,000 net, 20 % on top, 23 % tax"
    assert "Price on request" in rows["gold.com"].text, "another currency is no price of this shop"
    for name in ("gold.pl", "gold.com"):
        assert not rows[name].all("button", "form")
        assert "Ask us" in rows[name].text
        assert "16.99" not in rows[name].text


@pytest.mark.parametrize("typed", ["gold.pl", "GOLD.PL", "https://www.gold.pl/x", " gold . pl "])
def test_no_form_puts_a_premium_name_into_the_basket(shops: Shops, typed: str) -> None:
    _premium(shops, "gold.pl", Quote(1_000_000, "PLN"))
    visitor = shops.visitor()
    csrf = _token(_list(visitor, "kwiaty"))
    for more in ({}, {"row": "1"}, {"years": "1", "state": "free", "amount": "1"}):
        page = visitor.follow(visitor.post(f"{SHOP}/cart/add", {"csrf_token": csrf, "name": typed, **more}))
        assert "premium name" in page.words
    assert "Nothing in it yet" in visitor.get(f"{SHOP}/cart").words or not visitor.get(f"{SHOP}/cart").all("bdi")
    assert "gold.pl" not in [li.text for li in visitor.get(f"{SHOP}/cart").all("li")]


def test_a_name_that_turned_premium_in_the_basket_is_not_ordered(shops: Shops) -> None:
    visitor = shops.visitor()
    csrf = _token(_list(visitor, "kwiaty"))
    shops.ask(Away())
    visitor.post(f"{SHOP}/cart/add", {"csrf_token": csrf, "name": "gold.pl"})
    _premium(shops, "gold.pl")
    shops.ask(shops.registry)
    overview = registered(visitor)
    refused = visitor.submit(overview, {"terms": "y", "at_once": "y"}, 422, action="checkout")
    assert "gold.pl is a premium name" in refused.words


# --- many names ----------------------------------------------------------------------------------------------

PASTED = """https://www.Kwiaty.PL/sklep?x=1, DRZEWA.com; drzewa.com
żółw.pl\tmoja|x_y.pl
-kropka.pl =1+1 kwiaty.museum 😀.pl"""


def test_pasted_names_are_understood_one_by_one_and_nothing_is_lost(shops: Shops) -> None:
    shops.registry.take("kwiaty.pl")
    visitor = shops.visitor()
    page = _done(visitor, _check(visitor, PASTED))
    states = {li.attrs["data-name"]: li.attrs["data-state"] for li in page.all("li") if "data-name" in li.attrs}
    assert list(states)[:3] == ["kwiaty.pl", "drzewa.com", "xn--w-uga1v8h.pl"]
    assert states["kwiaty.pl"] == "taken"
    assert states["drzewa.com"] == states["moja.pl"] == states["moja.app"] == "free"
    refused = next(ul for ul in page.all("ul") if "bulk-refused" in ul.attrs.get("class", ""))
    assert [b.text for b in refused.all("b")] == ["x_y.pl", "-kropka.pl", "=1+1", "😀.pl"]
    assert "kwiaty.museum" in page.words
    assert "1 name stood there more than once" in page.words
    assert "17 of 17 names checked, 16 free" in page.words


def test_a_check_can_be_left_added_to_the_basket_and_taken_along(shops: Shops) -> None:
    _premium(shops, "gold.pl")
    visitor = shops.visitor()
    page = _done(visitor, _check(visitor, "a1.pl b1.pl gold.pl =HYPERLINK(1) +48"))
    path = str(page.response.request.path)
    assert "a1.pl" in shops.visitor().get(path).words, "found again without a cookie"
    shops.visitor(shops.nord).get(path.replace("/en/", "/de/"), 404)
    table = visitor.open("GET", f"{path}/export")
    lines = table.text.splitlines()
    assert lines[1].startswith("a1.pl,free,16.99,")
    assert lines[3].startswith("gold.pl,premium,,,")
    assert [line[0] for line in lines[4:]] == ["'", "'"], "no spreadsheet takes a piece of the text for a formula"
    basket = visitor.follow(visitor.submit(page, {"all": "1"}, action=f"{path}/add"))
    assert "a1.pl" in basket.words
    assert "gold.pl" not in basket.words
    csrf = _token(page)
    visitor.post(f"{path}/add", {"csrf_token": csrf, "name": "gold.pl"})
    assert "gold.pl" not in visitor.get(f"{SHOP}/cart").words


def test_more_than_fits_is_kept_for_the_next_check(shops: Shops) -> None:
    visitor = shops.visitor()
    page = _done(visitor, _check(visitor, " ".join(f"n{number}.pl" for number in range(520))))
    assert len([li for li in page.all("li") if "data-name" in li.attrs]) == 500
    left = next(area.text for area in page.all("textarea"))
    assert left.split() == [f"n{number}.pl" for number in range(500, 520)]


@pytest.mark.parametrize("text", ["", "   ", "\n,;|"])
def test_a_text_without_a_name_is_asked_for_again(shops: Shops, text: str) -> None:
    assert "Paste at least one name" in _check(shops.visitor(), text, 422).words


def test_many_checks_are_slowed_down_and_what_was_pasted_stays(shops: Shops) -> None:
    visitor = shops.visitor()
    for _ in range(12):
        _check(visitor, "-", 303)
    page = _check(visitor, "keep.pl", 429)
    assert "keep.pl" in next(area.text for area in page.all("textarea"))


# --- watched names -------------------------------------------------------------------------------------------


def _ask(shops: Shops) -> str:
    class Here:
        database: Database = shops.database
        registry = shops.registry

    return watches.ask_for_watched(Here())


def test_a_taken_name_is_watched_after_signing_in_and_told_about_once(shops: Shops) -> None:
    shops.registry.take("zajete.pl")
    visitor = shops.visitor()
    way = next(a.attrs["href"] for a in _list(visitor, "zajete.pl").all("a") if "Watch this name" in a.text)
    make_subscriber(shops.database, shops.acme, "anna@example.com")
    sign_in = visitor.follow(visitor.get(way, 303))
    page = visitor.follow(
        visitor.submit(sign_in, {"email": "anna@example.com", "password": PASSWORD}, action="sign-in")
    )
    assert next(i for i in page.all("input") if i.attrs.get("name") == "name").attrs["value"] == "zajete.pl"
    for _ in range(2):
        page = visitor.follow(visitor.submit(page, {"name": "zajete.pl"}, action="/account/watches"))
    assert "1 of 20 names" in page.words
    assert _ask(shops) == "1 names asked for, 0 people told"
    shops.registry.world.domains.clear()
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        for each in watches.of_user(session, 1):
            each.asked_at = None
    assert _ask(shops) == "1 names asked for, 1 people told"
    assert _ask(shops) == "0 names asked for, 0 people told"
    with tenancy.tenant(shops.acme.id), shops.database.reading() as session:
        mails = session.query(Message).filter_by(kind="name_free").all()
        assert [(mail.recipient, mail.subject) for mail in mails] == [("anna@example.com", mails[0].subject)]
        assert "zajete.pl" in mails[0].subject
    stop = next(form.attrs["action"] for form in page.all("form") if "/stop" in form.attrs["action"])
    assert "You watch no names yet" in visitor.follow(visitor.submit(page, {}, action=stop)).words


def test_rubbish_is_not_watched_and_there_is_an_end_of_it(shops: Shops) -> None:
    make_subscriber(shops.database, shops.acme, "anna@example.com")
    visitor = shops.visitor()
    visitor.sign_in("anna@example.com")
    page = visitor.get("/account/watches?lang=en")
    for typed in ("", "kwiaty", "-x-.pl", "x" * 300, "a b.pl c.pl"):
        assert visitor.submit(page, {"name": typed}, 422, action="/account/watches").all("input")
    for number in range(watches.MOST):
        visitor.submit(page, {"name": f"n{number}.pl"}, action="/account/watches")
    assert (
        "You can watch 20 names" in visitor.submit(page, {"name": "one-more.pl"}, 422, action="/account/watches").words
    )
