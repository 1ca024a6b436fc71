"""The books: every rule of money and provisioning in plain words, and whether it holds."""

from __future__ import annotations

from flask import request

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk import books as checks
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

#: Name of a check -> (what it says, what it would mean if it did not hold).
WORDS = {
    "I1 each activated line has one operation that agrees with it": (
        N_("Everything that was paid and activated was asked for at the registry exactly once."),
        N_("Somebody may have paid for a name that nobody registers, or a name may be registered twice."),
    ),
    "I1 each open operation has a worker": (
        N_("Every registry command without an outcome will be looked at again."),
        N_("An order may hang for ever."),
    ),
    "I3 each ledger entry sums to zero": (
        N_("Every entry of the ledger takes as much as it gives."),
        N_("Money appeared or vanished in the books."),
    ),
    "I3 each credit equals its postings": (
        N_("Every subscriber's credit is the sum of its entries."),
        N_("A credit was changed without an entry that says why."),
    ),
    "I3 each wholesale balance equals its postings": (
        N_("Every partner's balance is the sum of its entries."),
        N_("A balance was changed without an entry that says why."),
    ),
    "I4 each payment is booked once": (
        N_("Every payment stands in the ledger once, with its amount."),
        N_("A payment was lost or counted twice."),
    ),
    "I4 each paid proforma is settled once": (
        N_("Every paid proforma took exactly its amount, once; an unpaid one took nothing."),
        N_("Somebody paid too much, too little or nothing."),
    ),
    "I5 no wholesale balance is beyond its limit": (
        N_("No partner owes more than its limit allows."),
        N_("A partner was given more credit than agreed."),
    ),
    "I6 proforma numbers are gapless and in order": (
        N_("The numbers of proformas have no gaps, no doubles, and run with the dates."),
        N_("An auditor will ask about it."),
    ),
    "I7 one renewal for each domain and expiry": (
        N_("No domain is renewed twice from the same date."),
        N_("A subscriber may have paid for two years instead of one."),
    ),
    "I8 no row points to another tenant": (
        N_("No partner's data lead to another partner's."),
        N_("One partner might see what belongs to another. Look at this at once."),
    ),
    "I9 the outbox moves": (
        N_("Mails and registry commands go out: nothing is overdue, nothing is given up."),
        N_("Work lies about: look at the first page, and whether a worker runs."),
    ),
}


@bp.get("/books")
def books() -> str:
    """The rules; with `?check=now` also whether each holds. A check only reads."""
    if request.args.get("check") != "now":
        return render("operator/books.html", title=_("Books"), rules=[_rule(name) for name in checks.CHECKS])
    found = checks.check(database())
    return render(
        "operator/books.html",
        title=_("Books"),
        rules=[_rule(one.name, one) for one in found],
        broken=sum(not one.ok for one in found),
        checked_at=clock.now(),
    )


def _rule(name: str, result: checks.Invariant | None = None) -> dict[str, object]:
    said, risk = WORDS.get(name, (name, ""))
    return {"name": name.partition(" ")[0], "said": _(said), "risk": _(risk) if risk else "", "result": result}
