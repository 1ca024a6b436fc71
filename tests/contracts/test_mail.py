"""One contract for every way of carrying mail: over real SMTP to a server of our own, and the one in memory."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from webapp.foundation import tenancy
from webapp.foundation.db import Database, NetworkInTransaction
from webapp.providers.errors import ProviderError
from webapp.providers.mail.memory import MemoryMailer
from webapp.providers.mail.mime import written
from webapp.providers.mail.port import Attachment, Mail, MailPort
from webapp.providers.mail.smtp import SmtpMailer

GONE, BUSY = "gone@example.com", "busy@example.com"
CODES = {GONE: 550, BUSY: 451}

MAIL = Mail(
    message_id="csp1001.7@acme.example",
    sender_name="Acme Domeny – Łódź",
    sender="biuro@acme.example",
    recipient="anna@example.com",
    subject="Proforma PRO/2026/00001: 49,99 zł",
    text="Zapłać 49,99 zł.\n.\nKropka na początku wiersza nie kończy listu.\n",
    html="<p>Zapłać <b>49,99 zł</b>.</p>" + "x" * 3000,
    date=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    language="pl",
    attachments=(
        Attachment("transfer.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "qr"),
        Attachment("proforma żółta.pdf", "application/pdf", b"%PDF-1.7 .\r\n.\r\n"),
    ),
)


class Receiver:
    """The other side: keeps what it takes, refuses the two recipients above."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in CODES:
            return f"{CODES[address]} not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 taken"


