"""Prices in the answer to a check (RFC 8748, section 5.1): what a name would cost, whether or not it is free."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element

from sandbox import policy
from sandbox.epp.xml import add, block, child, children, text
from sandbox.objects.request import Request
from sandbox.store import setting


def quotes(request: Request, names: Sequence[str]) -> list[Element]:
    """The extension of the answer; nothing for a check that asks for no price."""
    asked = request.command.extensions.get("fee")
    if asked is None:
        return []
    currency = str(setting(request.db, "currency"))
    served = text(asked, "currency", currency) == currency
    data = block("fee", "chkData")
    add(data, "currency", currency)
    for raw in names:
        _quote(request, data, raw, list(children(asked, "command")), served)
    return [data]


def _quote(request: Request, data: Element, raw: str, commands: Sequence[Element], served: bool) -> None:
    premium = policy.special_kind(request.db, raw.lower()) == "premium"
    item = add(data, "cd", avail="1" if served else "0")
    add(item, "objID", raw)
    if not served:
        add(item, "reason", "Currency not served")
        return
    add(item, "class", "premium" if premium else "standard")
    for asked in commands:
        years = int(text(asked, "period", "1")) if child(asked, "period") is not None else 1
        answer = add(item, "command", name=asked.get("name", ""))
        add(answer, "period", str(years), unit="y")
        cost = _cost(request, asked.get("name", ""), years, premium)
        if cost is not None:
            add(answer, "fee", str(Decimal(cost).scaleb(-2)))


def _cost(request: Request, command: str, years: int, premium: bool) -> int | None:
    """Minor units; None for a command that costs nothing here."""
    if command == "restore":
        return int(setting(request.db, "restore_price"))
    if command not in ("create", "renew", "transfer"):
        return None
    return years * int(setting(request.db, "premium_price" if premium else "price"))
