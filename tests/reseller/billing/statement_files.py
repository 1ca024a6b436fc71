"""Statements as banks write them, about people who do not exist. All of one account: PL61 1090 ... 2874."""

# ruff: noqa: E501  lines are as long as banks write them

from __future__ import annotations

import base64
from datetime import date
from textwrap import dedent

ACCOUNT = "PL61109010140000071219812874"
ANNA = "PL27114020040000300201355387"
FIRM = "PL83101010230000261395100000"

MT940 = dedent("""\
    :20:MT940
    :25:/PL61109010140000071219812874
    :28C:00212
    :60F:C261120PLN1000,00
    :61:2611211121C49,99N152NONREF//26112100001
    :86:020~00152
    ~20Zapłata za PRO/2026/00012 d
    ~21omena acme.pl
    ~22
    ~3011402004~310000300201355387
    ~32Anna Żółkiewska~33ul. Świętej Łucji 3
    ~38PL27114020040000300201355387
    ~60~63
    :61:2611211121CN1230,00S073NONREF//26112100002
    :86:020~00073~20/VAT/230,00/IDC/5250000000/~21INV/PRO 2026 13/TXT/hosting~32Huta Łabędź sp. z o.o.
    ~38PL83101010230000261395100000
    :61:2611211121D5,00N641NONREF//26112100003
    :86:641~00641~20Prowizja za przelew
    :62F:C261121PLN2274,99
    :86:tekst o całym wyciągu ~20PRO/2026/00099
    -
    """).replace("\n", "\r\n")


def camt(version: str = "08") -> str:
    """The same three movements, the second one as a batch of two."""
    begin, end = ("<Pty><Nm>", "</Nm></Pty>") if version >= "08" else ("<Nm>", "</Nm>")
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version >= "08" else "<Sts>BOOK</Sts>"
    return dedent(f"""\
    <?xml version="1.0" encoding="UTF-8"?>
    <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
    <GrpHdr><MsgId>1</MsgId><CreDtTm>2026-11-21T20:00:00</CreDtTm></GrpHdr>
    <Stmt><Id>212</Id><ElctrncSeqNb>212</ElctrncSeqNb><CreDtTm>2026-11-21T20:00:00</CreDtTm>
    <Acct><Id><IBAN>PL61109010140000071219812874</IBAN></Id><Ccy>PLN</Ccy></Acct>
    <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="PLN">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
    <Dt><Dt>2026-11-20</Dt></Dt></Bal>
    <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="PLN">2274.99</Amt><CdtDbtInd>CRDT</CdtDbtInd>
    <Dt><Dt>2026-11-21</Dt></Dt></Bal>
    <Ntry><Amt Ccy="PLN">49.99</Amt><CdtDbtInd>CRDT</CdtDbtInd>{status}<BookgDt><Dt>2026-11-21</Dt></BookgDt>
    <AcctSvcrRef>26112100001</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>E2E-7</EndToEndId></Refs>
    <RltdPties><Dbtr>{begin}Anna Żółkiewska{end}</Dbtr><DbtrAcct><Id><IBAN>PL27114020040000300201355387</IBAN></Id></DbtrAcct>
    </RltdPties><RmtInf><Ustrd>Zapłata za PRO/2026/00012 domena acme.pl</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
    <Ntry><Amt Ccy="PLN">1230.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>{status}<BookgDt><Dt>2026-11-21</Dt></BookgDt>
    <AcctSvcrRef>26112100002</AcctSvcrRef><NtryDtls>
    <TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="PLN">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
    <RltdPties><Dbtr>{begin}Huta Łabędź{end}</Dbtr></RltdPties><RmtInf><Ustrd>PRO/2026/00013</Ustrd></RmtInf></TxDtls>
    <TxDtls><Amt Ccy="PLN">230.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RmtInf><Ustrd>PRO/2026/00014</Ustrd></RmtInf></TxDtls>
    </NtryDtls></Ntry>
    <Ntry><Amt Ccy="PLN">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>{status}<BookgDt><Dt>2026-11-21</Dt></BookgDt>
    <AddtlNtryInf>Prowizja</AddtlNtryInf></Ntry>
    <Ntry><Amt Ccy="PLN">99.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts><BookgDt><Dt>2026-11-22</Dt></BookgDt></Ntry>
    </Stmt></BkToCstmrStmt></Document>
    """)


