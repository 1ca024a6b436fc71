"""CAMT.053 (ISO 20022), versions 001.02 to 001.08 and later: names are looked up without their namespace.

Read by defusedxml: no document type, no entity, nothing from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from webapp.foundation.i18n import N_

from . import shapes
from .shapes import ParsedLine, ParsedStatement, StatementError, clean, clean_account, currency_code, minor

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d\d")
_OTHER = N_("This is a CAMT file of another kind. Choose “statement of account” (camt.053). Nothing was stored.")
_NOT_BOOKED = ("PDNG", "INFO", "FUTR")


def looks_like(raw: bytes) -> bool:
    """Is it XML of ISO 20022?"""
    head = raw[:2_000].lstrip(b"\xef\xbb\xbf \r\n\t")
    return head.startswith(b"<?xml") or b"iso:20022" in head or b"camt.05" in head


def read(raw: bytes) -> list[ParsedStatement]:
    """Every statement of a file."""
    root = _root(raw)
    if not root.tag.startswith("{") or not _NAMESPACE.fullmatch(root.tag[1:].partition("}")[0]):
        raise StatementError(_OTHER if "camt.05" in root.tag else shapes.NO_STATEMENT)
    with shapes.said_plainly():
        found = [_statement(each) for each in root.findall("./{*}BkToCstmrStmt/{*}Stmt")]
    if not found:
        raise StatementError
    return found


def _root(raw: bytes) -> Element:
    try:
        return fromstring(raw, forbid_dtd=True)
    except DefusedXmlException:
        raise StatementError from None
    except (ParseError, ValueError, LookupError):
        broken = shapes.CUT_OFF if b"camt.053" in raw[:2_000] else shapes.NO_STATEMENT
        raise StatementError(broken) from None


def _text(element: Element | None, path: str) -> str:
    """The text at a path of plain names, "" where there is none."""
    found = None if element is None else element.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return clean(found.text or "") if found is not None else ""


def _first(element: Element, *paths: str) -> str:
    return next((text for path in paths if (text := _text(element, path))), "")


def _statement(found: Element) -> ParsedStatement:
    account = clean_account(_first(found, "Acct/Id/IBAN", "Acct/Id/Othr/Id"))
    if not account:
        raise StatementError
    balances = {_first(each, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry"): each for each in found.findall("./{*}Bal")}
    lines = tuple(line for entry in found.findall("./{*}Ntry") for line in _entry(entry))
    currency = _text(found, "Acct/Ccy") or _currency_of(found, lines)
    opening, closing = balances.get("OPBD", balances.get("PRCD")), balances.get("CLBD")
    first = _day(_first(found, "FrToDt/FrDtTm", "FrToDt/FrDt")) or _balance_day(opening)
    last = _day(_first(found, "FrToDt/ToDtTm", "FrToDt/ToDt")) or _balance_day(closing)
    return ParsedStatement(
        format="camt053",
        account=account,
        number=_first(found, "LglSeqNb", "ElctrncSeqNb"),
        currency=currency_code(currency),
        first_day=first,
        last_day=last,
        opening=_amount(opening) if opening is not None else None,
        closing=_amount(closing) if closing is not None else None,
        lines=lines,
    )


def _currency_of(found: Element, lines: tuple[ParsedLine, ...]) -> str:
    amount = found.find("./{*}Bal/{*}Amt")
    return amount.get("Ccy", "") if amount is not None else lines[0].currency if lines else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _balance_day(balance: Element | None) -> date | None:
    return None if balance is None else _day(_first(balance, "Dt/Dt", "Dt/DtTm"))


def _amount(element: Element, sign_of: Element | None = None) -> int:
    """`Amt` with the sign of `CdtDbtInd`."""
    amount = element.find("./{*}Amt")
    if amount is None:
        amount = element.find("./{*}AmtDtls/{*}TxAmt/{*}Amt")
    if amount is None:
        raise StatementError
    side = _text(element, "CdtDbtInd") or _text(sign_of, "CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise StatementError
    return minor(amount.text or "", currency_code(amount.get("Ccy", "")), -1 if side == "DBIT" else 1)


def _entry(entry: Element) -> Iterator[ParsedLine]:
    """An entry is one movement, or a batch of several that the bank booked as one sum."""
    if _first(entry, "Sts/Cd", "Sts") in _NOT_BOOKED:
        return
    line = _of_entry(entry)
    parts = entry.findall("./{*}NtryDtls/{*}TxDtls")
    if len(parts) < 2:
        yield _of_part(parts[0], entry, line) if parts else line
        return
    lines = [_of_part(part, entry, replace(line, amount=_amount(part, entry))) for part in parts]
    whole = sum(each.amount for each in lines) == line.amount and all(each.currency == line.currency for each in lines)
    # Parts that do not make the sum (in another currency, before charges): what was booked is the entry.
    yield from lines if whole else [_of_part(parts[0], entry, line)]


def _of_entry(entry: Element) -> ParsedLine:
    amount = entry.find("./{*}Amt")
    booked = _day(_first(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"))
    if amount is None or booked is None:
        raise StatementError
    currency = currency_code(amount.get("Ccy", ""))
    title, ref = _text(entry, "AddtlNtryInf"), _first(entry, "AcctSvcrRef", "NtryRef")
    return ParsedLine(booked, _amount(entry), currency, title=title, bank_ref=ref)


def _of_part(part: Element, entry: Element, line: ParsedLine) -> ParsedLine:
    """What a transaction says about its other side: the debtor of money that came, the creditor of money that went."""
    side = "Dbtr" if line.amount >= 0 else "Cdtr"
    parties = part.find("./{*}RltdPties")
    account = _text(parties, f"{side}Acct/Id/IBAN") or _text(parties, f"{side}Acct/Id/Othr/Id")
    free = [clean(each.text or "") for each in part.findall("./{*}RmtInf/{*}Ustrd")]
    structured = [clean(each.text or "") for each in part.findall("./{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref")]
    end_to_end = _text(part, "Refs/EndToEndId")
    return replace(
        line,
        payer_name=_text(parties, f"{side}/Nm") or _text(parties, f"{side}/Pty/Nm"),
        payer_account=clean_account(account),
        title=clean(" ".join([*free, *structured])) or line.title,
        bank_ref=_first(part, "Refs/AcctSvcrRef", "Refs/TxId") or _first(entry, "AcctSvcrRef", "NtryRef"),
        end_to_end="" if end_to_end.upper() == "NOTPROVIDED" else end_to_end,
    )
