"""Prices beside what they cost, by a mark-up or by hand, for everybody or a group, in the shop at once.

H-41, H-42, H-46, H-54; why a price is what it is names promotions too (H-44).
"""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.selling import SELLER
from tests.web.client import Page
from tests.web.sales.conftest import Desk, token
from webapp.foundation import clock, tenancy
from webapp.reseller.catalog import operations as catalog
from webapp.reseller.catalog import price_groups, queries, rules, wholesale
from webapp.reseller.catalog.models import Price, PriceGroup
from webapp.reseller.catalog.recompute import recompute

TODAY = clock.today("Europe/Warsaw")
MANY = "9" * 40


def _product(desk: Desk, tld: str) -> int:
    with desk.shop.scope(), desk.web.database.reading() as session:
        product = queries.product_for_tld(session, tld)
        assert product is not None
        return product.id


def _price(desk: Desk, tld: str, operation: str, years: int) -> int | None:
    product = _product(desk, tld)
    with desk.shop.scope(), desk.web.database.reading() as session:
        return queries.price(session, product, operation, years, "PLN", TODAY)


def _ruled(desk: Desk) -> None:
    """Every price is made by the rule: 35 % on top, up to .99."""
    with desk.shop.scope(), desk.web.database.writing() as session:
        for price in session.scalars(select(Price)):
            session.delete(price)
        session.flush()
        rules.set_rule(session, SELLER, "domain", rules.RuleDraft(percent_bp=3500, ending=99))
        recompute(session)


def _group(desk: Desk, name: str = "Agencies") -> int:
    desk.owner.submit(desk.owner.get("/prices/groups"), {"name": name}, action="/prices/groups")
    with desk.shop.scope(), desk.web.database.reading() as session:
        return session.scalars(select(PriceGroup.id).order_by(PriceGroup.id.desc())).first() or 0


def test_a_row_is_changed_in_place_and_longer_periods_follow(desk_on_both: Desk) -> None:
    desk = desk_on_both
    product = _product(desk, "com")
    form = desk.owner.fragment(f"/prices/{product}/row?edit=1")
    typed = {f"{name}_1": value for name, value in {"register": "39,00", "renew": "61.00"}.items()}
    desk.owner.submit(form, {**typed, "in_step": "y"})
    assert (_price(desk, "com", "register", 1), _price(desk, "com", "register", 2)) == (3900, 10000)
    assert (_price(desk, "com", "renew", 1), _price(desk, "com", "renew", 2)) == (6100, 12200)
    assert "39.00" in desk.owner.get("/prices").words


def test_an_empty_price_is_no_offer(desk: Desk) -> None:
    page = desk.owner.get(f"/prices/{_product(desk, 'pl')}")
    desk.owner.submit(page, {"register_2": "", "renew_1": "88,00"})
    assert _price(desk, "pl", "register", 2) is None
    assert _price(desk, "pl", "register", 1) == 1999


def test_below_cost_is_marked(desk: Desk) -> None:
    page = desk.owner.get(f"/prices/{_product(desk, 'com')}")
    desk.owner.submit(page, {"register_1": "1,00"})
    assert any(each.attrs.get("aria-label") == "Below cost:" for each in desk.owner.get("/prices").all("svg"))


@pytest.mark.parametrize("typed", ["-1", "gratis", "99999999999", "1.001"])
def test_a_wrong_price_keeps_what_was_typed(desk: Desk, typed: str) -> None:
    product = _product(desk, "com")
    page = desk.owner.submit(desk.owner.get(f"/prices/{product}"), {"register_1": typed}, 422)
    field = next(each for each in page.all("input") if each.attrs.get("name") == "register_1")
    assert field.attrs["value"] == typed
    assert "field-error" in page.text.partition('name="register_1"')[2].partition("<input")[0]  # beside that field
    assert _price(desk, "com", "register", 1) == 4999


def test_the_shop_changes_within_its_next_page(desk: Desk) -> None:
    with desk.shop.scope(), desk.web.database.reading() as session:
        from webapp.reseller.partners import queries as partners

        before = partners.partner(session).content_version
    desk.owner.submit(desk.owner.get("/prices"), {}, action=f"/prices/{_product(desk, 'org')}/sale")
    with desk.shop.scope(), desk.web.database.reading() as session:
        assert partners.partner(session).content_version > before
        assert [offer.tld for offer in queries.offers(session, "PLN", clock.today("Europe/Warsaw"))] == ["com", "pl"]


# --- the mark-up ---------------------------------------------------------------------------------------------


def _rule(desk: Desk, status: int = 303, button: str = "", **typed: str) -> Page:
    page = desk.owner.get("/prices/rules")
    return desk.owner.submit(page, typed, status, action="/prices/rules", button=button)


