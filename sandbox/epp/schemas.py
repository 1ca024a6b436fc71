"""The commands that this registry serves, as RFC 5730 to 5733, 3915, 5910 and 8748 write them in their schemas."""

from __future__ import annotations

from functools import cache

from sandbox.epp.grammar import Check, OneOf, Part, Text, matching, maybe, number, one, seq, several, token, word

ANY = Text(token())
LABEL = Text(token(1, 255))
CLIENT_ID = Text(token(3, 16))
PASSWORD = Text(token(6, 16))
EMPTY = seq()
DATE = Text(matching(r"\d{4}-\d{2}-\d{2}(Z|[+-]\d{2}:\d{2})?"))
PHONE = Text(matching(r"(\+[0-9]{1,3}\.[0-9]{1,14})?"))
EMAIL = Text(matching(r"[^@\s]{1,64}@[^@\s]{1,255}"))
COUNTRY = Text(matching(r"[A-Za-z]{2}"))
BOOLEAN = word("0", "1", "true", "false")
LANGUAGE = matching(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")

_KINDS: dict[str, tuple[Check, bool]] = {"type": (word("loc", "int"), True)}
_DOMAIN_STATUSES = (
    "clientDeleteProhibited",
    "clientHold",
    "clientRenewProhibited",
    "clientTransferProhibited",
    "clientUpdateProhibited",
    "inactive",
    "ok",
    "pendingCreate",
    "pendingDelete",
    "pendingRenew",
    "pendingTransfer",
    "pendingUpdate",
    "serverDeleteProhibited",
    "serverHold",
    "serverRenewProhibited",
    "serverTransferProhibited",
    "serverUpdateProhibited",
)
_PLAIN_STATUSES = (
    "clientDeleteProhibited",
    "clientTransferProhibited",
    "clientUpdateProhibited",
    "linked",
    "ok",
    "pendingCreate",
    "pendingDelete",
    "pendingTransfer",
    "pendingUpdate",
    "serverDeleteProhibited",
    "serverTransferProhibited",
    "serverUpdateProhibited",
)


def _secret(change: bool = False) -> OneOf:
    parts = (one("pw", ANY, roid=(token(1, 89), False)), one("ext", ANY))
    return OneOf((*parts, one("null", ANY)) if change else parts)


def _statuses(words: tuple[str, ...], least: int = 0) -> Part:
    return several("status", ANY, least, 11, s=(word(*words), True), lang=(LANGUAGE, False))


def _period() -> Part:
    return maybe("period", Text(number(1, 99)), unit=(word("y", "m"), True))


def _nameservers() -> Part:
    address = several("hostAddr", Text(token(3, 45)), 0, ip=(word("v4", "v6"), False))
    attribute = seq(one("hostName", LABEL), address)
    return maybe("ns", OneOf((several("hostObj", LABEL), several("hostAttr", attribute))))


def _domain_contacts() -> Part:
    return several("contact", CLIENT_ID, 0, type=(word("admin", "billing", "tech"), False))


@cache
def domain() -> dict[str, Part]:
    """RFC 5731 section 4, by command."""
    name, delta = one("name", LABEL), seq(_nameservers(), _domain_contacts(), _statuses(_DOMAIN_STATUSES))
    change = seq(maybe("registrant", Text(token(0, 16))), maybe("authInfo", _secret(change=True)))
    hosts = one("name", LABEL, hosts=(word("all", "del", "none", "sub"), False))
    return {
        "check": one("check", seq(several("name", LABEL))),
        "info": one("info", seq(hosts, maybe("authInfo", _secret()))),
        "create": one(
            "create",
            seq(
                name,
                _period(),
                _nameservers(),
                maybe("registrant", CLIENT_ID),
                _domain_contacts(),
                one("authInfo", _secret()),
            ),
        ),
        "update": one("update", seq(name, maybe("add", delta), maybe("rem", delta), maybe("chg", change))),
        "delete": one("delete", seq(name)),
        "renew": one("renew", seq(name, one("curExpDate", DATE), _period())),
        "transfer": one("transfer", seq(name, _period(), maybe("authInfo", _secret()))),
    }


def _postal(least: int, change: bool) -> Part:
    address = seq(
        several("street", Text(token(0, 255)), 0, 3),
        one("city", LABEL),
        maybe("sp", Text(token(0, 255))),
        maybe("pc", Text(token(0, 16))),
        one("cc", COUNTRY),
    )
    need = maybe if change else one
    content = seq(need("name", LABEL), maybe("org", Text(token(0, 255))), need("addr", address))
    return Part("postalInfo", content, least, 2, _KINDS)


def _disclose() -> Part:
    twice = [Part(name, EMPTY, 0, 2, _KINDS) for name in ("name", "org", "addr")]
    plain = [maybe(name, EMPTY) for name in ("voice", "fax", "email")]
    return maybe("disclose", seq(*twice, *plain), flag=(BOOLEAN, True))


def _phone(name: str) -> Part:
    return maybe(name, PHONE, x=(token(), False))


@cache
def contact() -> dict[str, Part]:
    """RFC 5733 section 4, by command."""
    identity, secret = one("id", CLIENT_ID), maybe("authInfo", _secret())
    statuses = seq(_statuses(_PLAIN_STATUSES, 1))
    change = seq(_postal(0, change=True), _phone("voice"), _phone("fax"), maybe("email", EMAIL), secret, _disclose())
    return {
        "check": one("check", seq(several("id", CLIENT_ID))),
        "info": one("info", seq(identity, secret)),
        "create": one(
            "create",
            seq(
                identity,
                _postal(1, change=False),
                _phone("voice"),
                _phone("fax"),
                one("email", EMAIL),
                one("authInfo", _secret()),
                _disclose(),
            ),
        ),
        "update": one("update", seq(identity, maybe("add", statuses), maybe("rem", statuses), maybe("chg", change))),
        "delete": one("delete", seq(identity)),
    }


@cache
def host() -> dict[str, Part]:
    """RFC 5732 section 4, by command."""
    name = one("name", LABEL)
    addresses = several("addr", Text(token(3, 45)), 0, ip=(word("v4", "v6"), False))
    delta = seq(addresses, _statuses(_PLAIN_STATUSES))
    return {
        "check": one("check", seq(several("name", LABEL))),
        "info": one("info", seq(name)),
        "create": one("create", seq(name, addresses)),
        "update": one("update", seq(name, maybe("add", delta), maybe("rem", delta), maybe("chg", seq(name)))),
        "delete": one("delete", seq(name)),
    }


@cache
def session() -> dict[str, Part]:
    """RFC 5730 section 2.9, the commands without an object."""
    options = seq(one("version", Text(matching(r"[1-9]+\.[0-9]+"))), one("lang", Text(LANGUAGE)))
    services = seq(several("objURI", ANY), maybe("svcExtension", seq(several("extURI", ANY))))
    return {
        "login": one(
            "login",
            seq(
                one("clID", CLIENT_ID),
                one("pw", PASSWORD),
                maybe("newPW", PASSWORD),
                one("options", options),
                one("svcs", services),
            ),
        ),
        "logout": one("logout", EMPTY),
        "poll": one("poll", EMPTY, op=(word("req", "ack"), True), msgID=(token(), False)),
    }


@cache
def restore() -> Part:
    """RFC 3915 section 5, the extension of a domain update."""
    report = seq(
        one("preData", ANY),
        one("postData", ANY),
        one("delTime", ANY),
        one("resTime", ANY),
        one("resReason", ANY),
        several("statement", ANY, 2, 2, lang=(LANGUAGE, False)),
        maybe("other", ANY),
    )
    return one("update", seq(one("restore", seq(maybe("report", report)), op=(word("request", "report"), True))))


def _ds_data(least: int = 1) -> Part:
    return several(
        "dsData",
        seq(
            one("keyTag", Text(number(0, 65535))),
            one("alg", Text(number(0, 255))),
            one("digestType", Text(number(0, 255))),
            one("digest", Text(matching(r"([0-9A-Fa-f]{2})+"))),
        ),
        least,
    )


_LIFE = maybe("maxSigLife", Text(number(1, 2147483647)))


@cache
def dnssec() -> dict[str, Part]:
    """RFC 5910 section 5 (the DS data interface), by command."""
    remove = OneOf((one("all", Text(BOOLEAN)), _ds_data()))
    return {
        "create": one("create", seq(_LIFE, _ds_data())),
        "update": one(
            "update",
            seq(maybe("rem", remove), maybe("add", seq(_LIFE, _ds_data())), maybe("chg", seq(_LIFE))),
            urgent=(BOOLEAN, False),
        ),
    }


@cache
def fee() -> dict[str, Part]:
    """RFC 8748 section 5: asking for prices beside a domain check."""
    names = word("create", "renew", "transfer", "restore", "delete", "update")
    command = several("command", seq(_period()), name=(names, True), phase=(token(), False), subphase=(token(), False))
    return {"check": one("check", seq(maybe("currency", Text(matching("[A-Z]{3}"))), command))}


TRANSFER_OPS = ("request", "query", "approve", "reject", "cancel")


def objects() -> dict[str, dict[str, Part]]:
    """The object commands by object word."""
    return {"domain": domain(), "contact": contact(), "host": host()}
