"""How banks write their CSV exports; a partner may describe one more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

#: Date formats that are offered, as strptime writes them.
DATE_FORMATS = ("%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d", "%m/%d/%Y")
DELIMITERS = (";", ",", "\t", "|")
DECIMALS = (",", ".")

#: Where a fact stands: a word of the heading, or the number of the column, the first being 0.
Column = str | int


@dataclass(frozen=True)
class CsvProfile:
    """One kind of CSV. Columns that a bank does not have are None; a title may be spread over several."""

    delimiter: str
    date: Column
    amount: Column
    title: tuple[Column, ...]
    name: Column | None = None
    account: Column | None = None
    currency: Column | None = None
    reference: Column | None = None
    date_format: str = "%Y-%m-%d"
    decimal: str = ","
    encoding: str = ""
    #: Rows above the first movement, where columns are numbers.
    skip: int = 0
    #: The facts stand in cells behind a label ("Tytuł: ..."), wherever.
    labels: tuple[tuple[str, str], ...] = ()
    #: Words of the heading by which the bank is known.
    known_by: tuple[str, ...] = ()
    own_summary: bool = False


MBANK = CsvProfile(
    ";",
    date="#Data księgowania",
    amount="#Kwota",
    title=("#Tytuł",),
    name="#Nadawca/Odbiorca",
    account="#Numer konta",
    known_by=("#Data księgowania", "#Nadawca/Odbiorca", "#Numer konta", "#Kwota"),
)
ING = CsvProfile(
    ";",
    date="Data księgowania",
    amount="Kwota transakcji (waluta rachunku)",
    title=("Tytuł",),
    name="Dane kontrahenta",
    account="Nr rachunku",
    reference="Nr transakcji",
    known_by=("Data księgowania", "Dane kontrahenta", "Nr transakcji"),
)
PKO = CsvProfile(
    ",",
    date="Data operacji",
    amount="Kwota",
    title=(),
    currency="Waluta",
    decimal=".",
    labels=(
        ("title", "Tytuł:"),
        ("name", "Nazwa nadawcy:"),
        ("name", "Nazwa odbiorcy:"),
        ("account", "Rachunek nadawcy:"),
        ("account", "Rachunek odbiorcy:"),
        ("reference", "Referencje własne zleceniodawcy:"),
    ),
    known_by=("Data operacji", "Typ transakcji", "Kwota", "Opis transakcji"),
)
#: No heading: the first row is about the account, then come the movements.
SANTANDER = CsvProfile(
    ",", date=0, amount=5, title=(2,), name=3, account=4, date_format="%d-%m-%Y", skip=1, own_summary=True
)
PROFILES: dict[str, CsvProfile] = {"mbank": MBANK, "ing": ING, "pko": PKO, "santander": SANTANDER}
BANKS = {"mbank": "mBank", "ing": "ING Bank Śląski", "pko": "PKO Bank Polski", "santander": "Santander Bank Polska"}


def to_settings(profile: CsvProfile) -> dict[str, Any]:
    """The partner's own description as JSON."""
    return asdict(profile)


def from_settings(stored: Mapping[str, Any]) -> CsvProfile | None:
    """The partner's own description; None when there is none (or one of an older kind)."""
    known = {field.name for field in fields(CsvProfile)}
    if not {"delimiter", "date", "amount", "title"} <= stored.keys() <= known:
        return None
    known_values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    return CsvProfile(**known_values)
