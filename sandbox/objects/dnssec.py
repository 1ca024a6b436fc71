"""DS records of a domain (RFC 5910, DS data interface)."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from sandbox.epp.results import Refused
from sandbox.epp.xml import add, block, child, children, local, text
from sandbox.objects.request import Request

_FIELDS = ("keyTag", "alg", "digestType", "digest")
MAX_RECORDS = 8


@dataclass
class Signing:
    """A domain's DS records, each a list of the four values as text, and the signature life in seconds."""

    records: list[list[str]] = field(default_factory=list)
    max_sig_life: int | None = None


def created(request: Request) -> Signing:
    """What a create's extension brings; empty without the extension."""
    signing = Signing()
    element = request.command.extensions.get("secDNS")
    if element is not None:
        _add(signing, element)
    return signing


def updated(request: Request, row: sqlite3.Row) -> Signing:
    """The state after an update's rem, add and chg, in the order that RFC 5910 section 5.2.5 gives."""
    signing = Signing(json.loads(row["ds_data"]), row["max_sig_life"])
    element = request.command.extensions.get("secDNS")
    for part in [] if element is None else list(element):
        if local(part) == "rem":
            _remove(signing, part)
        elif local(part) == "add":
            _add(signing, part)
        else:
            _set_life(signing, part)
    return signing


def _remove(signing: Signing, part: Element) -> None:
    if child(part, "all") is not None:
        if text(part, "all") in ("1", "true"):
            signing.records = []
        return
    for record in _records(part):
        if record not in signing.records:
            raise Refused(2303, "the DS record is not there")
        signing.records.remove(record)


def _add(signing: Signing, part: Element) -> None:
    for record in _records(part):
        if record in signing.records:
            raise Refused(2302, "the DS record is there already")
        signing.records.append(record)
    if len(signing.records) > MAX_RECORDS:
        raise Refused(2308, f"at most {MAX_RECORDS} DS records")
    _set_life(signing, part)


def _set_life(signing: Signing, part: Element) -> None:
    life = text(part, "maxSigLife")
    if life:
        signing.max_sig_life = int(life)


def _records(part: Element) -> list[list[str]]:
    return [[text(item, name).upper() for name in _FIELDS] for item in children(part, "dsData")]


def info_data(row: sqlite3.Row) -> Element | None:
    """The extension of an info answer; None for an unsigned domain."""
    records = json.loads(row["ds_data"])
    if not records:
        return None
    data = block("secDNS", "infData")
    if row["max_sig_life"]:
        add(data, "maxSigLife", str(row["max_sig_life"]))
    for record in records:
        item = add(data, "dsData")
        for name, value in zip(_FIELDS, record, strict=True):
            add(item, name, value)
    return data
