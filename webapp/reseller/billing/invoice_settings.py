"""The partner's rules for VAT invoices: the pattern of their numbers, when they are made, who bears which tax."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.audit import Actor, record
from webapp.reseller.partners.models import Partner

KEY = "invoices"
#: Numbers of documents are long enough to be read out on the telephone; KSeF and banks take 35 signs in a title.
LONGEST_NUMBER = 35
_FIELD = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"number(?::0([1-9]))?")
#: What may stand between the fields: letters, digits and the signs that people divide numbers with.
_PLAIN = re.compile(r"[^\W_]*(?:[ ./_-][^\W_]*)*")


@dataclass(frozen=True)
class InvoiceSettings:
    """`pattern` and `corrections` hold {year} and {number} or {number:05}; `split_payment`: the partner's services
    stand in annex 15 of the Polish VAT act."""

    pattern: str
    corrections: str
    automatic: bool = False
    payer_of_vat: bool = True
    oss: bool = False
    split_payment: bool = False


#: Country -> what numbers of invoices and of corrections begin with there: Faktura VAT, Rechnung ...
CUSTOMS = {"PL": ("FV", "FK"), "DE": ("RE", "RK"), "AT": ("RE", "RK"), "CH": ("RE", "RK"), "LI": ("RE", "RK")}
_ELSEWHERE = ("INV", "COR")


def settings_of(partner: Partner) -> InvoiceSettings:
    """The partner's own, defaults where there is none. What is stored in another shape than ours counts for nothing."""
    everything: Any = partner.settings
    stored = everything.get(KEY) if isinstance(everything, dict) else None
    named, usual = (stored if isinstance(stored, dict) else {}), vars(_customary(partner.country))
    fitting = {key: named[key] for key, value in usual.items() if type(named.get(key)) is type(value)}
    return InvoiceSettings(**{**usual, **fitting})


def _customary(country: str) -> InvoiceSettings:
    """What holds until the partner says otherwise."""
    invoice, correction = CUSTOMS.get(country, _ELSEWHERE)
    return InvoiceSettings(f"{invoice}/{{year}}/{{number:05}}", f"{correction}/{{year}}/{{number:05}}")


def change_settings(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> InvoiceSettings:
    """Write some of the rules anew. They hold for documents to come. Raises Refusal for a pattern that cannot count."""
    mine = select(Partner).where(Partner.id == partners.tenant_of(session)).with_for_update()
    partner = session.scalars(mine.execution_options(populate_existing=True)).one()
    rules = InvoiceSettings(**{**asdict(settings_of(partner)), **wanted})
    _check(rules)
    partner.settings = {**partner.settings, KEY: asdict(rules)}
    session.flush()
    record(session, actor, "partner.invoices", "partner", partner.id, rules.pattern, **asdict(rules))
    return rules


def number_of(pattern: str, year: int, sequence: int) -> str:
    """("FV/{year}/{number:05}", 2026, 7) -> "FV/2026/00007"."""

    def filled(found: re.Match[str]) -> str:
        if found[1] == "year":
            return str(year)
        width = _NUMBER.fullmatch(found[1])
        return str(sequence).zfill(int((width and width[1]) or 0))

    return _FIELD.sub(filled, pattern)


def _check(rules: InvoiceSettings) -> None:
    for field in ("pattern", "corrections"):
        checked_pattern(getattr(rules, field), field)
    # Other years and numbers in the same places give other words, whatever stands around them.
    if _shape(rules.pattern) == _shape(rules.corrections):
        message = N_("Invoices and corrections need patterns that differ: their numbers would collide.")
        raise Refusal("pattern", message, "corrections")


def _shape(pattern: str) -> str:
    return re.sub(r"[ ./_-]", "-", _FIELD.sub("0", re.sub(r"\d", "0", pattern))).casefold()


def checked_pattern(pattern: str, field: str = "pattern") -> str:
    """A pattern that gives each document of each year a number of its own. Raises Refusal with what is wrong."""
    names = _FIELD.findall(pattern)
    if sorted(name.partition(":")[0] for name in names) != ["number", "year"]:
        raise Refusal("pattern", N_("Write {year} and {number} once each, for example FV/{year}/{number:05}."), field)
    if "year" not in names or not any(_NUMBER.fullmatch(name) for name in names):
        message = N_("{year} stands alone, and {number} may have its length behind it, like {number:05}.")
        raise Refusal("pattern", message, field)
    around = _FIELD.split(pattern)[::2]
    if not around[1] or around[1][0].isdigit() or around[1][-1].isdigit():
        message = N_("Put a sign like / or - between {year} and {number}: they could not be told apart.")
        raise Refusal("pattern", message, field)
    if around[0][-1:].isdigit() or around[2][:1].isdigit():
        raise Refusal("pattern", N_("No digit may stand beside {year} or {number}."), field)
    if not all(_PLAIN.fullmatch(part) for part in around):
        raise Refusal("pattern", N_("Use letters, digits, spaces and the signs / - . _ only."), field)
    if len(number_of(pattern, 2026, 99_999_999)) > LONGEST_NUMBER or pattern != pattern.strip():
        raise Refusal("pattern", N_("Such a number would be longer than %(most)s signs."), field, most=LONGEST_NUMBER)
    return pattern
