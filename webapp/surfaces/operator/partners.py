"""Partners: the list, and one with facts, hosts, people, money and log."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation import tenancy
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk import install, lists
from webapp.reseller.partners import hosts, queries
from webapp.reseller.partners.models import AuditEvent, Host, Partner
from webapp.surfaces.shared import host_words
from webapp.surfaces.shared.current import database, settings
from webapp.surfaces.shared.events import sentence
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .amounts import MoneyField
from .blueprint import bp

STATES = {"": N_("All"), "active": N_("Open"), "suspended": N_("Suspended")}


@dataclass(frozen=True)
class FreshPassword:
    """A password that was just made. The answer to its form shows it; it is kept nowhere, not even for a redirect."""

    email: str
    password: str


class HostForm(Form):
    """A name that the operator vouches for."""

    name = StringField(
        lazy("Domain or subdomain"), [InputRequired(lazy("Please fill in this field.")), Length(max=2000)],
        description=lazy("Only if you know that it belongs to this partner: nothing is checked."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"},
    )  # fmt: skip


def top_up_form(currency: str, **given: Any) -> Form:
    """Money that the partner paid in advance. The key makes booking it twice harmless.

    `given`: `formdata=None` for a form that was not the one that was sent.
    """

    class TopUpForm(Form):
        key = HiddenField(default=lambda: uuid.uuid4().hex, validators=[InputRequired(), Length(max=64)])
        amount = MoneyField(lazy("Amount"), [InputRequired(lazy("Enter what arrived."))], currency=currency)
        note = StringField(
            lazy("Reference"), [Length(max=200)], render_kw={"autocomplete": "off"},
            description=lazy("As on the bank statement; the partner sees it."),
        )  # fmt: skip

    return TopUpForm(prefix="topup-", **given)


def limit_form(currency: str, **given: Any) -> Form:
    """How far the partner may overdraw its balance."""

    class LimitForm(Form):
        limit = MoneyField(
            lazy("Limit"), [InputRequired(lazy("Enter an amount; 0 for no credit."))], currency=currency,
            description=lazy("So far below zero may the balance go."),
        )  # fmt: skip

    return LimitForm(prefix="limit-", **given)


@bp.get("/partners")
def partners() -> str:
    """The list, by any part of code, name, company or e-mail."""
    text, state = wanted("q"), wanted("state", STATES)
    with database().reading() as session:
        found = queries.partners_list(session, text, state, page_number())
        figures = install.partner_figures(session, found.items)
        counts = install.partner_counts(session)
    labels = {value: _(label) for value, label in STATES.items()}
    return render(
        "operator/partners.html",
        title=_("Partners"),
        found=found,
        figures=figures,
        text=text,
        state=state,
        chips_list=chips_of("operator.partners", "state", state, labels, counts, q=text),
        page_url=pages_of("operator.partners", q=text, state=state),
    )


@bp.get("/partners/<int:partner_id>")
def partner(partner_id: int) -> str:
    """One partner."""
    return partner_page(partner_id)[0]


def partner_page(
    partner_id: int,
    *,
    top_up: Form | None = None,
    limit: Form | None = None,
    host: Form | None = None,
    fresh: FreshPassword | None = None,
) -> tuple[str, int]:
    """The page with its forms; 422 when one of them has to be put right."""
    with database().reading(tenancy.Tenant(partner_id)) as session:
        found = queries.partner(session)
        figures = install.partner_figures(session, [found])[partner_id]
        facts: dict[str, Any] = {
            "hosts": hosts.rows(session),
            "people": queries.staff_list(session),
            "events": queries.audit_events(session).items[:8],
            "postings": lists.wholesale_postings(session, found.currency, page_number()),
        }
    asked = [form for form in (top_up, limit, host) if form is not None and form.errors]
    page = render(
        "operator/partner.html",
        title=found.name,
        partner=found,
        figures=figures,
        top_up=top_up or top_up_form(found.currency, formdata=None),
        limit=limit or limit_form(found.currency, formdata=None, data={"limit": figures.credit_limit}),
        host_form=host or HostForm(prefix="host-", formdata=None),
        lights={each.id: _lights(each) for each in facts["hosts"] if each.kind != "raw"},
        fresh=fresh,
        say_event=_teller(found),
        settings_origin=settings().origin,
        page_url=pages_of("operator.partner", partner_id=partner_id),
        **addresses(facts["hosts"][0].name),
        **facts,
    )
    return page, asked[0].status if asked else 200


def _lights(host: Host) -> list[tuple[str, host_words.Light]]:
    authority = next(iter(settings().certificate_authorities), "")
    return [("DNS", host_words.dns_light(host, authority)), ("HTTPS", host_words.https_light(host))]


def _teller(found: Partner) -> Callable[[AuditEvent], str]:
    return lambda event: sentence(event, found.currency)


def addresses(primary_host: str) -> dict[str, str]:
    """Where the partner's shop and panel answer."""
    return {"shop_address": settings().origin(primary_host), "panel_address": settings().door("panel")}
