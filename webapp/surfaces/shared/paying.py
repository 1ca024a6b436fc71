"""The link with which a proforma is paid online: on papers' pages, after an order, in the account."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from sqlalchemy.orm import Session

from webapp.reseller.billing import gateways
from webapp.reseller.billing.models import Proforma


def pay_link(session: Session, documents: Sequence[Proforma]) -> str:
    """The address at which these unpaid proformas of one account are paid together; "" when nobody can pay online."""
    tokens = [each.pay_token for each in documents if each.state == "issued" and each.pay_token]
    if not tokens or not gateways.active(session):
        return ""
    return url_for("storefront.pay", pay_token=tokens[0], also=tokens[1:])
