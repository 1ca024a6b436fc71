"""Statements of the bank: bring a file, see what became of it, decide about the rest."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from webapp.foundation.i18n import N_, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.reseller.billing import bank, bank_queries, statements
from webapp.reseller.billing import queries as billing
from webapp.reseller.billing.bank import Imported
from webapp.reseller.billing.bank_models import BankLine, BankStatement
from webapp.reseller.billing.statements import letters
from webapp.reseller.desk import lists
from webapp.reseller.orders import matching
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import SYSTEM
from webapp.surfaces.shared import people
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import Form, lazy
from webapp.surfaces.shared.lists import chips_of, page_number, pages_of, wanted
from webapp.surfaces.shared.rendering import render

from .bank_columns import own_profile
from .blueprint import bp

LISTS = {"open": N_("To decide"), "matched": N_("Booked"), "ignored": N_("Left out")}
#: Movements that are matched before the answer goes out; a job does the rest.
_AT_ONCE = 40
WARNINGS = {
    "balance": N_("The movements do not lead from the opening to the closing balance: something may be missing."),
    "gap": N_("It does not follow the statement before it: one in between may be missing."),
    "early": N_("A later statement was imported before this one."),
}
RULES = {
    "number": N_("by the number in its title"),
    "symbol": N_("by its variable symbol"),
    "person": N_("by hand"),
    "outgoing": N_("money that went out"),
    "twin": N_("Another file seems to have this movement too: look before you book it"),
}


class ImportForm(Form):
    """A file of the bank."""

    file = FileField(
        lazy("Statement"),
        [FileRequired(lazy("Choose a file."))],
        description=lazy("MT940, CAMT.053 or CSV, up to 10 MB. You can also drop the file here."),
        render_kw={"accept": ".sta,.mt940,.940,.txt,.xml,.csv,.exp"},
    )
    encoding = SelectField(lazy("Letters"), description=lazy("Choose one only if names come out wrong."), default="")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.encoding.choices = [("", _("find out")), *((name, name.upper()) for name in letters.ENCODINGS)]


@bp.get("/bank")
def bank_page() -> ResponseReturnValue:
    """What the bank says and nobody has decided about, and the place for the next file."""
    return _page(ImportForm(formdata=None))


def _page(form: ImportForm) -> ResponseReturnValue:
    which, text = wanted("list", LISTS) or "open", wanted("q")
    with database().reading() as session:
        found = bank_queries.lines(session, which, text, page_number())
        counts, newest = bank_queries.counts(session), bank_queries.statements(session).items[:1]
        facts = line_facts(session, found.items)
        account = partners.partner(session).iban
    labels = {name: _(label) for name, label in LISTS.items()}
    chips = chips_of("sales.bank_page", "list", which, labels, counts, q=text)
    page = render(
        "sales/bank.html",
        title=_("Bank"),
        form=form,
        found=found,
        which=which,
        text=text,
        chips_list=chips,
        account=account,
        newest=newest,
        page_url=pages_of("sales.bank_page", list=which, q=text),
        **facts,
    )
    return page, form.status if form.errors else 200


def line_facts(session: Any, found: list[BankLine]) -> dict[str, Any]:
    """What the rows of a list of movements say beside themselves."""
    paid = bank_queries.payments_of_lines(session, [line.id for line in found])
    suggested = billing.proformas_by_id(session, [each["proforma_id"] for line in found for each in line.suggestions])
    covered = [number for payment in paid.values() for number in (payment.covers or [payment.proforma_id])]
    return {
        "paid": paid,
        "owners": lists.account_names(session, [payment.account_id for payment in paid.values()]),
        "numbers": lists.proforma_numbers(session, covered) | {key: each.number for key, each in suggested.items()},
        "suggestions": {line.id: matching.still_good(line, suggested) for line in found},
        "rules": {name: _(text) for name, text in RULES.items()},
        "why": {name: _(text) for name, text in matching.WHY.items()},
    }


@bp.post("/bank")
@people.idempotent
def bank_import() -> ResponseReturnValue:
    """Take a file in. A second time it says that it is known."""
    form = ImportForm()
    if not form.accepted():
        return _page(form)
    file = form.file.data
    raw = file.stream.read(statements.MAX_BYTES + 1)
    try:
        found = statements.read(raw, encoding=form.encoding.data, profile=own_profile(), currency=site().currency)
        with database().writing() as session:
            stored = bank.store(session, actor(), file.filename or "", raw, found)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(form)
    return _told(stored)


def _told(stored: list[Imported]) -> ResponseReturnValue:
    for each in stored:
        with database().writing() as session:
            matching.match_new(session, SYSTEM, each.statement.id, _AT_ONCE)
    added, known = sum(each.added for each in stored), sum(each.known for each in stored)
    flash(ngettext("%(num)s new movement.", "%(num)s new movements.", added))
    if known:
        flash(ngettext("%(num)s movement was known already.", "%(num)s movements were known already.", known), "warn")
    if len(stored) == 1:
        return redirect(url_for("sales.bank_statement", statement_id=stored[0].statement.id), 303)
    return redirect(url_for("sales.bank_statements"), 303)


@bp.get("/bank/statements")
def bank_statements() -> str:
    """Every statement that was imported."""
    with database().reading() as session:
        found = bank_queries.statements(session, page_number())
    page_url = pages_of("sales.bank_statements")
    return render("sales/bank_statements.html", title=_("Statements"), found=found, page_url=page_url)


@bp.get("/bank/statements/<int:statement_id>")
def bank_statement(statement_id: int) -> str:
    """One statement: what it says, what became of its movements."""
    with database().reading() as session:
        document = bank_queries.statement(session, statement_id)
        found = bank_queries.of_statement(session, statement_id, page_number())
        facts = line_facts(session, found.items)
        outcome = bank_queries.outcome(session, statement_id)
    return render(
        "sales/bank_statement.html",
        title=_title(document),
        statement=document,
        found=found,
        outcome=outcome,
        warnings_said=[_(WARNINGS[name]) for name in document.warnings if name in WARNINGS],
        page_url=pages_of("sales.bank_statement", statement_id=statement_id),
        **facts,
    )


def _title(document: BankStatement) -> str:
    return _("Statement %(number)s", number=document.number) if document.number else document.file_name
