"""Forms about money that goes back. `key` makes a double click one deed."""

from __future__ import annotations

import secrets
from typing import Any, TypeVar

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.forms import Form, lazy

_Self = TypeVar("_Self", bound="ReasonForm")


class ReasonForm(Form):
    """Why."""

    reason = StringField(
        lazy("Reason"),
        [InputRequired(lazy("Say why, in a few words.")), Length(max=500, message=lazy("Use at most 500 characters."))],
        description=lazy("Stands on the paper."),
    )
    key = HiddenField(validators=[InputRequired(), Length(max=64)])

    #: Before the ids of the fields: several such forms stand on one page.
    mark = "reason"

    def __init__(self, mark: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for field in self:
            field.id = f"{mark or self.mark}-{field.name}"

    @classmethod
    def fresh(cls: type[_Self], amount: int = 0, mark: str = "") -> _Self:
        """An empty form with a new key; with what is most likely."""
        return cls(mark, formdata=None, data={"amount": amount or None, "key": secrets.token_urlsafe(18)})


class WriteOffForm(ReasonForm):
    """How much, and why."""

    mark = "off"

    amount = AmountField(lazy("Amount"), [InputRequired(lazy("Enter an amount."))])


class RefundForm(WriteOffForm):
    """Send money back."""

    mark = "refund"


class ChargebackForm(WriteOffForm):
    """The bank took money back."""

    mark = "back"
