"""Proformas as their payer sees them."""

from __future__ import annotations

from tests.factories import PASSWORD
from tests.web.account.conftest import Panel
from webapp.foundation.db import change
from webapp.reseller.billing.models import Proforma


def at(proforma: Proforma, more: str = "") -> str:
    return f"/account/proformas/{proforma.id}{more}"


def test_the_paper_names_four_parties_items_period_amount_and_account(panel: Panel) -> None:
    """H-35, H-27: everything that is needed to pay the partner."""
    proforma = panel.shop.order("acme.com", "acme.pl")
    page = panel.get(at(proforma))
    assert page.h1 == f"Proforma {proforma.number}"
    for title in ("Issuer", "Buyer", "Payer", "Correspondence address"):
        assert title in [each.text for each in page.all("h2")]
    ends = proforma.lines[0].period_to
    assert ends
    for words in ("acme.com", "acme.pl", "1 year", str(ends.year), "69.98", "Acme Domeny sp. z o.o.", "23%"):
        assert words in page.words, words
    assert "PL61 1090 1014 0000 0712 1981 2874" in page.words
    copies = {each.attrs["data-copy"] for each in page.all("button") if "data-copy" in each.attrs}
    assert copies == {"PL61109010140000071219812874", proforma.number, "69.98"}


def test_the_amount_and_the_account_stand_before_the_items(panel: Panel) -> None:
    """LOOK: within the first third."""
    text = panel.get(at(panel.shop.order("acme.com"))).text
    assert text.index("document-amount") < text.index("PL61 1090") < text.index('class="table items"')


def test_the_code_of_the_transfer_is_a_picture_of_its_own_while_something_is_due(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    address = at(proforma, "/transfer.png")
    assert address in [each.attrs["src"] for each in panel.get(at(proforma)).all("img")]
    picture = panel.anna.get(address)
    assert picture.response.mimetype == "image/png"
    assert picture.response.data.startswith(b"\x89PNG")
    panel.shop.pay(proforma)
    panel.get(address, 404)
    assert address not in panel.get(at(proforma)).text


def test_each_state_is_said_in_plain_words(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    assert "Waiting for your transfer" in panel.get(at(proforma)).words
    panel.shop.pay(proforma, proforma.gross // 2)
    page = panel.get(at(proforma))
    assert "less your credit" in page.words
    assert "Payments so far" in page.words
    panel.shop.pay(proforma, key="rest")
    assert "Paid, about to be activated" in panel.get(at(proforma)).words
    panel.shop.activate(proforma)
    assert "Paid, being activated" in panel.get(at(proforma)).words
    panel.shop.work()
    done = panel.get(at(proforma))
    assert "Everything on this proforma is active" in done.words
    assert "registered" in done.words


def test_an_overdue_paper_says_so(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    with panel.shop.scope(), panel.web.database.writing() as session:
        change(session, Proforma, Proforma.id == proforma.id, due_date=proforma.issue_date.replace(year=2020))
    assert "We are still waiting for your transfer" in panel.get(at(proforma)).words
    assert "overdue" in panel.get("/account/proformas").words


def test_a_lost_name_is_told_with_its_money(panel: Panel) -> None:
    """Section 7 item 1: the money is on the credit, and the page says where it is."""
    proforma = panel.shop.order("acme.com", "acme.pl")
    panel.shop.pay(proforma)
    panel.registry.take("acme.com")
    panel.shop.activate(proforma)
    panel.shop.work()
    page = panel.get(at(proforma))
    assert "One item could not be delivered" in page.words
    start = panel.get("/account/")
    assert "acme.com was taken before your payment arrived" in start.words
    assert "49.99 is on your credit" in start.words
    assert "Your credit" in start.words


def test_progress_asks_again_while_something_moves_and_then_stops(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    panel.shop.pay(proforma)
    panel.shop.activate(proforma)
    fragment = panel.anna.fragment(at(proforma, "/progress"))
    assert "every 5s" in fragment.text
    assert "<html" not in fragment.text
    panel.shop.work()
    assert "hx-get" not in panel.anna.fragment(at(proforma, "/progress")).text


def test_credit_that_covers_a_paper_pays_it_once(panel: Panel) -> None:
    first = panel.shop.order("acme.com")
    panel.shop.pay(first)
    panel.registry.take("acme.com")
    panel.shop.activate(first)
    panel.shop.work()
    second = panel.shop.order("other.com")
    page = panel.get(at(second))
    assert "Your credit covers this proforma" in page.words
    after = panel.anna.follow(panel.anna.submit(page, {}, action="/credit"))
    assert "is paid from your credit" in after.words
    token = after.form(action="/sign-out").all("input")[0].attrs["value"]
    panel.anna.post(at(second, "/credit"), {"csrf_token": token})  # the back button
    assert panel.shop.proforma(second.id).state == "paid"
    assert panel.shop.credit() == 0


def test_credit_that_does_not_cover_is_refused_in_words(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    page = panel.get(at(proforma))
    assert not [each for each in page.all("form") if each.attrs["action"].endswith("/credit")]
    token = page.form(action="/sign-out").all("input")[0].attrs["value"]
    said = panel.anna.follow(panel.anna.post(at(proforma, "/credit"), {"csrf_token": token}))
    assert "does not cover" in said.words
    assert panel.shop.proforma(proforma.id).state == "issued"


def test_the_list_filters_by_state_and_goes_by_the_page(panel: Panel) -> None:
    assert "No proformas yet" in panel.get("/account/proformas").words
    paid = panel.shop.order("paid.com")
    panel.shop.pay(paid)
    names = [panel.shop.order(f"name-{number}.com").number for number in range(51)]
    first = panel.get("/account/proformas")
    assert names[-1] in first.words
    assert names[0] not in first.words
    assert names[0] in panel.get("/account/proformas?page=2").words
    assert names[0] in panel.get("/account/proformas?page=99999").words
    only = panel.get("/account/proformas?state=paid")
    assert paid.number in only.words
    assert names[-1] not in only.words
    assert "No proforma is in this state" in panel.get("/account/proformas?state=cancelled").words


def test_strange_addresses_show_the_list(panel: Panel) -> None:
    panel.shop.order("acme.com")
    for query in ("state=%00", "state=nonsense", "page=-1", "page=%D9%A3", "page=1e9", "lang=xx"):
        assert "acme.com" in panel.get(f"/account/proformas?{query}").words, query


def test_a_paper_of_somebody_else_does_not_exist(panel: Panel) -> None:
    """Another account of the same shop, and another shop."""
    stranger = panel.somebody_else().order("strange.com")
    foreign = panel.somebody_else("fremd@example.com", panel.web.nord).order("fremd.com")
    token = panel.get("/account/").form(action="/sign-out").all("input")[0].attrs["value"]
    for proforma in (stranger, foreign):
        for more in ("", "/progress", "/transfer.png"):
            panel.get(at(proforma, more), 404)
        panel.anna.post(at(proforma, "/credit"), {"csrf_token": token}, 404)
    panel.get("/account/proformas/0", 404)
    panel.get("/account/proformas/" + "9" * 30, 404)


def test_a_visitor_is_sent_to_sign_in_and_back_to_the_paper(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    visitor = panel.web.shop(panel.web.acme)
    door = visitor.get(at(proforma), 303)
    form = visitor.follow(door)
    page = visitor.follow(visitor.submit(form, {"email": "anna@example.com", "password": PASSWORD}))
    assert proforma.number in page.h1
