"""Settings, online payments: the partner's own accounts at gateways, with where to find each key (H-27)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, Field, PasswordField, StringField
from wtforms.validators import Length, Optional

from webapp.foundation import urls
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.providers.errors import ProviderError
from webapp.reseller.billing import gateway_queries
from webapp.reseller.billing import gateways as room
from webapp.reseller.billing.gateway_models import GatewayAccount
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, gateways, settings, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy, said
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .settings import settings_tabs

_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
_SECRET = {**_PLAIN, "autocomplete": "new-password"}
_SIZE = [Length(max=room.LONGEST)]


class StripeForm(Form):
    """What Stripe gives out."""

    secret_key = PasswordField(
        lazy("Secret key"), _SIZE, render_kw=_SECRET,
        description=lazy(
            "In Stripe: Developers, API keys. It begins with sk_live_ (or sk_test_ to try things out). "
            "A restricted key (rk_) needs write access to Checkout Sessions and Refunds and read access to Charges."
        ),
    )  # fmt: skip
    webhook_secret = PasswordField(
        lazy("Signing secret of the webhook"), _SIZE, render_kw=_SECRET,
        description=lazy(
            "In Stripe: Developers, Webhooks, Add endpoint. Enter the address below as its URL, choose the events "
            "checkout.session.* , charge.refunded and charge.dispute.created, and copy the secret that begins with "
            "whsec_. While you change it, enter the old and the new one with a space between them."
        ),
    )  # fmt: skip


class Przelewy24Form(Form):
    """What Przelewy24 gives out."""

    merchant_id = StringField(
        lazy("Merchant ID"), _SIZE, render_kw={**_PLAIN, "inputmode": "numeric"},
        description=lazy("In the Przelewy24 panel: My data, API data and configuration. A number (seller ID)."),
    )  # fmt: skip
    pos_id = StringField(
        lazy("Shop ID (POS)"), [Optional(), *_SIZE], render_kw={**_PLAIN, "inputmode": "numeric"},
        description=lazy("Leave it empty if you have one shop there: it is the merchant ID then."),
    )  # fmt: skip
    api_key = PasswordField(
        lazy("API key"), _SIZE, render_kw=_SECRET,
        description=lazy("On the same page: “Key to reports”. Allow the address of this server there if asked."),
    )  # fmt: skip
    crc = PasswordField(
        lazy("CRC key"), _SIZE, render_kw=_SECRET,
        description=lazy("On the same page. The shop and Przelewy24 sign with it what they tell each other."),
    )  # fmt: skip
    sandbox = BooleanField(
        lazy("This is an account of the sandbox"),
        description=lazy("For trying things out at sandbox.przelewy24.pl: no money moves."),
    )


FORMS: dict[str, type[Form]] = {"stripe": StripeForm, "przelewy24": Przelewy24Form}


@dataclass(frozen=True)
class Card:
    """One gateway on the page."""

    gateway: room.Gateway
    row: GatewayAccount | None
    form: Form
    webhook: str
    heard_at: datetime | None

    @property
    def connected(self) -> bool:
        """There are keys."""
        return room.is_connected(self.row)

    @property
    def passed(self) -> bool:
        """They passed the test."""
        return self.row is not None and self.row.checked_at is not None and not self.row.problem

    @property
    def fields(self) -> list[Field]:
        """The form's fields; what is stored and secret says so, and is never shown."""
        return list(self.form)


@bp.get("/settings/gateways")
@people.role("owner")
def gateways_page() -> ResponseReturnValue:
    """All gateways, connected or not."""
    return _page()


@bp.post("/settings/gateways/<gateway>")
@people.role("owner")
@people.idempotent
def connect_gateway(gateway: str) -> ResponseReturnValue:
    """Store the keys, and test them at once."""
    room.gateway_of(gateway)
    form = FORMS[gateway]()
    if not form.accepted() or not _stored(gateway, form):
        return _page({gateway: form})
    return _tested(gateway)


