"""A client written by hand: bytes in, bytes out. It owes nothing to any EPP library."""

from __future__ import annotations

import re
import socket
import ssl
import struct
from typing import Any
from xml.etree import ElementTree as ET

from sandbox.testing import Registry

EPP = "urn:ietf:params:xml:ns:epp-1.0"
DOMAIN = "urn:ietf:params:xml:ns:domain-1.0"
SERVICES = [DOMAIN, "urn:ietf:params:xml:ns:contact-1.0", "urn:ietf:params:xml:ns:host-1.0"]
_PARAMS = "urn:ietf:params:xml:ns"
EXTENSIONS = [f"{_PARAMS}:rgp-1.0", f"{_PARAMS}:secDNS-1.1", f"{_PARAMS}:epp:fee-1.0"]


def login_xml(user: str, password: str, **changes: str) -> str:
    """A login command. ``changes``: version, lang, new (newPW), objects, extensions (XML fragments)."""
    objects = changes.get("objects", "".join(f"<objURI>{uri}</objURI>" for uri in SERVICES))
    extensions = changes.get(
        "extensions", "<svcExtension>" + "".join(f"<extURI>{uri}</extURI>" for uri in EXTENSIONS) + "</svcExtension>"
    )
    new = f"<newPW>{changes['new']}</newPW>" if "new" in changes else ""
    return command(
        f"<login><clID>{user}</clID><pw>{password}</pw>{new}<options><version>{changes.get('version', '1.0')}</version>"
        f"<lang>{changes.get('lang', 'en')}</lang></options><svcs>{objects}{extensions}</svcs></login>"
    )


def command(inner: str, cltrid: str = "RAW-1", extension: str = "") -> str:
    """A whole document around a command."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><epp xmlns="{EPP}"><command>{inner}{extension}'
        f"<clTRID>{cltrid}</clTRID></command></epp>"
    )


def domain(verb: str, inner: str, attributes: str = "", extension: str = "") -> str:
    """A domain command with an unusual prefix."""
    return command(f'<{verb}{attributes}><q:{verb} xmlns:q="{DOMAIN}">{inner}</q:{verb}></{verb}>', extension=extension)


class Wire:
    """One TLS connection to a registry."""

    def __init__(self, registry: Registry, timeout: float = 10) -> None:
        context = ssl.create_default_context(cafile=registry.ca_file)
        raw = socket.create_connection((registry.host, registry.port), timeout=timeout)
        self.socket = context.wrap_socket(raw, server_hostname=registry.host)
        self.greeting = self.read()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: Any) -> None:
        self.socket.close()

    def send(self, xml: str | bytes) -> None:
        """Send one frame."""
        data = xml.encode() if isinstance(xml, str) else xml
        self.socket.sendall(struct.pack("!I", len(data) + 4) + data)

    def read(self) -> bytes:
        """Read one frame; raises ``ConnectionError`` when the registry closed instead."""
        (length,) = struct.unpack("!I", self._exactly(4))
        return self._exactly(length - 4)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError(f"closed after {len(data)} of {count} bytes")
            data += part
        return data

    def ask(self, xml: str | bytes) -> int:
        """Send a frame; returns the result code of the answer, which stays in ``answer``."""
        self.send(xml)
        self.answer = self.read()
        return code_of(self.answer)

    def login(self, user: str, password: str, **changes: str) -> int:
        """Log in; returns the result code."""
        return self.ask(login_xml(user, password, **changes))


def code_of(answer: bytes) -> int:
    """The result code of a response; raises ``AssertionError`` for a document that is not one."""
    root = ET.fromstring(answer)
    result = root.find(f"{{{EPP}}}response/{{{EPP}}}result")
    assert result is not None, answer
    return int(result.attrib["code"])


def value_of(answer: bytes, name: str) -> str | None:
    """The text of the first element of this local name."""
    found = re.search(rb"<(?:\w+:)?" + name.encode() + rb"(?:\s[^>]*)?>([^<]*)<", answer)
    return found[1].decode() if found else None
