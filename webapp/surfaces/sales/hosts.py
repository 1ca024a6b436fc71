"""Own domain (H-53): names for the shop, what their DNS and HTTPS look like now, what to set, and where."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, EmailField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import to_unicode
from webapp.foundation.web import the_app
from webapp.reseller.notifications import host_instructions
from webapp.reseller.partners import host_names, host_records, host_states, hosts, queries
from webapp.reseller.partners.host_records import Group
from webapp.reseller.partners.models import Host
from webapp.surfaces.shared import host_words, people
from webapp.surfaces.shared.current import actor, database, settings, signed_in, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from . import host_providers
from .blueprint import bp

#: (age of the page, seconds between two looks at it); older pages ask by hand.
POLLING = ((timedelta(minutes=2), 5), (timedelta(minutes=20), 30))
_REQUIRED = InputRequired(lazy("Please fill in this field."))
_TECHNICAL = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


class HostForm(Form):
    """One more name."""

    name = StringField(
        lazy("Domain or subdomain"), [InputRequired(lazy("Type the name at which your shop shall answer.")),
                                      Length(max=host_names.LONGEST_TYPED)],
        description=lazy("For example example.com or shop.example.com; a pasted address will do."),
        render_kw={**_TECHNICAL, "inputmode": "url"},
    )  # fmt: skip
    www = BooleanField(
        lazy("Also with www."), default=True,
        description=lazy("Visitors type both. One of them leads to the other."),
    )  # fmt: skip


class TellForm(Form):
    """Whom to send the records to. The key makes sending it twice harmless."""

    key = HiddenField(default=lambda: uuid.uuid4().hex, validators=[InputRequired(), Length(max=64)])
    to = EmailField(lazy("E-mail of your IT person"), [_REQUIRED, Length(max=254)], render_kw={"autocomplete": "off"})
    note = TextAreaField(lazy("A few words of yours"), [Length(max=host_instructions.LONGEST_NOTE)],
                         render_kw={"rows": "3"})  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A name with its two lights, in words."""

    host: Host
    title: str
    address: str
    dns: host_words.Light
    https: host_words.Light
    may_be_primary: bool
    #: When the shop stops answering there unless the name comes back.
    ends_at: Any


@dataclass(frozen=True)
class Card:
    """The names of one zone with all that is shown of them."""

    group: Group
    title: str
    rows: list[Row]
    records: list[host_records.Record]
    providers: list[tuple[host_providers.Provider, bool]]
    tell: TellForm
    #: Seconds until the lights are asked for anew; 0: not by themselves.
    every: int
    since: int

    @property
    def settled(self) -> bool:
        """Every name answers, and nothing has to be set."""
        return not self.waiting and all(row.dns.tone != "warn" for row in self.rows)

    @property
    def waiting(self) -> bool:
        """There is a name at which the shop does not answer, or not surely."""
        return any(row.host.state != "live" for row in self.rows)


# --- pages ---------------------------------------------------------------------------------------------------


@bp.get("/site/hosts")
@people.role("owner")
def own_hosts() -> ResponseReturnValue:
    """All names."""
    return _page(HostForm(formdata=None))


@bp.post("/site/hosts")
@people.role("owner")
@people.idempotent
def add_own_host() -> ResponseReturnValue:
    """Claim a name, and its twin with or without www. in the same step."""
    form = HostForm()
    if not form.accepted() or not _claimed(form):
        return _page(form)
    return redirect(url_for("sales.own_hosts"), 303)


def _claimed(form: HostForm) -> bool:
    claim = hosts.claim_pair if form.www.data else hosts.claim
    try:
        _looks_allowed(2 if form.www.data else 1)
        with database().writing() as session:
            made = claim(session, actor(), form.name.data or "", platform_host=settings().platform_host)
            name = (made[0] if isinstance(made, tuple) else made).name
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    flash(_("%(name)s is added. Now set the records below.", name=to_unicode(name)))
    return True


@bp.get("/site/hosts/<int:host_id>/lights")
@people.role("owner")
def own_host_lights(host_id: int) -> ResponseReturnValue:
    """The lights and records of a zone, for a page that is open; a whole page for whoever comes by hand."""
    with database().reading() as session:
        group = _group_of(session, host_id)
    if not getattr(request, "is_htmx", False):
        return redirect(url_for("sales.own_hosts"), 303)
    return _lights(group, whole_number(request.args.get("since", "")) or 0)


@bp.post("/site/hosts/<int:host_id>/check")
@people.role("owner")
@people.idempotent
def check_own_host(host_id: int) -> ResponseReturnValue:
    """Look at the names of a zone at once."""
    with told():
        with database().reading() as session:
            names = len(_group_of(session, host_id).hosts)
        _looks_allowed(names)
        with database().writing() as session:
            group = _group_of(session, host_id)
            for each in group.hosts:
                hosts.look_now(session, actor(), each.id)
        if getattr(request, "is_htmx", False):
            return _lights(group, _now())
        flash(_("We are looking. Reload this page in a few seconds."))
        return redirect(url_for("sales.own_hosts"), 303)
    return redirect(url_for("sales.own_hosts"), 303)


# --- steps ---------------------------------------------------------------------------------------------------


@bp.post("/site/hosts/<int:host_id>/primary")
@people.role("owner")
@people.idempotent
def make_own_host_primary(host_id: int) -> ResponseReturnValue:
    """Make it the main address."""
    return _step(host_id, hosts.make_primary, _("%(name)s is the main address of your shop now."))


