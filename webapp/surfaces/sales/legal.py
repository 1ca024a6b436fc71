"""Terms: the legal library of the shop (H-55): what is in force in each language, its versions, a new version."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webapp.foundation import i18n, urls
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import legal
from webapp.reseller.cms.legal import LegalView, Rules
from webapp.reseller.orders import documents as accepted
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, settings, site
from webapp.surfaces.shared.forms import Form, lazy, respond
from webapp.surfaces.shared.rendering import render

from .blueprint import bp


class VersionForm(Form):
    """The text of a new version, and what it asks of people."""

    title = StringField(lazy("Title"), [InputRequired(lazy("Give the document a title.")), Length(max=120)])
    html = TextAreaField(
        lazy("Text"), [InputRequired(lazy("A legal document cannot be empty."))],
        render_kw={"rows": "24", "data-rich": ""},
        description=lazy("Headings, paragraphs, lists and links. An empty line begins a new paragraph."),
    )  # fmt: skip
    must_accept = BooleanField(lazy("Must be accepted with every order"))
    ask_again = BooleanField(
        lazy("Ask existing subscribers again"),
        description=lazy("Those who accepted an older version see this one in their panel and are asked to accept it."),
    )


class NewDocumentForm(VersionForm):
    """A document of the partner's own."""

    locale = SelectField(lazy("Language"))
    kind = StringField(
        lazy("Address"), [Length(max=40)], description=lazy("Left empty, it is made from the title."),
    )  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.locale.choices = [(each, i18n.LANGUAGE_NAMES[each]) for each in site().locales]


@dataclass(frozen=True)
class Row:
    """A document of the list with its newest version per language of the shop; None where it is missing."""

    kind: str
    title: str
    cells: list[tuple[str, LegalView | None]]


@bp.get("/site/documents")
def legal_documents() -> str:
    """The library by section."""
    with database().reading() as session:
        rows = _rows(legal.newest(session))
    library = [(label, [row for row in rows if _section(row.kind) == key]) for key, label in legal.SECTIONS.items()]
    return render("sales/legal.html", title=_("Legal documents"), library=library, locales=site().locales)


def _section(kind: str) -> str:
    return legal.SECTION_OF.get(kind, "own")


def _rows(newest: list[LegalView]) -> list[Row]:
    """The documents that every shop should have, filled or not, then the partner's own."""
    found: dict[str, dict[str, LegalView]] = {kind: {} for kind in legal.SECTION_OF}
    for view in newest:
        found.setdefault(view.kind, {})[view.locale] = view
    return [_row(kind, views) for kind, views in found.items()]


def _row(kind: str, views: dict[str, LegalView]) -> Row:
    here = views.get(i18n.current_locale()) or next(iter(views.values()), None)
    title = here.title if here else _(legal.SECTIONS[_section(kind)])
    return Row(kind, title, [(locale, views.get(locale)) for locale in site().locales])


@bp.route("/site/documents/new", methods=["GET", "POST"])
@people.role("owner")
def new_legal_document() -> ResponseReturnValue:
    """A document of the partner's own."""
    form = NewDocumentForm(data={"locale": site().locale})
    if form.accepted():
        kind = (form.kind.data or "").strip() or _address(form.title.data or "")
        if _published(form, kind, form.locale.data, new=True):
            return redirect(url_for("sales.legal_document", kind=kind, locale=form.locale.data), 303)
    return respond("sales/legal_new.html", form, title=_("New document"))


@bp.get("/site/documents/<kind>/<locale>")
def legal_document(kind: str, locale: str) -> ResponseReturnValue:
    """A document in one language: what is in force, its versions, and a form for the next one."""
    return _document(kind, locale, None)


@bp.post("/site/documents/<kind>/<locale>/publish")
@people.role("owner")
def publish_legal_document(kind: str, locale: str) -> ResponseReturnValue:
    """A new version, in force at once."""
    with database().reading() as session:
        _known(session, kind, locale)
    form = VersionForm()
    if form.accepted() and _published(form, kind, locale):
        return redirect(url_for("sales.legal_document", kind=kind, locale=locale), 303)
    return _document(kind, locale, form)


def _document(kind: str, locale: str, sent: VersionForm | None) -> ResponseReturnValue:
    with database().reading() as session:
        past = _known(session, kind, locale)
        current = legal.document(session, kind, locale)
        counts = {one.version: accepted.times_accepted(session, kind, locale, one.version) for one in past[:20]}
    form = sent or VersionForm(formdata=None, data=_start(kind, current))
    title = current.title if current else past[0].title if past else _(legal.SECTIONS[_section(kind)])
    values: dict[str, Any] = {"past": past, "current": current, "counts": counts, "kind": kind, "locale": locale}
    return respond("sales/legal_document.html", form, title=title, public_url=_public(kind, locale), **values)


@bp.post("/site/documents/<kind>/<locale>/withdraw")
@people.role("owner")
@people.idempotent
def withdraw_legal_document(kind: str, locale: str) -> ResponseReturnValue:
    """Take a document out of force."""
    try:
        with database().writing() as session:
            legal.withdraw(session, actor(), kind, locale)
        flash(_("The document is no longer in force. Publishing it again brings it back."))
    except Refusal as refusal:
        flash(_(refusal.message), "warn")
    return redirect(url_for("sales.legal_document", kind=kind, locale=locale), 303)


def _known(session: Session, kind: str, locale: str) -> list[LegalView]:
    """The versions in this language; NotFound for a kind that is neither the library's nor one of the partner's."""
    if locale not in site().locales:
        raise NotFound
    past = legal.versions(session, kind, locale)
    if not past and kind not in legal.SECTION_OF and not any(one.kind == kind for one in legal.newest(session)):
        raise NotFound
    return past


def _start(kind: str, current: LegalView | None) -> dict[str, Any]:
    if current is None:
        return {"must_accept": kind == "terms"}
    return {"title": current.title, "html": str(current.html), "must_accept": current.must_accept}


def _public(kind: str, locale: str) -> str:
    return urls.shop_url(settings(), site(), f"/{locale}/documents/{kind}")


def _published(form: VersionForm, kind: str, locale: str, new: bool = False) -> bool:
    try:
        with database().writing() as session:
            if new and legal.versions(session, kind, locale):
                raise Refusal("kind", i18n.N_("There is a document at this address already."), field="kind")
            rules = Rules(form.must_accept.data, form.ask_again.data)
            text = _markup(form.html.data or "")
            made = legal.publish(session, actor(), kind, locale, form.title.data or "", text, rules)
            version = made.version
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    flash(_("Version %(version)s is in force now.", version=version))
    return True


def _markup(text: str) -> str:
    """What was typed as HTML: plain text becomes paragraphs at its empty lines."""
    if re.search(r"<(p|h[2-4]|ul|ol|blockquote|br)\b", text):
        return text
    parts = [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]
    return "".join(f"<p>{Markup('<br>').join(escape(part).split(chr(10)))}</p>" for part in parts)


def _address(title: str) -> str:
    """ "Umowa powierzenia danych" as "umowa-powierzenia-danych"."""
    plain = unicodedata.normalize("NFKD", title.lower().replace("ł", "l").replace("ß", "ss"))
    return re.sub(r"[^a-z]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")[:40].strip("-")
