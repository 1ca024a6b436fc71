"""Heavy acts on a subscriber: merging two accounts, taking the data along, forgetting a person. Each says first what
it will do."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.desk import erasure, merge, personal_data
from webapp.surfaces.shared import people, sheets
from webapp.surfaces.shared.current import actor, database, storage
from webapp.surfaces.shared.deeds import told
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.lists import page_number, pages_of, wanted
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


@bp.route("/subscribers/<int:account_id>/merge", methods=["GET", "POST"])
@people.idempotent
def merge_subscriber(account_id: int) -> ResponseReturnValue:
    """First with whom, then what moves, then the deed."""
    into = number_in(request.values, "into")
    if into is None:
        return _choose(account_id)
    if request.method != "POST":  # HEAD too
        return _preview(account_id, into)
    with told():
        with database().writing() as session:
            merge.merge(session, actor(), account_id, into)
        flash(_("Merged: everything stands here now."))
        return redirect(url_for("sales.subscriber", account_id=into), 303)
    return redirect(url_for("sales.merge_subscriber", account_id=account_id), 303)


def _choose(account_id: int) -> ResponseReturnValue:
    text = wanted("q")
    with database().reading() as session:
        account = accounts.account(session, account_id)
        found = merge.others(session, account_id, text, page_number()) if text else None
    return render(
        "sales/subscriber_merge_with.html",
        title=_("Merge with another subscriber"),
        account=account,
        found=found,
        text=text,
        page_url=pages_of("sales.merge_subscriber", account_id=account_id, q=text),
    )


def _preview(account_id: int, into: int) -> ResponseReturnValue:
    with told():
        with database().reading() as session:
            old, new = accounts.account(session, account_id), accounts.account(session, into)
            seen = merge.preview(session, account_id, into)
        return render("sales/subscriber_merge.html", title=_("Merge two subscribers"), account=old, into=new, seen=seen)
    return redirect(url_for("sales.merge_subscriber", account_id=account_id), 303)


@bp.post("/subscribers/<int:account_id>/data")
def export_personal_data(account_id: int) -> Response:
    """Everything that we hold about the subscriber, as a ZIP."""
    with database().writing() as session:
        personal_data.exported(session, actor(), account_id)
    with database().reading() as session:
        pack = personal_data.archive(session, personal_data.holder(session, account_id))
    return sheets.zip_file(f"subscriber-{account_id}", pack)


@bp.route("/subscribers/<int:account_id>/erase", methods=["GET", "POST"])
@people.idempotent
def erase_subscriber(account_id: int) -> ResponseReturnValue:
    """What goes, what stays and why; then forget the person. The name must be typed: nothing brings it back."""
    with database().reading() as session:
        account, outlook = accounts.account(session, account_id), erasure.outlook(session, account_id)
    problem, typed = "", " ".join(request.form.get("name", "").split())
    if request.method == "POST" and typed != " ".join(account.name.split()):
        problem = _("Type the name exactly as it stands above.")
    elif request.method == "POST":
        try:
            with database().writing() as session:
                files = erasure.erase(session, actor(), account_id)
        except NotFound:
            raise
        except Refusal as refusal:
            problem = said(refusal)
        else:
            for each in files:
                storage().delete(each)
            flash(_("The subscriber is forgotten, but for what the law keeps."))
            return redirect(url_for("sales.subscriber", account_id=account_id), 303)
    page = render(
        "sales/subscriber_erase.html",
        title=_("Forget %(name)s", name=account.name),
        account=account,
        outlook=outlook,
        problem=problem,
        typed=typed,
    )
    return page, 422 if problem else 200
