"""Every change that the editor makes: one address, the deed in `do` ("up b1"), the version that it was made on.

A script gets JSON, everybody else a page. Nothing is overwritten: who comes second is asked what to do (409).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.foundation.i18n import gettext, ngettext, use_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import arrange, queries
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.kit import Stored
from webapp.reseller.cms.queries import PageView
from webapp.reseller.cms.shape import BlocksRefused
from webapp.surfaces.shared.block_values import sent_values
from webapp.surfaces.shared.current import actor, blocks, database
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.people import idempotent

from . import editor_answers as answers
from .blueprint import bp


@dataclass(frozen=True)
class Done:
    """What a deed did: the page's new blocks (None: nothing to save), the block to show next, what to announce."""

    blocks: list[Stored] | None
    selected: str = ""
    say: str = ""


#: A place in a list. `str.isdigit` takes letters that `int` does not.
_SMALL = re.compile(r"[0-9]{1,4}")

Deed = Callable[[PageView, str], Done]


@bp.post("/site/pages/<int:page_id>/edit")
@idempotent
def editor_change(page_id: int) -> ResponseReturnValue:
    """Do one thing to the draft. It is idempotent: the version that it was made on is the current one only once."""
    deed, _sep, rest = request.form.get("do", "").partition(" ")
    try:
        done = _steps(page_id, deed) if deed in ("undo", "redo") else _changed(page_id, deed, rest.strip())
    except NotFound:
        raise
    except BlocksRefused as refusal:
        return answers.wrong(page_id, refusal, _sent_block())
    except Refusal as refusal:
        if refusal.code == "edited_meanwhile":
            return answers.conflict(page_id, _number("version"))
        return answers.refused(page_id, said(refusal), _sent_block())
    return answers.done(page_id, done.selected, done.say)


def _changed(page_id: int, deed: str, rest: str) -> Done:
    if deed not in DEEDS:
        raise NotFound
    with database().writing() as session:
        base = queries.page_version(session, page_id, _number("version"))
        if base is None:
            raise NotFound
        done = DEEDS[deed](base, rest)
        if done.blocks is not None:
            _save(session, base, done.blocks)
    return done


def _save(session: Session, base: PageView, new: list[Stored]) -> None:
    kept: dict[str, Any] = {"title": base.title, "description": base.description, "settings": base.settings}
    theirs = _number("theirs")
    if theirs:
        cms.take_over(session, actor(), blocks(), base.page_id, theirs, blocks=new, **kept)
    else:
        kind = "auto" if answers.by_script() else "saved"
        cms.save_draft(session, actor(), blocks(), base.page_id, base.version_id, blocks=new, kind=kind, **kept)


def _steps(page_id: int, deed: str) -> Done:
    step = cms.undo if deed == "undo" else cms.redo
    with database().writing() as session:
        step(session, actor(), page_id, _number("version"))
    return Done(None, _sent_block(), _("Undone") if deed == "undo" else _("Done again"))


def _number(name: str) -> int:
    return whole_number(request.form.get(name, "")) or 0


def _sent_block() -> str:
    return request.form.get("block", "")


# --- deeds: (the version that it is done to, its object) -> what to save ----------------------------------------


def _fill(base: PageView, block_id: str) -> Done:
    """Save the form of a block."""
    stored = base.blocks[arrange.place_of(base.blocks, block_id)]
    definition = blocks().known(stored)
    if definition is None:
        raise NotFound
    data = blocks().values(stored) | sent_values(definition, request.form)
    return Done(arrange.filled(blocks(), base.blocks, block_id, data), block_id)


def _entries(base: PageView, rest: str) -> Done:
    """Save the form with an entry more, fewer or elsewhere: "b1 add items", "b1 up items.2"."""
    block_id, _sep, order = rest.partition(" ")
    deed, _sep, path = order.partition(" ")
    filled = _fill(base, block_id).blocks or []
    stored = filled[arrange.place_of(filled, block_id)]
    definition = blocks().known(stored)
    if definition is None:
        raise NotFound
    data = arrange.entries_changed(definition, stored["data"], deed, path)
    return Done(arrange.filled(blocks(), filled, block_id, data), block_id)


def _add(base: PageView, rest: str) -> Done:
    """ "faq 0": the first preset of a type, after the block that `after` names."""
    name, _sep, preset = rest.partition(" ")
    definition = blocks().by_name.get(name)
    if definition is None or not _SMALL.fullmatch(preset):
        raise NotFound
    with use_locale(base.locale):
        block = arrange.made(definition, int(preset), gettext)
    say = _("%(block)s added", block=_(definition.label))
    return Done(arrange.added(base.blocks, block, request.form.get("after")), block["id"], say)


def _move(base: PageView, rest: str) -> Done:
    """ "b1 3": to the position 3, counted from 1."""
    block_id, _sep, place = rest.partition(" ")
    if not _SMALL.fullmatch(place):
        raise NotFound
    return _moved(base, block_id, int(place) - 1)


def _up(base: PageView, block_id: str) -> Done:
    return _moved(base, block_id, max(0, arrange.place_of(base.blocks, block_id) - 1))


def _down(base: PageView, block_id: str) -> Done:
    return _moved(base, block_id, arrange.place_of(base.blocks, block_id) + 1)


def _moved(base: PageView, block_id: str, place: int) -> Done:
    new = arrange.moved(base.blocks, block_id, place)
    numbers = {"place": arrange.place_of(new, block_id) + 1, "count": len(new)}
    return Done(new, "", _("Block moved to position %(place)s of %(count)s", **numbers))


def _twin(base: PageView, block_id: str) -> Done:
    new, twin = arrange.duplicated(blocks(), base.blocks, block_id)
    return Done(new, twin, _("Block duplicated"))


def _hide(base: PageView, block_id: str) -> Done:
    return Done(arrange.hidden(base.blocks, block_id, hide=True), _sent_block(), _("Hidden from visitors"))


def _show(base: PageView, block_id: str) -> Done:
    return Done(arrange.hidden(base.blocks, block_id, hide=False), _sent_block(), _("Visitors see it again"))


def _delete(base: PageView, block_id: str) -> Done:
    new = arrange.removed(base.blocks, block_id)
    left = ngettext("Block deleted; %(num)s block is left", "Block deleted; %(num)s blocks are left", len(new))
    return Done(new, "", left)


DEEDS: dict[str, Deed] = {
    "save": _fill,
    "entry": _entries,
    "add": _add,
    "move": _move,
    "up": _up,
    "down": _down,
    "twin": _twin,
    "hide": _hide,
    "show": _show,
    "delete": _delete,
}
