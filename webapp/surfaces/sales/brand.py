"""Brand: colours with advice on contrast, theme and the few other choices of looks, tried on before they are saved."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Optional, Regexp

from webapp.foundation import i18n
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.palette import roles
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens, Theme, themes
from webapp.foundation.urls import shop_url
from webapp.reseller.partners import branding
from webapp.surfaces.shared import look_tokens, people
from webapp.surfaces.shared.current import actor, database, settings, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.look_tokens import Look
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .brand_advice import advice
from .brand_forms import IconForm, LogoForm, made
from .settings import settings_tabs

#: Ideas of our themes in words that can be translated; another theme speaks for itself.
IDEAS = {
    "base": N_("Plain and good: white space, one typeface, the search in the middle."),
    "harbor": N_("Friendly and soft: rounded, airy, tinted surfaces. For local shops."),
    "ledger": N_("A trading desk: dense, prices first, monospaced figures. For professionals."),
    "kiosk": N_("A newspaper stand: very large type, two colours, thick rules. For people who want to be seen."),
    "atelier": N_("Quiet: serif headings, wide margins, near-black on paper. For agencies."),
}
CHOICES = {
    "mode": (("auto", N_("as the visitor's device")), ("light", N_("always light")), ("dark", N_("always dark"))),
    "fonts": (
        ("theme", N_("as the theme")),
        ("system", N_("the device's own")),
        ("geist", "Geist"),
        ("nunito", "Nunito"),
        ("recursive", "Recursive"),
        ("archivo", "Archivo"),
        ("newsreader", "Newsreader + Geist"),
        ("bricolage", "Bricolage Grotesque + Geist"),
    ),
    "corners": (
        ("theme", N_("as the theme")),
        ("sharp", N_("sharp")),
        ("soft", N_("soft")),
        ("round", N_("round")),
    ),
    "density": (
        ("theme", N_("as the theme")),
        ("compact", N_("compact")),
        ("regular", N_("regular")),
        ("airy", N_("airy")),
    ),
    "header": (
        ("theme", N_("as the theme")),
        ("left", N_("name on the left")),
        ("centred", N_("name in the middle")),
        ("stacked", N_("menu below the name")),
    ),
}
_HEX = Regexp(r"^#[0-9a-fA-F]{6}$", message=lazy("Write a colour like #1f5eff."))


class BrandForm(Form):
    """Colours and theme."""

    brand = StringField(lazy("Brand colour"), [InputRequired(), _HEX], render_kw={"type": "color"})
    has_accent = BooleanField(lazy("Use a second colour for accents"))
    accent = StringField(lazy("Accent colour"), [Optional(), _HEX], render_kw={"type": "color"})
    theme = RadioField(lazy("Theme"))
    mode = SelectField(lazy("Light or dark"))
    fonts = SelectField(lazy("Typeface"))
    corners = SelectField(lazy("Corners"))
    density = SelectField(lazy("Density"))
    header = SelectField(lazy("Header"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.theme.choices = [(each.name, each.label) for each in themes().values()]
        for name, choices in CHOICES.items():
            self[name].choices = [(value, _(label)) for value, label in choices]


_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@bp.route("/settings/brand", methods=["GET", "POST"])
@people.role("owner")
def brand() -> ResponseReturnValue:
    """The choices beside the shop that wears them. The buttons `use`, `keep` and `look` save nothing."""
    form = BrandForm(data=_shown())
    if request.method == "POST" and not request.form.keys().isdisjoint(("use", "keep", "look")):
        _take_shade(form)
        return page(form)
    if form.accepted() and _saved(form):
        flash(_("Saved. Your shop wears it now."))
        return redirect(url_for("sales.brand"), 303)
    return page(form)


@bp.post("/settings/brand/undo")
@people.role("owner")
def undo_brand() -> ResponseReturnValue:
    """Back to the look before the last change."""
    try:
        with database().writing() as session:
            branding.undo_brand(session, actor())
        flash(_("Your shop wears its earlier look again."))
    except Refusal as refusal:
        flash(_(refusal.message), "warn")
    return redirect(url_for("sales.brand"), 303)


@bp.get("/settings/brand/advice")
@people.role("owner")
def brand_advice() -> str:
    """What is being chosen would do this, and look like that."""
    return render("sales/_brand_advice.html", **_tried(_look_of(request.args), set(request.args.getlist("kept"))))


def page(
    form: BrandForm | None = None,
    logo_form: LogoForm | None = None,
    icon_form: IconForm | None = None,
) -> ResponseReturnValue:
    """The page with what was typed in one of its forms."""
    g.may_frame = (site().origin(settings()),)
    sent = form or logo_form or icon_form
    shown = form or BrandForm(formdata=None, data=_shown())
    look = _look_of({name: field.data for name, field in shown._fields.items() if field.data})
    with database().reading() as session:
        kept, undo = branding.kept_colours(session), branding.can_undo(session)
    return respond(
        "sales/brand.html",
        sent if sent is not None else shown,
        title=_("Settings"),
        tab_list=settings_tabs(),
        brand_form=shown,
        logo_form=logo_form or LogoForm(formdata=None),
        icon_form=icon_form or IconForm(formdata=None),
        pictures=[_picture(each, look.brand) for each in themes().values()],
        can_undo=undo,
        **_tried(look, {*kept, *request.form.getlist("kept"), *request.form.getlist("keep")}),
        **made(),
    )


def _take_shade(form: BrandForm) -> None:
    """The shade of a pressed button, "brand #8f7200", into its field."""
    name, _space, shade = request.form.get("use", "").partition(" ")
    if name in ("brand", "accent") and _COLOUR.fullmatch(shade):
        form[name].data = shade


def _tried(look: Look, kept: set[str]) -> dict[str, Any]:
    """Advice on a look, and the address of the shop in it."""
    language = i18n.current_locale() if i18n.current_locale() in site().locales else site().locale
    token = look_tokens.make(site().partner_id, look)
    return {
        "advice": advice(look.brand, look.theme, kept),
        "kept": sorted(colour for colour in kept if _COLOUR.fullmatch(colour)),
        "look_src": shop_url(settings(), site(), f"/{language}/look/{token}"),
    }


def _look_of(values: Any) -> Look:
    """What was chosen, as far as it is right; the present look for the rest."""
    now = site()
    chosen = {name: values.get(name) for name, choices in CHOICES.items() if values.get(name) in dict(choices)}
    accent = _hex(values.get("accent")) if values.get("has_accent") else None
    tokens = {name: getattr(now.brand, name) for name in CHOICES} | chosen
    named = values.get("theme") or ""
    return Look(
        named if named in themes() else now.theme, BrandTokens(_hex(values.get("brand")), accent=accent, **tokens)
    )


def _shown() -> dict[str, Any]:
    tokens = site().brand
    plain = {name: getattr(tokens, name) for name in (*CHOICES, "brand")}
    return plain | {
        "accent": tokens.accent or tokens.brand,
        "has_accent": tokens.accent is not None,
        "theme": site().theme,
    }


def _hex(text: str | None) -> str:
    return text if text and _COLOUR.fullmatch(text) else site().brand.brand


def _picture(each: Theme, tokens: BrandTokens) -> dict[str, Any]:
    """A theme for the picker: its words and the colours of its small picture."""
    idea = _(IDEAS[each.name]) if each.name in IDEAS else each.idea
    return {
        "name": each.name,
        "label": each.label,
        "idea": idea,
        "colours": roles(tokens.brand, tokens.accent or tokens.brand, "base", False, each.recipe),
    }


def _saved(form: BrandForm) -> bool:
    try:
        tokens = BrandTokens(
            brand=form.brand.data or "",
            accent=form.accent.data if form.has_accent.data else None,
            mode=form.mode.data,
            fonts=form.fonts.data,
            corners=form.corners.data,
            density=form.density.data,
            header=form.header.data,
        )
        with database().writing() as session:
            branding.update_brand(session, actor(), tokens, form.theme.data)
            branding.keep_colours(session, [one for one in request.form.getlist("kept") if _COLOUR.fullmatch(one)])
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True
