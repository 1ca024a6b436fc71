"""What a customer's bank would tell the partner's bank: a statement with one transfer for one proforma."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from textwrap import dedent, wrap


@dataclass(frozen=True)
class Transfer:
    """`amount` in minor units, of a currency with two digits behind the mark; `net` is without tax."""

    number: str
    amount: int
    net: int
    payer: str
    tax_id: str
    day: date

    def said(self, amount: int, mark: str = ",") -> str:
        """As a bank file writes an amount."""
        return f"{amount // 100}{mark}{amount % 100:02}"


def mt940(*all_of_them: Transfer) -> bytes:
    """A Polish bank's file of one day, with numbered subfields.

    Where a tax number is known, the title is the split payment text of the law on VAT (art. 108a).
    """
    day, after = all_of_them[0].day.strftime("%y%m%d"), 100_000 + sum(one.amount for one in all_of_them)
    lines = [":20:MT940", ":25:/PL61109010140000071219812874", ":28C:00326", f":60F:C{day}PLN1000,00"]
    for place, one in enumerate(all_of_them):
        split = f"~20{one.number}"
        if one.tax_id:
            split = f"~20/VAT/{one.said(one.amount - one.net)}/IDC/{one.tax_id}~21/INV/{one.number}/TXT/domena"
        first, *rest = wrap(one.payer, 27)
        lines.append(f":61:{day}{day[2:]}CN{one.said(one.amount)}S073NONREF//{one.number[-8:]}{place or ''}")
        lines.append(f":86:020~00073{split}\r\n~32{first}~33{''.join(rest[:1])}\r\n~38PL27114020040000300201355387")
    return "\r\n".join([*lines, f":62F:C{day}PLN{after // 100},{after % 100:02}", "-", ""]).encode()


def camt053(one: Transfer) -> bytes:
    """A German bank's file, ISO 20022."""
    day, amount, after = one.day.isoformat(), one.said(one.amount, "."), one.said(100000 + one.amount, ".")
    return dedent(f"""\
        <?xml version="1.0" encoding="UTF-8"?>
        <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
        <GrpHdr><MsgId>1</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr>
        <Stmt><Id>326</Id><ElctrncSeqNb>326</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm>
        <Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
        <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
        <Dt><Dt>{day}</Dt></Dt></Bal>
        <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{after}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
        <Dt><Dt>{day}</Dt></Dt></Bal>
        <Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{one.number[-8:]}</AcctSvcrRef><NtryDtls><TxDtls>
        <Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>{one.payer}</Nm></Pty></Dbtr></RltdPties>
        <RmtInf><Ustrd>{one.number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
        </Stmt></BkToCstmrStmt></Document>
        """).encode()
