"""Greetings and responses (RFC 5730 sections 2.4 and 2.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from sandbox.epp import namespaces as ns
from sandbox.epp.results import CLOSING, MESSAGES
from sandbox.epp.xml import add, document


@dataclass(frozen=True)
class QueueHead:
    """The ``msgQ`` of a response: how many messages wait, the first one's id, and its text if it is delivered."""

    count: int
    id: int
    date: str = ""
    text: str = ""


@dataclass
class Answer:
    """What a command comes to. ``reason`` explains an error to a person."""

    code: int = 1000
    reason: str = ""
    data: Element | None = None
    extensions: list[Element] = field(default_factory=list)
    queue: QueueHead | None = None

    @property
    def closes(self) -> bool:
        """The server ends the connection after this answer."""
        return self.code in CLOSING


def response(answer: Answer, cltrid: str | None, svtrid: str) -> bytes:
    """The response document."""
    body = Element("response")
    result = add(body, "result", code=str(answer.code))
    add(result, "msg", MESSAGES[answer.code], lang="en")
    if answer.reason:
        value = add(result, "extValue")
        add(value, "value").append(Element("undef"))
        add(value, "reason", answer.reason, lang="en")
    if answer.queue:
        _queue(body, answer.queue)
    if answer.data is not None:
        add(body, "resData").append(answer.data)
    if answer.extensions:
        add(body, "extension").extend(answer.extensions)
    identifiers = add(body, "trID")
    if cltrid is not None:
        add(identifiers, "clTRID", cltrid)
    add(identifiers, "svTRID", svtrid)
    return document(body)


def _queue(body: Element, head: QueueHead) -> None:
    queue = add(body, "msgQ", count=str(head.count), id=str(head.id))
    if head.date:
        add(queue, "qDate", head.date)
        add(queue, "msg", head.text, lang="en")


def greeting(server: str, date: str) -> bytes:
    """The greeting document: exactly the services that the code serves."""
    body = Element("greeting")
    add(body, "svID", server)
    add(body, "svDate", date)
    menu = add(body, "svcMenu")
    add(menu, "version", "1.0")
    add(menu, "lang", "en")
    for uri in ns.OBJECTS.values():
        add(menu, "objURI", uri)
    extensions = add(menu, "svcExtension")
    for uri in ns.EXTENSIONS.values():
        add(extensions, "extURI", uri)
    _data_policy(add(body, "dcp"))
    return document(body)


def _data_policy(policy: Element) -> None:
    add(add(policy, "access"), "all")
    statement = add(policy, "statement")
    purpose = add(statement, "purpose")
    add(purpose, "admin")
    add(purpose, "prov")
    add(add(statement, "recipient"), "ours")
    add(add(statement, "retention"), "stated")
