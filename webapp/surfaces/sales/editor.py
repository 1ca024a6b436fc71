"""The block editor: a page's blocks, the form of one, the live preview; the picker; what stands before publishing."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import request

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.foundation.web import the_app
from webapp.reseller.cms import arrange, queries
from webapp.reseller.cms.kit import Definition
from webapp.reseller.cms.queries import PageView
from webapp.surfaces.shared.current import blocks, database
from webapp.surfaces.shared.rendering import render

from . import editor_answers as answers
from .blueprint import bp
from .editor_state import block_form


@bp.get("/site/pages/<int:page_id>/edit")
def editor(page_id: int) -> str:
    """The editor of a page's draft; `?block=` opens the form of a block (a script gets just that)."""
    block_id = request.args.get("block", "")
    return _form(page_id, block_id) if block_id and answers.by_script() else answers.page(page_id, block_id)


def _form(page_id: int, block_id: str) -> str:
    with database().reading() as session:
        view = queries.draft(session, page_id)
        form = block_form(session, view, block_id)
    if form is None:
        raise NotFound
    return render("sales/_editor_block.html", view=view, form=form, selected=block_id)


@bp.get("/site/pages/<int:page_id>/edit/add")
def editor_add(page_id: int) -> str:
    """Every kind of block with its picture: a page, or the content of the editor's dialog."""
    with database().reading() as session:
        view = queries.draft(session, page_id)
    values: dict[str, Any] = {"view": view, "groups": _offered(view), "after": request.args.get("after")}
    if answers.by_script():
        return render("sales/_editor_picker.html", **values)
    return render("sales/editor_picker.html", title=_("Add a block"), **values)


def _offered(view: PageView) -> list[tuple[str, list[dict[str, Any]]]]:
    kinds = [kind for kind in blocks().by_name.values() if kind.presets]
    order = list(dict.fromkeys(kind.group for kind in kinds))
    kinds.sort(key=lambda kind: order.index(kind.group))
    return [(_(name), [_offer(kind, view) for kind in some]) for name, some in groupby(kinds, lambda kind: kind.group)]


def _offer(kind: Definition, view: PageView) -> dict[str, Any]:
    picture = f"editor/blocks/{kind.type}.webp"
    return {
        "type": kind.type,
        "label": _(kind.label),
        "icon": kind.icon,
        "picture": the_app().statics.url(picture) if the_app().statics.has(picture) else None,
        "presets": [_(preset.label) for preset in kind.presets],
        "full": arrange.full(view.blocks, kind),
    }
