"""One page of the website in one language: title, address, what search engines see, its languages, its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.urls import shop_url
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms import operations, queries, shape
from webapp.reseller.cms.queries import DraftView, KeyRow
from webapp.surfaces.shared.current import actor, blocks, database, settings, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.numbers import whole_number

from .blueprint import bp
from .media_choice import MediaChoiceField
from .site_pages import language_names


class PageForm(Form):
    """What a page is besides its blocks."""

    base = HiddenField()
    title = StringField(
        lazy("Title"),
        [InputRequired(lazy("Please fill in this field.")), Length(max=shape.LONGEST_TITLE)],
        description=lazy(
            "Stands in the tab of the browser and in search results; about 60 characters are shown there."
        ),
    )
    description = TextAreaField(
        lazy("Description"),
        [Optional(), Length(max=shape.LONGEST_DESCRIPTION)],
        description=lazy("One or two sentences for search results."),
        render_kw={"rows": 3},
    )
    slug = StringField(
        lazy("Address"),
        [InputRequired(lazy("Please fill in this field.")), Length(max=shape.LONGEST_SLUG)],
        description=lazy("Changes at once. The old address will lead to the new one."),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )
    social_picture = MediaChoiceField(
        lazy("Picture for social networks"),
        [Optional()],
        description=lazy("Shown when somebody shares the page. Without one, your logo is."),
    )
    tld_group = SelectField(
        lazy("Group of endings"), coerce=int, description=lazy("For searches and prices on this page.")
    )
    noindex = BooleanField(lazy("Hide from search engines"))

    def __init__(self, session: Session, view: DraftView) -> None:
        facts = {"base": str(view.version_id), "title": view.title, "slug": view.slug, "description": view.description}
        super().__init__(data={**facts, "tld_group": 0, **view.settings})
        groups = [(one.id, one.name) for one in catalog.groups(session) if not one.is_default]
        self.tld_group.choices = [(0, _("The shop's own")), *groups]
        if not view.slug:
            del self.slug


@bp.route("/site/pages/<int:page_id>", methods=["GET", "POST"])
def site_page(page_id: int) -> ResponseReturnValue:
    """The page's own facts. They are part of its draft: visitors see them once it is published."""
    with database().reading() as session:
        view, row = _view(session, page_id)
        form = PageForm(session, view)
    if form.accepted() and _saved(form, view):
        flash(_("Saved. Visitors see a changed title or description once you publish the page."))
        return redirect(url_for("sales.site_page", page_id=page_id), 303)
    return respond("sales/site_page.html", form, title=view.title, **_around(view, row))


def _view(session: Session, page_id: int) -> tuple[DraftView, KeyRow | None]:
    view = queries.draft(session, page_id)
    return view, next((row for row in queries.site_map_of_pages(session) if row.key == view.key), None)


def _around(view: DraftView, row: KeyRow | None) -> dict[str, Any]:
    """Address, languages and the state of the translation."""
    cells = row.cells if row else []
    source = row.first if row and row.source != view.locale else None
    mine = next((cell for cell in cells if cell.page_id == view.page_id), None)
    address = shop_url(settings(), site(), queries.page_path(view.locale, view.slug))
    return {"page": view, "cells": cells, "mine": mine, "source": source, "address": address,
            "languages": language_names()}  # fmt: skip


def _saved(form: PageForm, view: DraftView) -> bool:
    wanted = {name: form[name].data for name in ("social_picture", "tld_group", "noindex")}
    content: dict[str, Any] = {"title": form.title.data, "description": form.description.data or ""}
    base = form.base.data or ""
    try:
        with database().writing() as session:
            if "slug" in form:
                operations.rename_page(session, actor(), view.page_id, form.slug.data or "")
            number = whole_number(base) or 0
            content |= {"settings": wanted, "blocks": view.blocks, "kind": "saved"}
            operations.save_draft(session, actor(), blocks(), view.page_id, number, **content)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        # What was typed stays; sent once more, it goes on top of what somebody else has saved.
        form.base.data = str(view.version_id)
        return False
    return True


# --- steps ---------------------------------------------------------------------------------------------------

#: What a button of the page does, and what is said then.
STEPS: dict[str, tuple[Callable[..., Any], str]] = {
    "unpublish": (operations.unpublish_page, N_("The page is a draft again. Visitors do not see it any more.")),
    "archive": (operations.archive_page, N_("The page is put away. You can bring it back at any time.")),
    "bring-back": (operations.unpublish_page, N_("The page is back as a draft.")),
}
OF_TRANSLATION: dict[str, tuple[Callable[..., Any], str]] = {
    "copy": (operations.copy_from_source, N_("Copied. What stood here before is in the history.")),
    "translated": (operations.mark_translated, N_("The translation counts as up to date.")),
}


@bp.post("/site/pages/<int:page_id>/step")
def site_page_step(page_id: int) -> ResponseReturnValue:
    """Take the page off, put it away, copy it from the source language."""
    action = request.form.get("action", "")
    with told():
        flash(_(_step(page_id, action)))
    return redirect(url_for("sales.site_page", page_id=page_id), 303)


def _step(page_id: int, action: str) -> str:
    with database().writing() as session:
        if action in STEPS:
            operation, word = STEPS[action]
            operation(session, actor(), page_id)
            return word
        if action not in OF_TRANSLATION:
            raise NotFound
        operation, word = OF_TRANSLATION[action]
        _, row = _view(session, page_id)
        if row is None or row.first.page_id is None:
            raise NotFound
        operation(session, actor(), page_id, row.first.page_id)
        return word


class DeleteForm(Form):
    """Where those go who come to the old address."""

    target = StringField(
        lazy("Where its address leads from now on"),
        [Optional(), Length(max=500)],
        description=lazy(
            "A path of your shop or an address with https://. Empty: visitors read that the page is gone."
        ),
        render_kw={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )


@bp.route("/site/pages/<int:page_id>/delete", methods=["GET", "POST"])
def delete_site_page(page_id: int) -> ResponseReturnValue:
    """Asks once, and where the address should lead."""
    with database().reading() as session:
        view = queries.draft(session, page_id)
    form = DeleteForm()
    if form.accepted():
        try:
            with database().writing() as session:
                operations.delete_page(session, actor(), page_id, form.target.data or "")
            flash(_("“%(title)s” is deleted.", title=view.title))
            return redirect(url_for("sales.site_pages"), 303)
        except NotFound:
            raise
        except Refusal as refusal:
            form.refuse(refusal)
    return respond("sales/site_page_delete.html", form, title=_("Delete “%(title)s”?", title=view.title), page=view)
