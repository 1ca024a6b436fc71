"""A partner's own mail server: what it takes, and when it carries the partner's mails: after a mail through it arrived.

Nothing of it is sent by anybody else: while it is active and does not answer, mails wait with the reason beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation import clock, sealed
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import NameRefused, to_ascii
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

KEY, PURPOSE = "mail", "mail server"
#: Labels with a last one that is no number: addresses are not names, and no certificate would hold for them.
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
#: Where mail servers take mail from their customers (RFC 8314, RFC 6409), and what some of them offer beside it.
PORTS = (465, 587, 25, 2525)


@dataclass(frozen=True)
class OwnServer:
    """`tls`: encrypted from the first byte (465); else by STARTTLS. `password` is sealed."""

    host: str = ""
    port: int = 465
    tls: bool = True
    user: str = ""
    password: str = ""
    active: bool = False
    tested_at: str = ""  # ISO instant of the last test
    problem: str = ""  # what the server said to the last test, "" when it passed

    def url(self, secret_key: str, partner_id: int) -> str:
        """As the adapter takes it, with the password. Raises CannotOpen."""
        password = sealed.unseal(secret_key, PURPOSE, partner_id, self.password)
        who = f"{quote(self.user, safe='')}:{quote(password, safe='')}@" if self.user else ""
        return f"{'smtps' if self.tls else 'smtp'}://{who}{self.host}:{self.port}"


def server_of(partner: Partner) -> OwnServer:
    """What the partner entered; an empty one where it is nothing, or of another shape than ours."""
    everything: Any = partner.settings
    mail = everything.get(KEY) if isinstance(everything, dict) else None
    stored = mail.get("smtp") if isinstance(mail, dict) else None
    named, usual = (stored if isinstance(stored, dict) else {}), asdict(OwnServer())
    return OwnServer(**{key: named[key] for key, value in usual.items() if type(named.get(key)) is type(value)})


def enter(
    session: Session, actor: Actor, typed: Mapping[str, Any], secret_key: str, *, here: bool = False
) -> OwnServer:
    """Keep host, port, tls, user and password ("" keeps the one that is there). Not active before it `passed`.

    `here`: an install of one machine, where the server may be on it and at any port. Raises Refusal for a wrong field.
    """
    partner = _locked(session)
    before = server_of(partner)
    server = OwnServer(
        host=_host(str(typed.get("host") or ""), here=here),
        port=_port(int(typed.get("port") or 0), here=here),
        tls=bool(typed.get("tls")),
        user=str(typed.get("user") or "").strip(),
        password=_password(str(typed.get("password") or ""), before, secret_key, partner.id),
    )
    _write(session, partner, server)
    record(
        session, actor, "mail.server_entered", "partner", partner.id, server.host, port=server.port, user=server.user
    )
    return server


def _host(typed: str, *, here: bool) -> str:
    name = typed.strip().lower().rstrip(".")
    if here and (name == "localhost" or name.endswith(".localhost") or name == "127.0.0.1"):
        return name
    try:
        ascii_name = to_ascii(name)
    except NameRefused as refused:
        raise Refusal("host", refused.message, "host", **dict(refused.params)) from refused
    if not _NAME.fullmatch(ascii_name):
        raise Refusal("host", N_("Write the name of the mail server, for example mail.example.com."), "host")
    return ascii_name


def _port(port: int, *, here: bool) -> int:
    if port not in PORTS and not (here and 0 < port < 65536):
        known = ", ".join(map(str, PORTS))
        raise Refusal("port", N_("Mail servers take mail at one of these ports: %(ports)s."), "port", ports=known)
    return port


def _password(typed: str, before: OwnServer, secret_key: str, partner_id: int) -> str:
    return sealed.seal(secret_key, PURPOSE, partner_id, typed) if typed else before.password


def tested(session: Session, actor: Actor, server: OwnServer, problem: str) -> OwnServer:
    """What came of a test mail through `server`; active from now on if there was no problem.

    Raises Refusal when somebody entered something else meanwhile: what was tested is not what is there.
    """
    partner = _locked(session)
    if server_of(partner) != server:
        raise Refusal("changed", N_("The mail server was changed meanwhile. Please test it again."))
    known = replace(server, active=not problem, tested_at=clock.now().isoformat(), problem=problem[:500])
    _write(session, partner, known)
    record(
        session, actor, "mail.server_failed" if problem else "mail.server_active", "partner", partner.id, server.host
    )
    return known


def leave(session: Session, actor: Actor) -> None:
    """Send through the platform's mail server again; what was entered stays."""
    partner = _locked(session)
    _write(session, partner, replace(server_of(partner), active=False))
    record(session, actor, "mail.server_left", "partner", partner.id, server_of(partner).host)


def _locked(session: Session) -> Partner:
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    return session.scalars(mine.execution_options(populate_existing=True)).one()


def _write(session: Session, partner: Partner, server: OwnServer) -> None:
    everything: dict[str, Any] = dict(partner.settings)
    mail = everything.get(KEY)
    partner.settings = everything | {KEY: {**(mail if isinstance(mail, dict) else {}), "smtp": asdict(server)}}
    session.flush()
