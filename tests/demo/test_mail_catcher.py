"""The mail catcher takes whatever the product (or a hostile sender) sends over SMTP, and shows it over HTTP."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from demo.mail.message import Mail
from demo.mail.pages import create_pages
from demo.mail.server import Catcher, running_catcher
from demo.mail.store import Store
from tests.harness.axe import assert_accessible

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
)


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    with running_catcher(tmp_path / "mails") as running:
        yield running


HTML = '<p>Dzień dobry</p><img src="cid:logo@acme" alt="Acme">'


def _proforma(html: str = HTML) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Acme Domeny <biuro@acme.example>"
    mail["To"] = "Anna Żółć <anna@subscriber.example>"
    mail["Reply-To"] = "pomoc@acme.example"
    mail["Subject"] = "Proforma PF/1/2026: zażółć gęślą jaźń"
    mail.set_content("Dzień dobry,\nzapłać: http://csp1001.localhost:8000/account/\n")
    mail.add_alternative(html, subtype="html")
    mail.get_payload()[1].add_related(PIXEL, "image", "png", cid="<logo@acme>")  # type: ignore[union-attr,index]
    mail.add_attachment(b"%PDF-1.7 ...", maintype="application", subtype="pdf", filename="proforma żółta.pdf")
    return mail


def _send(catcher: Catcher, mail: EmailMessage, to: list[str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port, timeout=10) as smtp:
        smtp.send_message(mail, to_addrs=to or ["anna@subscriber.example"])


def _listed(catcher: Catcher) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = httpx.get(f"{catcher.url}/messages.json").raise_for_status().json()
    return listed


def test_a_program_finds_every_part_of_a_mail(catcher: Catcher) -> None:
    _send(catcher, _proforma(), ["anna@subscriber.example", "kopia@acme.example"])
    (mail,) = _listed(catcher)
    assert mail["from"] == "Acme Domeny <biuro@acme.example>"
    assert mail["to"] == ["anna@subscriber.example", "kopia@acme.example"]
    assert mail["reply_to"] == "pomoc@acme.example"
    assert mail["subject"] == "Proforma PF/1/2026: zażółć gęślą jaźń"
    assert mail["text"] == "Dzień dobry,\nzapłać: http://csp1001.localhost:8000/account/\n"
    assert "<p>Dzień dobry</p>" in str(mail["html"])
    logo, pdf = mail["attachments"]
    assert (logo["type"], logo["size"]) == ("image/png", len(PIXEL))
    assert (pdf["name"], pdf["type"], pdf["size"]) == ("proforma żółta.pdf", "application/pdf", 12)
    fetched = httpx.get(pdf["url"])
    assert fetched.content == b"%PDF-1.7 ..."
    assert fetched.headers["Content-Disposition"].startswith("attachment")


def test_mails_come_oldest_first_and_survive_a_restart(tmp_path: Path) -> None:
    for subject in ("one", "two"):
        with running_catcher(tmp_path) as catcher:
            mail = EmailMessage()
            mail["Subject"] = subject
            _send(catcher, mail)
            assert [entry["subject"] for entry in _listed(catcher)][-1] == subject
    with running_catcher(tmp_path) as catcher:
        assert [entry["subject"] for entry in _listed(catcher)] == ["one", "two"]


def test_emptying_forgets_the_mails_and_never_gives_their_ids_again(catcher: Catcher) -> None:
    _send(catcher, _proforma())
    (before,) = _listed(catcher)
    assert httpx.delete(f"{catcher.url}/messages.json").status_code == 204
    assert _listed(catcher) == []
    _send(catcher, _proforma())
    (after,) = _listed(catcher)
    assert after["id"] != before["id"]
    assert httpx.get(str(before["url"])).status_code == 404


def test_another_site_cannot_empty_or_read_the_catcher(catcher: Catcher) -> None:
    _send(catcher, _proforma())
    pressed = httpx.post(f"{catcher.url}/empty", headers={"Sec-Fetch-Site": "cross-site"})
    assert pressed.status_code == 403
    assert httpx.get(f"{catcher.url}/messages.json", headers={"Host": "rebound.example"}).status_code == 421
    assert len(_listed(catcher)) == 1


def test_a_mail_that_is_too_large_is_refused_and_the_next_one_is_taken(catcher: Catcher) -> None:
    huge = EmailMessage()
    huge.set_content("x" * 60 + "\n")
    huge.add_attachment(b"x" * 20_000_000, maintype="application", subtype="octet-stream")
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) as refused:
        _send(catcher, huge)
    assert refused.value.smtp_code == 552
    _send(catcher, _proforma())
    assert len(_listed(catcher)) == 1


HOSTILE = """
    <script>parent.document.title = 'taken'</script><img src='http://127.0.0.1:{spy}/picture.png' alt=''>
    <form action='http://127.0.0.1:{spy}/'><button>send</button></form><img src='cid:logo@acme' id='logo' alt='Acme'>
