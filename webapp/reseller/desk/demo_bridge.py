"""The demo's partners begin with a bridge to the wholesale side that carries: their access, and the same entered."""

from __future__ import annotations

from webapp.foundation import tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.providers.wholesale.port import Credentials
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners import wholesale_access
from webapp.reseller.partners.audit import SYSTEM

from . import upstream


def connect(database: Database, settings: Settings, code: str, password: str, hashed: str) -> list[str]:
    """Once. No door is open yet through which it could be tested, so the balance is read where the door would."""
    with database.reading(tenancy.Platform("operator")) as session:
        partner = partners.partner_by_code(session, code)
    assert partner is not None
    secret, key = settings.secret_key, wholesale_access.new_key()
    with tenancy.tenant(partner.id), database.writing() as session:
        if wholesale_access.access(session) is not None:
            return []
        access = wholesale_access.update(session, SYSTEM, secret, password_hash=hashed, key=key)
        upstream.enter(session, SYSTEM, secret, Credentials(access.login, password, key))
        upstream.keep_outcome(session, SYSTEM, upstream.funds(session))
    return [f"bridge of {code}"]
