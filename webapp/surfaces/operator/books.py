"""The books: every rule of money and provisioning in plain words, and whether it holds."""

from __future__ import annotations

from dataclasses import replace

from flask import request

from webapp.foundation import clock
from webapp.foundation.i18n import N_, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk import books as checks
from webapp.reseller.desk.books import registry
from webapp.surfaces.shared.current import availability, database
from webapp.surfaces.shared.rendering import render

from .blueprint import bp

#: Name of a check -> (what it says, what it would mean if it did not hold).
WORDS = {
    "I1 each activated line has one operation that agrees with it": (
        N_("Everything that was paid and activated was asked for exactly once, at the registry or of a person."),
        N_("Somebody may have paid for what nobody makes, or it may be made twice."),
    ),
    "I1 nothing is asked for before it was paid": (
        N_("Nothing was ordered at a registry or of a person before it was activated."),
        N_("Something was made that nobody has paid for."),
    ),
    "I1 each open operation has a worker": (
        N_("Every registry command without an outcome will be looked at again."),
        N_("An order may hang for ever."),
    ),
    registry.NAME: (
        N_("The registry says of every name what stands here: whose it is and until when."),
        N_("Somebody may pay for a name that is not there, or have one that nobody pays for."),
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
    "I4 each refund, chargeback and write-off is booked once": (
        N_("Every refund, chargeback and write-off moved its amount once; a refund that failed moved it back."),
        N_("Money was sent back that the books do not know of, or the other way round."),
    ),
    "I4 no more goes back than was paid": (
        N_("No payment was sent back or taken back for more than its amount."),
        N_("A subscriber got back more than was paid."),
    ),
    "I4 each paid proforma is settled once": (
        N_("Every paid proforma took exactly its amount, once; an unpaid one took nothing."),
        N_("Somebody paid too much, too little or nothing."),
    ),
    "I4 each invoice is over what was paid": (
        N_("Every invoice is over exactly what its proforma asked for, and that was paid."),
        N_("The tax office is told of another sale than the books."),
    ),
    "I4 no more of a price is given back than the price": (
        N_("Of no price was more given back than the price."),
        N_("A subscriber has credit that nobody paid."),
    ),
    "I4 payments less refunds are sales, credit and what was let go": (
        N_(
            "What was paid, less what went back, is what was sold, what subscribers have as credit and what was let go."
        ),
        N_("Money moved outside of the books. Compare with the account at the bank."),
    ),
    "I4 each movement of the bank is taken once": (
        N_("Every matched movement of a bank statement is one payment; every other one is none."),
        N_("A transfer was booked twice, or said to be booked and was not."),
    ),
    "I4 each payment of a gateway is taken once": (
        N_("Every online payment that was paid is one payment of the books."),
        N_("An online payment was lost or counted twice."),
    ),
    "I4 promotions and codes are used as often as they say": (
        N_("Promotions and discount codes count what their orders used, within their limits."),
        N_("A promotion may end too early, or be given more often than wanted."),
    ),
    "I5 no wholesale balance is beyond its limit": (
        N_("No partner owes more than its limit allows."),
        N_("A partner was given more credit than agreed."),
    ),
    "I6 proforma numbers are gapless and in order": (
        N_("The numbers of proformas have no gaps, no doubles, and run with the dates."),
        N_("An auditor will ask about it."),
    ),
    "I6 invoice numbers are gapless and in order": (
        N_("The numbers of invoices and corrections have no gaps, no doubles, and run with the dates."),
        N_("An auditor will ask about it."),
    ),
    "I6 numbers of money papers are gapless and in order": (
        N_("The numbers of refunds, chargebacks and other papers have no gaps, no doubles, and run with the dates."),
        N_("An auditor will ask about it."),
    ),
    "I6 each invoice is what was issued": (
        N_("Every invoice is word for word what was issued."),
        N_("Somebody changed an issued document in the database."),
    ),
    "I6 the chain of the log is unbroken": (
        N_("The log is what was written: nothing was changed, taken out or put in."),
        N_("Somebody changed the log in the database. Compare with the last link that was kept elsewhere."),
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
    "I10 each word of a gateway has an end": (
        N_("Everything that payment gateways told was worked on, or was put aside with a reason."),
        N_("A subscriber may have paid without anybody noticing."),
    ),
}


#: While somebody waits for the page: the newest names, where what went wrong lately is. All of them: the command line.
MOST, SECONDS = 300, 20.0
EVERY_NAME = "flask --app app books check --registry --most 1000000"


@bp.get("/books")
def books() -> str:
    """The rules; with `?check=now` whether each holds, with `?check=registry` also what the registry says of the newest
    names. A check only reads."""
    wanted = request.args.get("check")
    if wanted not in ("now", "registry"):
        rules = [_rule(name) for name in checks.CHECKS]
        return render("operator/books.html", title=_("Books"), most=MOST, rules=rules)
    found = checks.check(database())
    if wanted == "registry":
        found.append(_registry())
    return render(
        "operator/books.html",
        title=_("Books"),
        most=MOST,
        rules=[_rule(one.name, one) for one in found],
        broken=sum(not one.ok for one in found),
        checked_at=clock.now(),
    )


def _registry() -> checks.Invariant:
    """I2, and in words how much of it could be asked about in the time that somebody waits."""
    truth = registry.compare(database(), availability().registry, most=MOST, seconds=SECONDS)
    said = [ngettext("%(num)s name was asked about.", "%(num)s names were asked about.", truth.asked)]
    if truth.unanswered:
        said.append(ngettext("%(num)s got no answer.", "%(num)s got no answer.", truth.unanswered))
    if not truth.complete:
        said.append(_("There are more; this asks about all of them: %(command)s", command=EVERY_NAME))
    found = checks.invariant(registry.NAME, list(truth.differences))
    return replace(found, ok=truth.ok, detail=" ".join([*said, found.detail]).strip())


def _rule(name: str, result: checks.Invariant | None = None) -> dict[str, object]:
    said, risk = WORDS.get(name, (name, ""))
    return {"name": name.partition(" ")[0], "said": _(said), "risk": _(risk) if risk else "", "result": result}
