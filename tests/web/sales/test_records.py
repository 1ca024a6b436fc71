"""What was sent and what was done can be looked up: messages, log, subscribers, domains, settlements (H-39, H-40)."""

from __future__ import annotations

from tests.web.sales.conftest import Desk


def test_a_message_is_read_and_sent_again(desk: Desk) -> None:
    desk.shop.order("rowery.com")
    desk.shop.work()
    page = desk.owner.get("/notifications?kind=proforma&state=sent")
    link = next(a for a in page.all("a") if a.text.startswith("Proforma") and "/notifications/" in a.attrs["href"])
    message = desk.owner.get(link.attrs["href"])
    assert "rowery.com" in message.words
    sent = len(desk.shop.worker.mailer.sent)
    message = desk.owner.follow(desk.owner.submit(message, {}, action="/again"))
    assert "once more" in message.words
    desk.shop.work()
    assert len(desk.shop.worker.mailer.sent) == sent + 1


def test_a_private_link_is_not_shown(desk: Desk) -> None:
    with desk.shop.scope(), desk.web.database.writing() as session:
        from webapp.reseller.notifications.operations import queue_mail

        data = {"name": "Anna", "path": "/account/reset/geheim-4711", "email": "anna@example.com", "minutes": 60}
        sent = queue_mail(session, "password_reset", "anna@example.com", "pl", data, "reset:1")
    page = desk.owner.get(f"/notifications/{sent.id}")
    assert "geheim-4711" not in page.text
    assert "held a private link" in page.words


def test_the_log_tells_deeds_in_words_and_filters(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    desk.shop.pay(proforma)
    words = desk.owner.get("/log?what=payment.").words
    assert "Payment of" in words
    assert "Proforma issued" not in words
    assert "No deed fits" in desk.owner.get("/log?from=2031-01-01").words
    for odd in ("from=31.12.2026", "from=9999-12-31&to=9999-12-31", "to=0001-01-01", "who=x", "what=%27"):
        desk.owner.get(f"/log?{odd}")


def test_a_subscribers_page_gathers_everything(desk: Desk) -> None:
    proforma = desk.shop.sell("rowery.com")
    address = f"/subscribers/{desk.shop.subscriber.account_id}"
    shown = [desk.owner.get(address).words]
    shown += [desk.owner.get(f"{address}?tab={tab}").words for tab in ("services", "papers", "consents", "messages")]
    for words in ("Anna Żółkiewska", proforma.number, "rowery.com", "Payment arrived", "Terms of the shop"):
        assert any(words in page for page in shown), words


def test_a_domain_shows_the_registrys_answer_and_can_be_renewed(desk: Desk) -> None:
    desk.shop.sell("rowery.com")
    domain = desk.shop.domains()["rowery.com"]
    page = desk.owner.get(f"/domains/{domain.id}")
    assert "Registration, 1 year" in page.words
    assert "confirmed" in page.words
    proforma = desk.owner.follow(desk.owner.submit(page, {}, action="/renewal"))
    assert "Renewal, 1 year" in proforma.words
    assert "awaits payment" in desk.owner.get("/").words


def test_settlements_list_payments_credit_and_balance(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    desk.shop.pay(proforma, proforma.gross + 500)
    assert proforma.number in desk.owner.get("/settlements?q=żółk").words
    assert "5.00" in desk.owner.get("/settlements/credit").words
    assert "Topped up" in desk.owner.get("/settlements/balance").words


def test_days_at_the_ends_of_the_calendar_are_days(desk: Desk) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        desk.owner.get(f"/log?from={day}&to={day}&since={day}&until={day}")
