"""Who carries the partner's mails: the platform's server or its own, tested first; and what DNS says of it."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import current_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.outbound_addresses import is_loopback
from webapp.foundation.refusal import NotFound, Refusal
from webapp.providers.errors import ProviderError
from webapp.providers.mail import mime
from webapp.providers.mail.port import Mail
from webapp.reseller.notifications import mail_records, own_server
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, lookup, own_mailer, settings, signed_in, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .settings import settings_tabs


class ServerForm(Form):
    """A mail server that takes mail from its customers."""

    host = StringField(
        lazy("Mail server"), [InputRequired(lazy("Write the name of the mail server.")), Length(max=253)],
        description=lazy("The outgoing one (SMTP), for example mail.example.com."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )  # fmt: skip
    port = IntegerField(
        lazy("Port"), [InputRequired(lazy("Write the port: usually 465 or 587."))], render_kw={"inputmode": "numeric"}
    )
    tls = RadioField(lazy("Encryption"))
    user = StringField(lazy("User name"), [Optional(), Length(max=200)], render_kw={"autocomplete": "off"})
    password = PasswordField(
        lazy("Password"), [Optional(), Length(max=200)], render_kw={"autocomplete": "new-password"},
        description=lazy("Stored encrypted. Empty: the one that is stored stays."),
    )  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tls.choices = [
            ("1", _("from the start (TLS, usually port 465)")),
            ("0", _("by STARTTLS (usually port 587)")),
        ]


@bp.route("/settings/mail", methods=["GET", "POST"])
@people.role("owner")
def mail_server() -> ResponseReturnValue:
    """Enter a server; it carries mails from the moment when a test mail through it was taken."""
    with database().reading() as session:
        partner = partners.partner(session)
    server = own_server.server_of(partner)
    shown = {"host": server.host, "port": server.port, "tls": "1" if server.tls else "0", "user": server.user}
    form = ServerForm(data=shown)
    if form.accepted() and _entered(form, partner):
        flash(_("The test mail was taken. From now on your mails go through your own server."))
        return redirect(url_for("sales.mail_server"), 303)
    with database().reading() as session:
        partner = partners.partner(session)
    facts = {"server": own_server.server_of(partner), "sender": partner.email, "platform": _platform()}
    return respond("sales/mail_server.html", form, title=_("Settings"), tab_list=settings_tabs(), **facts)


def _entered(form: ServerForm, partner: Partner) -> bool:
    """Keep what was typed, send a mail through it, keep what came of that."""
    typed = {name: form[name].data for name in ("host", "port", "user", "password")} | {"tls": form.tls.data == "1"}
    try:
        with database().writing() as session:
            server = own_server.enter(session, actor(), typed, settings().secret_key, here=_here())
        problem = _try(server, partner)
        with database().writing() as session:
            own_server.tested(session, actor(), server, problem)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    if problem:
        form.form_errors.append(_("The test mail was not taken: %(why)s", why=problem))
    return not problem


def _here() -> bool:
    """An install of one machine: its partners' servers may be on it."""
    return bool(settings().public_addresses) and all(map(is_loopback, settings().public_addresses))


def _try(server: own_server.OwnServer, partner: Partner) -> str:
    """Send a mail to the person at hand; what went wrong, or ""."""
    text = _("This is the test mail from your Sales Panel. Your own mail server works.")
    domain = mime.address(partner.email).rpartition("@")[2]
    mail = Mail(
        message_id=f"test.{secrets.token_hex(8)}@{domain}",
        sender_name=partner.name,
        sender=partner.email,
        recipient=signed_in().email,
        subject=_("Test of your mail server"),
        text=text,
        html=f"<p>{text}</p>",
        date=clock.now(),
        language=current_locale(),
    )
    try:
        own_mailer(server.url(settings().secret_key, partner.id)).send(mail)
    except ProviderError as problem:
        return problem.message
    return ""


@bp.post("/settings/mail/platform")
@people.role("owner")
@people.idempotent
def leave_mail_server() -> ResponseReturnValue:
    """Back to the platform's server."""
    with database().writing() as session:
        own_server.leave(session, actor())
    flash(_("Your mails go through the platform's mail server again."))
    return redirect(url_for("sales.mail_server"), 303)


@bp.get("/settings/mail/records")
@people.role("owner")
def mail_records_page() -> str:
    """What DNS says, read now; a fragment, since it may take some seconds."""
    with database().reading() as session:
        partner = partners.partner(session)
    server = own_server.server_of(partner)
    typed = request.args.get("selector", "").strip().lower()
    selector = typed if mail_records.SELECTOR.fullmatch(typed) else ""
    domain = mime.address(partner.email).rpartition("@")[2].lower()
    verdicts = _verdicts(domain, server.host if server.active else _platform(), selector, partner.email)
    return render("sales/_mail_records.html", verdicts=verdicts, domain=domain, selector=typed, wrong=typed != selector)


def _verdicts(domain: str, server: str, selector: str, mailbox: str) -> list[mail_records.Verdict]:
    names = [domain, f"_dmarc.{domain}", *([f"{selector}._domainkey.{domain}"] if selector else [])]
    asked = lookup()
    with ThreadPoolExecutor(len(names)) as threads:
        seen = list(threads.map(lambda name: mail_records.texts(asked.look(domain, name)), names))
    found = [mail_records.spf(domain, server, seen[0]), mail_records.dmarc(domain, mailbox, seen[1])]
    return [found[0], mail_records.dkim(domain, selector, seen[2]), found[1]] if selector else found


def _platform() -> str:
    """The name of the platform's mail server, as SPF records name it."""
    return urlsplit(settings().smtp_url).hostname or site().primary_host
