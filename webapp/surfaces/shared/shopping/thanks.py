"""After the order: what happens next, and everything that is needed to pay."""

from __future__ import annotations

import base64

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from stdnum import iban

from webapp.foundation.i18n import current_locale
from webapp.foundation.refusal import NotFound
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing import transfer_qr
from webapp.reseller.billing.models import Proforma
from webapp.surfaces.shared.current import database, person, signed_in
from webapp.surfaces.shared.paying import pay_link
from webapp.surfaces.shared.people import to_sign_in
from webapp.surfaces.shared.rendering import render

#: Who orders must see what is to be paid.
_MAY_SEE = frozenset(("view", "order", "pay"))


def thanks(proforma_id: int) -> ResponseReturnValue:
    """The proforma's facts, for those who may see it."""
    if person() is None:
        return to_sign_in()
    with database().reading() as session:
        proforma = _own(session, proforma_id)
        amount = billing.open_amount(session, proforma)
        pay_url = pay_link(session, [proforma]) if amount else ""
    code = transfer_qr.transfer_code(proforma, amount)
    picture = base64.b64encode(transfer_qr.png(code)).decode() if code else ""
    # The account panel's address of it, as mails know it too.
    address = f"/account/proformas/{proforma.id}?lang={current_locale()}"
    number = iban.format(proforma.bank.get("iban") or "")
    values = {"proforma": proforma, "amount": amount, "account_number": number, "picture": picture}
    return render("shopping/thanks.html", **values, proforma_url=address, pay_url=pay_url)


def _own(session: Session, proforma_id: int) -> Proforma:
    """The proforma of an account that the person may see. Raises NotFound."""
    proforma = billing.proforma(session, proforma_id)
    mine = accounts.accounts_of(session, signed_in().id)
    if not any(access.account.id == proforma.account_id and access.rights & _MAY_SEE for access in mine):
        raise NotFound
    return proforma