def test_h41_a_mark_up_is_tried_out_applied_and_leaves_own_prices_alone(desk: Desk) -> None:
    _ruled(desk)
    product = _product(desk, "com")
    desk.owner.submit(desk.owner.get(f"/prices/{product}"), {"register_1": "44,44"}, action=f"/prices/{product}")
    tried = _rule(desk, 200, "preview", percent="-20", ending="0").words
    assert "prices change" in tried
    assert "1 price set by hand stays" in tried
    assert "below what they cost you" in tried
    assert "loses" in tried
    assert _price(desk, "pl", "renew", 1) == 8299, "nothing is kept of a trial"
    assert "Applied" in desk.owner.follow(_rule(desk, percent="50", amount="1,00", ending="0")).words
    assert (_price(desk, "com", "register", 1), _price(desk, "pl", "renew", 1)) == (4444, 9400)
    page = desk.owner.get("/prices?show=own")
    assert ".com" in page.words
    assert ".pl " not in page.words
    assert "wholesale price + 50 % + PLN 1.00 a year, rounded up to .00" in page.words
    desk.owner.submit(desk.owner.get(f"/prices/{product}"), {"back": "register"}, action=f"/prices/{product}/back")
    assert _price(desk, "com", "register", 1) == 8100
    desk.owner.submit(desk.owner.get(f"/prices/{product}"), {"renew_1": "70"}, action=f"/prices/{product}")
    row = desk.owner.fragment(f"/prices/{product}/row?edit=1")
    (back,) = (each.attrs["hx-post"] for each in row.all("button") if "hx-post" in each.attrs)
    as_htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    made = desk.owner.post(back, {"csrf_token": token(row)}, 200, headers=as_htmx)
    assert "by rule" in made.words
    assert _price(desk, "com", "renew", 1) == 9000
    assert "No ending fits" in desk.owner.get("/prices?show=own").words
    desk.owner.submit(desk.owner.get("/prices/rules"), {}, action="/prices/rules/drop")
    assert _price(desk, "com", "register", 1) is None


ABSURD = (
    ({"percent": MANY}, "Write a percentage"),
    ({"percent": "1.000,5"}, "Write a percentage"),
    ({"percent": "901"}, "between -100 and 900"),
    ({"percent": "-100,01"}, "between -100 and 900"),
    ({"amount": MANY}, "Write an amount"),
    ({"amount": "99999999"}, "between -10,000,000"),
    ({"ending": "7"}, "choice"),
    ({"valid_from": "2020-01-01"}, "today at the earliest"),
    ({"operation": "steal"}, "choice"),
)


def test_absurd_mark_ups_come_back_with_what_was_typed(desk: Desk) -> None:
    for typed, said in ABSURD:
        page = _rule(desk, 422, **{"percent": "12,5", **typed})
        assert said in page.words, typed
        fields = {each.attrs.get("name"): each.attrs.get("value") for each in page.all("input")}
        shown = {"percent": "12,5", **typed}
        assert all(fields[name] == value for name, value in shown.items() if name in ("percent", "amount")), typed
    desk.owner.get("/prices/rules?kind=cars", 404)
    desk.owner.get("/prices/rules?group=99", 404)


def test_what_will_change_is_announced(desk: Desk) -> None:
    _ruled(desk)
    day = TODAY + timedelta(days=30)
    with desk.web.database.writing(tenancy.Platform("operator")) as session:
        tld = queries.tld_by_name(session, "com")
        assert tld is not None
        costs = {"register": 4501, "renew": 5000, "transfer": 4700, "restore": 29900}
        wholesale.set_wholesale(session, SELLER, tld.id, "PLN", costs, day)
    product = _product(desk, "com")
    later = {"register_1": "99,00", "valid_from": day.isoformat()}
    desk.owner.submit(desk.owner.get(f"/prices/{product}"), later, action=f"/prices/{product}")
    assert _price(desk, "com", "register", 1) == 7199
    for path in ("/prices", "/prices/wholesale?show=changes", f"/prices/{product}"):
        words = desk.owner.get(path).words
        assert "will cost PLN 45.01 from" in words, path
    assert "99.00" in desk.owner.get(f"/prices/{product}").words
    assert ".pl " not in desk.owner.get("/prices/wholesale?show=changes").words


# --- why, groups, files --------------------------------------------------------------------------------------


