"""What the form of a block sends, read back into a block's data: the editor saves it, the preview shows it.

A field's name is its path behind "f.": "f.title", "f.items.k3.question". An entry of a list has any name of small
letters and digits; entries stand in the order in which their first field arrives, so that moving one renames nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.reseller.cms.fields import Data, Field, Fields, Flag, Items

PREFIX = "f."
#: What a browser sends: name -> its first value, in the order of the form.
Sent = Mapping[str, str]


def sent_values(group: type[Fields], sent: Sent, prefix: str = PREFIX) -> Data:
    """Raw values by field name, to be cleaned. A field that was not sent is not there; an unticked box is."""
    found: Data = {}
    for name, field in group.fields.items():
        key = prefix + name
        if isinstance(field, Flag) or key in sent:
            found[name] = _value(field, sent, key)
    return found


def _value(field: Field, sent: Sent, key: str) -> Any:
    if isinstance(field, Items):
        return [sent_values(field.of, sent, f"{key}.{row}.") for row in _rows(field, sent, key)]
    if isinstance(field, Flag):
        return key in sent
    return sent[key]


def _rows(field: Items, sent: Sent, key: str) -> list[str]:
    """Names of the entries; one more than the list takes at most, so that its own check can speak."""
    start = f"{key}."
    names = (name[len(start) :].split(".", 1)[0] for name in sent if name.startswith(start))
    return list(dict.fromkeys(names))[: field.most + 1]
