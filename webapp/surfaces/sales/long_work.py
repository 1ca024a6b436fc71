"""Long work with its progress: one can leave the page and find it again. Each kind says what it is."""

from __future__ import annotations

from typing import NamedTuple

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.foundation.web import the_app
from webapp.reseller.partners import long_works
from webapp.reseller.partners.models import LongWork
from webapp.surfaces.shared.current import database, storage
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.storing import storing

from . import rights
from .blueprint import bp


class Kind(NamedTuple):
    """Title, where the person goes on afterwards and how that is called; `download` gets the file that came out."""

    title: str
    back: str
    back_label: str
    download: str = ""
    download_label: str = ""


#: Kind of work -> how it is shown. Who may see it is who may open the page that it came from.
KINDS = {
    "activate": Kind(N_("Activating proformas"), "sales.proformas", N_("Proformas")),
    "invoices.zip": Kind(
        N_("Putting invoices together"), "sales.invoices", N_("Invoices"), "sales.invoices_file", N_("Download the ZIP")
    ),
    "proformas.zip": Kind(
        *(N_("Putting proformas together"), "sales.proformas", N_("Proformas")),
        *("sales.proforma_papers_file", N_("Download the ZIP")),
    ),
    "prices.import": Kind(N_("Importing prices"), "sales.prices", N_("Prices")),
}


@bp.get("/work/<int:work_id>")
def long_work(work_id: int) -> str:
    """The page of one piece of work."""
    work, kind = _opened(work_id)
    return render("sales/long_work.html", title=_(kind.title), work=work, **_links(work, kind))


@bp.get("/work/<int:work_id>/progress")
def long_work_progress(work_id: int) -> str:
    """How far it is, asked for every second while it runs."""
    work, kind = _opened(work_id)
    return render("sales/_long_work.html", work=work, **_links(work, kind))


def show(work: LongWork) -> ResponseReturnValue:
    """Where a view leads after it has started work."""
    return redirect(url_for("sales.long_work", work_id=work.id), 303)


def done(work_id: int, kind: str) -> LongWork:
    """Work of this kind whose file can be fetched. Raises NotFound."""
    with database().reading() as session:
        work = long_works.get(session, work_id)
    if work.kind != kind or work.state != "done":
        raise NotFound
    return work


def file_of(work: LongWork, name: str) -> Response:
    """The ZIP that came out, piece by piece: it may be some hundred megabytes."""
    with storing():
        pieces = storage().read(work.result)
    if pieces is None:
        raise NotFound
    answer = Response(pieces, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _opened(work_id: int) -> tuple[LongWork, Kind]:
    with database().reading() as session:
        work = long_works.get(session, work_id)
    kind = KINDS.get(work.kind)
    if kind is None or not rights.may_open(kind.back):
        raise NotFound
    return work, kind


def _links(work: LongWork, kind: Kind) -> dict[str, str]:
    links = {"back_url": url_for(kind.back), "back_label": _(kind.back_label), "file_url": "", "file_label": ""}
    if work.result and kind.download in the_app().view_functions:
        links |= {"file_url": url_for(kind.download, work_id=work.id), "file_label": _(kind.download_label)}
    return links