def test_h42_a_group_has_prices_and_members_and_the_steps_say_so(desk: Desk) -> None:
    _ruled(desk)
    group, product, account = _group(desk), _product(desk, "com"), desk.shop.subscriber.account_id
    here = f"/prices/groups/{group}"
    ruled = {"base": "common", "percent": "-10"}
    page = desk.owner.get(f"/prices/rules?group={group}")
    desk.owner.submit(page, ruled, action="/prices/rules")
    found = desk.owner.get(f"{here}?new=ann")
    desk.owner.submit(found, {"account": str(account)}, action=f"{here}/members")
    steps = desk.owner.get(f"/prices/{product}/why?what=register:1:0&account={account}").words
    assert "Agencies" in steps
    assert "64.80" in steps, "71.99 less a tenth"
    own = desk.owner.get(f"/prices/{product}?group={group}")
    desk.owner.submit(own, {"register_1": "50,00"}, action=f"/prices/{product}?group={group}")
    assert "50.00" in desk.owner.get(f"/prices/{product}/why?what=register:1:0&account={account}").words
    assert _price(desk, "com", "register", 1) == 7199, "everybody else pays the common price"
    csrf = {"csrf_token": token(own)}
    desk.owner.post(f"{here}/delete", csrf)
    assert "take them out first" in desk.owner.get(here).words
    desk.owner.post(f"{here}/members", csrf | {"out": str(account)})
    desk.owner.post(f"{here}/delete", csrf)
    assert "is deleted" in desk.owner.get("/prices/groups").words
    desk.owner.get(here, 404)


def test_h42_a_groups_price_is_never_kept_for_those_who_come_after(desk: Desk) -> None:
    group, shop = _group(desk), desk.web.shop(desk.web.acme)
    desk.owner.submit(desk.owner.get(f"/prices/{_product(desk, 'com')}?group={group}"), {"register_1": "11,11"})
    with desk.shop.scope(), desk.web.database.writing() as session:
        price_groups.put_in(session, SELLER, desk.shop.subscriber.account_id, group)
    addresses = ("/pl/", "/pl/domains?q=kwiaty", "/pl/domains?q=kwiaty.com")
    shop.sign_in(desk.shop.subscriber.user.email)
    seen = [shop.get(address).words for address in addresses]
    assert "11,11" in seen[1]
    for visitor in (desk.web.shop(desk.web.acme), desk.web.shop(desk.web.acme)):
        for address in addresses:
            assert "11,11" not in visitor.get(address).words, address
    assert "11,11" in shop.get(addresses[1]).words, "nor is the common one for them"


def test_a_group_of_that_name_is_refused_and_the_name_stays(desk: Desk) -> None:
    _group(desk)
    page = desk.owner.submit(desk.owner.get("/prices/groups"), {"name": " agencies "}, 422, action="/prices/groups")
    assert "with this name already" in page.words
    nobody = desk.owner.get(f"/prices/{_product(desk, 'com')}/why?q=%3Cscript%3E&on=never&what=steal").words
    assert "No subscriber has" in nobody


def _import(desk: Desk, lines: str, status: int = 200) -> Page:
    data = {"csrf_token": token(desk.owner.get("/prices/import")), "file": (io.BytesIO(lines.encode()), "p.csv")}
    return desk.owner.post("/prices/import", data, status, content_type="multipart/form-data")


def test_a_list_is_shown_before_it_is_applied_and_not_when_prices_moved(desk: Desk) -> None:
    head = "ending;operation;period;price\n"
    lines = f"com;register;1y;-5\nfoo;renew;1y;1\ncom;renew;1y;{MANY}\n"
    bad = _import(desk, head + lines, 422).words
    assert "3 lines cannot be read" in bad
    assert "Line 3" in bad
    page = _import(desk, head + "com;register;1y;1,00\npl;register;1y;21,00\n")
    assert "2 prices would change" in page.words
    assert "1 price would be below what it costs you" in page.words
    assert _price(desk, "com", "register", 1) == 4999
    with desk.shop.scope(), desk.web.database.writing() as session:
        catalog.set_price(session, SELLER, _product_in(session, "pl"), "register", 1, 2000, "PLN", TODAY)
    again = desk.owner.submit(page, {}, 422, action="/prices/import/apply")
    assert "Prices have changed since you looked" in again.words
    desk.owner.submit(again, {}, action="/prices/import/apply")
    assert (_price(desk, "com", "register", 1), _price(desk, "pl", "register", 1)) == (100, 2100)
    desk.owner.submit(page, {"prices": "AAAA"}, 422, action="/prices/import/apply")
    exported = desk.owner.get("/prices/export.csv").text
    assert "pl,register,1y,PLN,21.00" in exported
    assert "Nothing would change" in _import(desk, exported).words


