"""From a frame to a :class:`Command`: what the client asks, checked against the schemas."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from sandbox.epp import namespaces as ns
from sandbox.epp import schemas
from sandbox.epp.grammar import token, verify
from sandbox.epp.results import Refused
from sandbox.epp.xml import child, collapse, local, namespace, parse, split, text, texts

OBJECT_VERBS = ("check", "info", "create", "update", "delete", "renew", "transfer")
SESSION_VERBS = ("login", "logout", "poll")


@dataclass
class Command:
    """One command as far as it could be read. ``refusal`` says why the rest could not."""

    verb: str = "invalid"
    object: str | None = None
    op: str = ""
    body: Element = field(default_factory=lambda: Element("none"))
    extensions: dict[str, Element] = field(default_factory=dict)
    cltrid: str | None = None
    refusal: Refused | None = None

    @property
    def title(self) -> str:
        """The command with its op, as the log shows it: ``create``, ``transfer request``, ``poll ack``."""
        return f"{self.verb} {self.op}".strip()

    @property
    def names(self) -> list[str]:
        """The names or identifiers that the command is about, for the log."""
        if self.verb == "login":
            return [text(self.body, "clID")]
        return texts(self.body, "name") + texts(self.body, "id")


def read_command(data: bytes) -> Command:
    """Read a frame. Never raises: a bad frame becomes a command with a refusal, with its clTRID if it has one."""
    command = Command()
    try:
        _read_root(command, parse(data))
    except Refused as refusal:
        command.refusal = refusal
    return command


def _read_root(command: Command, root: Element) -> None:
    if split(root.tag) != (ns.EPP, "epp"):
        raise Refused(2001, "the root element must be <epp> of " + ns.EPP)
    if len(root) != 1 or namespace(root[0]) != ns.EPP or local(root[0]) not in ("hello", "command"):
        raise Refused(2001, "<epp> must hold one <hello> or one <command>")
    if local(root[0]) == "hello":
        command.verb = "hello"
        return
    _read_cltrid(command, root[0])
    _read_command(command, root[0])


def _read_cltrid(command: Command, element: Element) -> None:
    # Read before all else, so that even a refused command gets its own identifier back.
    found = child(element, "clTRID")
    if found is None:
        return
    value = collapse(found.text)
    token(3, 64)(value)
    command.cltrid = value


def _read_command(command: Command, element: Element) -> None:
    items = list(element)
    if not items or namespace(items[0]) != ns.EPP or local(items[0]) in ("clTRID", "extension"):
        raise Refused(2001, "<command> needs a command element first")
    if [local(item) for item in items[1:]] not in ([], ["extension"], ["clTRID"], ["extension", "clTRID"]):
        raise Refused(2001, "after the command only <extension> and <clTRID> may follow, in this order")
    verb = local(items[0])
    if verb not in OBJECT_VERBS + SESSION_VERBS:
        raise Refused(2000, f"unknown command <{verb}>"[:200])
    command.verb = verb
    if verb in SESSION_VERBS:
        _read_session_verb(command, items[0])
    else:
        _read_object_verb(command, items[0])
    extension = child(element, "extension")
    if extension is not None:
        _read_extensions(command, extension)


def _read_session_verb(command: Command, element: Element) -> None:
    command.body = element
    command.op = element.get("op", "")
    verify(element, schemas.session()[command.verb])


def _read_object_verb(command: Command, element: Element) -> None:
    _read_transfer_op(command, element)
    if len(element) != 1:
        raise Refused(2001, f"<{command.verb}> must hold one element of an object")
    body = element[0]
    uri, name = split(body.tag)
    if uri not in ns.OBJECT_OF:
        raise Refused(2307, f"no objects of {uri}"[:200])
    if name != command.verb:
        raise Refused(2001, f"<{name}> does not belong into <{command.verb}>"[:200])
    command.object, command.body = ns.OBJECT_OF[uri], body
    part = schemas.objects()[command.object].get(command.verb)
    if part is None:
        raise Refused(2101, f"{command.object} objects have no {command.verb} here")
    verify(body, part)


def _read_transfer_op(command: Command, element: Element) -> None:
    allowed = ("op",) if command.verb == "transfer" else ()
    for name in element.attrib:
        if name not in allowed and split(name)[0] != ns.XSI:
            raise Refused(2001, f"unexpected attribute {name!r}"[:200])
    if not allowed:
        return
    command.op = element.get("op", "")
    if not command.op:
        raise Refused(2003, "attribute 'op' of <transfer> is missing")
    if command.op not in schemas.TRANSFER_OPS:
        raise Refused(2005, f"<transfer> has no op {command.op!r}"[:200])


def _read_extensions(command: Command, element: Element) -> None:
    for item in element:
        word = next((word for word, uri in ns.EXTENSIONS.items() if uri == namespace(item)), None)
        if word is None:
            raise Refused(2103, f"no extension {namespace(item)}"[:200])
        if word in command.extensions:
            raise Refused(2001, f"the extension {word} stands twice")
        _verify_extension(command, word, item)
        command.extensions[word] = item


def _verify_extension(command: Command, word: str, item: Element) -> None:
    parts = {"secDNS": schemas.dnssec(), "rgp": {"update": schemas.restore()}, "fee": schemas.fee()}
    part = parts[word].get(command.verb)
    if command.object != "domain" or part is None:
        raise Refused(2001, f"the extension {word} does not belong to this command")
    if local(item) != part.name:
        raise Refused(2001, f"<{local(item)}> does not belong into <{command.verb}>"[:200])
    if next(item.iter(f"{{{ns.SECDNS}}}keyData"), None) is not None:
        raise Refused(2102, "key data is not served; send DS data (RFC 5910 section 4.1)")
    verify(item, part)
