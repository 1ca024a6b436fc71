"""Domains as their owner sees them: the overview, the list, one name, renewing."""

from __future__ import annotations

from tests.web.account.conftest import Panel
from tests.web.client import Page
from webapp.foundation.db import change
from webapp.reseller.services.models import Domain


def token_of(page: Page) -> str:
    return page.form(action="/sign-out").all("input")[0].attrs["value"]


def test_an_empty_panel_says_what_will_be_here(panel: Panel) -> None:
    """Anna has ordered nothing yet."""
    start = panel.get("/account/")
    assert start.h1 == "Hello, Anna Żółkiewska"
    assert "Nothing needs you at the moment" in start.words
    assert "No domains yet" in start.words
    assert "No domains yet" in panel.get("/account/domains").words


def test_the_overview_shows_first_what_needs_me(panel: Panel) -> None:
    panel.shop.sell("ending.com", "kept.com")
    panel.ends_in("ending.com", 9, "expiring")
    proforma = panel.shop.order("wanted.com")
    start = panel.get("/account/")
    todo = next(each for each in start.all("ul") if each.attrs.get("class") == "todo").text
    assert proforma.number in todo
    assert "ending.com" in todo
    assert "kept.com" not in todo
    assert "kept.com" in start.words
    primary = [each for each in start.all("a", "button") if "primary" in each.attrs.get("class", "").split()]
    assert len(primary) == 1
    panel.shop.renew(panel.shop.domains()["ending.com"])
    renewing = panel.get("/account/")
    assert not [each for each in renewing.all("a") if each.attrs["href"].endswith("#renew")]


def test_the_list_is_searched_and_goes_by_the_page(panel: Panel) -> None:
    panel.shop.order(*(f"name-{number:02}.com" for number in range(19)), "zażółć.pl")
    panel.shop.order(*(f"more-{number:02}.com" for number in range(20)))
    panel.shop.order(*(f"last-{number:02}.com" for number in range(20)))
    assert "zażółć.pl" not in panel.get("/account/domains").words
    assert "zażółć.pl" in panel.get("/account/domains?page=2").words
    assert "zażółć.pl" in panel.get("/account/domains?q=zażó").words
    assert "No name contains “%”" in panel.get("/account/domains?q=%25").words


STATES = {
    "awaiting_payment": "Waiting for your payment",
    "awaiting_funds": "Your order is being prepared",
    "provisioning": "We are registering this name",
    "active": "This name is yours",
    "expiring": "Renew it before that day",
    "expired": "You can still renew it",
    "redemption": "can still be recovered",
    "deleted": "This name was deleted",
    "lost": "Somebody else registered it",
    "cancelled": "This order was cancelled",
    "needs_attention": "We are checking with the registry",
    "suspended": "It is switched off",
    "transferred_out": "moved to another provider",
}


def test_every_state_is_said_in_words(panel: Panel) -> None:
    panel.shop.sell("acme.com")
    for state, words in STATES.items():
        domain_id = panel.ends_in("acme.com", 20, state)
        page = panel.get(f"/account/domains/{domain_id}")
        assert words in page.words, state
        # words of the trade that say nothing to a subscriber, or what is not their affair
        for secret in ("awaiting funds", "needs attention", "_"):
            assert secret not in page.words, state


