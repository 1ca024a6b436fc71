"""A premium name never gets into a basket, nor out of one into an order: the price list is not its price.

The registry is asked before anything is written. While it does not answer, the name passes; it is asked again before
the order is placed, and at the last the registry itself refuses to register it at the standard price.
"""

from __future__ import annotations

from collections.abc import Iterable

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.text import NameRefused, to_unicode, understand_name
from webapp.surfaces.shared.current import availability

from .asking import ask

#: Seconds that somebody who pressed a button waits for the registry; an answer of the last half minute comes at once.
WAIT = 2.0


def refuse_premium(names: Iterable[str]) -> None:
    """Raises Refusal (premium) that names the first premium name among what was typed."""
    asked = ask(availability(), [name for typed in names if (name := _whole_name(typed))])
    for answer in asked.within(WAIT):
        if answer is not None and answer.state == "premium":
            message = N_("%(name)s is a premium name: the registry sets its price. Please ask us for an offer.")
            raise Refusal("premium", message, "name", name=to_unicode(answer.name))


def _whole_name(typed: str) -> str | None:
    """What is no name is for the operation to refuse."""
    try:
        query = understand_name(typed)
    except NameRefused:
        return None
    return query.ascii if query.tld else None
