"""Invoices and proformas as their payer finds them (W-08)."""

from __future__ import annotations

from tests.selling import SELLER, Shop
from tests.web.account.conftest import Panel
from webapp.reseller.billing import corrections, invoices
from webapp.reseller.billing.invoice_models import Invoice


def issued(shop: Shop, name: str) -> Invoice:
    """A paid and invoiced order."""
    proforma = shop.order(name)
    shop.pay(proforma)
    with shop.scope(), shop.database.writing() as session:
        return invoices.issue_for_proforma(session, SELLER, proforma.id)


def test_my_invoices_are_listed_shown_and_downloaded(panel_on_both: Panel) -> None:
    """W-08: the subscriber keeps every tax document at hand."""
    panel = panel_on_both
    assert "No invoices yet" in panel.get("/account/invoices").words
    document = issued(panel.shop, "acme.com")
    with panel.shop.scope(), panel.web.database.writing() as session:
        corrections.cancel(session, SELLER, document.id, "Wrong")
    page = panel.get("/account/invoices")
    assert document.number in page.words
    assert "corrected" in page.words
    page = panel.get(f"/account/invoices/{document.id}")
    assert document.number in page.h1
    assert "Belongs to it" in page.words
    paper = panel.get(f"/account/invoices/{document.id}/paper.pdf")
    assert paper.response.data.startswith(b"%PDF-")
    assert document.number.replace("/", "-") in paper.response.headers["Content-Disposition"]


def test_what_the_filter_leaves_of_my_invoices_is_a_file_for_my_accountant(panel: Panel) -> None:
    """W-08: with export; of mine only, whatever others have."""
    issued(panel.somebody_else(), "obcy.com")
    first, second = issued(panel.shop, "acme.com"), issued(panel.shop, "acme.pl")
    assert "/account/invoices/export.csv" in panel.get("/account/invoices").text
    rows = panel.get("/account/invoices/export.csv").text.splitlines()
    assert [row.partition(",")[0] for row in rows[1:]] == [second.number, first.number]
    anna = panel.anna
    anna.submit(anna.get("/account/invoices"), {"number": second.number}, button="set")
    assert len(anna.get("/account/invoices/export.csv").text.splitlines()) == 2
    panel.rights("manage")
    panel.get("/account/invoices/export.csv", 403)


def test_invoices_of_others_are_not_there(panel: Panel) -> None:
    theirs = issued(panel.somebody_else(), "obcy.com")
    for more in ("", "/paper.pdf"):
        panel.get(f"/account/invoices/{theirs.id}{more}", 404)
    assert theirs.number not in panel.get("/account/invoices").words
    mine = issued(panel.shop, "acme.com")
    panel.rights("manage")
    panel.get("/account/invoices", 403)
    panel.get(f"/account/invoices/{mine.id}/paper.pdf", 403)


def test_the_filter_of_invoices_stays_until_it_is_cleared(panel: Panel) -> None:
    """W-08: number, state, kind; "Set" and "Clear filter"."""
    first, second = issued(panel.shop, "acme.com"), issued(panel.shop, "acme.pl")
    anna = panel.anna
    page = anna.submit(anna.get("/account/invoices"), {"number": second.number}, button="set")
    assert first.number not in anna.follow(page).words
    page = anna.get("/account/invoices")
    assert first.number not in page.words
    assert first.number in anna.follow(anna.submit(page, {}, button="clear")).words
    page = anna.submit(page, {"since": "yesterday"}, 422, button="set")
    assert 'value="yesterday"' in page.text


def test_the_filter_of_proformas_stays_until_it_is_cleared(panel: Panel) -> None:
    """W-08: the same for proformas, beside their state."""
    first, second = panel.shop.order("acme.com"), panel.shop.order("acme.pl")
    anna = panel.anna
    page = anna.submit(anna.get("/account/proformas?state=issued"), {"number": second.number}, button="set")
    assert page.location == "/account/proformas?state=issued"
    page = anna.follow(page)
    assert second.number in page.words
    assert first.number not in page.words
    assert first.number in anna.follow(anna.submit(page, {}, button="clear")).words
