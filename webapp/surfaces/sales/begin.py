"""The guided start: a few answers on one page, and the shop is open. Then what comes next."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.foundation import uploads
from webapp.foundation.i18n import LANGUAGE_NAMES, N_, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.foundation.uploads import StoredImage
from webapp.reseller.cms import queries as cms
from webapp.reseller.desk import guided
from webapp.reseller.desk import queries as desk
from webapp.reseller.desk.guided import Beginning
from webapp.reseller.desk.starter import starter, starters
from webapp.reseller.partners import branding
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import Partner
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, blocks, database, settings, site, storage
from webapp.surfaces.shared.forms import Form, lazy, respond, said
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.starter_words import starter_words
from webapp.surfaces.shared.storing import storing

from .blueprint import bp
from .brand_files import LOGO_HEIGHT, LOGO_WIDTH
from .start import FORMS

#: Colours that look well in every theme, with their names; "" takes the template's own, "own" the one picked beside.
PALETTE = {
    "#0f766e": N_("Teal"),
    "#1d4ed8": N_("Blue"),
    "#3730a3": N_("Indigo"),
    "#7e22ce": N_("Violet"),
    "#be185d": N_("Raspberry"),
    "#b91c1c": N_("Red"),
    "#b45309": N_("Amber"),
    "#3f6212": N_("Olive"),
    "#1f2937": N_("Slate"),
}
OWN = "own"
ENDINGS = {
    "template": (N_("As the template"), N_("Chosen for this kind of shop.")),
    "country": (N_("Your country first"), N_("Its own ending, then those of the template.")),
    "europe": (N_("Across Europe"), N_("The endings of the neighbours, and .eu in front.")),
    "trade": (N_("Shops and brands"), N_("With .shop, .store and .online.")),
    "technology": (N_("Technology"), N_("With .io, .dev, .app and .cloud.")),
}


class BeginForm(Form):
    """What a shop needs to open."""

    began = HiddenField()
    starter = RadioField(lazy("What kind of shop is it?"), [InputRequired(lazy("Choose one of the pictures."))])
    name = StringField(
        lazy("Name of your shop"), [InputRequired(lazy("Please fill in this field.")), Length(max=200)],
        render_kw={"autocomplete": "organization"}, description=lazy("As your customers will read it."),
    )  # fmt: skip
    logo = FileField(
        lazy("Logo, if you have one"), [Optional()], render_kw={"accept": "image/*"},
        description=lazy("Without one the name stands in its place. You can add it later."),
    )  # fmt: skip
    colour = RadioField(lazy("Colour"), [Optional()])
    own_colour = StringField(
        lazy("A colour of your own"),
        [Optional(), Regexp(r"^#[0-9a-fA-F]{6}$", message=lazy("Write a colour like #1f5eff."))],
        render_kw={"type": "color"},
    )
    locales = SelectMultipleField(
        lazy("Languages of your shop"), [InputRequired(lazy("Choose at least one language."))],
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False),
    )  # fmt: skip
    endings = RadioField(lazy("Which names do you sell first?"))
    over = BooleanField(lazy("Replace the pages of my shop with the template's"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.starter.choices = [(key, starter_words(one)[0]) for key, one in starters().items()]
        self.colour.choices = [("", _("The template's own")), *((code, _(name)) for code, name in PALETTE.items())]
        self.colour.choices.append((OWN, _("A colour of your own")))
        self.locales.choices = list(LANGUAGE_NAMES.items())
        self.endings.choices = [(name, _(label)) for name, (label, _idea) in ENDINGS.items()]


@bp.route("/begin", methods=["GET", "POST"])
@people.role("owner")
@people.idempotent
def begin() -> ResponseReturnValue:
    """The page of the guided start, and what it sends."""
    with database().reading() as session:
        partner, bare = partners.partner(session), guided.is_bare(session)
    form = BeginForm(data=_first(partner, bare))
    if form.is_submitted() and form.began.data == "bare" and not bare:
        return redirect(url_for("sales.begun"), 303)  # sent twice: it is done already
    if form.accepted() and _made(form, partner):
        return redirect(url_for("sales.begun"), 303)
    return respond(
        "sales/begin.html", form, title=_("Set up your shop"), bare=bare, cards=_cards(), endings=_endings(partner)
    )


def _first(partner: Partner, bare: bool) -> dict[str, Any]:
    return {
        "began": "bare" if bare else "pages",
        "name": partner.name,
        "colour": "",
        "own_colour": site().brand.brand,
        "locales": partner.locales,
        "endings": "template",
    }


def _cards() -> list[dict[str, Any]]:
    """The starters to choose from, each with its picture and its colour."""
    return [
        {"value": one.key, "label": label, "idea": idea, "colour": one.brand["brand"]}
        for one in starters().values()
        for label, idea in [starter_words(one)]
    ]


def _endings(partner: Partner) -> list[dict[str, str]]:
    """The ready choices of endings with the first few of each."""
    shown = []
    for name, (label, idea) in ENDINGS.items():
        first = guided.endings_of(name, starter("domain_shop"), partner.country)[1] if name != "template" else []
        example = " ".join(f".{ending}" for ending in first)
        shown.append({"value": name, "label": _(label), "idea": _(idea), "example": example})
    return shown


def _made(form: BeginForm, partner: Partner) -> bool:
    try:
        # Pictures are decoded in a process of their own, which no open transaction should wait for.
        logo = _stored_logo(form)
        with database().writing() as session:
            guided.begin(session, actor(), blocks(), _beginning(form, partner))
            _set_logo(session, logo)
    except Refusal as refusal:
        _refuse(form, refusal)
        return False
    return True


def _refuse(form: BeginForm, refusal: Refusal) -> None:
    """At its field; a picture's troubles name the field "file"."""
    field = form.logo if refusal.field == "file" else None
    if field is None:
        form.refuse(refusal)
    else:
        field.errors = [*field.errors, said(refusal)]


