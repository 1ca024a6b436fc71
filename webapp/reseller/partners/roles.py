"""What the people of a partner may do: rights, and the roles that bundle them."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.foundation.i18n import N_

#: Right -> what it opens.
RIGHTS = {
    "subscribers": N_("subscribers: change, merge, open their panel"),
    "services": N_("domains, hosting and certificates"),
    "orders": N_("ordering for subscribers, writing proformas"),
    "billing": N_("payments, settlements, invoices"),
    "prices": N_("price lists, promotions, codes"),
    "content": N_("pages, pictures, ads, frames"),
    "messages": N_("sent messages"),
    "log": N_("the log"),
    "settings": N_("company, bank, brand, own domains"),
    "staff": N_("staff and their rights"),
}


@dataclass(frozen=True)
class Role:
    """A bundle of rights; `label` and `text` are what the panel says about it."""

    label: str
    text: str
    rights: frozenset[str]


#: In the order in which a form offers them. "staff" is the manager: the name is that of rows from the first day.
ROLES = {
    "owner": Role(N_("Owner"), N_("everything, also settings and staff"), frozenset(RIGHTS)),
    "staff": Role(
        N_("Manager"), N_("all daily work, no settings and no staff"), frozenset(RIGHTS) - {"settings", "staff"}
    ),
    "accounting": Role(
        N_("Accounting"),
        N_("proformas, payments and invoices; reads subscribers and the log"),
        frozenset(("billing", "log")),
    ),
    "sales": Role(
        N_("Sales"),
        N_("subscribers, services and orders; records no payments"),
        frozenset(("subscribers", "services", "orders", "messages")),
    ),
    "content": Role(N_("Content"), N_("pages, pictures and frames; sees no subscriber"), frozenset(("content",))),
}


def rights_of(role: str) -> frozenset[str]:
    """What a role may do; an unknown one nothing."""
    return ROLES[role].rights if role in ROLES else frozenset()