MBANK = dedent("""\
    mBank S.A. Bankowość Detaliczna;
    #Klient;
    ACME DOMENY SP. Z O.O.;

    #Waluta;#Numer rachunku;
    PLN;61 1090 1014 0000 0712 1981 2874;

    #Data księgowania;#Data operacji;#Opis operacji;#Tytuł;#Nadawca/Odbiorca;#Numer konta;#Kwota;#Saldo po operacji;
    2026-11-21;2026-11-21;PRZELEW PRZYCHODZĄCY;"PRO/2026/00012";"ANNA ŻÓŁKIEWSKA";'27114020040000300201355387';49,99;1 049,99;
    2026-11-21;2026-11-21;PRZELEW PRZYCHODZĄCY;"PRO/2026/00013";"HUTA ŁABĘDŹ";'';1 230,00;2 279,99;
    2026-11-21;2026-11-21;PROWIZJA;"Prowizja za przelew";"";'';-5,00;2 274,99;
    ;;;;;;#Saldo końcowe;2 274,99;
    """)
ING = dedent("""\
    "Lista transakcji";;;;
    "Data transakcji";"Data księgowania";"Dane kontrahenta";"Tytuł";"Nr rachunku";"Nazwa banku";"Szczegóły";"Nr transakcji";"Kwota transakcji (waluta rachunku)";"Waluta"
    2026-11-20;2026-11-21;"Anna Żółkiewska ";"PRO/2026/00012";'27114020040000300201355387';"mBank";"";'2026112100001';49,99;PLN
    2026-11-21;2026-11-21;"";"Prowizja";"";"";"";'2026112100003';-5,00;PLN
    """)
PKO = dedent("""\
    "Data operacji","Data waluty","Typ transakcji","Kwota","Waluta","Saldo po transakcji","Opis transakcji","","",""
    "2026-11-21","2026-11-21","Przelew na konto","+49.99","PLN","+1049.99","Rachunek nadawcy: 27 1140 2004 0000 3002 0135 5387","Nazwa nadawcy: ANNA ŻÓŁKIEWSKA","Adres nadawcy: KRAKÓW","Tytuł: PRO/2026/00012"
    "2026-11-21","2026-11-21","Opłata","-5.00","PLN","+1044.99","Tytuł: PROWIZJA","","",""
    """)
SANTANDER = dedent("""\
    2026-11-21,20-11-2026,'61 1090 1014 0000 0712 1981 2874,ACME DOMENY,PLN,"1000,00","1044,99",2,
    21-11-2026,20-11-2026,PRO/2026/00012,ANNA ŻÓŁKIEWSKA,'27 1140 2004 0000 3002 0135 5387,"49,99","1049,99",1,
    21-11-2026,21-11-2026,Prowizja,,,"-5,00","1044,99",2,
    """)
CSV = {"mbank": MBANK, "ing": ING, "pko": PKO, "santander": SANTANDER}


def statement(
    *lines: tuple[str, str, str],
    opening: int = 0,
    number: int = 1,
    currency: str = "PLN",
    account: str = ACCOUNT,
    day: date = date(2026, 11, 21),
) -> bytes:
    """An MT940 of (amount like "49,99" or "-5,00", title, bank's reference) lines whose balances are right."""
    moved = sum(int(amount.replace(",", "")) for amount, _, _ in lines)
    written = f"{day:%y%m%d}"
    rows = [f":20:{number}", f":25:/{account}", f":28C:{number:05d}", f":60F:{_balance(opening, written, currency)}"]
    for amount, title, ref in lines:
        mark = "D" if amount.startswith("-") else "C"
        rows += [
            f":61:{written}{mark}{amount.lstrip('-')}NTRFNONREF//{ref}",
            f":86:020~00152~20{title}~32Anna~38{ANNA}",
        ]
    rows += [f":62F:{_balance(opening + moved, written, currency)}", "-"]
    return "\n".join(rows).encode() + b"\n"


def _balance(amount: int, day: str, currency: str) -> str:
    whole, cents = divmod(abs(amount), 100)
    return f"{'D' if amount < 0 else 'C'}{day}{currency}{whole},{cents:02d}"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&j;</Document>'
)
OUTSIDE = (
    camt("02").replace("?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1).replace("212", "&e;", 1)
)
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
