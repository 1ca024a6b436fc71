"""The versions of a page: list, two of them side by side, and the way back to one."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.cms import history, operations, queries
from webapp.surfaces.shared.current import actor, blocks, database
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

#: How a version came about.
KINDS = {
    "auto": N_("saved by itself"),
    "saved": N_("saved"),
    "restored": N_("restored"),
    "starter": N_("from the starter"),
}
#: What became of a block.
DEEDS = {
    "added": N_("added"),
    "removed": N_("removed"),
    "changed": N_("changed"),
    "moved": N_("moved"),
    "hidden": N_("hidden"),
    "shown": N_("shown again"),
}


@bp.get("/site/pages/<int:page_id>/history")
def site_history(page_id: int) -> str:
    """Every version that is kept, the newest first."""
    with database().reading() as session:
        page = queries.draft(session, page_id)
        versions = history.history(session, page_id)
    title = _("History of “%(title)s”", title=page.title)
    return render("sales/site_history.html", title=title, page=page, versions=versions, kinds=KINDS)


@bp.get("/site/pages/<int:page_id>/compare")
def site_compare(page_id: int) -> str:
    """Two versions side by side, the older one on the left."""
    numbers = sorted(whole_number(request.args.get(name, "")) or 0 for name in ("a", "b"))
    with database().reading() as session:
        page = queries.draft(session, page_id)
        found = [queries.page_version(session, page_id, number) for number in numbers]
    before, after = found
    if before is None or after is None:
        raise NotFound
    differences = history.compare(blocks(), before, after)
    return render(
        "sales/site_compare.html", title=_("Compare versions"), page=page, before=before, after=after,
        differences=differences, deeds=DEEDS,
    )  # fmt: skip


@bp.post("/site/pages/<int:page_id>/restore")
def site_restore(page_id: int) -> ResponseReturnValue:
    """An older version becomes the draft."""
    with database().writing() as session:
        operations.restore(session, actor(), page_id, whole_number(request.form.get("version", "")) or 0)
    flash(_("The older version is the draft now. Publish it to show it to visitors."))
    return redirect(url_for("sales.editor", page_id=page_id), 303)