def _stored(gateway: str, form: Form) -> bool:
    typed = {name: "yes" if value is True else str(value or "") for name, value in form.data.items()}
    try:
        with database().writing() as session:
            room.connect(session, actor(), gateway, typed, settings().secret_key, site().partner_id)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


@bp.post("/settings/gateways/<gateway>/test")
@people.role("owner")
@people.idempotent
def test_gateway(gateway: str) -> ResponseReturnValue:
    """A real call with the stored keys."""
    room.gateway_of(gateway)
    return _tested(gateway)


def _tested(gateway: str) -> ResponseReturnValue:
    label = room.GATEWAYS[gateway].label
    try:
        with database().reading() as session:
            row = room.account(session, gateway)
            keys = room.credentials(row, settings().secret_key)
        assert row is not None
        problem = _tried(gateway, keys)
        with database().writing() as session:
            room.tested(session, actor(), gateway, row.secret, problem)
    except Refusal as refusal:
        flash(said(refusal), "warn")
    else:
        if not problem:
            flash(_("%(gateway)s answers and accepts these keys.", gateway=label))
    return redirect(url_for("sales.gateways_page") + f"#{gateway}", 303)


def _tried(gateway: str, keys: Any) -> str:
    try:
        gateways()(gateway, keys).check()
    except ProviderError as problem:
        return str(problem)
    return ""


@bp.post("/settings/gateways/<gateway>/activate")
@people.role("owner")
@people.idempotent
def activate_gateway(gateway: str) -> ResponseReturnValue:
    """Offer it to subscribers."""
    return _step(gateway, room.activate, _("Your subscribers can pay with %(gateway)s now."))


@bp.post("/settings/gateways/<gateway>/pause")
@people.role("owner")
@people.idempotent
def pause_gateway(gateway: str) -> ResponseReturnValue:
    """Offer it no longer."""
    return _step(gateway, room.pause, _("%(gateway)s is not offered any more. Payments that were begun still count."))


@bp.post("/settings/gateways/<gateway>/remove")
@people.role("owner")
@people.idempotent
def remove_gateway(gateway: str) -> ResponseReturnValue:
    """Forget the keys."""
    return _step(gateway, room.remove, _("The keys of %(gateway)s are deleted."))


def _step(gateway: str, deed: Any, done: str) -> ResponseReturnValue:
    with told():
        with database().writing() as session:
            deed(session, actor(), gateway)
        flash(done % {"gateway": room.GATEWAYS[gateway].label})
    return redirect(url_for("sales.gateways_page") + f"#{gateway}", 303)


def _page(forms: dict[str, Form] | None = None) -> ResponseReturnValue:
    with database().reading() as session:
        rows = room.accounts(session)
        heard = {name: gateway_queries.last_event_at(session, name) for name in room.GATEWAYS}
    cards = [_card(each, rows.get(name), heard[name], (forms or {}).get(name)) for name, each in room.GATEWAYS.items()]
    wrong = next(iter((forms or {}).values()), None)
    page = render(
        "sales/gateways.html", title=_("Settings"), tab_list=settings_tabs(), cards=cards, zone=site().timezone
    )
    return page, wrong.status if wrong is not None else 200


def _card(gateway: room.Gateway, row: GatewayAccount | None, heard_at: datetime | None, form: Form | None) -> Card:
    own = f"{site().code}.{settings().platform_host}"
    webhook = urls.shop_url(settings(), own, f"/pay/{gateway.name}/notify")
    if form is None:
        stored = {
            name: value == "yes" if name == "sandbox" else value
            for name, value in (row.settings if row else {}).items()
        }
        form = FORMS[gateway.name](formdata=None, data=stored, prefix="")
    for field in form:
        field.id = f"{gateway.name}-{field.name}"
    return Card(gateway, row, form, webhook, heard_at)
