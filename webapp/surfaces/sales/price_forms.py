"""The form of one ending's prices: in a row of the table, or on its page with every period."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import request
from wtforms import BooleanField, DateField
from wtforms.validators import NumberRange

from webapp.foundation.refusal import NotFound
from webapp.reseller.catalog import price_groups, retail
from webapp.reseller.catalog.costs import Period
from webapp.reseller.catalog.facts import LARGEST_AMOUNT, OPERATIONS, PRICED, REGISTER, RENEW
from webapp.reseller.catalog.price_groups import GroupRow
from webapp.reseller.catalog.price_table import PriceCell, ProductPrices
from webapp.surfaces.shared.amounts import AmountField
from webapp.surfaces.shared.current import actor, database
from webapp.surfaces.shared.deeds import done
from webapp.surfaces.shared.forms import Form, MayBeEmpty, lazy
from webapp.surfaces.shared.numbers import whole_number

Keys = tuple[Period, ...]
_NOTHING = PriceCell(None, None, None)


class PriceForm(Form):
    """Prices of one ending; the amount fields are added per period."""

    valid_from = DateField(
        lazy("Holds from"), [MayBeEmpty()], description=lazy("Empty: from now on. Another day announces the change.")
    )
    in_step = BooleanField(
        lazy("Change the prices of longer periods in step"),
        description=lazy("Each further year then costs what a renewal costs."),
    )


@lru_cache(maxsize=64)
def _form_class(keys: Keys) -> type[PriceForm]:
    """A form with one amount per period. A field left empty: not for sale for so long."""
    rules = [MayBeEmpty(), NumberRange(0, LARGEST_AMOUNT, lazy("The price must be between 0 and 10,000,000."))]
    fields = {field_name(key): AmountField(" ".join(map(str, key)), rules) for key in keys}
    return type("PriceForm", (PriceForm,), fields)


def field_name(key: Period) -> str:
    """ "register_1", or "renew_30d" for days."""
    operation, years, days = key
    return f"{operation}_{days}d" if days else f"{operation}_{years}"


def shortest(row: ProductPrices) -> Keys:
    """What stands in a row of the table."""
    return tuple(row.first_key(operation) for operation in OPERATIONS)


def all_periods(row: ProductPrices) -> Keys:
    """Everything that the ending can be ordered for."""
    years = range(row.min_years, row.max_years + 1)
    long = tuple((operation, number, 0) for operation in (REGISTER, RENEW) for number in years)
    days = tuple((operation, 0, number) for operation, number in sorted(row.day_cells))
    once = tuple((operation, 1, 0) for operation in PRICED if operation not in (REGISTER, RENEW))
    return (*long, *days, *once)


def form_of(row: ProductPrices, keys: Keys, **shown: Any) -> PriceForm:
    """The form as the prices stand."""
    cells = row.every_cell()
    data: dict[str, Any] = {field_name(key): cells.get(key, _NOTHING).amount for key in keys}
    return _form_class(keys)(data={**data, **shown})


def group_of_address() -> GroupRow | None:
    """The price group that `?group=` names. Raises NotFound for none of the partner's."""
    text = request.args.get("group", "")
    if not text:
        return None
    with database().reading() as session:
        return price_groups.group(session, whole_number(text) or 0)


def row_of(product_id: int, group: GroupRow | None) -> ProductPrices:
    """Prices of an ending. Raises NotFound."""
    with database().reading() as session:
        found = retail.prices_of(session, product_id, group.id if group else None)
    if found is None:
        raise NotFound
    return found


def saved(form: PriceForm, row: ProductPrices, keys: Keys, group: GroupRow | None) -> bool:
    """Store what was changed; False when something has to be put right."""
    if not form.accepted():
        return False
    cells = row.every_cell()
    typed = {key: form[field_name(key)].data for key in keys}
    changed = {key: amount for key, amount in typed.items() if amount != cells.get(key, _NOTHING).amount}
    # What somebody typed for a longer period stands; the others follow.
    wanted = (retail.in_step(row, changed) if form.in_step.data else {}) | changed
    start, group_id = form.valid_from.data, group.id if group else None
    return done(form, lambda session: retail.set_amounts(session, actor(), row.product_id, wanted, start, group_id))