def test_a_paid_name_does_not_ask_for_payment_again(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    panel.shop.pay(proforma)
    page = panel.get(f"/account/domains/{panel.shop.domains()['acme.com'].id}")
    assert "Your payment has arrived" in page.words
    assert "awaiting payment" not in panel.get("/account/domains").words


def test_one_name_shows_the_registrys_date_the_holder_and_what_was_asked(panel: Panel) -> None:
    panel.shop.sell("acme.com")
    domain = panel.shop.domains()["acme.com"]
    page = panel.get(f"/account/domains/{domain.id}")
    assert page.h1 == "acme.com"
    assert domain.expires_at
    assert str(domain.expires_at.year) in page.words
    assert "Anna Żółkiewska" in page.words
    assert "31-147 Kraków, PL" in page.words
    assert "Registration for 1 year" in page.words
    assert "The registry has confirmed it" in page.words


def test_an_idn_is_shown_as_people_and_as_computers_write_it(panel: Panel) -> None:
    panel.shop.order("żółw.pl")
    domain = next(iter(panel.shop.domains().values()))
    page = panel.get(f"/account/domains/{domain.id}")
    assert page.h1 == "żółw.pl"
    assert domain.name in page.words


def test_renewing_leads_to_its_paper_and_asking_again_finds_the_same(panel: Panel) -> None:
    panel.shop.sell("acme.com")
    domain_id = panel.shop.domains()["acme.com"].id
    page = panel.get(f"/account/domains/{domain_id}")
    offered = [each.text for each in page.form("years").all("option")]
    assert offered[0].startswith("1 year: ")
    assert "2 years: PLN 119.98" in offered
    paper = panel.anna.submit(page, {"years": "2"})
    again = panel.anna.submit(page, {"years": "1"})  # the same form from another tab
    assert paper.location.partition("?")[0] == again.location.partition("?")[0]
    shown = panel.anna.follow(paper)
    assert "Renewal of a domain" in shown.words
    assert "119.98" in shown.words
    waiting = panel.get(f"/account/domains/{domain_id}")
    assert "A renewal is ordered and waits for your payment" in waiting.words
    assert len(panel.shop.operations()) == 1


def test_years_that_are_not_offered_order_nothing(panel: Panel) -> None:
    panel.shop.sell("acme.com")
    address = f"/account/domains/{panel.shop.domains()['acme.com'].id}"
    token = token_of(panel.get(address))
    for years in ("", "0", "11", "-1", "99999999999999999999", "zwei", "1\0"):
        said = panel.anna.follow(panel.anna.post(f"{address}/renew", {"years": years, "csrf_token": token}))
        assert "Choose for how many years" in said.words, years
    assert len(panel.shop.line_states()) == 1


def test_a_name_that_is_not_active_offers_no_renewal(panel: Panel) -> None:
    panel.shop.order("acme.com")
    address = f"/account/domains/{panel.shop.domains()['acme.com'].id}"
    page = panel.get(address)
    assert "Renew for" not in page.words
    said = panel.anna.follow(panel.anna.post(f"{address}/renew", {"years": "1", "csrf_token": token_of(page)}))
    assert "Choose for how many years" in said.words


def test_no_renewal_goes_further_than_ten_years_ahead(panel: Panel) -> None:
    panel.shop.sell("acme.com")
    domain_id = panel.ends_in("acme.com", 365 * 9 - 30, "active")
    years = [each.attrs["value"] for each in panel.get(f"/account/domains/{domain_id}").form("years").all("option")]
    assert years == ["1"]


def test_automatic_renewal_is_switched_off_and_on(panel: Panel) -> None:
    panel.shop.sell("acme.com")
    address = f"/account/domains/{panel.shop.domains()['acme.com'].id}"
    off = panel.anna.follow(panel.anna.submit(panel.get(address), {}, action="auto-renew"))
    assert "Automatic renewal is off" in off.words
    assert not panel.shop.domains()["acme.com"].auto_renew
    on = panel.anna.follow(panel.anna.submit(off, {}, action="auto-renew"))
    assert "Automatic renewal is on" in on.words
    assert panel.shop.domains()["acme.com"].auto_renew


def test_progress_asks_again_while_the_registry_is_asked_and_then_stops(panel: Panel) -> None:
    proforma = panel.shop.order("acme.com")
    panel.shop.pay(proforma)
    panel.shop.activate(proforma)
    address = f"/account/domains/{panel.shop.domains()['acme.com'].id}"
    fragment = panel.anna.fragment(f"{address}/progress")
    assert "every 3s" in fragment.text
    assert "We are about to ask the registry" in fragment.words
    panel.shop.work()
    done = panel.anna.fragment(f"{address}/progress")
    assert "hx-get" not in done.text
    assert "This name is yours" in done.words


def test_an_unclear_answer_is_asked_for_rarely(panel: Panel) -> None:
    panel.registry.break_next("domain:create", done=True)
    proforma = panel.shop.order("acme.com")
    panel.shop.pay(proforma)
    panel.shop.activate(proforma)
    panel.shop.work()
    with panel.shop.scope(), panel.web.database.writing() as session:
        change(session, Domain, Domain.name == "acme.com", state="needs_attention")
    fragment = panel.anna.fragment(f"/account/domains/{panel.shop.domains()['acme.com'].id}/progress")
    assert "every 60s" in fragment.text


def test_a_name_of_somebody_else_does_not_exist(panel: Panel) -> None:
    """Another account of the same shop, and another shop."""
    token = token_of(panel.get("/account/"))
    for shop in (panel.somebody_else(), panel.somebody_else("fremd@example.com", panel.web.nord)):
        name = f"strange-{shop.partner.code}.com"
        shop.sell(name)
        address = f"/account/domains/{shop.domains()[name].id}"
        for more in ("", "/progress"):
            panel.get(address + more, 404)
        for more in ("/renew", "/auto-renew"):
            panel.anna.post(address + more, {"csrf_token": token, "years": "1"}, 404)
        assert shop.domains()[name].auto_renew
        assert name not in panel.get("/account/domains").words
