"""What a partner's owners are told about its own domains: the partners room asks for it (outbox "host.mail")."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy.orm import Session

from webapp.foundation import outbox, urls
from webapp.foundation.db import Database
from webapp.foundation.refusal import NotFound
from webapp.foundation.text import to_unicode
from webapp.reseller.partners import host_states, hosts
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Host

from .operations import queue_mail

#: Where the panel shows the partner's names.
PATH = "/site/hosts"


class Context(Protocol):
    """What this job needs of the worker's context."""

    @property
    def database(self) -> Database: ...


def tell_owners(context: Context, lease: outbox.Lease) -> None:
    """One mail to each owner who can sign in, in that person's language; none about a name that is forgotten."""
    with context.database.writing() as session:
        what = str(lease.payload["what"])
        try:
            host = hosts.host(session, int(lease.payload["host_id"]))
        except NotFound:
            host = None
        if host is not None:
            _tell(session, host, what, lease.key, str(lease.payload.get("why", "")))
        outbox.complete(session, lease)


def _tell(session: Session, host: Host, what: str, key: str, why: str) -> None:
    for person in partners.staff_list(session):
        if person.role == "owner" and person.status == "active":
            data = _data(session, host, why)
            about = ("host", host.id)
            queue_mail(
                session, f"host_{what}", person.email, person.locale, data, key=f"{key}:{person.id}", about=about
            )


def _data(session: Session, host: Host, why: str) -> dict[str, Any]:
    since, partner = host.failing_since, partners.partner(session)
    return {
        "name": to_unicode(host.name),
        "address": urls.link(session, host.name, "/"),
        "seen": ", ".join(str(each) for each in host.dns.get("seen", [])),
        "until": since + host_states.DETACHED_AFTER if since else None,
        "txt_name": hosts.txt_name(host),
        "txt_value": hosts.txt_value(host, partner.code),
        "why": why,
        "path": f"/{partner.default_locale}/" if host.state == "live" else PATH,
    }
