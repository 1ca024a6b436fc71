"""Pages before they are published: for the editor's frame, and for those who were given a link.

Rendered by the functions of the public page. Whoever holds the signed address may look; nothing is stored or kept.
"""

from __future__ import annotations

from dataclasses import replace

from flask import g, make_response, request
from werkzeug.wrappers import Response

from webapp.foundation import clock
from webapp.foundation.refusal import NotFound
from webapp.reseller.cms import arrange
from webapp.reseller.cms import queries as cms
from webapp.reseller.cms.queries import PageView
from webapp.surfaces.shared import current, preview_tokens
from webapp.surfaces.shared.block_values import sent_values
from webapp.surfaces.shared.people import idempotent, tokenless
from webapp.surfaces.shared.preview_tokens import PreviewToken
from webapp.surfaces.shared.rendering import assembled

from .blueprint import bp
from .page_context import context_for
from .pages import framed, page_blocks, page_values


@bp.get("/<lang:lang>/preview/<token>")
def preview(token: str) -> Response:
    """The newest draft of a page. In the editor its blocks can be selected, and what is not on sale is marked."""
    opened = _opened(token)
    if opened is None:
        raise NotFound
    editing = opened.kind == "edit"
    shop = current.site()
    with current.database().reading() as session:
        view = cms.draft(session, opened.page_id)
        parts = page_values(session, view, clock.today(shop.timezone), editing=editing)
    panel = current.settings().door("panel")
    g.may_frame = parts.embeds
    return _unlisted(assembled("storefront/preview.html", parts.values | {"editing": editing, "panel_origin": panel}))


@bp.post("/<lang:lang>/preview/<token>/block")
@tokenless
@idempotent
def preview_block(token: str) -> Response:
    """One block with what is being typed, as markup. Nothing is stored: saving is the panel's affair."""
    opened = _opened(token)
    if opened is None or opened.kind != "edit":
        raise NotFound
    shop, types = current.site(), current.blocks()
    with current.database().reading() as session:
        view = _with_typed(cms.draft(session, opened.page_id))
        context, _until = context_for(session, shop, view, clock.today(shop.timezone), editing=True)
        found = page_blocks(view, context, request.form.get("block", ""))
    if not found or not types.known(found[0][0].stored):
        raise NotFound
    return _unlisted(str(framed(*found[0])))


def _opened(token: str) -> PreviewToken | None:
    return preview_tokens.read(token, current.site().partner_id)


def _with_typed(view: PageView) -> PageView:
    """The page with the values of one block as they were sent. Wrong ones are shown as far as they can be read."""
    types, block_id = current.blocks(), request.form.get("block", "")
    stored = view.blocks[arrange.place_of(view.blocks, block_id)]
    definition = types.known(stored)
    if definition is None:
        return view
    typed = definition.clean(types.values(stored) | sent_values(definition, request.form))[0]
    return replace(view, blocks=arrange.filled(types, view.blocks, block_id, typed))


def _unlisted(html: str) -> Response:
    answer = make_response(html)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
