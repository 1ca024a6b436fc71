"""Words for stored names, for the templates of both panels."""

from __future__ import annotations

from webapp.foundation.i18n import N_, gettext
from webapp.reseller.billing.models import LedgerPosting

#: Names of periodic jobs in words; a job without one shows its name.
JOBS = {
    "rates": N_("Exchange rates of the banks are fetched, and prices follow"),
    "care_for_hosts": N_("Own domains whose check is overdue are looked at"),
    "age_domains": N_("Domains change their state by the calendar"),
    "age_services": N_("Hosting, certificates and the rest change their state by the calendar"),
    "recheck": N_("Registries are asked again where an answer was unclear"),
    "reminders": N_("Subscribers are reminded of unpaid proformas"),
    "renewals": N_("Proformas are made for what ends soon"),
    "seal_log": N_("The log is sealed against changes"),
    "search_keys": N_("What the search did not know yet is added"),
    "forget_carts": N_("Baskets that were left are removed"),
    "forget_sign_ins": N_("Old sign-ins are removed"),
    "forget_counts": N_("Figures older than 25 months are removed"),
    "watched_names": N_("Registries are asked for watched names"),
    "draw_missing": N_("Icons that are missing are drawn"),
    "thin_versions": N_("Old automatic versions of pages are removed"),
}
#: Kinds of outbox rows in words.
WORK = {
    "mail.send": N_("Sending a mail"),
    "accounts.password_reset": N_("Sending a link for a new password"),
    "domain.provision": N_("A command to the registry"),
    "domain.attention": N_("Telling the partner about an unclear answer"),
    "line.settle": N_("Delivering what was confirmed, or giving the money back"),
    "funds.arrived": N_("Going on with orders that waited for funds"),
    "funds.missing": N_("Telling the partner what waits for funds"),
    "proforma.activate": N_("Activating a paid proforma by rule"),
    "proformas.activate": N_("Activating many proformas"),
    "proforma.mail": N_("Writing the mail of a renewal"),
    "gateway.event": N_("Looking at a message of a payment gateway"),
    "gateway.look": N_("Asking a payment gateway how a payment stands"),
    "gateway.refund": N_("Sending money back through a payment gateway"),
    "media.render": N_("Making the sizes of a picture"),
    "invoice.issue": N_("Issuing the VAT invoice of a paid proforma"),
    "invoices.zip": N_("Putting a month of invoices into one file"),
    "proformas.zip": N_("Putting proformas into one file"),
    "bank.match": N_("Matching movements of a bank statement"),
    "media.forget": N_("Removing files of a picture that nothing shows any more"),
    "page.publish": N_("Publishing a page at its hour"),
    "brand.assets": N_("Drawing a shop's icons"),
    "host.check": N_("Looking at a shop's own domain"),
    "prices.recompute": N_("Prices that follow from rules, after a change of costs or rates"),
    "host.mail": N_("Telling a partner about its own domain"),
}
#: First part of a ledger entry's name -> what it was.
ENTRIES = {
    "payment": N_("Payment arrived"),
    "settle": N_("Proforma paid"),
    "return": N_("Back for what was not delivered"),
    "unsettle": N_("Payment of a proforma taken back"),
    "undo": N_("Payment taken back"),
    "refund": N_("Sent back"),
    "refund-failed": N_("Could not be sent back"),
    "chargeback": N_("Taken back by the bank"),
    "repay": N_("Debt of a chargeback paid"),
    "write_off": N_("Written off"),
    "write_off-undone": N_("Write-off taken back"),
    "give-back": N_("Price given back"),
    "merge": N_("Moved with a merged subscriber"),
    "topup": N_("Topped up"),
    "hold": N_("Ordered at the registry"),
    "release": N_("Back for what was not delivered"),
}


def job_word(job: str) -> str:
    """What a periodic job does; a job without words shows its name."""
    return gettext(JOBS[job]) if job in JOBS else job


def work_word(kind: str) -> str:
    """What a piece of work in the outbox does; one without words shows its name."""
    return gettext(WORK[kind]) if kind in WORK else kind


def posting_word(posting: LedgerPosting) -> str:
    """What moved the money."""
    kind = posting.entry.partition(":")[0]
    return gettext(ENTRIES[kind]) if kind in ENTRIES else posting.entry
