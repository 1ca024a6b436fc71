"""Invoices in the panel: issue, find, send, duplicate, correct, and a month as a file (H-33, W-08)."""

from __future__ import annotations

import io
import zipfile

from sqlalchemy import select

from tests.web.client import Page
from tests.web.sales.conftest import Desk, token
from webapp.reseller.billing.invoice_models import Invoice, InvoiceCopy
from webapp.reseller.billing.models import Proforma


def issued(desk: Desk, *names: str) -> Page:
    """A paid proforma is invoiced on its page; the page of the invoice."""
    proforma = paid(desk, *(names or ("rowery.com",)))
    return desk.owner.follow(desk.owner.submit(desk.page(proforma), {}, action="/invoice"))


def paid(desk: Desk, *names: str) -> Proforma:
    """A paid proforma."""
    proforma = desk.shop.order(*names)
    desk.shop.pay(proforma)
    return proforma


def documents(desk: Desk) -> list[Invoice]:
    """What was issued."""
    with desk.shop.scope(), desk.web.database.reading() as session:
        return list(session.scalars(select(Invoice).order_by(Invoice.id)))


def test_a_paid_proforma_is_invoiced_and_sent_with_one_button(desk_on_both: Desk) -> None:
    """H-33: from a paid proforma the partner issues a VAT invoice and sends it."""
    desk = desk_on_both
    unpaid = desk.shop.order("nic.com")
    assert "Issue VAT invoice" not in desk.page(unpaid).words
    page = issued(desk)
    (document,) = documents(desk)
    assert document.number in page.h1
    assert "anna@example.com" in page.words
    desk.shop.work()
    again = desk.owner.get("/invoices")
    assert document.number in again.words
    assert "not sent" not in again.words


def test_its_number_offers_copy_duplicate_and_download(desk: Desk) -> None:
    """H-33: clicking the number of an invoice offers copy, duplicate and download."""
    page = issued(desk)
    (document,) = documents(desk)
    at = f"/invoices/{document.id}"
    assert f"{at}/paper.pdf" in page.text
    assert desk.owner.get(f"{at}/paper.pdf").response.data.startswith(b"%PDF-")
    page = desk.owner.follow(desk.owner.submit(page, {}, action="/duplicate"))
    assert "Duplicate of" in page.words
    with desk.shop.scope(), desk.web.database.reading() as session:
        copy = session.scalars(select(InvoiceCopy).where(InvoiceCopy.kind == "duplicate")).one()
        sent = session.scalars(select(InvoiceCopy).where(InvoiceCopy.kind == "sent")).one()
    assert desk.owner.get(f"{at}/duplicates/{copy.id}.pdf").response.data.startswith(b"%PDF-")
    desk.owner.get(f"{at}/duplicates/{sent.id}.pdf", 404)


def test_it_is_sent_again_to_whom_one_likes(desk: Desk) -> None:
    page = issued(desk)
    page = desk.owner.follow(desk.owner.submit(page, {"to": "biuro@example.com"}, action="/send"))
    assert "is on its way to biuro@example.com" in page.words
    page = desk.owner.follow(desk.owner.submit(page, {"to": "nobody"}, action="/send"))
    assert "is on its way" not in page.words


def test_filters_stay_until_they_are_cleared(desk: Desk) -> None:
    """W-08: number, state, kind, days and amount; "Set" and "Clear filter"; kept per person, with totals."""
    issued(desk, "rowery.com")
    issued(desk, "kwiaty.pl")
    first, second = documents(desk)
    owner = desk.owner
    shown = owner.follow(owner.submit(owner.get("/invoices"), {"number": second.number}, button="set"))
    assert second.number in shown.words
    assert first.number not in shown.words
    assert "1 document in PLN" in shown.words
    assert first.number not in owner.get("/invoices").words, "the filter stays"
    assert first.number in desk.staff("accounting").get("/invoices").words, "it is the person's own"
    shown = owner.follow(owner.submit(shown, {"number": "no such"}, button="set"))
    assert "No invoice fits" in shown.words
    shown = owner.follow(owner.submit(shown, {}, button="clear"))
    assert first.number in shown.words
    assert "Clear filter" not in shown.words


def test_a_wrong_filter_is_said_and_what_was_typed_stays(desk: Desk) -> None:
    issued(desk)
    page = desk.owner.submit(desk.owner.get("/invoices"), {"least": "a lot", "number": "FV"}, 422, button="set")
    assert "Write an amount like" in page.words
    assert 'value="a lot"' in page.text


def test_the_export_holds_what_the_filter_leaves(desk: Desk) -> None:
    issued(desk, "rowery.com")
    issued(desk, "kwiaty.pl")
    _first, second = documents(desk)
    owner = desk.owner
    owner.submit(owner.get("/invoices"), {"number": second.number}, button="set")
    rows = owner.get("/invoices/export.csv").text.splitlines()
    assert len(rows) == 2
    assert rows[1].startswith(f"{second.number},")
    assert f",{second.gross / 100:.2f}," in rows[1]


