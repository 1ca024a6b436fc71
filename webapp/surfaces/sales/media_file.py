"""One picture of the library: preview, focal point and crop, alternative text, where it is shown, replace, delete."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, abort, flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.foundation import i18n, uploads
from webapp.foundation.i18n import LANGUAGE_NAMES
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.cms import media as library
from webapp.reseller.cms import media_operations
from webapp.reseller.cms.media import Use
from webapp.reseller.cms.media_operations import LONGEST_ALT, LONGEST_NAME, Crop
from webapp.reseller.cms.models import MediaFile
from webapp.surfaces.shared.current import actor, blocks, database, site, storage
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.storing import storing

from .blueprint import bp
from .media import ACCEPT, note
from .media_intake import take_instead

#: Where a use leads.
_LEADS = {"page": ("sales.editor", "page_id"), "campaign": ("sales.ad", "campaign_id")}
#: Shapes that the crop may keep; the script reads them.
RATIOS = ("16:9", "4:3", "3:2", "1:1", "4:5", "21:9")
_CROP = ("crop_x", "crop_y", "crop_w", "crop_h")
_PERCENT = NumberRange(0, 100, lazy("A number from 0 to 100."))
_PIXELS = NumberRange(0, uploads.MOST_SIDE, lazy("A number of pixels."))


class FrameForm(Form):
    """Focal point in percent of the whole picture; crop in pixels, nothing for the whole picture."""

    focal_x = IntegerField(lazy("From the left, %"), [InputRequired(), _PERCENT])
    focal_y = IntegerField(lazy("From the top, %"), [InputRequired(), _PERCENT])
    crop_x = IntegerField(lazy("Left"), [Optional(), _PIXELS])
    crop_y = IntegerField(lazy("Top"), [Optional(), _PIXELS])
    crop_w = IntegerField(lazy("Width"), [Optional(), _PIXELS])
    crop_h = IntegerField(lazy("Height"), [Optional(), _PIXELS])

    @property
    def crop(self) -> Crop | None:
        """The four numbers, None when none is there (or the width is 0)."""
        values = [self[name].data or 0 for name in _CROP]
        return dict(zip("xywh", values, strict=True)) if any(values[2:]) else None


class DescribeForm(Form):
    """Name, and the alternative text in each language of the shop."""

    name = StringField(lazy("Name"), [InputRequired(), Length(max=LONGEST_NAME)])
    decorative = BooleanField(lazy("It is decoration: screen readers pass over it"))


def _describe_form(**options: Any) -> Any:
    """The form with one field `alt_<locale>` per language, the shop's first language in front."""
    fields = {f"alt_{locale}": _alt_field(locale) for locale in _languages()}
    return type("DescribeFormHere", (DescribeForm,), fields)(**options)


def _alt_field(locale: str) -> Any:
    return StringField(LANGUAGE_NAMES.get(locale, locale), [Optional(), Length(max=LONGEST_ALT)])


def _languages() -> list[str]:
    shop = site()
    return sorted(shop.locales, key=lambda locale: locale != shop.locale)


class ReplaceForm(Form):
    """The file that takes this one's place."""

    file = FileField(lazy("New file"), [FileRequired(lazy("Choose a picture."))], render_kw={"accept": ACCEPT})


class PlainForm(Form):
    """Nothing but the button."""


def _file(media_id: int) -> MediaFile:
    with database().reading() as session:
        return library.file(session, media_id)


@bp.get("/site/media/<int:media_id>")
def media_file(media_id: int) -> ResponseReturnValue:
    """The page of one picture."""
    return _page(_file(media_id))


def _page(file: MediaFile, asked: Form | None = None) -> ResponseReturnValue:
    with database().reading() as session:
        uses = library.used_on(session, blocks(), file.id)
    forms: dict[str, Form] = {
        "frame_form": FrameForm(formdata=None, data=_framing(file)),
        "describe_form": _describe_form(formdata=None, data=_described(file)),
        "replace_form": ReplaceForm(formdata=None),
    }
    if asked is not None:
        forms[_name_of(asked)] = asked
    return respond(
        "sales/media_file.html",
        asked or forms["frame_form"],
        title=file.name,
        file=file,
        note=note(file),
        picture=library.shown(file, i18n.current_locale()),
        whole=library.whole(file),
        uses=[(use, _link(use)) for use in uses],
        languages=_languages(),
        ratios=RATIOS,
        **forms,
    )


