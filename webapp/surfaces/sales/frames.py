"""Frames ("Ramki", H-48 to H-51): choose a view, see it in a page, copy it, allow the site, test the page."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Response, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation.i18n import LANGUAGE_NAMES, N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.web import the_app
from webapp.reseller.cms.frame_views import FRAME_VIEWS, FrameView
from webapp.reseller.partners import frame_check, frames
from webapp.reseller.partners.frame_check import Finding, Shop
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, outbound, settings, signed_in, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.lists import wanted

from .blueprint import bp
from .frame_snippets import FILLS, Wanted, snippets
from .frame_words import said_of

if TYPE_CHECKING:
    from webapp.foundation.outbound import OutboundClient

#: View -> its icon, and what visitors can do with it.
VIEWS = {
    "domain-search": ("search", N_("Visitors find free names with their prices, while they type.")),
    "domain-order": ("shopping-basket", N_("The whole way from a name to its proforma: basket, data, review.")),
    "hosting-order": ("server", N_("Your hosting plans, and the whole way from a plan to its proforma.")),
    "certificate-order": ("shield-check", N_("Your certificates, and the whole way from one to its proforma.")),
    "user-login": ("log-in", N_("Subscribers sign in and see what they have, without leaving your site.")),
    "user-register": ("user-plus", N_("New subscribers open an account.")),
    "user-panel": ("layout-dashboard", N_("A short list of one's services and of proformas to pay.")),
}
THEMES = {"auto": N_("as the page around it"), "light": N_("always light"), "dark": N_("always dark")}
WIDTHS = {
    "0": N_("all that there is"),
    "800": N_("at most 800 pixels"),
    "600": N_("at most 600 pixels"),
    "400": N_("at most 400 pixels"),
}
PLUGIN = Path(__file__).resolve().parents[3] / "integrations" / "wordpress" / "witryna-frames"
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_ADDRESS = {"inputmode": "url", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
_NEEDED = InputRequired(lazy("Please fill in this field."))


class SiteForm(Form):
    """One more site that may show the frames."""

    address = StringField(
        lazy("Address of your site"), [_NEEDED, Length(max=2000)],
        description=lazy("Paste the address of any of its pages; what counts is the part before the path."),
        render_kw={**_ADDRESS, "placeholder": "https://www.example.com"},
    )  # fmt: skip
    kind = RadioField(lazy("What it is"), default="origins")
    both = BooleanField(lazy("With www. and without: browsers take them for two sites"), default=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [
            ("origins", _("the site that visitors see")),
            ("previews", _("the editor of my site builder")),
        ]


class PageForm(Form):
    """A page to be looked at."""

    page = StringField(
        lazy("Address of the page with the snippet"), [_NEEDED, Length(max=2000)],
        render_kw={**_ADDRESS, "placeholder": "https://www.example.com/offer"},
    )  # fmt: skip


@bp.get("/frames")
def frames_page() -> ResponseReturnValue:
    """Everything about frames on one page."""
    return _page()


@bp.get("/frames/witryna-frames.zip")
def wordpress_plugin() -> Response:
    """The WordPress plugin, as WordPress takes it: a folder in a zip."""
    files = sorted(PLUGIN.glob("*"))
    if not files:
        raise NotFound
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"{PLUGIN.name}/{file.name}")
    sent = {"Content-Disposition": f'attachment; filename="{PLUGIN.name}.zip"'}
    return Response(packed.getvalue(), mimetype="application/zip", headers=sent)


@bp.post("/frames/sites")
@people.role("owner")
def add_frame_site() -> ResponseReturnValue:
    """Let one more site show them."""
    form = SiteForm()
    if form.accepted():
        try:
            with database().writing() as session:
                how = {"kind": form.kind.data, "both": form.both.data, "local": not settings().secure}
                added = frames.add_origin(session, actor(), form.address.data or "", **how)
            flash(_("Added: %(sites)s. Your frames are shown there from now on.", sites=", ".join(added)))
            return redirect(url_for("sales.frames_page", _anchor="sites"), 303)
        except Refusal as refusal:
            form.refuse(refusal)
    return _page(site_form=form)


@bp.post("/frames/sites/remove")
@people.role("owner")
def remove_frame_site() -> ResponseReturnValue:
    """Let a site show them no longer."""
    with database().writing() as session:
        frames.remove_origin(session, actor(), request.form.get("origin", ""))
    flash(_("Removed. Browsers do not show your frames there any more."))
    return redirect(url_for("sales.frames_page", _anchor="sites"), 303)


@bp.post("/frames/views")
@people.role("owner")
def switch_frame_view() -> ResponseReturnValue:
    """Switch a view on or off for all sites."""
    view, on = request.form.get("view", ""), request.form.get("on") == "1"
    with database().writing() as session:
        frames.switch_view(session, actor(), view, on, known=FRAME_VIEWS)
    flash(
        _("Switched on. It answers at once.") if on else _("Switched off. Pages that have it show their link instead.")
    )
    return redirect(url_for("sales.frames_page", view=view), 303)


@bp.post("/frames/check")
def check_frame_page() -> ResponseReturnValue:
    """Fetch a page of the partner and say whether its snippet is there and may run."""
    form = PageForm()
    findings: list[Finding] | None = None
    if form.accepted():
        with database().reading() as session:
            shop = _shop(frames.rules(session), frames.hosts(session))
        try:
            limiter = the_app().limiter
            limiter.check("page_check", account=signed_in().email, ip=request.remote_addr, tenant=site().partner_id)
            findings = frame_check.check(_client(shop), form.page.data or "", shop)
        except Refusal as refusal:
            refusal.field = "page"
            form.refuse(refusal)
    return _page(page_form=form, findings=findings)


def _client(shop: Shop) -> OutboundClient:
    """Ours; on an install of one machine it also reaches the sites of that machine that are allowed to show frames."""
    client = outbound()
    if not shop.local:
        return client
    names = {urlsplit(origin).hostname or "" for origin in shop.allowed}
    here = frozenset(name for name in names if name.endswith(".localhost"))
    return replace(client, rules=replace(client.rules, loopback_hosts=here))


def _shop(rules: frames.FrameRules, hosts: list[str]) -> Shop:
    offered = frozenset(view.name for view in FRAME_VIEWS.values() if view.offered(site().modules, rules.off))
    origins = tuple(settings().origin(host) for host in hosts)
    allowed = (*rules.origins, *rules.previews)
    return Shop(origins, allowed, offered, frozenset(FRAME_VIEWS), local=not settings().secure)


def _page(
    site_form: SiteForm | None = None, page_form: PageForm | None = None, findings: list[Finding] | None = None
) -> ResponseReturnValue:
    with database().reading() as session:
        rules, hosts = frames.rules(session), frames.hosts(session)
    origins = [settings().origin(host) for host in hosts]
    chosen = _chosen(origins, rules)
    # The preview is the real thing: the shop's own frame, by the loader of this panel.
    g.may_frame = (chosen.origin,)
    sent = site_form or page_form
    return respond(
        "sales/frames.html",
        sent if sent is not None else PageForm(formdata=None),
        title=_("Frames"),
        views=[_card(view, rules, chosen) for view in FRAME_VIEWS.values()],
        chosen=chosen,
        state=_state(chosen.view, rules),
        choices=_choices(origins),
        typed={name: wanted(name) for name in ("query", "email")},
        snippets=snippets(chosen),
        raw=[f"{origin}/frames/{chosen.view.name}" for origin in origins],
        rules=rules,
        site_form=site_form or SiteForm(formdata=None),
        page_form=page_form or PageForm(formdata=None),
        findings=[said_of(finding) for finding in findings] if findings is not None else None,
        most=frames.MOST,
    )


def _chosen(origins: list[str], rules: frames.FrameRules) -> Wanted:
    """What the address asks for; whatever it does not say properly is as usual."""
    usual = next((view.name for view in FRAME_VIEWS.values() if _state(view, rules) == "on"), next(iter(FRAME_VIEWS)))
    view = FRAME_VIEWS[wanted("view", FRAME_VIEWS) or usual]
    accent = wanted("accent") if wanted("own_accent") else ""
    return Wanted(
        view=view,
        origin=wanted("origin", origins) or origins[0],
        shop=site().name,
        lang=wanted("lang", site().locales) or site().locale,
        theme=wanted("theme", THEMES) or "auto",
        accent=accent.lower() if _COLOUR.fullmatch(accent) else "",
        width=int(wanted("width", WIDTHS) or "0"),
        fill=wanted(FILLS[view.name]) if view.name in FILLS else "",
    )


def _choices(origins: list[str]) -> dict[str, Any]:
    """What the fields of the look offer: name -> (value, words)."""
    return {
        "lang": [(code, LANGUAGE_NAMES[code]) for code in site().locales],
        "theme": [(value, _(label)) for value, label in THEMES.items()],
        "width": [(value, _(label)) for value, label in WIDTHS.items()],
        "origin": [(origin, origin.partition("://")[2]) for origin in origins],
        "accent": site().brand.accent or site().brand.brand,
    }


def _card(view: FrameView, rules: frames.FrameRules, chosen: Wanted) -> dict[str, Any]:
    icon, text = VIEWS[view.name]
    facts = {"name": view.name, "title": _(view.title), "icon": icon, "text": _(text)}
    return facts | {"state": _state(view, rules), "current": view is chosen.view}


def _state(view: FrameView, rules: frames.FrameRules) -> str:
    """on, off (by the partner) or unsold (its service is not offered)."""
    if view.name in rules.off:
        return "off"
    return "on" if view.offered(site().modules, rules.off) else "unsold"