@dataclass
class Carrier:
    """A mailer, and a view of what came out at its other end."""

    mailer: MailPort
    receiver: Receiver | None = None
    memory: MemoryMailer | None = field(default=None)

    def received(self) -> list[EmailMessage]:
        """The messages that were taken over, parsed from the wire."""
        if self.memory is not None:
            raw = (written(mail).as_bytes() for mail in self.memory.sent)
            return [message_from_bytes(data, policy=policy.default) for data in raw]
        assert self.receiver is not None
        return self.receiver.taken


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(params=["smtp", "memory"])
def carrier(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    if request.param == "memory":
        mailer = MemoryMailer()
        mailer.refuse.update(CODES)
        yield Carrier(mailer, memory=mailer)
        return
    receiver = Receiver()
    controller = Controller(receiver, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield Carrier(SmtpMailer(f"smtp://127.0.0.1:{controller.port}"), receiver)
    controller.stop()


def test_the_reader_gets_both_twins_and_all_files(carrier: Carrier) -> None:
    carrier.mailer.send(MAIL)
    [got] = carrier.received()
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content().replace("\r\n", "\n") == MAIL.text
    assert html.get_content().strip() == MAIL.html
    files = [part for part in got.walk() if part.get_filename()]
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in files] == [
        (attachment.name, attachment.data) for attachment in MAIL.attachments
    ]
    assert files[0]["Content-ID"] == "<qr>"
    assert files[0]["Content-Disposition"].startswith("inline")


def test_the_reader_sees_who_wrote_what_and_when(carrier: Carrier) -> None:
    carrier.mailer.send(MAIL)
    [got] = carrier.received()
    assert got["From"].addresses[0].display_name == "Acme Domeny – Łódź"
    assert got["From"].addresses[0].addr_spec == "biuro@acme.example"
    assert (str(got["To"]), str(got["Subject"])) == ("anna@example.com", MAIL.subject)
    assert got["Message-ID"] == "<csp1001.7@acme.example>"
    assert got["Date"].datetime == MAIL.date
    assert got["Content-Language"] == "pl"
    assert got["Auto-Submitted"] == "auto-generated"


def test_an_answer_goes_to_the_person_who_wrote_through_us(carrier: Carrier) -> None:
    carrier.mailer.send(replace(MAIL, reply_to="ewa@bücher.example"))
    [got] = carrier.received()
    assert [each.addr_spec for each in got["Reply-To"].addresses] == ["ewa@xn--bcher-kva.example"]
    assert got["From"].addresses[0].addr_spec == "biuro@acme.example"
    assert got["Auto-Submitted"] is None, "a person wrote it: whoever answers automatically may"


@pytest.mark.parametrize("reply_to", ["a@b.pl\r\nBcc: all@example.com", "a@b.pl, c@d.pl", "nobody"])
def test_a_reply_address_cannot_add_headers_or_recipients(carrier: Carrier, reply_to: str) -> None:
    with pytest.raises(ProviderError) as refused:
        carrier.mailer.send(replace(MAIL, reply_to=reply_to))
    assert refused.value.permanent
    assert carrier.received() == []


def test_a_second_try_carries_the_same_message_id(carrier: Carrier) -> None:
    carrier.mailer.send(MAIL)
    carrier.mailer.send(MAIL)
    first, second = carrier.received()
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize(("recipient", "permanent"), [(GONE, True), (BUSY, False)])
def test_a_refusal_says_whether_it_is_for_good(carrier: Carrier, recipient: str, permanent: bool) -> None:
    with pytest.raises(ProviderError) as refused:
        carrier.mailer.send(replace(MAIL, recipient=recipient))
    assert (refused.value.permanent, refused.value.code) == (permanent, CODES[recipient])
    assert carrier.received() == []


BREAKS = [
    "a\r\nBcc: all@example.com",
    "a\nX: y",
    "a\rX: y",
    "a\x0bb",
    "a\x0cb",
    "a\u2028b",
    "a\u2029b",
    "a\x85b",
    "a\0b",
]


@pytest.mark.parametrize("hostile", BREAKS)
@pytest.mark.parametrize("header", ["subject", "sender_name", "sender", "recipient", "language", "message_id"])
def test_a_line_break_in_a_header_is_refused_for_good(carrier: Carrier, header: str, hostile: str) -> None:
    changed: dict[str, Any] = {header: hostile}
    with pytest.raises(ProviderError) as refused:
        carrier.mailer.send(replace(MAIL, **changed))
    assert refused.value.permanent
    assert carrier.received() == []


@pytest.mark.parametrize("hostile", ['a"; x="y\r\nBcc: b@example.com', "a\nb.png"])
def test_a_line_break_in_the_name_of_a_file_is_refused(carrier: Carrier, hostile: str) -> None:
    with pytest.raises(ProviderError, match="attachment 1"):
        carrier.mailer.send(replace(MAIL, attachments=(Attachment(hostile, "image/png", b"1"),)))


@pytest.mark.parametrize(
    "recipient", ["", "anna", "@example.com", "anna@", "a@b.example, c@d.example", "Anna <a@b.example>"]
)
def test_what_is_not_one_mailbox_is_refused_for_good(carrier: Carrier, recipient: str) -> None:
    with pytest.raises(ProviderError) as refused:
        carrier.mailer.send(replace(MAIL, recipient=recipient))
    assert refused.value.permanent
    assert carrier.received() == []


def test_a_domain_with_national_letters_goes_out_in_its_ascii_form(carrier: Carrier) -> None:
    carrier.mailer.send(replace(MAIL, recipient="anna@żółw.example"))
    [got] = carrier.received()
    assert got["To"].addresses[0].addr_spec == "anna@xn--w-uga1v8h.example"


def test_no_mail_leaves_inside_a_write_transaction(carrier: Carrier, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing(tenancy.Platform("operator")), pytest.raises(NetworkInTransaction):
        carrier.mailer.send(MAIL)
    database.dispose()
    assert carrier.received() == []


@given(st.text(max_size=60) | st.emails() | st.from_regex(r"[a-z<>,;:@\[\]().\\\\\" -]{1,30}@[a-z.\[\]-]{1,10}"))
def test_whatever_stands_for_a_recipient_there_is_one_address_or_a_refusal(recipient: str) -> None:
    try:
        message = written(replace(MAIL, recipient=recipient))
    except ProviderError:
        return
    parsed = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert len(parsed["To"].addresses) == 1
    assert parsed.get_all("Bcc") is None


# --- SMTP alone ----------------------------------------------------------------------------------------------


def test_a_server_that_is_away_is_temporary() -> None:
    with pytest.raises(ProviderError) as failed:
        SmtpMailer(f"smtp://127.0.0.1:{free_port()}").send(MAIL)
    assert not failed.value.permanent


@contextmanager
def scripted(*answers: bytes) -> Iterator[int]:
    """A server that sends one answer per line that it gets, the first one at once; then it is silent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                for answer in answers:
                    connection.sendall(answer)
                    if not lines.readline():
                        return
                done.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        done.set()
        thread.join(5)


@pytest.mark.parametrize(
    "answers",
    [
        (b"554 go away\r\n",),  # it does not want us, but says nothing about this mail
        (b"421 too busy\r\n",),
        (b"220 hello\r\n",),  # silent after the greeting: the timeout ends it
        (b"not smtp at all\r\n",),
        (b"220 hello\r\n", b"250 mail\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"),  # taken? nobody knows
    ],
    ids=["unwanted", "busy", "silent", "noise", "no answer to the data"],
)
def test_trouble_with_the_server_is_temporary(answers: tuple[bytes, ...]) -> None:
    with scripted(*answers) as port, pytest.raises(ProviderError) as failed:
        SmtpMailer(f"smtp://127.0.0.1:{port}", timeout=0.4).send(MAIL)
    assert not failed.value.permanent


def test_a_refusal_of_the_text_is_for_good() -> None:
    answers = (b"220 hello\r\n", b"250 mail\r\n", b"250 ok\r\n", b"250 ok\r\n", b"552 too big\r\n")
    with scripted(*answers) as port, pytest.raises(ProviderError) as refused:
        SmtpMailer(f"smtp://127.0.0.1:{port}", timeout=0.4).send(MAIL)
    assert (refused.value.permanent, refused.value.code) == (True, 552)


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_a_wrong_address_of_the_server_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://host:port"):
        SmtpMailer(url)
