"""Brand: logo, colours with advice on contrast, theme, and the few other choices of looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Optional, Regexp

from webapp.foundation import uploads
from webapp.foundation.colours import WHITE, contrast, on_colour
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.palette import Roles, roles
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens, Theme, theme, themes
from webapp.foundation.uploads import StoredImage
from webapp.reseller.partners import operations as partners
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site, storage
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.storing import storing

from .blueprint import bp
from .settings import settings_tabs

#: The place where a logo stands, in CSS pixels.
LOGO_WIDTH, LOGO_HEIGHT = 220, 48
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


@dataclass(frozen=True)
class Advice:
    """What a brand colour does to a page: sentences, and the colours of a small picture."""

    sentences: list[str]
    light: Roles
    dark: Roles


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


class LogoForm(Form):
    """A picture file; a second one for dark pages if the first is dark itself."""

    file = FileField(lazy("Logo"), [FileRequired(lazy("Choose a picture."))], render_kw={"accept": "image/*"})
    dark = FileField(
        lazy("Logo for dark pages"), [Optional()], render_kw={"accept": "image/*"},
        description=lazy("If the first one cannot be seen on a dark ground."),
    )  # fmt: skip


@bp.route("/settings/brand", methods=["GET", "POST"])
@people.role("owner")
def brand() -> ResponseReturnValue:
    """Colours and theme, with what they do."""
    form = BrandForm(data=_shown())
    if form.accepted() and _saved(form):
        flash(_("Saved. Your shop wears it now."))
        return redirect(url_for("sales.brand"), 303)
    return _page(form, LogoForm(formdata=None))


def _page(form: BrandForm, logo_form: LogoForm) -> ResponseReturnValue:
    asked = form if form.errors else logo_form if logo_form.errors else form
    return respond(
        "sales/brand.html",
        asked,
        title=_("Settings"),
        tab_list=settings_tabs(),
        brand_form=form,
        logo_form=logo_form,
        pictures=[_picture(each, form) for each in themes().values()],
        advice=advice(_hex(form.brand.data), _hex(form.accent.data) if form.has_accent.data else "", site().theme),
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
    return text if text and re.fullmatch(r"#[0-9a-fA-F]{6}", text) else site().brand.brand


def _picture(each: Theme, form: BrandForm) -> dict[str, Any]:
    """A theme for the picker: its words and the colours of its small picture."""
    colour = _hex(form.brand.data)
    accent = _hex(form.accent.data) if form.has_accent.data else colour
    idea = _(IDEAS[each.name]) if each.name in IDEAS else each.idea
    return {
        "name": each.name,
        "label": each.label,
        "idea": idea,
        "colours": roles(colour, accent, "base", False, each.recipe),
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
            partners.update_brand(session, actor(), tokens, form.theme.data)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


@bp.get("/settings/brand/advice")
@people.role("owner")
def brand_advice() -> str:
    """What the colours that are being chosen would do."""
    second = request.args.get("accent") if request.args.get("has_accent") else ""
    named = request.args.get("theme", "")
    chosen = named if named in themes() else site().theme
    shown = advice(_hex(request.args.get("brand")), _hex(second) if second else "", chosen)
    return render("sales/_brand_advice.html", advice=shown)


def advice(colour: str, accent: str, theme_name: str) -> Advice:
    """Sentences on contrast (WCAG 2.2: 4.5 for text, 3 for edges), and the colours of a page in light and dark."""
    recipe = theme(theme_name).recipe
    light, dark = (roles(colour, accent or colour, "base", night, recipe) for night in (False, True))
    return Advice(_sentences(colour, light), light, dark)


def _sentences(colour: str, light: Roles) -> list[str]:
    ratio = contrast(colour, on_colour(colour))
    values = {"ratio": f"{ratio:.1f}"}
    if on_colour(colour) == WHITE:
        told = [_("White text on your colour reads well (contrast %(ratio)s to 1).", **values)]
    else:
        told = [_("Your colour is light: buttons get black text (contrast %(ratio)s to 1).", **values)]
    if contrast(colour, light["bg"]) < 3:
        told.append(_("On a white page it is hard to see, so buttons get a darker edge."))
    if light["link"].lower() != colour.lower():
        told.append(
            _("Links are a little stronger than your colour, %(link)s, so that they can be read.", link=light["link"])
        )
    return told


@bp.post("/settings/brand/logo")
@people.role("owner")
def upload_logo() -> ResponseReturnValue:
    """Take a picture as the logo."""
    form = LogoForm()
    if form.accepted() and _kept(form):
        flash(_("Your logo is in the shop, the panel and in mails from now on."))
        return redirect(url_for("sales.brand"), 303)
    return _page(BrandForm(formdata=None, data=_shown()), form)


def _kept(form: LogoForm) -> bool:
    try:
        # Pictures are decoded in a process of their own, which no open transaction should wait for.
        logo = _stored(form.file)
        dark = _stored(form.dark) if form.dark.data else None
        with database().writing() as session:
            width, height = _fitted(logo)
            partners.set_logo(session, actor(), logo.name, width, height, logo_dark=dark.name if dark else "")
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _stored(field: Any) -> StoredImage:
    with storing():
        return uploads.store_image(field.data.read(), "logo", storage())


def _fitted(logo: StoredImage) -> tuple[int, int]:
    """Width and height in the place where a logo stands; a small one is not blown up."""
    scale = min(LOGO_WIDTH / logo.width, LOGO_HEIGHT / logo.height, 1.0)
    return max(round(logo.width * scale), 1), max(round(logo.height * scale), 1)


@bp.post("/settings/brand/logo/remove")
@people.role("owner")
def remove_logo() -> ResponseReturnValue:
    """Set the shop's name in type again."""
    with database().writing() as session:
        partners.set_logo(session, actor(), "")
    flash(_("The logo is removed; your shop's name stands in its place."))
    return redirect(url_for("sales.brand"), 303)