def _name_of(form: Form) -> str:
    return {FrameForm: "frame_form", ReplaceForm: "replace_form"}.get(type(form), "describe_form")


def _framing(file: MediaFile) -> dict[str, int]:
    crop = {f"crop_{side}": value for side, value in (library.crop_of(file.crop) or {}).items()}
    return {"focal_x": file.focal_x, "focal_y": file.focal_y, **crop}


def _described(file: MediaFile) -> dict[str, Any]:
    alt = {f"alt_{locale}": file.alt.get(locale, "") for locale in _languages()}
    return {"name": file.name, "decorative": file.decorative, **alt}


def _link(use: Use) -> str:
    endpoint, argument = _LEADS[use.kind]
    known: dict[str, Any] = {argument: use.id}
    return url_for(endpoint, **known)


def _back(media_id: int, text: str) -> ResponseReturnValue:
    flash(text)
    return redirect(url_for("sales.media_file", media_id=media_id), 303)


@bp.get("/site/media/<int:media_id>/waiting")
def media_waiting(media_id: int) -> Response:
    """The note that sizes are being made; once they are, the page is loaded anew (focal point and crop need them)."""
    file = _file(media_id)
    answer = make_response(render("sales/_media_stage.html", file=file) if file.state == "processing" else "")
    if file.state != "processing":
        answer.headers["HX-Redirect"] = url_for("sales.media_file", media_id=media_id)
    return answer


@bp.post("/site/media/<int:media_id>/frame")
def media_frame(media_id: int) -> ResponseReturnValue:
    """Set focal point and crop."""
    form, file = FrameForm(), _file(media_id)
    if form.accepted():
        try:
            with database().writing() as session:
                focus = (form.focal_x.data or 0, form.focal_y.data or 0)
                media_operations.frame(session, actor(), media_id, focus, form.crop)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return _back(media_id, _("Saved. Every page shows it so in a moment."))
    return _page(file, form)


@bp.post("/site/media/<int:media_id>/describe")
def media_describe(media_id: int) -> ResponseReturnValue:
    """Set name and alternative text."""
    form, file = _describe_form(), _file(media_id)
    if form.accepted():
        alt = {locale: form[f"alt_{locale}"].data or "" for locale in _languages()}
        try:
            with database().writing() as session:
                media_operations.describe(session, actor(), media_id, form.name.data, alt, form.decorative.data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return _back(media_id, _("Saved."))
    return _page(file, form)


@bp.post("/site/media/<int:media_id>/replace")
def media_replace(media_id: int) -> ResponseReturnValue:
    """Put another file in this one's place, on every page."""
    form, file = ReplaceForm(), _file(media_id)
    if form.accepted():
        try:
            take_instead(form.file.data, media_id)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return _back(media_id, _("Replaced. Every page shows the new picture in a moment."))
    return _page(file, form)


@bp.post("/site/media/<int:media_id>/retry")
def media_retry(media_id: int) -> ResponseReturnValue:
    """Make the sizes once more."""
    with database().writing() as session:
        media_operations.retry(session, actor(), media_id)
    return _back(media_id, _("Its sizes are being made again."))


@bp.route("/site/media/<int:media_id>/delete", methods=["GET", "POST"])
def media_delete(media_id: int) -> ResponseReturnValue:
    """Say what will be lost, then remove it."""
    form, file = PlainForm(), _file(media_id)
    if form.accepted():
        try:
            with database().writing() as session:
                media_operations.delete(session, actor(), blocks(), media_id)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("“%(name)s” is deleted.", name=file.name))
            return redirect(url_for("sales.media"), 303)
    with database().reading() as session:
        uses = library.used_on(session, blocks(), media_id)
    shown = [(use, _link(use)) for use in uses]
    title = _("Delete “%(name)s”?", name=file.name)
    return respond("sales/media_delete.html", form, title=title, file=file, uses=shown, note=note(file))


@bp.get("/site/media/<int:media_id>/download")
def media_download(media_id: int) -> Response:
    """The widest size under the picture's name. The original stays where it is."""
    file = _file(media_id)
    picture = library.shown(file, i18n.current_locale())
    name = picture.src.rpartition("/")[2] if picture else ""
    with storing():
        content = storage().get(name) if name else None
    if content is None:
        abort(404)
    answer = Response(content, mimetype="image/webp")
    stem = file.name.rpartition(".")[0] or file.name
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stem, safe='')}.webp"
    return answer
