"""The one search of the panel: subscribers, domains and proformas by any part of what one remembers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.foundation.paging import Page
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.models import Proforma
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Domain

#: Rows of each kind; the lists themselves show the rest.
SHOWN = 8


@dataclass(frozen=True)
class Found:
    """The first rows of each kind, with how many there are."""

    text: str
    subscribers: Page[Account]
    domains: Page[Domain]
    proformas: Page[Proforma]

    @property
    def total(self) -> int:
        """How many things were found."""
        return self.subscribers.total + self.domains.total + self.proformas.total


def everything(session: Session, text: str) -> Found:
    """Subscribers (name, company, tax number, e-mail, telephone, town), domains and proformas (number, buyer, item)
    that contain `text`, which must not be empty. The tenant scope of the session applies."""
    return Found(
        text,
        accounts.search_accounts(session, text),
        services.domains(session, text=text),
        billing.proformas(session, text=text),
    )