def test_an_import_is_taken_back_by_one_click_until_its_prices_change(desk_on_both: Desk) -> None:
    desk = desk_on_both
    head = "ending;operation;period;price\n"
    page = _import(desk, head + "com;register;1y;70,00\npl;register;1y;21,00\n")
    done = desk.owner.follow(desk.owner.submit(page, {}, action="/prices/import/apply"))
    assert "Imported 2 changes" in done.words
    assert "Imported 2 changes" in desk.owner.get("/prices/import").words
    back = desk.owner.follow(desk.owner.submit(done, {}, action="/prices/import/undo"))
    assert "Taken back: 2 prices are what they were" in back.words
    assert "Imported" not in back.words
    assert (_price(desk, "com", "register", 1), _price(desk, "pl", "register", 1)) == (4999, 1999)
    again = desk.owner.follow(desk.owner.submit(done, {}, action="/prices/import/undo"))
    assert "cannot be taken back" in again.words
    desk.owner.submit(_import(desk, head + "com;register;1y;70,00\n"), {}, action="/prices/import/apply")
    shown = desk.owner.get("/prices")
    with desk.shop.scope(), desk.web.database.writing() as session:
        catalog.set_price(session, SELLER, _product_in(session, "com"), "register", 1, 7500, "PLN", TODAY)
    assert "Imported" not in desk.owner.get("/prices").words
    refused = desk.owner.follow(desk.owner.submit(shown, {}, action="/prices/import/undo"))
    assert "These prices have been changed since" in refused.words
    assert _price(desk, "com", "register", 1) == 7500


def test_a_file_that_is_damaged_is_told_so(desk: Desk) -> None:
    damaged = b"PK\x03\x04" + bytes(range(256)) * 20
    for content, name in ((damaged, "p.xlsx"), ("ending;Ä\x81".encode("cp1252", "replace"), "p.csv")):
        data = {"csrf_token": token(desk.owner.get("/prices/import")), "file": (io.BytesIO(content), name)}
        desk.owner.post("/prices/import", data, 422, content_type="multipart/form-data")


@pytest.mark.parametrize("typed", ["10 EUR", "€10", "−10", "10 Kč"])
def test_an_amount_of_another_currency_or_below_nothing_is_no_price(desk: Desk, typed: str) -> None:
    page = desk.owner.get(f"/prices/{_product(desk, 'com')}")
    again = desk.owner.submit(page, {"register_1": typed}, 422)
    assert typed in again.text
    assert _price(desk, "com", "register", 1) == 4999


def test_a_groups_price_that_ends_on_a_later_day_holds_until_then(desk: Desk) -> None:
    product, group = _product(desk, "com"), _group(desk)
    address, later = f"/prices/{product}?group={group}", TODAY + timedelta(days=10)
    desk.owner.submit(desk.owner.get(address), {"register_1": "40,00"})
    desk.owner.submit(desk.owner.get(address), {"register_1": "", "valid_from": later.isoformat()})
    with desk.shop.scope(), desk.web.database.reading() as session:
        rows = session.execute(select(Price.amount, Price.valid_to).where(Price.group_id == group)).all()
    assert [tuple(row) for row in rows] == [(4000, later - timedelta(days=1))]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "now"])
def test_a_day_that_nobody_means_is_answered_all_the_same(desk: Desk, day: str) -> None:
    product = _product(desk, "com")
    assert "Registration" in desk.owner.get(f"/prices/{product}/why?on={day}&code=X&new=1").words
    typed, status = {"register_1": "5", "valid_from": day}, 303 if "9999" in day else 422
    desk.owner.submit(desk.owner.get(f"/prices/{product}"), typed, status)
    desk.web.shop(desk.web.acme).get("/pl/domains?q=kwiaty")


def _product_in(session: object, tld: str) -> int:
    product = queries.product_for_tld(session, tld)  # type: ignore[arg-type]
    assert product is not None
    return product.id


def test_the_bank_is_chosen(desk: Desk) -> None:
    page = desk.owner.submit(desk.owner.get("/prices/rates"), {"rates": "ecb"}, action="/prices/rates")
    assert "The rates are chosen" in desk.owner.follow(page).words
    desk.owner.submit(desk.owner.get("/prices/rates"), {"rates": "boe"}, 422, action="/prices/rates")


def test_the_order_moves_step_by_step_and_says_so(desk: Desk) -> None:
    pl = _product(desk, "pl")
    with desk.shop.scope(), desk.web.database.reading() as session:
        group = queries.groups(session)[0].id
    csrf = token(desk.owner.get(f"/site/groups/{group}"))

    def step(action: str, status: int = 303) -> str:
        answer = desk.owner.post(f"/site/groups/{group}/endings/{pl}", {"csrf_token": csrf, "action": action}, status)
        return desk.owner.follow(answer).words if status == 303 else ""

    assert ".pl is number 1 now." in step("up")
    assert ".pl is number 1 now." in step("up")
    assert "does not stand under the search" in step("no_spotlight")
    assert "not in the group any more" in step("remove")
    assert "at the end of the list" in step("add")
    step("fly", 404)
    step("add", 404)
