"""A banner with a link on every page of the subscriber panel (H-58)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation import uploads
from webapp.foundation.i18n import LANGUAGE_NAMES, N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.foundation.site import Banner
from webapp.reseller.cms.campaign_steps import is_target
from webapp.reseller.partners import branding
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site, storage
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.storing import storing

from .blueprint import bp
from .settings import settings_tabs

#: Narrower than this, a banner stands in the way of the page.
FLATTEST = 2.0
_REQUIRED = InputRequired(lazy("Please fill in this field."))


class BannerForm(Form):
    """Picture and link; `_form` adds the words per language."""

    file = FileField(
        lazy("Picture"), [Optional()], render_kw={"accept": "image/*"},
        description=lazy("At least twice as wide as high; 1600 × 300 pixels are a good size."),
    )  # fmt: skip
    link = StringField(
        lazy("Where a click leads"), [_REQUIRED, Length(max=500)],
        render_kw={"inputmode": "url", "autocomplete": "off", "placeholder": "/pl/page/…"},
        description=lazy("A path of your shop, such as /pl/page/offer, or an address that begins with https://."),
    )  # fmt: skip


@bp.route("/settings/banner", methods=["GET", "POST"])
@people.role("owner")
def banner() -> ResponseReturnValue:
    """The banner of the subscriber panel."""
    form = _form(site().banner)
    if form.accepted() and _kept(form):
        flash(_("Saved. Your subscribers see the banner on every page of their panel."))
        return redirect(url_for("sales.banner"), 303)
    words = [form[f"alt_{locale}"] for locale in site().locales]
    return respond("sales/banner.html", form, title=_("Settings"), tab_list=settings_tabs(), words=words)


@bp.post("/settings/banner/remove")
@people.role("owner")
def remove_banner() -> ResponseReturnValue:
    """Show none."""
    with database().writing() as session:
        branding.set_banner(session, actor(), None)
    flash(_("The banner is removed."))
    return redirect(url_for("sales.banner"), 303)


def _form(now: Banner | None) -> BannerForm:
    fields = {f"alt_{locale}": _words(locale) for locale in site().locales}
    data: dict[str, Any] = {"link": now.link if now else ""}
    data |= {f"alt_{locale}": text for locale, text in (now.alt if now else ())}
    form: BannerForm = type("BannerForm", (BannerForm,), fields)(data=data)
    return form


def _words(locale: str) -> StringField:
    label = _("What the picture says (%(language)s)", language=LANGUAGE_NAMES[locale])
    return StringField(label, [_REQUIRED, Length(max=200)], render_kw={"lang": locale})


def _kept(form: BannerForm) -> bool:
    try:
        made = _made(form)
        with database().writing() as session:
            branding.set_banner(session, actor(), made)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _made(form: BannerForm) -> Banner:
    """The banner that was sent, with its old picture if no new one came. Raises Refusal."""
    link = (form.link.data or "").strip()
    if not is_target(link):
        message = N_("Write a path of your shop that begins with /, or an address that begins with https://.")
        raise Refusal("link", message, "link")
    file, width, height = _picture(form)
    alt = tuple((locale, form[f"alt_{locale}"].data.strip()) for locale in sorted(site().locales))
    return Banner(file, width, height, link, alt)


def _picture(form: BannerForm) -> tuple[str, int, int]:
    now = site().banner
    if not form.file.data:
        if now is None:
            raise Refusal("picture", N_("Choose a picture."), "file")
        return now.file, now.width, now.height
    with storing():
        stored = uploads.store_image(form.file.data.read(), "banner", storage())
    if stored.width < stored.height * FLATTEST:
        raise Refusal("shape", N_("This picture is too high: take one that is at least twice as wide."), "file")
    return stored.name, stored.width, stored.height
