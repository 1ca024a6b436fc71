"""The pages of the shop's website: what there is in which language, what to do next, and a new page."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation import i18n
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import operations, queries, shape
from webapp.reseller.cms.queries import KeyRow
from webapp.surfaces.shared.current import actor, blocks, database, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


def language_names() -> dict[str, str]:
    """The shop's languages, the first one in front."""
    first = site().locale
    codes = (first, *(code for code in site().locales if code != first))
    return {code: i18n.LANGUAGE_NAMES.get(code, code) for code in codes}


@bp.get("/site/pages")
def site_pages() -> str:
    """Every page in every language; those put away are listed when asked for."""
    with database().reading() as session:
        rows = queries.site_map_of_pages(session)
    put_away = [row for row in rows if _is_put_away(row)]
    shown = put_away if request.args.get("archived") else [row for row in rows if not _is_put_away(row)]
    counts = {"archived": len(put_away), "steps": sum(bool(cell.next) for row in shown for cell in row.cells)}
    return render("sales/site_pages.html", title=_("Pages"), rows=shown, counts=counts, languages=language_names())


def _is_put_away(row: KeyRow) -> bool:
    return all(cell.state in ("archived", "") for cell in row.cells)


class NewPageForm(Form):
    """A page, or a language of one."""

    title = StringField(
        lazy("Title"),
        [InputRequired(lazy("Please fill in this field.")), Length(max=shape.LONGEST_TITLE)],
        description=lazy("Stands in the tab of the browser and in search results."),
    )
    slug = StringField(
        lazy("Address"),
        [Optional(), Length(max=shape.LONGEST_SLUG)],
        description=lazy("The end of the page's address, for example about-us. Empty: made from the title."),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )
    locale = SelectField(lazy("Language"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.locale.choices = list(language_names().items())


@bp.route("/site/pages/new", methods=["GET", "POST"])
def new_site_page() -> ResponseReturnValue:
    """A new page; with `from` the same page in another language, begun as a copy."""
    source = _source(request.args.get("from", ""))
    form = NewPageForm(data=_proposed(source))
    if source is not None and not source.slug:
        del form.slug  # a home page has no address of its own
    if form.accepted() and (page_id := _created(form, source)) is not None:
        flash(_("The page is there as a draft. Visitors see it once you publish it."))
        return redirect(url_for("sales.editor", page_id=page_id), 303)
    title = _("Translate “%(title)s”", title=source.title) if source else _("New page")
    return respond("sales/site_page_new.html", form, title=title, source=source)


def _source(number: str) -> queries.DraftView | None:
    if not number:
        return None
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise NotFound
    with database().reading() as session:
        return queries.draft(session, int(number))


def _proposed(source: queries.DraftView | None) -> dict[str, str]:
    wanted = request.args.get("lang", "")
    locale = wanted if wanted in site().locales else site().locale
    return {"locale": locale, "title": source.title if source else ""}


def _created(form: NewPageForm, source: queries.DraftView | None) -> int | None:
    home = source is not None and not source.slug
    slug = "" if home else (form.slug.data or "").strip() or shape.slug_of(form.title.data or "")
    try:
        if not home and not slug:
            raise Refusal("slug", _("Type an address: the title has no letters that could stand in one."), field="slug")
        with database().writing() as session:
            page = operations.create_page(
                session,
                actor(),
                blocks(),
                locale=form.locale.data or "",
                slug=slug,
                title=form.title.data or "",
                from_page_id=source.page_id if source else None,
            )
            return page.id
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return None
