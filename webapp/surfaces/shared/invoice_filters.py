"""The filter of a list of invoices (W-08): number, state, kind, days, subscriber and amount; set and cleared by a
button, kept per person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, TypeVar

from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.billing.invoice_queries import InvoiceFilter
from webapp.reseller.desk import kept_filters

from .amounts import AmountField
from .current import database, signed_in
from .forms import Form, MayBeEmpty, lazy

STATES = (
    *(("", N_("Any")), ("paid", N_("Paid")), ("corrected", N_("Corrected"))),
    *(("sent", N_("Sent")), ("unsent", N_("Not sent yet"))),
)
KINDS = (("", N_("Any")), ("invoice", N_("VAT invoice")), ("correction", N_("Correcting invoice")))
_SHORT = [MayBeEmpty(), Length(max=100, message=lazy("Use at most 100 characters."))]


def day_field(label: str) -> DateField:
    """A day that may stay empty, as browsers send it and as people write it."""
    return DateField(lazy(label), [MayBeEmpty()], format=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"])


class DocumentFilterForm(Form):
    """What a list of papers may be narrowed to. An empty field leaves nothing out."""

    number = StringField(lazy("Number"), _SHORT, render_kw={"autocomplete": "off"})
    since = day_field(N_("From"))
    until = day_field(N_("Until"))

    def chosen(self) -> dict[str, str]:
        """What was set, as it is kept."""
        values = {name: field.data for name, field in self._fields.items()}
        return {name: _kept(value) for name, value in values.items() if value not in (None, "")}


class InvoiceFilterForm(DocumentFilterForm):
    """The same for invoices."""

    states: tuple[tuple[str, str], ...] = STATES[:3]
    state = SelectField(lazy("State"))
    kind = SelectField(lazy("Kind"))
    least = AmountField(lazy("Amount from"), [MayBeEmpty()])
    most = AmountField(lazy("Amount to"), [MayBeEmpty()])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.state.choices = [(value, _(label)) for value, label in self.states]
        self.kind.choices = [(value, _(label)) for value, label in KINDS]


_Form = TypeVar("_Form", bound=DocumentFilterForm)


class AnyonesFilterForm(InvoiceFilterForm):
    """For the partner: also by whose it is, and whether it was sent."""

    states = STATES
    subscriber = StringField(lazy("Subscriber"), _SHORT, render_kw={"autocomplete": "off"})


def _kept(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def person_key() -> str:
    """Whose filters they are."""
    someone = signed_in()
    return f"{someone.kind}:{someone.id}"


def form_of(kept: Mapping[str, str], form: type[_Form]) -> _Form:
    """The form with what is set."""
    return form(formdata=None, data=asdict(filter_of(kept)))


def filter_of(kept: Mapping[str, str], account_id: int | None = None) -> InvoiceFilter:
    """What is set, for the query. A value that cannot be read narrows nothing."""
    texts = {name: kept.get(name, "") for name in ("number", "state", "kind", "subscriber")}
    since, until = (_day(kept.get(name, "")) for name in ("since", "until"))
    least, most = (_whole(kept.get(name, "")) for name in ("least", "most"))
    return InvoiceFilter(**texts, since=since, until=until, least=least, most=most, account_id=account_id)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdigit() and len(text) < 20 else None


def set_or_clear(list_name: str, form: DocumentFilterForm, clear: bool) -> bool:
    """Keep what was set, or forget it; False when a field must be put right."""
    if not clear and not form.accepted():
        return False
    with database().writing() as session:
        if clear:
            kept_filters.forget(session, person_key(), list_name)
        else:
            kept_filters.keep(session, person_key(), list_name, form.chosen())
    return True
