"""Groups of endings (H-54): the list of groups, and one group with its order, its spotlight and its name.

Pages, blocks and search boxes of the shop choose a group; wherever none is chosen the default one is shown.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.text import to_unicode
from webapp.reseller.catalog import group, queries
from webapp.reseller.catalog.queries import GroupRow
from webapp.reseller.cms import group_uses
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, blocks, database
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy, respond, said
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

#: What is said after a step; read out where the list is swapped.
DONE = {
    "up": N_(".%(tld)s is number %(place)s now."),
    "down": N_(".%(tld)s is number %(place)s now."),
    "spotlight": N_(".%(tld)s stands under the search now."),
    "no_spotlight": N_(".%(tld)s does not stand under the search any more."),
    "add": N_(".%(tld)s is in the group, at the end of the list."),
    "remove": N_(".%(tld)s is not in the group any more."),
}


class GroupForm(Form):
    """A group's name. Visitors never read it."""

    name = StringField(
        lazy("Name of the group"),
        [InputRequired(lazy("Please fill in this field.")), Length(max=group.LONGEST_NAME)],
        render_kw={"autocomplete": "off"},
    )


@bp.get("/site/groups")
@people.role("owner")
def tld_groups() -> ResponseReturnValue:
    """Every group, with where it is shown."""
    return _overview(GroupForm(formdata=None))


@bp.post("/site/groups")
@people.role("owner")
def add_tld_group() -> ResponseReturnValue:
    """A new group, which begins with what the default one holds."""
    form = GroupForm()
    if not form.accepted():
        return _overview(form)
    try:
        with database().writing() as session:
            made = group.create(session, actor(), form.name.data or "").id
    except Refusal as refusal:
        form.refuse(refusal)
        return _overview(form)
    return redirect(url_for("sales.tld_group", group_id=made), 303)


@bp.get("/site/groups/<int:group_id>")
@people.role("owner")
def tld_group(group_id: int) -> ResponseReturnValue:
    """One group: its endings in their order, and what else can be done with it."""
    found = _own(group_id)
    return _page(found, GroupForm(formdata=None, data={"name": found.name}))


@bp.post("/site/groups/<int:group_id>/rename")
@people.role("owner")
@people.idempotent
def rename_tld_group(group_id: int) -> ResponseReturnValue:
    """Another name for it."""
    found, form = _own(group_id), GroupForm()
    if not form.accepted():
        return _page(found, form)
    try:
        with database().writing() as session:
            group.rename(session, actor(), group_id, form.name.data or "")
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(found, form)
    flash(_("The group has its new name."))
    return redirect(url_for("sales.tld_group", group_id=group_id), 303)


@bp.post("/site/groups/<int:group_id>/default")
@people.role("owner")
@people.idempotent
def make_default_group(group_id: int) -> ResponseReturnValue:
    """Show it wherever no other is chosen."""
    with database().writing() as session:
        group.make_default(session, actor(), group_id)
    flash(_("This group is shown wherever no other is chosen."))
    return redirect(url_for("sales.tld_group", group_id=group_id), 303)


@bp.post("/site/groups/<int:group_id>/delete")
@people.role("owner")
def delete_tld_group(group_id: int) -> ResponseReturnValue:
    """Delete it, unless a page shows it."""
    found = _own(group_id)
    if _uses(group_id):
        flash(_("Pages show this group: choose another one there first."), "warn")
        return redirect(url_for("sales.tld_group", group_id=group_id), 303)
    with told():
        with database().writing() as session:
            group.delete(session, actor(), group_id)
        flash(_("The group “%(name)s” is deleted.", name=found.name))
        return redirect(url_for("sales.tld_groups"), 303)
    return redirect(url_for("sales.tld_group", group_id=group_id), 303)


@bp.post("/site/groups/<int:group_id>/endings/<int:product_id>")
@people.role("owner")
def move_ending(group_id: int, product_id: int) -> ResponseReturnValue:
    """One step with one ending; the list comes back with a sentence about it."""
    action = request.form.get("action", "")
    try:
        with database().writing() as session:
            place = group.step(session, actor(), group_id, product_id, action)
            product = queries.product(session, product_id)
        said_now, tone = _(DONE[action], tld=to_unicode(product.code if product else ""), place=place), "ok"
    except NotFound:
        raise
    except Refusal as refusal:
        said_now, tone = said(refusal), "warn"
    return _after_step(group_id, said_now, tone, product_id)


@bp.post("/site/groups/<int:group_id>/order")
@people.role("owner")
@people.idempotent
def arrange_group(group_id: int) -> ResponseReturnValue:
    """The order after something was dragged: `ids`, with commas."""
    sent = (whole_number(each) for each in request.form.get("ids", "")[:2000].split(","))
    ids = [each for each in sent if each is not None]
    with database().writing() as session:
        group.arrange(session, actor(), group_id, ids)
    return _after_step(group_id, _("The new order is saved."), "ok", 0)


# --- parts ---------------------------------------------------------------------------------------------------


def _own(group_id: int) -> GroupRow:
    with database().reading() as session:
        found = next((each for each in queries.groups(session) if each.id == group_id), None)
    if found is None:
        raise NotFound
    return found


def _uses(group_id: int) -> list[group_uses.PageUse]:
    with database().reading() as session:
        return group_uses.uses(session, blocks()).get(group_id, [])


def _overview(form: GroupForm) -> ResponseReturnValue:
    with database().reading() as session:
        found, uses = queries.groups(session), group_uses.uses(session, blocks())
    values: dict[str, Any] = {"groups": found, "uses": uses, "unicode_tld": to_unicode}
    return respond("sales/groups.html", form, title=_("Groups of endings"), **values)


def _page(found: GroupRow, form: GroupForm) -> ResponseReturnValue:
    values = _lists(found.id) | {"said": "", "moved": 0, "uses": _uses(found.id), "group": found}
    return respond("sales/group.html", form, title=found.name, **values)


def _after_step(group_id: int, said_now: str, tone: str, moved: int) -> ResponseReturnValue:
    if getattr(request, "is_htmx", False):
        return render("sales/_group_order.html", said=said_now, tone=tone, moved=moved, **_lists(group_id))
    flash(said_now, "warn" if tone == "warn" else "message")
    return redirect(url_for("sales.tld_group", group_id=group_id), 303)


def _lists(group_id: int) -> dict[str, Any]:
    with database().reading() as session:
        inside, outside = group.rows(session, group_id)
    return {"group_id": group_id, "shown_rows": inside, "hidden_rows": outside, "unicode_tld": to_unicode}
