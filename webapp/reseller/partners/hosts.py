"""Names at which a partner's shop answers besides its raw host."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock, db
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal

from . import audit
from .audit import Actor
from .models import Host
from .operations import bump_content


def add_host(
    session: Session, actor: Actor, partner_id: int, name: str, *, platform_host: str, primary: bool = False
) -> Host:
    """Let the shop answer at a normalised name at once: the operator vouches for its DNS. Platform work.

    Raises Refusal for a name of the platform itself and for one that is somebody's already.
    """
    bare, platform = name.split(":", maxsplit=1)[0], platform_host.split(":", maxsplit=1)[0]
    if bare == platform or bare.endswith(f".{platform}"):
        raise Refusal("platform_host", N_("%(host)s belongs to the platform itself."), field="host", host=name)
    if primary:
        db.change(session, Host, Host.partner_id == partner_id, Host.is_primary.is_(True), is_primary=False)
    now = clock.now()
    facts = {"state": "live", "proof": "operator", "created_at": now, "live_since": now, "changed_at": now}
    host = Host(partner_id=partner_id, name=name, kind="custom", is_primary=primary, **facts)
    try:
        with session.begin_nested():
            session.add(host)
            session.flush()
    except IntegrityError:
        raise Refusal("host_taken", N_("%(host)s is in use already."), field="host", host=name) from None
    bump_content(session, partner_id)
    audit.record(session, actor, "host.added", "host", host.id, name, partner_id=partner_id, primary=primary)
    return host
