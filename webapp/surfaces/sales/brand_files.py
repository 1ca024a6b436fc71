"""Logo and icon of a shop: pictures are decoded in a process of their own, then a job makes every size of them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import uploads
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.foundation.uploads import StoredImage
from webapp.reseller.partners import branding
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, storage
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.storing import storing

from . import brand
from .blueprint import bp
from .brand_forms import IconForm, LogoForm, made

#: The place where a logo stands, in CSS pixels.
LOGO_WIDTH, LOGO_HEIGHT = 220, 48


@bp.post("/settings/brand/logo")
@people.role("owner")
def upload_logo() -> ResponseReturnValue:
    """Take a picture as the logo."""
    form = LogoForm()
    if form.accepted() and _logo_kept(form):
        flash(_("Your logo is in the shop, the panel and in mails from now on."))
        return redirect(url_for("sales.brand"), 303)
    return brand.page(logo_form=form)


@bp.post("/settings/brand/logo/remove")
@people.role("owner")
def remove_logo() -> ResponseReturnValue:
    """Set the shop's name in type again."""
    with database().writing() as session:
        branding.set_logo(session, actor(), "")
    flash(_("The logo is removed; your shop's name stands in its place."))
    return redirect(url_for("sales.brand"), 303)


@bp.post("/settings/brand/icon")
@people.role("owner")
def upload_icon() -> ResponseReturnValue:
    """Take a picture as the mark of which the icons are made."""
    form = IconForm()
    if form.accepted() and _icon_kept(form):
        flash(_("Your icon is being made in every size; the shop shows it in a moment."))
        return redirect(url_for("sales.brand"), 303)
    return brand.page(icon_form=form)


@bp.post("/settings/brand/icon/remove")
@people.role("owner")
def remove_icon() -> ResponseReturnValue:
    """Make the icons of the logo or the name again."""
    with database().writing() as session:
        branding.set_favicon(session, actor(), "")
    flash(_("Your icons are made of your logo or your shop's name again."))
    return redirect(url_for("sales.brand"), 303)


@bp.get("/settings/brand/icons")
@people.role("owner")
def brand_icons() -> str:
    """What the job has made; it asks again by itself until that is up to date."""
    return render("sales/_brand_icons.html", **made())


def _logo_kept(form: LogoForm) -> bool:
    try:
        # Pictures are decoded in a process of their own, which no open transaction should wait for.
        logo = _stored(form.file, "logo")
        dark = _stored(form.dark, "logo") if form.dark.data else None
        with database().writing() as session:
            width, height = _fitted(logo)
            branding.set_logo(session, actor(), logo.name, width, height, logo_dark=dark.name if dark else "")
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _icon_kept(form: IconForm) -> bool:
    try:
        mark = _stored(form.mark, "favicon")
        with database().writing() as session:
            branding.set_favicon(session, actor(), mark.name)
    except Refusal as refusal:
        form.mark.errors = [*form.mark.errors, _(refusal.message) % refusal.params]
        return False
    return True


def _stored(field: Any, purpose: str) -> StoredImage:
    with storing():
        return uploads.store_image(field.data.read(), purpose, storage())


def _fitted(logo: StoredImage) -> tuple[int, int]:
    """Width and height in the place where a logo stands; a small one is not blown up."""
    scale = min(LOGO_WIDTH / logo.width, LOGO_HEIGHT / logo.height, 1.0)
    return max(round(logo.width * scale), 1), max(round(logo.height * scale), 1)