def test_a_correction_shows_its_difference_first_and_is_a_document_of_its_own(desk: Desk) -> None:
    page = issued(desk, "rowery.com", "kwiaty.pl")
    (document,) = documents(desk)
    form = desk.owner.get(f"/invoices/{document.id}/correct")
    typed = {"lines-0-quantity": "0", "reason": "Ordered by mistake"}
    shown = desk.owner.submit(form, typed, 200, button="then")
    assert f"{document.lines[0].amount / 100:.2f}" in next(each.text for each in shown.all("table"))
    assert len(documents(desk)) == 1
    sent = {**_filled(shown), "then": "issue"}
    page = desk.owner.follow(desk.owner.post(f"/invoices/{document.id}/correct", sent))
    correction = documents(desk)[1]
    assert correction.number in page.h1
    assert correction.gross == -document.lines[0].amount
    assert f"corrects {document.number}" in page.words
    assert ("on its way by mail" in page.words) == ("send" in sent)
    assert correction.buyer["country"] == "PL"
    assert desk.owner.get(f"/invoices/{correction.id}/paper.pdf").response.data.startswith(b"%PDF-")


def _filled(page: Page) -> dict[str, str]:
    form = page.form("reason")
    fields = {each.attrs["name"]: each.attrs.get("value", "") for each in form.all("input") if "name" in each.attrs}
    chosen = {
        each.attrs["name"]: option.attrs["value"]
        for each in form.all("select")
        for option in each.all("option")
        if "selected" in option.attrs
    }
    return fields | chosen | {each.attrs["name"]: "".join(each.texts).strip() for each in form.all("textarea")}


def test_nothing_different_and_nothing_said_is_no_correction(desk: Desk) -> None:
    issued(desk)
    (document,) = documents(desk)
    form = desk.owner.get(f"/invoices/{document.id}/correct")
    desk.owner.submit(form, {"reason": ""}, 422, button="then")
    page = desk.owner.post(f"/invoices/{document.id}/correct", {**_filled(form), "reason": "x", "then": "issue"}, 422)
    assert "Nothing is different" in page.words


def test_an_invoice_is_taken_back_whole(desk: Desk) -> None:
    issued(desk)
    (document,) = documents(desk)
    page = desk.owner.get(f"/invoices/{document.id}/cancel")
    desk.owner.follow(desk.owner.submit(page, {"reason": "Ordered by mistake"}))
    assert documents(desk)[1].gross == -document.gross


def test_a_month_is_made_into_one_file_that_others_cannot_fetch(desk: Desk) -> None:
    issued(desk)
    (document,) = documents(desk)
    answer = desk.owner.submit(desk.owner.get("/invoices"), {}, action="/month")
    work = desk.owner.follow(answer)
    desk.web.work() if hasattr(desk.web, "work") else desk.shop.work()
    number = answer.location.rpartition("/")[2]
    assert work.status == 200
    content = desk.shop.worker.storage.get(f"archives/{desk.web.acme.id}/invoices-{number}.zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [f"{document.number.replace('/', '-')}.pdf"]
    desk.staff("owner", desk.web.nord).get(f"/invoices/month/{number}.zip", 404)


def test_the_pattern_is_checked_and_shown(desk: Desk) -> None:
    page = desk.owner.get("/settings/invoices")
    year = desk.shop.order("a1.com").issue_date.year
    assert f"FV/{year}/00001" in page.words
    for wrong in (
        "FV/{number}",
        "FV/{year}{number}",
        "<b>{year}/{number}",
        "{year}/{number:99}",
        "FK/{number:05}/{year}",
    ):
        page = desk.owner.submit(desk.owner.get("/settings/invoices"), {"pattern": wrong}, 422)
        assert 'aria-invalid="true"' in page.text
    page = desk.owner.follow(desk.owner.submit(page, {"pattern": "{number}/{year}/ACME"}))
    assert f"1/{year}/ACME" in page.words
    issued(desk)
    assert documents(desk)[0].number == f"1/{year}/ACME"
    assert f"2/{year}/ACME" in desk.owner.get("/settings/invoices").words


def test_who_may_only_look_gets_no_buttons(desk: Desk) -> None:
    issued(desk)
    (document,) = documents(desk)
    sales = desk.staff("sales")
    sales.get(f"/invoices/{document.id}", 403)
    proforma = sales.get(f"/proformas/{document.proforma_id}")
    assert document.number in proforma.words
    sales.post(f"/invoices/{document.id}/duplicate", {"csrf_token": token(proforma)}, 403)


def test_another_partner_finds_none_of_it(desk: Desk) -> None:
    issued(desk)
    (document,) = documents(desk)
    stranger = desk.staff("owner", desk.web.nord)
    for more in ("", "/paper.pdf", "/duplicates/1.pdf", "/correct", "/cancel"):
        stranger.get(f"/invoices/{document.id}{more}", 404)
    sent = {"csrf_token": token(stranger.get("/settings/invoices")), "reason": "x"}
    for more in ("/duplicate", "/send", "/correct", "/cancel"):
        stranger.post(f"/invoices/{document.id}{more}", sent, 404)
    stranger.post(f"/proformas/{document.proforma_id}/invoice", sent, 404)
    assert document.number not in stranger.get("/invoices").words
