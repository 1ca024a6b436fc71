"""States in plain words: what is the case, what happens next, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.foundation.i18n import format_date, format_money, ngettext, pgettext
from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders.queries import MOVING, LineProgress
from webapp.reseller.services.models import Domain, ProvisioningOperation


@dataclass(frozen=True)
class Said:
    """`tone`: info, ok, warn or danger; `title` is the state, `text` what follows from it."""

    tone: str
    title: str
    text: str = ""


# --- proformas -----------------------------------------------------------------------------------------------


def proforma_said(document: Proforma, items: Sequence[LineProgress], open_amount: int, today: date) -> Said:
    """Where a proforma stands."""
    if document.state == "issued":
        return _to_pay(document, open_amount, today)
    if document.state == "paid":
        return _paid(document)
    if document.state == "activated":
        return _activated(items)
    if document.state == "superseded":
        return Said("info", _("Replaced by another proforma"), _("Please pay the newer one; nothing is due here."))
    return Said("info", _("Cancelled"), _("Nothing is to be paid. Please do not transfer money for it any more."))


def _to_pay(document: Proforma, open_amount: int, today: date) -> Said:
    if open_amount == 0:
        return Said("info", _("Your credit covers this proforma"), _("Pay from your credit: no transfer is needed."))
    amount, due = format_money(open_amount, document.currency), format_date(document.due_date, length="long")
    if document.due_date < today:
        text = _("%(amount)s was due on %(day)s. If you have paid in the last days, thank you: it will show soon.")
        return Said("warn", _("We are still waiting for your transfer"), text % {"amount": amount, "day": due})
    text = _("Please transfer %(amount)s by %(day)s. A transfer usually arrives on the next working day.")
    said = text % {"amount": amount, "day": due}
    if document.origin == "order":
        said += " " + ngettext(
            "Until then the name is not reserved: somebody else could register it first.",
            "Until then the names are not reserved: somebody else could register them first.",
            len(document.lines),
        )
    return Said("info", _("Waiting for your transfer"), said)


def _paid(document: Proforma) -> Said:
    if document.origin == "manual":
        return Said("ok", _("Paid"), _("Thank you. Nothing else is needed from you."))
    text = _("Thank you. %(issuer)s now starts your order; you get a mail as soon as it is done.")
    return Said("ok", _("Paid, about to be activated"), text % {"issuer": document.issuer["name"]})


def _activated(items: Sequence[LineProgress]) -> Said:
    states = {item.state for item in items}
    if states & {*MOVING, "needs_attention"}:
        text = _("We are doing what you ordered. You can close this page: we send you a mail.")
        return Said("info", _("Paid, being activated"), text)
    failed = [item for item in items if item.state in ("lost", "refused")]
    if failed:
        title = ngettext("One item could not be delivered", "%(num)s items could not be delivered", len(failed))
        return Said("warn", title, _("The money for it is on your credit, and you can use it for your next order."))
    return Said("ok", _("Done"), _("Everything on this proforma is active. Thank you."))


def item_said(item: LineProgress) -> tuple[str, str]:
    """(state of the badge, its words) for an item of a proforma; ("", "") where nothing is to be said."""
    words = {
        "awaiting_payment": ("awaiting_payment", ""),
        "awaiting_funds": ("provisioning", ""),  # that the shop's own balance is short is not the subscriber's affair
        "provisioning": ("provisioning", ""),
        "needs_attention": ("waiting", _("being checked")),
        "done": ("active", _done(item)),
        "lost": ("lost", ""),
        "refused": ("refused", _("not possible")),
        "cancelled": ("cancelled", ""),
    }
    return words.get(item.state, ("", ""))


def _done(item: LineProgress) -> str:
    if item.item.operation == "renew":
        return _("renewed")
    return _("ready") if item.service else _("registered")


# --- domains -------------------------------------------------------------------------------------------------


def domain_said(domain: Domain, ends: date | None, paid: bool = False) -> Said:
    """Where a domain stands; `ends` is the registry's expiry date where the shop is, `paid` as in badges.py."""
    until = format_date(ends, length="long") if ends else ""
    if domain.state in ("active", "expiring", "expired", "redemption", "suspended"):
        return _owned(domain.state, until)
    if domain.state in ("awaiting_payment", "awaiting_funds", "provisioning", "needs_attention"):
        return _on_its_way("awaiting_funds" if paid and domain.state == "awaiting_payment" else domain.state)
    return _gone(domain.state)


