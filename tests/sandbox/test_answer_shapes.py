"""Every answer fits the response schemas of RFC 5730 to 5733, 3915, 5910 and 8748, written down here a second time."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from epptools import Client

from sandbox.epp.grammar import OneOf, Part, Text, matching, maybe, one, seq, several, token, verify, word
from sandbox.testing import Registry
from tests.sandbox.conftest import SignIn
from tests.sandbox.wire import EPP, Wire, command, domain

ANY, ID, LABEL = Text(token()), Text(token(3, 16)), Text(token(1, 255))
DATE = Text(matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"))
ROID = Text(matching(r"(\w|_){1,80}-\w{1,8}"))
YES = (word("0", "1"), True)
SECRET = maybe("authInfo", seq(one("pw", ANY)))
STATUS = several("status", Text(token(0, 0)), 0, 11, s=(token(2), True))
WHO = (one("clID", ID), maybe("crID", ID), maybe("crDate", DATE), maybe("upID", ID), maybe("upDate", DATE))
ADDRESS = one(
    "addr",
    seq(
        several("street", ANY, 0, 3),
        one("city", LABEL),
        maybe("sp", ANY),
        maybe("pc", ANY),
        one("cc", Text(token(2, 2))),
    ),
)
POSTAL = several(
    "postalInfo", seq(one("name", LABEL), maybe("org", ANY), ADDRESS), 1, 2, type=(word("loc", "int"), True)
)
TRANSFER = seq(
    one("name", LABEL),
    one(
        "trStatus",
        Text(
            word("clientApproved", "clientCancelled", "clientRejected", "pending", "serverApproved", "serverCancelled")
        ),
    ),
    one("reID", ID),
    one("reDate", DATE),
    one("acID", ID),
    one("acDate", DATE),
    maybe("exDate", DATE),
)


def _check(name: str) -> Part:
    return one("chkData", seq(several("cd", seq(one(name, LABEL, avail=YES), maybe("reason", Text(token(1, 32)))))))


SHAPES: dict[str, dict[str, Part]] = {
    "domain-1.0": {
        "chkData": _check("name"),
        "creData": one("creData", seq(one("name", LABEL), one("crDate", DATE), maybe("exDate", DATE))),
        "renData": one("renData", seq(one("name", LABEL), maybe("exDate", DATE))),
        "trnData": one("trnData", TRANSFER),
        "infData": one(
            "infData",
            seq(
                one("name", LABEL),
                one("roid", ROID),
                STATUS,
                maybe("registrant", ID),
                several("contact", ID, 0, type=(word("admin", "billing", "tech"), False)),
                maybe("ns", OneOf((several("hostObj", LABEL),))),
                several("host", LABEL, 0),
                *WHO,
                maybe("exDate", DATE),
                maybe("trDate", DATE),
                SECRET,
            ),
        ),
    },
    "host-1.0": {
        "chkData": _check("name"),
        "creData": one("creData", seq(one("name", LABEL), one("crDate", DATE))),
        "infData": one(
            "infData",
            seq(
                one("name", LABEL),
                one("roid", ROID),
                STATUS,
                several("addr", ANY, 0, ip=(word("v4", "v6"), False)),
                *WHO,
                maybe("trDate", DATE),
            ),
        ),
    },
    "contact-1.0": {
        "chkData": _check("id"),
        "creData": one("creData", seq(one("id", ID), one("crDate", DATE))),
        "infData": one(
            "infData",
            seq(
                one("id", ID),
                one("roid", ROID),
                STATUS,
                POSTAL,
                maybe("voice", ANY, x=(token(), False)),
                maybe("fax", ANY),
                one("email", ANY),
                *WHO,
                maybe("trDate", DATE),
                SECRET,
            ),
        ),
    },
    "rgp-1.0": {
        "infData": one("infData", seq(several("rgpStatus", ANY, s=(token(1), True)))),
        "upData": one("upData", seq(several("rgpStatus", ANY, s=(token(1), True)))),
    },
    "fee-1.0": {
        "chkData": one(
            "chkData",
            seq(
                one("currency", ANY),
                several(
                    "cd",
                    seq(
                        one("objID", ANY),
                        maybe("class", ANY),
                        several(
                            "command",
                            seq(maybe("period", ANY, unit=(token(), True)), maybe("fee", ANY)),
                            0,
                            name=(token(), True),
                        ),
                        maybe("reason", ANY),
                    ),
                    avail=(word("0", "1"), True),
                ),
            ),
        ),
    },
    "secDNS-1.1": {
        "infData": one(
            "infData",
            seq(
                maybe("maxSigLife", ANY),
                several("dsData", seq(*(one(name, ANY) for name in ("keyTag", "alg", "digestType", "digest")))),
            ),
        ),
    },
}
RESULT = one(
    "result",
    seq(
        one("msg", ANY, lang=(token(2), False)),
        several("extValue", seq(one("value", seq(one("undef", ANY))), one("reason", ANY, lang=(token(2), False))), 0),
    ),
    code=(matching(r"[12]\d{3}"), True),
)
TRANSACTION = one("trID", seq(maybe("clTRID", Text(token(3, 64))), one("svTRID", Text(token(3, 64)))))
QUEUE = one(
    "msgQ",
    seq(maybe("qDate", DATE), maybe("msg", ANY, lang=(token(2), False))),
    count=(matching(r"\d+"), True),
    id=(token(1), True),
)
ORDER = ["result", "msgQ", "resData", "extension", "trID"]


def verify_answer(xml: str) -> set[str]:
    """Check a response; returns the names of the data blocks in it."""
    (response,) = ET.fromstring(xml)
    names = [item.tag.removeprefix(f"{{{EPP}}}") for item in response]
    assert names == [name for name in ORDER if name in names]
    blocks = set()
    for item in response:
        name = item.tag.removeprefix(f"{{{EPP}}}")
        if name in ("resData", "extension"):
            for block in item:
                uri, _, local = block.tag[1:].partition("}")
                kind = uri.rpartition(":")[2]
                verify(block, SHAPES[kind][local])
                blocks.add(f"{kind} {local}")
        else:
            verify(item, {"result": RESULT, "msgQ": QUEUE, "trID": TRANSACTION}[name])
    return blocks


def test_every_kind_of_answer_fits_its_schema(registry: Registry, sign_in: SignIn, wire: Wire) -> None:
    epp, asker = sign_in(0), sign_in(1)
    blocks: set[str] = set()
    for answer in [*_registrations(epp), *_life(registry, epp, asker)]:
        blocks |= verify_answer(answer)
    for xml in (b"nonsense", command("<dance/>").encode(), domain("check", "").encode()):
        wire.ask(xml)
        verify_answer(wire.answer.decode())
    assert blocks == {f"{kind} {name}" for kind, names in SHAPES.items() for name in names}


def _registrations(epp: Client) -> list[str]:
    ds = {"key_tag": 1, "alg": 13, "digest_type": 2, "digest": "AB" * 32}
    answers = [
        epp.contact.create(
            "ANNA-1",
            name="Anna",
            street=["a", "b"],
            city="X",
            cc="PL",
            email="a@b.example",
            voice="+48.1",
            auth_info="secret-1",
        ),
        epp.contact.info("ANNA-1"),
        epp.contact.check(["ANNA-1", "BERT-1"]),
        epp.contact.info("NOBODY"),
        epp.domain.create(
            "a.com",
            registrant="ANNA-1",
            contacts={"tech": "ANNA-1"},
            auth_info="secret-1",
            sec_dns={"ds_data": [ds], "max_sig_life": 86400},
        ),
        epp.host.create("ns1.a.com", ["192.0.2.1", "2001:db8::1"]),
        epp.host.info("ns1.a.com"),
        epp.host.check(["ns1.a.com", "ns2.a.com"]),
        epp.domain.update("a.com", add={"ns": ["ns1.a.com"]}),
        epp.domain.info("a.com"),
        epp.domain.check(["a.com", "b.com", "no.where", "-.com"]),
        epp.domain.check(["gold.com", "-.com"], fee={"create": [1, 2], "restore": 1, "delete": 1}),
        epp.domain.check(["b.com"], fee={"create": 1}, currency="USD"),
        epp.domain.delete("a.com"),
    ]
    return [answer.raw for answer in answers]


def _life(registry: Registry, epp: Client, asker: Client) -> list[str]:
    registry.cli("setting", "restore_report", "true")
    expires = epp.domain.info("a.com").expiry_date() or ""
    answers = [
        epp.domain.renew("a.com", expires),
        asker.domain.transfer("request", "a.com", "secret-1"),
        epp.poll.request(),
        epp.domain.transfer("reject", "a.com"),
        asker.poll.request(),
        epp.poll.ack("1"),
        epp.poll.ack("99"),
    ]
    epp.domain.create("b.com", auth_info="secret-1")
    registry.cli("clock", "--advance", "6d")
    answers += [epp.domain.delete("b.com"), epp.domain.restore("b.com"), epp.domain.info("b.com"), epp.poll.request()]
    return [answer.raw for answer in answers]
