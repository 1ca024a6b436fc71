"""Price groups (H-42): subscribers who see other prices everywhere."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.catalog import price_groups as catalog
from webapp.reseller.catalog import rules
from webapp.reseller.catalog.price_groups import GroupRow
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.numbers import number_in

from . import price_words
from .blueprint import bp


class PriceGroupForm(Form):
    """A group's name. Subscribers never read it."""

    name = StringField(
        lazy("Name of the group"),
        [InputRequired(lazy("Please fill in this field.")), Length(max=catalog.LONGEST_NAME)],
        description=lazy("Subscribers never see it."),
        render_kw={"autocomplete": "off", "maxlength": catalog.LONGEST_NAME},
    )


@bp.get("/prices/groups")
def price_groups() -> ResponseReturnValue:
    """Every group with its rule and how many subscribers are in it."""
    return _overview(PriceGroupForm(formdata=None))


@bp.post("/prices/groups")
def add_price_group() -> ResponseReturnValue:
    """A new group: its members pay the common prices until it has some of its own."""
    form = PriceGroupForm()
    if not form.accepted():
        return _overview(form)
    try:
        with database().writing() as session:
            made = catalog.create(session, actor(), form.name.data or "").id
    except Refusal as refusal:
        form.refuse(refusal)
        return _overview(form)
    flash(_("The group is made. Say what its members pay, and put subscribers in."))
    return redirect(url_for("sales.price_group", price_group_id=made), 303)


@bp.get("/prices/groups/<int:price_group_id>")
def price_group(price_group_id: int) -> ResponseReturnValue:
    """One group: its rule, its own prices, its members."""
    found = _group(price_group_id)
    return _page(found, PriceGroupForm(formdata=None, data={"name": found.name}))


@bp.post("/prices/groups/<int:price_group_id>/rename")
@people.idempotent
def rename_price_group(price_group_id: int) -> ResponseReturnValue:
    """Another name for it."""
    found, form = _group(price_group_id), PriceGroupForm()
    if not form.accepted():
        return _page(found, form)
    try:
        with database().writing() as session:
            catalog.rename(session, actor(), price_group_id, form.name.data or "")
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(found, form)
    flash(_("The group has its new name."))
    return _back(price_group_id)


@bp.post("/prices/groups/<int:price_group_id>/delete")
def delete_price_group(price_group_id: int) -> ResponseReturnValue:
    """Delete it with its prices and rules, unless somebody is in it."""
    with told():
        with database().writing() as session:
            name = catalog.delete(session, actor(), price_group_id)
        flash(_("The group “%(name)s” is deleted.", name=name))
        return redirect(url_for("sales.price_groups"), 303)
    return _back(price_group_id)


@bp.post("/prices/groups/<int:price_group_id>/members")
@people.idempotent
def set_price_group_member(price_group_id: int) -> ResponseReturnValue:
    """Put a subscriber in (`account`), or take one out (`out`)."""
    _group(price_group_id)
    account_id, taken_out = number_in(request.form, "account"), number_in(request.form, "out")
    if account_id is not None:
        with database().writing() as session:
            catalog.put_in(session, actor(), account_id, price_group_id)
        flash(_("The subscriber sees the prices of this group from now on."))
    elif taken_out is not None:
        with database().writing() as session:
            catalog.take_out(session, actor(), taken_out, price_group_id)
        flash(_("The subscriber pays the common prices again."))
    return _back(price_group_id)


# --- parts ---------------------------------------------------------------------------------------------------


def _group(price_group_id: int) -> GroupRow:
    with database().reading() as session:
        return catalog.group(session, price_group_id)


def _back(price_group_id: int) -> ResponseReturnValue:
    return redirect(url_for("sales.price_group", price_group_id=price_group_id), 303)


def _overview(form: PriceGroupForm) -> ResponseReturnValue:
    with database().reading() as session:
        found, book = catalog.groups(session), rules.in_force(session, clock.today(site().timezone))
    of_groups = {one.id: book.mine("domain", one.id) for one in found}
    values = price_words.words(groups=found, of_groups=of_groups, tabs_list=price_words.tabs_of("sales.price_groups"))
    return respond("sales/price_groups.html", form, title=_("Price groups"), **values)


def _page(group: GroupRow, form: PriceGroupForm) -> ResponseReturnValue:
    text, new = wanted("q"), wanted("new")
    with database().reading() as session:
        found = catalog.member_page(session, group.id, text, page_number())
        outside = catalog.outside(session, group.id, new) if new else []
        book = rules.in_force(session, clock.today(site().timezone))
        own = catalog.own_prices(session, group.id)
    values: dict[str, Any] = price_words.words(group=group, found=found, outside=outside, text=text, new=new, own=own)
    page_url = pages_of("sales.price_group", price_group_id=group.id, q=text)
    rule_lists = {kind: book.mine(kind, group.id) for kind in rules.KINDS}
    kind_words = {kind: _(word) for kind, word in price_words.KIND_WORDS.items()}
    values |= {"page_url": page_url, "rule_lists": rule_lists, "kind_words": kind_words}
    return respond("sales/price_group.html", form, title=group.name, **values)
