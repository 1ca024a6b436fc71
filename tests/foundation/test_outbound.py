"""The outbound client against real servers: it reaches what it may, and nothing else for any longer than agreed."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from webapp.foundation import tenancy
from webapp.foundation.db import Database, NetworkInTransaction
from webapp.foundation.outbound import OutboundAnswer, OutboundClient, OutboundError, OutboundRules
from webapp.foundation.outbound_addresses import is_loopback, is_public

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
Speak = Callable[[socket.socket, bytes], None]


class Server:
    """A plain TCP server on loopback. `asked` holds the raw requests, `came` counts connections."""

    def __init__(self, speak: Speak, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.create_server((address, 0), family=family, dualstack_ipv6=address == "::")
        self.port: int = self.socket.getsockname()[1]
        self.asked: list[bytes] = []
        self.came = 0
        self.sent = 0
        self._speak, self._tls = speak, tls
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            thread = threading.Thread(target=self._answer, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer(self, plain: socket.socket) -> None:
        plain.settimeout(10)
        try:
            with self._tls.wrap_socket(plain, server_side=True) if self._tls else plain as connection:
                request = b""
                while b"\r\n\r\n" not in request and (more := connection.recv(65_536)):
                    request += more
                self.asked.append(request)
                self._speak(connection, request)
        except OSError:
            pass  # the client went away: that is what many tests are about
        finally:
            plain.close()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in self._threads:
            thread.join(12)


@contextmanager
def serving(answer: bytes | Speak, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    speak: Speak = answer if callable(answer) else lambda connection, request: connection.sendall(answer)
    server = Server(speak, address, tls)
    try:
        yield server
    finally:
        server.close()


def client_for(server: Server, **rules: object) -> OutboundClient:
    """A client for which hook.test is a host of the install, at 127.0.0.1."""
    allowed = OutboundRules(loopback_hosts=frozenset({"hook.test"}), **rules)  # type: ignore[arg-type]
    return OutboundClient(allowed, lambda host, port: ["127.0.0.1"])


def get(server: Server, client: OutboundClient | None = None, path: str = "/") -> OutboundAnswer:
    return (client or client_for(server)).request("GET", f"http://hook.test:{server.port}{path}")


def refused(call: Callable[[], object]) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        call()
    assert str(caught.value).endswith(".")
    return caught.value


# --- what works ---


def test_a_request_reaches_the_server_and_its_answer_comes_back() -> None:
    with serving(b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: 2\r\n\r\nok") as server:
        answer = client_for(server).request(
            "POST", f"http://hook.test:{server.port}/in?a=1", headers={"Webhook-Id": "m1"}, body=b'{"a":1}'
        )
        assert (answer.status, answer.headers["x-id"], answer.body) == (201, "7", b"ok")
        request = server.asked[0].decode()
        assert request.startswith("POST /in?a=1 HTTP/1.1\r\n")
        assert f"Host: hook.test:{server.port}\r\n" in request
        assert "webhook-id: m1\r\n" in request.lower()


def test_the_caller_cannot_undo_the_promises() -> None:
    with serving(OK) as server:
        headers = {"Host": "evil.test", "Accept-Encoding": "gzip", "Connection": "keep-alive"}
        client_for(server).request("GET", f"http://hook.test:{server.port}/", headers=headers)
        request = server.asked[0].decode().lower()
        assert f"host: hook.test:{server.port}" in request
        assert "evil" not in request
        assert "accept-encoding: identity" in request


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine hook.test login canary password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(OK) as server, serving(OK) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert get(server).body == b"hi"
        assert proxy.came == 0
        assert b"uthorization" not in server.asked[0]


def test_a_second_address_is_tried_when_the_first_does_not_answer() -> None:
    with serving(OK, "127.0.0.2") as server:
        rules = OutboundRules(loopback_hosts=frozenset({"hook.test"}))
        client = OutboundClient(rules, lambda host, port: ["127.0.0.3", "127.0.0.2"])
        assert get(server, client).status == 200


# --- TLS: the name is checked, although an address is connected to ---


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A CA file that is also the server's own certificate, for hook.test."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hook.test")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hook.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = built.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(pem)
    (folder / "both.pem").write_bytes(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return folder / "ca.pem", context


def test_sni_and_certificate_are_those_of_the_name(authority: tuple[Path, ssl.SSLContext]) -> None:
    ca_file, context = authority
    names: list[str | None] = []
    context.sni_callback = lambda connection, name, ours: names.append(name)
    with serving(OK, tls=context) as server:
        client = client_for(server, ca_file=str(ca_file))
        assert client.request("GET", f"https://hook.test:{server.port}/").body == b"hi"
    assert names == ["hook.test"]


def test_a_certificate_for_another_name_or_from_nobody_is_refused(authority: tuple[Path, ssl.SSLContext]) -> None:
    ca_file, context = authority
    with serving(OK, tls=context) as server:
        rules = OutboundRules(loopback_hosts=frozenset({"other.test", "hook.test"}), ca_file=str(ca_file))
        other = OutboundClient(rules, lambda host, port: ["127.0.0.1"])
        assert refused(lambda: other.request("GET", f"https://other.test:{server.port}/")).code == "connect"
        unknown = client_for(server)
        assert refused(lambda: unknown.request("GET", f"https://hook.test:{server.port}/")).code == "connect"
        assert server.asked == []


# --- where it does not go ---

#: Every form in which a URL can say an address that must not be reached; {port} is a server that really listens there.
_FORMS = """
127.0.0.1 127.1 127.0.1 127.255.255.254 127.0.0.1. 2130706433 0x7f000001 0x7f.1 0x7f.0x0.0x0.0x1
0177.0.0.1 017700000001 0177.1 0 0.0.0.0 00.0.0.0 0x0 localhost LOCALHOST localhost. LocalHost. ①②⑦.⓪.⓪.①
１２７.０.０.１ 127。0。0。1 [::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::ffff:127.0.0.1] [::ffff:7f00:1]
[::ffff:0:127.0.0.1] [::127.0.0.1] [::7f00:1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1]
[2002:7f00:1::] [2002:7f00:0001::1] [2001:0:7f00:1::] [2001:db8::1] [fe80::1] [fe80::1%25lo] [fec0::1]
[fc00::1] [fd00:ec2::254] [ff02::1] [ff0e::1] [100::1] [3fff::1] [5f00::1]
[2a00:1450:4001::5efe:127.0.0.1] [2a00:1450:4001::200:5efe:10.0.0.1] 10.0.0.1 10.255.255.255 100.64.0.1
100.100.100.200 168.63.129.16 169.254.169.254 0xA9FEA9FE 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1
192.88.99.1 192.168.0.1 192.168.257 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.255 4294967295
"""
FORMS = _FORMS.split()


@pytest.fixture(scope="module")
def listening() -> Iterator[Server]:
    """Listens on every address of this machine, IPv4 and IPv6, so that a hole would be seen as a connection."""
    with serving(OK, "::") as server:
        yield server


def test_there_are_sixty_forms_and_more() -> None:
    assert len(set(FORMS)) >= 60


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_forbidden_address_is_reached(listening: Server, form: str) -> None:
    client = OutboundClient(OutboundRules(ports=frozenset({listening.port}), total_seconds=3))
    before = listening.came
    problem = refused(lambda: client.request("GET", f"http://{form}:{listening.port}/"))
    assert problem.code in ("address", "url", "resolve")
    assert listening.came == before


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "192.0.1.1", "223.255.255.255"]
)
def test_public_ipv4_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["2606:4700::1111", "2a00:1450:4001:830::200e", "2001:4860:4860::8888", "2003::1"])
def test_public_ipv6_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "x", "1.1.1.1%lo", "2606:4700::1%eth0", "1.1.1", "01.1.1.1", "::ffff:1.1.1.1"])
def test_what_is_no_plain_public_address_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_only_plain_loopback_is_loopback() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    for address in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "0.0.0.0", "10.0.0.1", "x", "::1%lo"):
        assert not is_loopback(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://hook.test/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://hook.test/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//hook.test/", "scheme"),
        ("hook.test", "scheme"),
        ("", "scheme"),
        ("http://", "url"),
        ("http:///path", "url"),
        ("http://hook.test:99999/", "port"),
        ("http://hook.test:x/", "url"),
        ("http://[::1/", "url"),
        ("http://a\x00b/", "url"),
        ("http://a\r\nb/", "url"),
        ("http://user@hook.test/", "userinfo"),
        ("http://user:secret@hook.test/", "userinfo"),
        ("http://public.test@127.0.0.1/", "userinfo"),
        ("http://other.test:22/", "port"),
        ("http://other.test:25/", "port"),
        ("https://other.test:6379/", "port"),
        ("http://other.test:5432/", "port"),
    ],
)
def test_addresses_that_are_refused_before_anything_is_resolved(url: str, code: str) -> None:
    resolved: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    client = OutboundClient(OutboundRules(), resolver)
    problem = refused(lambda: client.request("GET", url))
    assert (problem.code, problem.permanent, resolved) == (code, True, [])


def test_a_name_that_is_not_named_in_the_setting_is_not_on_this_machine() -> None:
    with serving(OK) as server:
        rules = OutboundRules(ports=frozenset({server.port}), loopback_hosts=frozenset({"hook.test"}))
        client = OutboundClient(rules, lambda host, port: ["127.0.0.1"])
        for host in ("other.test", "hook.test.evil.test", "xhook.test", "127.0.0.1"):
            problem = refused(lambda host=host: client.request("GET", f"http://{host}:{server.port}/"))  # type: ignore[misc]
            assert problem.code == "address"
        assert server.came == 0
        assert client.request("GET", f"http://HOOK.test:{server.port}/").status == 200


def test_a_named_host_may_be_on_this_machine_but_in_no_other_private_place() -> None:
    rules = OutboundRules(loopback_hosts=frozenset({"hook.test"}))
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"):
        client = OutboundClient(rules, lambda host, port, address=address: [address])  # type: ignore[misc]
        assert refused(lambda client=client: client.request("GET", "http://hook.test/")).code == "address"  # type: ignore[misc]


def test_one_bad_address_among_good_ones_spoils_the_name() -> None:
    with serving(OK) as server:
        rules = OutboundRules(ports=frozenset({server.port}), total_seconds=3)
        client = OutboundClient(rules, lambda host, port: ["1.1.1.1", "127.0.0.1"])
        assert refused(lambda: client.request("GET", f"http://rebind.test:{server.port}/")).code == "address"
        assert server.came == 0


def test_a_resolver_that_changes_its_answer_is_asked_only_once() -> None:
    answers = iter([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]])
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst", "127.0.0.2") as good:
        rules = OutboundRules(loopback_hosts=frozenset({"hook.test"}))
        client = OutboundClient(rules, lambda host, port: next(answers))
        assert client.request("GET", f"http://hook.test:{good.port}/").body == b"first"
    assert next(answers) == ["127.0.0.1"]
    assert next(answers) == ["127.0.0.1"]


def test_a_redirect_is_an_answer_not_an_order() -> None:
    with serving(OK) as inner:
        location = f"Location: http://127.0.0.1:{inner.port}/secret\r\n".encode()
        for status in (b"301", b"302", b"303", b"307", b"308"):
            with serving(b"HTTP/1.1 " + status + b" Moved\r\n" + location + b"Content-Length: 0\r\n\r\n") as server:
                assert get(server).status == int(status)
        assert inner.came == 0


def test_a_name_that_does_not_exist() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror("not known")

    problem = refused(lambda: OutboundClient(resolver=nowhere).request("GET", "http://nowhere.test/"))
    assert (problem.code, problem.permanent) == ("resolve", False)
    problem = refused(lambda: OutboundClient(resolver=lambda host, port: []).request("GET", "http://nowhere.test/"))
    assert problem.code == "resolve"


# --- for how long, and how much ---


def streaming(head: bytes, pause: float, piece: bytes) -> Speak:
    """Sends the head, then the piece again and again until the client goes away."""

    def speak(connection: socket.socket, request: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return speak


def silence(connection: socket.socket, request: bytes) -> None:
    """Says nothing until the client goes away."""
    connection.recv(1)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2540BE400\r\n",
    ],
    ids=["announced", "absurd", "unannounced", "chunked"],
)
def test_an_answer_of_ten_gigabytes(head: bytes) -> None:
    with serving(streaming(head, 0, bytes(65_536))) as server:
        start = time.monotonic()
        assert refused(lambda: get(server)).code in ("size", "protocol")
        assert time.monotonic() - start < 5


def test_an_answer_just_within_the_limit_comes_whole() -> None:
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + bytes(5000)) as server:
        assert len(get(server, client_for(server, max_bytes=5000)).body) == 5000
        assert refused(lambda: get(server, client_for(server, max_bytes=4999))).code == "size"


@pytest.mark.parametrize(
    "speak",
    [
        streaming(b"HTTP/1.1 200 OK\r\nX: ", 0.05, b"a"),
        streaming(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 0.05, b"a"),
        streaming(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0.05, b"1\r\na\r\n"),
        streaming(b"HTTP/1.1 100 Continue\r\n\r\n", 0.05, b"HTTP/1.1 100 Continue\r\n\r\n"),
        silence,
    ],
    ids=["headers", "body", "chunks", "continue", "silence"],
)
def test_an_answer_that_drips_ends_at_the_agreed_time(speak: Speak) -> None:
    with serving(speak) as server:
        start = time.monotonic()
        problem = refused(lambda: get(server, client_for(server, total_seconds=0.6)))
        assert (problem.code, problem.permanent) == ("time", False)
        assert 0.5 < time.monotonic() - start < 1.5


def test_a_server_that_does_not_shake_hands() -> None:
    with serving(silence) as server:
        client = client_for(server, total_seconds=0.6)
        start = time.monotonic()
        assert refused(lambda: client.request("GET", f"https://hook.test:{server.port}/")).code in ("time", "connect")
        assert time.monotonic() - start < 1.5


def test_a_server_that_does_not_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        client = OutboundClient(
            OutboundRules(loopback_hosts=frozenset({"hook.test"}), total_seconds=0.6), lambda host, port: ["127.0.0.1"]
        )
        start = time.monotonic()
        url = f"http://hook.test:{deaf.getsockname()[1]}/"
        assert refused(lambda: client.request("POST", url, body=bytes(30_000_000))).code == "time"
        assert time.monotonic() - start < 2


def test_a_resolver_that_hangs() -> None:
    ended = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        ended.wait(10)
        return ["127.0.0.1"]

    client = OutboundClient(OutboundRules(total_seconds=0.4), hang)
    start = time.monotonic()
    problem = refused(lambda: client.request("GET", "http://slow.test/"))
    ended.set()
    assert (problem.code, time.monotonic() - start < 1.5) == ("time", True)


# --- answers that are none ---


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "protocol"),
        (b"hello\r\n\r\n", "protocol"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshorty", "protocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", "encoding"),
    ],
)
def test_an_answer_that_is_not_one(answer: bytes, code: str) -> None:
    with serving(answer) as server:
        assert refused(lambda: get(server)).code == code


def test_nobody_listens() -> None:
    with serving(OK) as server:
        port = server.port
    client = client_for(server)
    problem = refused(lambda: client.request("GET", f"http://hook.test:{port}/"))
    assert (problem.code, problem.permanent) == ("connect", False)


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X\r\nY": "b"}, {"X": "żółw"}, {"X": "a\x00"}])
def test_a_header_cannot_smuggle_another(headers: dict[str, str]) -> None:
    with serving(OK) as server:
        client = client_for(server)
        problem = refused(lambda: client.request("GET", f"http://hook.test:{server.port}/", headers=headers))
        assert (problem.code, problem.permanent) == ("request", True)
        assert server.asked in ([], [b""])


def test_no_request_while_a_write_transaction_is_open(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite3")
    with serving(OK) as server:
        with tenancy.tenant(1), database.writing(), pytest.raises(NetworkInTransaction):
            get(server)
        assert server.came == 0
        assert get(server).status == 200
    database.dispose()