"""


@pytest.mark.browser
def test_a_person_reads_a_hostile_mail_safely(catcher: Catcher, chromium: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as spy:
        _send(catcher, _proforma(HOSTILE.format(spy=spy.getsockname()[1])))
        page = chromium.new_page()
        page.goto(catcher.url)
        assert_accessible(page)
        page.get_by_role("link", name="Proforma PF/1/2026").click()
        assert_accessible(page)
        mail = page.frame_locator("iframe")
        assert mail.locator("#logo").evaluate("picture => picture.complete && picture.naturalWidth") == 1
        mail.get_by_role("button", name="send").click()
        page.wait_for_timeout(200)
        assert page.title() == "Proforma PF/1/2026: zażółć gęślą jaźń"
        spy.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody called
            spy.accept()
        page.close()


@pytest.mark.browser
def test_a_person_empties_the_catcher(catcher: Catcher, page: Page) -> None:
    _send(catcher, _proforma())
    page.goto(catcher.url)
    page.get_by_role("button", name="Empty").click()
    assert page.get_by_text("No mail yet").is_visible()
    assert_accessible(page)
    assert _listed(catcher) == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.lists(
        st.sampled_from(
            [
                b"Subject: =?utf-8?b?no base64?=", b"From: <<<", b"Content-Type: multipart/mixed", b"MIME-Version: x",
                b"Content-Type: text/html; charset=no-such", b"Content-Transfer-Encoding: base64", b"Subject: a\r\n b",
                b"Content-Type: multipart/alternative; boundary=b", b"Content-Disposition: attachment; filename*=x''%",
                b"Content-ID: <", b"Content-Type: /", b"Reply-To: \xff\xfe", b"Content-Type: image/png; name=../../x",
            ]
        )
    ),
    body=st.binary(max_size=200) | st.just(b"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--"),
)  # fmt: skip
def test_no_malformed_mail_breaks_a_page(tmp_path: Path, head: list[bytes], body: bytes) -> None:
    store = Store(tmp_path)
    store.clear()
    mail = store.add("", ["a@b.example"], b"\r\n".join(head) + b"\r\n\r\n" + body)
    browser = create_pages(store).test_client()
    paths = ["/", "/messages.json", *(f"/messages/{mail.id}/{leaf}" for leaf in ("", "html", "raw"))]
    paths += [f"/messages/{mail.id}/parts/{number}" for number in range(1, len(mail.parts) + 1)]
    for path in paths:
        with browser.get(path) as answer:
            assert answer.status_code == 200, path


def test_a_page_never_shows_a_mail_as_markup(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add("<b>@example", ["<i>@example"], b"Subject: <script>1</script>\r\n\r\n<script>2</script>")
    browser = create_pages(store).test_client()
    for path in ("/", "/messages/000001/"):
        page = browser.get(path)
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_two_mails_at_once_get_two_ids(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = Store(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        mails: list[Mail] = list(pool.map(lambda n: store.add("", ["a@b.example"], b"%d" % n), range(50)))
    assert len({mail.id for mail in mails}) == 50
    assert len(Store(tmp_path).all()) == 50
