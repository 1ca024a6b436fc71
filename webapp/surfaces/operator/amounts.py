"""Amounts in a currency that the page decides: the operator has none of its own."""

from __future__ import annotations

from typing import Any

from webapp.surfaces.shared.amounts import AmountField


class MoneyField(AmountField):
    """An amount of `currency`."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self._currency = currency
        super().__init__(*args, **kwargs)

    def currency(self) -> str:
        """As the page said."""
        return self._currency
