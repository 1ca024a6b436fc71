"""The partner's pages of unpaid proformas: the paper, another buyer, split, merged; rules; who carries the mails."""

from __future__ import annotations

import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Keeper

from tests.reseller.orders.test_readdressing import FIRM
from tests.selling import BUYER
from tests.web.conftest import MakeWeb
from tests.web.sales.conftest import Desk, open_desk, token
from webapp.reseller.accounts import operations as accounts
from webapp.reseller.notifications import own_server
from webapp.reseller.orders import readdressing


def test_h_35_the_paper_is_a_pdf_that_nobody_elses_shop_can_read(desk: Desk) -> None:
    document = desk.shop.order("rowery.com")
    answer = desk.owner.get(f"/proformas/{document.id}/pdf")
    assert answer.response.data.startswith(b"%PDF-")
    assert f'"{document.number.replace("/", "-")}.pdf"' in answer.response.headers["Content-Disposition"]
    desk.staff(partner=desk.web.nord).get(f"/proformas/{document.id}/pdf", status=404)


def test_o_16_split_and_merged_by_the_partner(desk: Desk) -> None:
    document = desk.shop.order("rowery.com", "kwiaty.pl")
    page = desk.owner.get(f"/proformas/{document.id}")
    csrf = token(page)
    after = desk.owner.follow(desk.owner.post(f"/proformas/{document.id}/split", {"csrf_token": csrf}))
    assert "Split into 2 proformas." in after.words
    assert "Other proformas took its place" in after.words
    made = desk.shop.proforma(document.id).replaced_by
    answer = desk.owner.post("/proformas/merge", {"csrf_token": csrf, "id": [str(each) for each in made]})
    merged = desk.owner.follow(answer)
    assert "They are one proforma now" in merged.words
    assert "Made of" in merged.words
    refused = desk.owner.post("/proformas/merge", {"csrf_token": csrf, "id": [str(made[0])]})
    assert "Choose between two" in desk.owner.follow(refused).words


def test_o_15_the_partner_sees_what_is_asked_and_agrees(desk: Desk) -> None:
    document = desk.shop.order("rowery.com")
    with desk.shop.scope(), desk.shop.database.writing() as session:
        contact = accounts.add_contact(session, BUYER, desk.shop.subscriber.account_id, FIRM)
        readdressing.readdress(session, BUYER, document.id, contact.id)
    page = desk.owner.get(f"/proformas/{document.id}")
    assert "The subscriber asks for another buyer Nowak sp. z o.o." in page.words
    answer = desk.owner.post(f"/proformas/{document.id}/buyer/approve", {"csrf_token": token(page)})
    assert "is written to the new buyer" in desk.owner.follow(answer).words
    form = desk.owner.get(f"/proformas/{document.id}/buyer")
    assert "Nowak sp. z o.o., 00-001 Warszawa" in form.words
    desk.owner.post(f"/proformas/{document.id}/buyer", {"csrf_token": token(form)}, status=422)


def test_the_list_is_narrowed_by_origin_day_and_amount(desk: Desk) -> None:
    document = desk.shop.order("rowery.com")
    today = document.issue_date.isoformat()
    for kept in (
        f"issued_from={today}&issued_to={today}",
        "origin=order",
        "amount_from=10&amount_to=99,99",
        "amount_from=x",
    ):
        assert document.number in desk.owner.get(f"/proformas?{kept}").words
    for other in ("origin=renewal", "amount_to=0.01", "issued_to=2020-01-01"):
        assert "No proforma fits" in desk.owner.get(f"/proformas?{other}").words


def test_rules_are_kept_and_absurd_ones_refused(desk: Desk) -> None:
    csrf = token(desk.owner.get("/settings/proformas"))
    fine = {"csrf_token": csrf, "days": "-3, 2", "cancel_after": "30", "automatic": "y", "threshold": "100,00"}
    assert "Saved." in desk.owner.follow(desk.owner.post("/settings/proformas", fine)).words
    page = desk.owner.get("/settings/proformas")
    shown = {each.attrs.get("name"): each.attrs.get("value") for each in page.all("input")}
    assert (shown["days"], shown["cancel_after"], shown["threshold"]) == ("-3, 2", "30", "100.00")
    for wrong in ({"days": "soon"}, {"days": "1000"}, {"cancel_after": "1"}, {"threshold": "-5"}):
        desk.owner.post("/settings/proformas", {**fine, **wrong}, status=422)


@pytest.fixture
def kept() -> list[object]:
    return []


def test_h_34_an_own_mail_server_counts_after_its_test(make_web: MakeWeb, kept: list[object]) -> None:
    desk = open_desk(make_web(public_addresses=("127.0.0.1",)))

    class Box(Keeper):
        def handle_message(self, message: object) -> None:
            kept.append(message)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(Box(), hostname="127.0.0.1", port=port)
    server.start()
    csrf = token(desk.owner.get("/settings/mail"))
    form = {"csrf_token": csrf, "host": "localhost", "port": str(port), "tls": "0", "user": "", "password": ""}
    try:
        wrong = desk.owner.post("/settings/mail", {**form, "port": "1"}, status=422)
        assert "The test mail was not taken" in wrong.words
        done = desk.owner.follow(desk.owner.post("/settings/mail", form))
        assert "From now on your mails go through your own server." in done.words
        assert [str(each["To"]) for each in kept] == ["owner-csp1001@example.com"]  # type: ignore[index]
    finally:
        server.stop()
    desk.owner.post("/settings/mail/platform", {"csrf_token": csrf})
    with desk.shop.scope(), desk.shop.database.reading() as session:
        from webapp.reseller.partners import queries

        assert own_server.server_of(queries.partner(session)).active is False


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "localhost.evil.example:25", "a b", "mail"])
def test_a_mail_server_inside_a_network_is_refused(desk: Desk, host: str) -> None:
    csrf = token(desk.owner.get("/settings/mail"))
    form = {"csrf_token": csrf, "host": host, "port": "587", "tls": "0"}
    desk.owner.post("/settings/mail", form, status=422)


def test_h_28_paid_ones_are_activated_from_the_settlements(desk: Desk) -> None:
    document = desk.shop.order("rowery.com")
    desk.shop.pay(document)
    page = desk.owner.get("/settlements")
    form = page.form("id", action="/proformas/activate").attrs["action"]
    desk.owner.post(form, {"csrf_token": token(page), "id": [str(document.id)]})
    desk.shop.work()
    assert desk.shop.proforma(document.id).state == "activated"
    assert "Paid, to activate" not in desk.owner.get("/settlements").words