@bp.post("/site/hosts/<int:host_id>/remove")
@people.role("owner")
@people.idempotent
def remove_own_host(host_id: int) -> ResponseReturnValue:
    """Take the name away; it may come back for a while."""
    return _step(host_id, hosts.remove, _("%(name)s is removed. Delete its records at your DNS provider, too."))


@bp.post("/site/hosts/<int:host_id>/take-back")
@people.role("owner")
@people.idempotent
def take_back_own_host(host_id: int) -> ResponseReturnValue:
    """Undo the removal."""
    return _step(host_id, hosts.take_back, _("%(name)s is back."))


def _step(host_id: int, deed: Any, done: str) -> ResponseReturnValue:
    with told():
        with database().writing() as session:
            name = deed(session, actor(), host_id).name
        flash(done % {"name": to_unicode(name)})
    return redirect(url_for("sales.own_hosts"), 303)


@bp.post("/site/hosts/<int:host_id>/tell")
@people.role("owner")
@people.idempotent
def tell_about_own_host(host_id: int) -> ResponseReturnValue:
    """Send the records to somebody who can set them."""
    form = TellForm(prefix=_prefix(host_id))
    with database().reading() as session:
        group = _group_of(session, host_id)
    if not form.accepted() or not _told(group, form):
        return _page(HostForm(formdata=None), {group.first.id: form})
    flash(_("Sent to %(email)s. Their answer comes to you.", email=form.to.data))
    return redirect(url_for("sales.own_hosts"), 303)


def _told(group: Group, form: TellForm) -> bool:
    someone = signed_in()
    asked = host_instructions.Request(
        to=form.to.data or "",
        note=form.note.data or "",
        by_name=someone.name,
        by_email=someone.email,
        locale=someone.locale,
        key=form.key.data or "",
    )
    try:
        _allowed("host_mail", form.to.data)
        with database().writing() as session:
            host_instructions.send(session, actor(), to_unicode(group.zone), _records(group), asked)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _allowed(kind: str, account: str | None) -> None:
    the_app().limiter.check(kind, account=account, ip=request.remote_addr, tenant=site().partner_id)


def _looks_allowed(names: int) -> None:
    """Every name that is looked at counts: a look may keep a worker busy for as long as its servers please."""
    for _name in range(names):
        _allowed("host_look", None)


# --- what is shown -------------------------------------------------------------------------------------------


def _page(form: HostForm, tells: dict[int, TellForm] | None = None) -> ResponseReturnValue:
    with database().reading() as session:
        rows = hosts.rows(session)
        gone = [each for each in queries.hosts(session) if hosts.can_take_back(each, clock.now())]
    cards = [_card(group, _now(), (tells or {}).get(group.first.id)) for group in host_records.groups(rows)]
    wrong = [each for each in (form, *(tells or {}).values()) if each.errors]
    page = render(
        "sales/hosts.html",
        title=_("Own domain"),
        form=form,
        cards=cards,
        raw=next(each for each in rows if each.kind == "raw"),
        gone=[(each, to_unicode(each.name)) for each in gone],
        own_origin=settings().origin,
        **_common(),
        addresses=settings().public_addresses,
    )
    return page, wrong[0].status if wrong else 200


def _lights(group: Group, since: int) -> str:
    return render("sales/_host_lights.html", card=_card(group, since), **_common())


def _common() -> dict[str, Any]:
    raw = f"{site().code}.{settings().platform_host}"
    return {"zone": site().timezone, "raw_name": raw, "undo_minutes": host_states.UNDO // timedelta(minutes=1)}


def _card(group: Group, since: int, tell: TellForm | None = None) -> Card:
    return Card(
        group=group,
        title=to_unicode(group.zone),
        rows=[_row(each) for each in group.hosts],
        records=_records(group),
        providers=host_providers.ordered(_nameservers(group)),
        tell=tell or TellForm(prefix=_prefix(group.first.id), formdata=None),
        every=_every(group, since),
        since=since,
    )


def _row(host: Host) -> Row:
    authority = next(iter(settings().certificate_authorities), "")
    failing = host.state == "degraded" and host.failing_since
    return Row(
        host=host,
        title=to_unicode(host.name),
        address=settings().origin(host.name),
        dns=host_words.dns_light(host, authority),
        https=host_words.https_light(host),
        may_be_primary=host.state in host_states.SERVING and not host.is_primary,
        ends_at=host.failing_since + host_states.DETACHED_AFTER if failing and host.failing_since else None,
    )


def _records(group: Group) -> list[host_records.Record]:
    return host_records.records(group, site().code, settings().ipv4, settings().ipv6)


def _nameservers(group: Group) -> list[str]:
    stored = [each.dns.get("nameservers") for each in group.hosts]
    return [str(name) for names in stored if isinstance(names, list) for name in names]


def _every(group: Group, since: int) -> int:
    """Seconds between two looks at an open page: often at first, then seldom, then by hand; never once all is well."""
    age = _now() - since
    if age < 0 or not any(each.state in host_states.WATCHED and each.state != "live" for each in group.hosts):
        return 0
    return next((seconds for until, seconds in POLLING if age < until.total_seconds()), 0)


def _group_of(session: Session, host_id: int) -> Group:
    for group in host_records.groups(hosts.rows(session)):
        if any(each.id == host_id for each in group.hosts):
            return group
    raise NotFound


def _prefix(host_id: int) -> str:
    return f"tell{host_id}-"


def _now() -> int:
    return int(clock.now().timestamp())