def _beginning(form: BeginForm, partner: Partner) -> Beginning:
    chosen = form.locales.data or []
    first = partner.default_locale if partner.default_locale in chosen else chosen[0]
    picked = form.own_colour.data if form.colour.data == OWN else form.colour.data
    return Beginning(
        starter=form.starter.data,
        name=form.name.data or "",
        locales=tuple(dict.fromkeys((first, *chosen))),
        brand=picked or "",
        endings=form.endings.data or "template",
        over=bool(form.over.data),
    )


def _stored_logo(form: BeginForm) -> StoredImage | None:
    data = form.logo.data.read() if form.logo.data else b""
    if not data:
        return None
    with storing():
        return uploads.store_image(data, "logo", storage())


def _set_logo(session: Session, logo: StoredImage | None) -> None:
    if logo is None:
        return
    scale = min(LOGO_WIDTH / logo.width, LOGO_HEIGHT / logo.height, 1.0)
    width, height = (max(round(side * scale), 1) for side in (logo.width, logo.height))
    branding.set_logo(session, actor(), logo.name, width, height)


@bp.get("/begin/done")
@people.role("owner")
def begun() -> ResponseReturnValue:
    """The shop is open: where it is, and what to do next."""
    with database().reading() as session:
        if guided.is_bare(session):
            return redirect(url_for("sales.begin"), 303)
        partner = partners.partner(session)
        home = next(shown[0] for locale in partner.locales if (shown := cms.published_version(session, locale, "")))
        tasks = [task for task in desk.todo(session) if not task.done and task.url_key in FORMS]
    steps = [(_(task.title), url_for(FORMS[task.url_key][0], _anchor=FORMS[task.url_key][1] or None)) for task in tasks]
    return render(
        "sales/begun.html", title=_("Your shop is open"), address=site().origin(settings()), home=home, steps=steps
    )


@bp.post("/settings/languages/texts")
@people.role("owner")
@people.idempotent
def language_texts() -> ResponseReturnValue:
    """Write the template's pages in a language as drafts; those that there are stay as they are."""
    try:
        with database().writing() as session:
            written = guided.add_language_texts(session, actor(), request.form.get("locale", ""))
    except Refusal as refusal:
        flash(said(refusal))
        return redirect(url_for("sales.languages"), 303)
    if written:
        flash(ngettext("%(num)s page was written as a draft.", "%(num)s pages were written as drafts.", written))
    else:
        flash(_("All pages are there already. Those that are drafts wait to be published."))
    return redirect(url_for("sales.site_pages"), 303)