def _owned(state: str, until: str) -> Said:
    if state == "active":
        text = _("It is registered for you until %(day)s.", day=until) if until else ""
        return Said("ok", _("This name is yours"), text)
    if state == "expiring":
        return Said("warn", _("It ends on %(day)s", day=until), _("Renew it before that day, so that it stays yours."))
    if state == "expired":
        text = _("You can still renew it for a short time. Website and mail may have stopped working.")
        return Said("danger", _("It ended on %(day)s", day=until), text)
    if state == "redemption":
        text = _("The registry keeps it for you a little longer, at a higher price. Please write to us at once.")
        return Said("danger", _("It ended and can still be recovered"), text)
    return Said("danger", _("It is switched off"), _("Please write to us, so that we can tell you why."))


def _on_its_way(state: str) -> Said:
    if state == "awaiting_payment":
        text = _("We register it when your proforma is paid. Until then somebody else could take it.")
        return Said("info", _("Waiting for your payment"), text)
    if state == "needs_attention":
        text = _("The registry has not told us clearly whether it worked. We keep asking; nothing is lost.")
        return Said("info", _("We are checking with the registry"), text)
    if state == "provisioning":
        text = _("This usually takes less than a minute. You can close this page: we send you a mail.")
        return Said("info", _("We are registering this name"), text)
    return Said(
        "info", _("Your order is being prepared"), _("Your payment has arrived; we send you a mail when it is done.")
    )


def _gone(state: str) -> Said:
    if state == "lost":
        text = _("The money is on your credit, and you can use it for another name.")
        return Said("danger", _("Somebody else registered it before your payment arrived"), text)
    if state == "cancelled":
        return Said("info", _("This order was cancelled"), _("The name was not registered."))
    if state == "transferred_out":
        return Said("info", _("This name has moved to another provider"), _("It is no longer looked after here."))
    return Said("info", _("This name was deleted"), _("Its time was over, and it was not renewed."))


def operation_said(operation: ProvisioningOperation, outcome_lost: bool) -> Said:
    """What was asked of the registry, and what it said; `outcome_lost`: somebody else had the name."""
    if operation.kind == "renew":
        title = ngettext("Renewal for %(num)s year", "Renewal for %(num)s years", operation.years)
    else:
        title = ngettext("Registration for %(num)s year", "Registration for %(num)s years", operation.years)
    if operation.state == "confirmed":
        return Said("ok", title, _("The registry has confirmed it."))
    if operation.state == "refused":
        why = _("Somebody else has the name.") if outcome_lost else _("The registry did not accept it.")
        return Said("danger", title, why)
    if operation.state == "unknown":
        return Said("warn", title, _("The registry's answer did not reach us. We are asking it what happened."))
    if operation.state == "sent":
        return Said("info", title, _("We have asked the registry and are waiting for its answer."))
    return Said("info", title, _("We are about to ask the registry."))


def returned_said(operation: str, outcome: str, name: str, amount: str) -> tuple[str, str]:
    """(title, text) about money that came back."""
    if outcome == "lost":
        title = _("%(name)s was taken before your payment arrived", name=name)
    elif operation == "renew":
        title = _("%(name)s could not be renewed", name=name)
    else:
        title = _("%(name)s could not be registered", name=name)
    return title, _("%(amount)s is on your credit. Use it for another order.", amount=amount)


def method_said(method: str) -> str:
    """How money arrived."""
    words = {
        "transfer": pgettext("payment", "by transfer"),
        "cash": pgettext("payment", "in cash"),
        "card": pgettext("payment", "by card"),
    }
    return words.get(method, "")
