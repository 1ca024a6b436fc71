"""What the editor answers: JSON to its script, pages to everybody else, both from the same parts."""

from __future__ import annotations

from typing import Any

from flask import flash, g, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation.i18n import LANGUAGE_NAMES
from webapp.foundation.i18n import gettext as _
from webapp.reseller.cms import history, queries
from webapp.reseller.cms.fields import Data, Errors
from webapp.reseller.cms.queries import PageView
from webapp.reseller.cms.shape import BlocksRefused
from webapp.surfaces.shared.block_values import sent_values
from webapp.surfaces.shared.current import blocks, database, settings, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.rendering import render

from .editor_fields import said_errors
from .editor_state import block_form, cards, neighbours, preview_url


def by_script() -> bool:
    """Did the editor's own script ask?"""
    return request.accept_mimetypes.best == "application/json"


def page(page_id: int, block_id: str = "", errors: dict[str, Errors] | None = None, typed: Data | None = None) -> str:
    """The whole editor: the list of blocks, or the form of one, beside the preview."""
    with database().reading() as session:
        view = queries.draft(session, page_id)
        parts = _parts(session, view, block_id, errors or {}, typed)
    g.may_frame = (site().origin(settings()),)
    more = neighbours(page_id) | {"preview_src": preview_url(view, "edit"), "preview_origin": g.may_frame[0]}
    return render("sales/editor.html", title=view.title, **parts, **more)


def _parts(
    session: Session, view: PageView, block_id: str, errors: dict[str, Errors], typed: Data | None = None
) -> dict[str, Any]:
    return {
        "view": view,
        "cards": cards(view, errors),
        "form": block_form(session, view, block_id, errors.get(block_id), typed) if block_id else None,
        "selected": block_id,
        "language": LANGUAGE_NAMES.get(view.locale, view.locale),
    }


def done(page_id: int, selected: str, say: str) -> ResponseReturnValue:
    """What has changed, after a change was saved."""
    if not by_script():
        if say:
            flash(say)
        return redirect(url_for("sales.editor", page_id=page_id, block=selected or None), 303)
    with database().reading() as session:
        view = queries.draft(session, page_id)
        parts = _parts(session, view, selected, {})
    fragments = {
        "list": render("sales/_editor_list.html", **parts),
        "tools": render("sales/_editor_tools.html", **parts),
        "form": render("sales/_editor_block.html", **parts) if parts["form"] else "",
    }
    return jsonify(version=view.version_id, selected=selected, say=say, **fragments)


def wrong(page_id: int, refusal: BlocksRefused, block_id: str) -> ResponseReturnValue:
    """What was typed cannot be stored: sentences at the fields, and everything that was typed."""
    if by_script():
        errors = {name: said_errors(paths) for name, paths in refusal.errors.items()}
        return jsonify(errors=errors, refused=said(refusal)), 422
    with database().reading() as session:
        view = queries.draft(session, page_id)
    definition = next((blocks().known(each) for each in view.blocks if each.get("id") == block_id), None)
    typed = sent_values(definition, request.form) if definition else None
    return page(page_id, block_id, refusal.errors, typed), 422


def refused(page_id: int, text: str, block_id: str) -> ResponseReturnValue:
    """A rule says no."""
    if by_script():
        return jsonify(refused=text), 422
    flash(text, "warn")
    return redirect(url_for("sales.editor", page_id=page_id, block=block_id or None), 303)


def conflict(page_id: int, base_id: int) -> ResponseReturnValue:
    """Somebody else was faster: their version, what they changed, and the choice. What was sent is kept in the page."""
    with database().reading() as session:
        theirs = queries.draft(session, page_id)
        base = queries.page_version(session, page_id, base_id)
        differences = history.compare(blocks(), base, theirs) if base else []
        author = next((row.author for row in history.history(session, page_id) if row.id == theirs.version_id), "")
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "theirs")]
    facts = {"theirs": theirs, "differences": differences, "author": author, "kept": kept, "page_id": page_id}
    if by_script():
        return jsonify(conflict=render("sales/_editor_conflict.html", **facts), theirs=theirs.version_id), 409
    return make_response(render("sales/editor_conflict.html", title=_("Somebody else was faster"), **facts), 409)
