"""The audit log in words: one sentence per kind of deed. A deed without a sentence shows its name."""

from __future__ import annotations

from typing import Any

from webapp.foundation.i18n import N_, format_money, gettext
from webapp.reseller.partners.models import AuditEvent

SENTENCES = {
    "account.registered": N_("Registered as a subscriber"),
    "brand.changed": N_("Brand changed"),
    "brand.logo": N_("Logo changed"),
    "campaign.deleted": N_("Ad deleted"),
    "campaign.paused": N_("Ad paused"),
    "campaign.resumed": N_("Ad shown again"),
    "campaign.saved": N_("Ad saved"),
    "consent.withdrawn": N_("Consent withdrawn"),
    "contact.added": N_("Contact added"),
    "contact.changed": N_("Contact changed"),
    "domain.auto_renew": N_("Automatic renewal switched"),
    "domain.needs_attention": N_("The registry's answer is unknown; it is being asked again"),
    "domain.register_confirmed": N_("Registered at the registry"),
    "domain.register_done": N_("Registered at the registry"),
    "domain.register_intended": N_("Registration sent on its way to the registry"),
    "domain.register_lost": N_("Somebody else was faster: the name is lost"),
    "domain.register_refused": N_("The registry refused the registration"),
    "domain.renew_confirmed": N_("Renewed at the registry"),
    "domain.renew_done": N_("Renewed at the registry"),
    "domain.renew_intended": N_("Renewal sent on its way to the registry"),
    "domain.renew_refused": N_("The registry refused the renewal"),
    "frames.origin_added": N_("Site that may show frames added"),
    "frames.origin_removed": N_("Site that may show frames removed"),
    "frames.view_off": N_("Frame switched off"),
    "frames.view_on": N_("Frame switched on"),
    "host.added": N_("Host added"),
    "host.claimed": N_("Own domain added"),
    "host.conflict": N_("Own domain needs a TXT record"),
    "host.degraded": N_("Own domain leads elsewhere"),
    "host.detached": N_("Own domain disconnected"),
    "host.instructions": N_("DNS records sent to somebody"),
    "host.live": N_("Shop answers at its own domain"),
    "host.primary": N_("Main address of the shop changed"),
    "host.removed": N_("Own domain removed"),
    "host.taken_back": N_("Own domain taken back"),
    "legal.published": N_("Legal document published"),
    "legal.withdrawn": N_("Legal document withdrawn"),
    "legal.accepted": N_("Legal document accepted"),
    "media.added": N_("Picture added"),
    "media.deleted": N_("Picture deleted"),
    "media.described": N_("Picture described"),
    "media.framed": N_("Crop or focal point changed"),
    "media.replaced": N_("Picture replaced"),
    "media.retried": N_("Sizes of a picture made again"),
    "menu.set": N_("Menu changed"),
    "message.resent": N_("Message sent once more"),
    "order.awaiting_funds": N_("Waits for your balance with the operator"),
    "order.lost": N_("Name lost: the money is on the subscriber's credit"),
    "order.placed": N_("Ordered in the shop"),
    "order.refused": N_("Refused by the registry: the money is on the subscriber's credit"),
    "order.renewal": N_("Renewal ordered"),
    "page.archived": N_("Page put away"),
    "page.copied": N_("Page copied from another language"),
    "page.created": N_("Page made"),
    "page.deleted": N_("Page deleted"),
    "page.published": N_("Page published"),
    "page.renamed": N_("Address of a page changed"),
    "page.restored": N_("Older version of a page restored"),
    "page.saved": N_("Page saved"),
    "page.scheduled": N_("Publication of a page scheduled"),
    "page.taken_over": N_("Page saved over somebody else's version"),
    "page.translated": N_("Translation of a page marked as up to date"),
    "page.unpublished": N_("Page taken off the shop"),
    "page.unscheduled": N_("Scheduled publication of a page cancelled"),
    "partner.changed": N_("Company data changed"),
    "partner.created": N_("Shop opened"),
    "partner.resumed": N_("Shop opened again"),
    "partner.suspended": N_("Shop closed by the operator"),
    "payment.recorded": N_("Payment of %(amount)s recorded"),
    "price.ended": N_("Price ended"),
    "price.set": N_("Price set to %(amount)s"),
    "product.added": N_("Ending added"),
    "product.off_sale": N_("Taken off sale"),
    "product.on_sale": N_("Put on sale"),
    "proforma.activated": N_("Proforma activated"),
    "proforma.cancelled": N_("Proforma cancelled"),
    "proforma.issued": N_("Proforma issued"),
    "proforma.paid": N_("Proforma paid"),
    "redirect.added": N_("Redirect added"),
    "redirect.removed": N_("Redirect removed"),
    "staff.added": N_("Member of staff added"),
    "staff.changed": N_("Member of staff changed"),
    "staff.password": N_("Password changed"),
    "staff.signed_in": N_("Signed in to the Sales Panel"),
    "tld_group.set": N_("List of endings changed"),
    "user.changed": N_("Sign-in data changed"),
    "user.password_changed": N_("Subscriber's password changed"),
    "user.reset_asked": N_("New password asked for"),
    "user.signed_in": N_("Subscriber signed in"),
    "user.handed_over": N_("Sign-in handed over between a frame and the shop"),
    "user.signed_out_everywhere": N_("Signed out everywhere"),
    "wholesale.limit": N_("Limit of the balance with the operator set to %(amount)s"),
    "wholesale.topped_up": N_("Balance with the operator topped up by %(amount)s"),
    "work.revived": N_("Work that had been given up was started again"),
}


def sentence(event: AuditEvent, currency: str) -> str:
    """What was done, in the reader's language; `currency` is that of amounts which name none."""
    text = SENTENCES.get(event.action)
    if text is None:
        return event.action.replace(".", ": ").replace("_", " ")
    return gettext(text, amount=_amount(event.data, currency)) if "%(" in text else gettext(text)


def _amount(data: dict[str, Any], currency: str) -> str:
    amount = data.get("amount")
    return format_money(amount, str(data.get("currency") or currency)) if isinstance(amount, int) else "?"
