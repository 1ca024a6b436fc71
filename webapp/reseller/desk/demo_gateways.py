"""The demo's shops take payments at a gateway on this machine (demo/pay): its keys open nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

from webapp.foundation import tenancy
from webapp.foundation.config import Settings
from webapp.foundation.db import Database
from webapp.foundation.outbound_addresses import is_loopback
from webapp.providers.payments.port import Gateways
from webapp.reseller.billing import gateways as billing
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM

#: Partner -> its gateway and the keys of its account there.
ACCOUNTS = {
    "csp1001": (
        "przelewy24",
        {"merchant_id": "100100", "pos_id": "100100", "crc": "demo-crc-key", "api_key": "demo-api-key"},
    ),
    "csp1002": ("stripe", {"secret_key": "sk_test_demo", "webhook_secret": "whsec_demo"}),
}


def connect(database: Database, settings: Settings, adapters: Gateways, code: str) -> list[str]:
    """Connect, test and offer the demo's gateway, once, if there is one on this machine."""
    name, keys = ACCOUNTS[code]
    address = {"stripe": settings.stripe_url, "przelewy24": settings.przelewy24_url}[name]
    if not is_loopback(urlsplit(address).hostname or ""):
        return []
    with database.reading(tenancy.Platform("operator")) as session:
        partner = partners.partner_by_code(session, code)
    assert partner is not None
    with tenancy.tenant(partner.id):
        with database.reading() as session:
            if billing.account(session, name) is not None:
                return []
        with database.writing() as session:
            row = billing.connect(session, SYSTEM, name, keys, settings.secret_key, partner.id)
            held = billing.credentials(row, settings.secret_key)
        adapters(name, held).check()
        with database.writing() as session:
            billing.tested(session, SYSTEM, name, row.secret, "")
            billing.activate(session, SYSTEM, name)
    return [f"gateway {billing.GATEWAYS[name].label} of {code}"]
