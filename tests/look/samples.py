"""Sample data for the gallery: a German shop, since its words are the longest we ship."""

from types import SimpleNamespace
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import InputRequired, Optional

from webapp.foundation.theming import BrandTokens

LOCALE = "de"
PANEL_BRAND = BrandTokens("#3b4cca")
BRANDS = {
    "base": BrandTokens("#0b6e4f", "#f2a541"),
    "harbor": BrandTokens("#b4432a", "#e8a33d"),
    "ledger": BrandTokens("#0e4d92", "#0f9d8a"),
    "kiosk": BrandTokens("#ffd400", "#d7263d"),
    "atelier": BrandTokens("#1c1b19", "#b4532a"),
}
NAMES = {
    "base": "Lipowa Domains",
    "harbor": "Acme Domeny",
    "ledger": "Nordhost",
    "kiosk": "Domain Kiosk",
    "atelier": "Studio Lind",
}
#: (ending, first year, later years, transfer, before the promotion) in minor units.
PRICES = (
    ("de", 590, 990, 0, None),
    ("com", 1190, 1590, 1190, None),
    ("net", 1390, 1790, 1390, None),
    ("org", 990, 1690, 1290, 1490),
    ("eu", 490, 1190, 490, None),
    ("shop", 290, 3890, 3890, 3890),
    ("online", 390, 4290, 4290, None),
    ("info", 450, 2490, 2190, None),
    ("io", 4490, 6490, 5990, None),
    ("app", 1890, 2290, 2290, None),
    ("versicherung", 14900, 16900, 16900, None),
    ("pl", 990, 2490, 0, None),
)


class AddressForm(Form):
    country = SelectField(
        "Land",
        choices=[SelectChoice("de", "Deutschland"), SelectChoice("at", "Österreich"), SelectChoice("pl", "Polska")],
    )
    kind = RadioField(
        "Sie bestellen als",
        choices=[SelectChoice("person", "Privatperson"), SelectChoice("company", "Unternehmen oder Verein")],
        default="company",
    )
    company = StringField("Firma", [InputRequired()], description="So, wie sie im Handelsregister steht.")
    tax = StringField(
        "Umsatzsteuer-Identifikationsnummer",
        [Optional()],
        description="Zum Beispiel DE 123 456 789; Leerzeichen sind erlaubt.",
    )
    street = StringField("Straße und Hausnummer", [InputRequired()], render_kw={"autocomplete": "street-address"})
    postcode = StringField(
        "Postleitzahl", [InputRequired()], render_kw={"inputmode": "numeric", "autocomplete": "postal-code"}
    )
    city = StringField("Ort", [InputRequired()], render_kw={"autocomplete": "address-level2"})
    email = EmailField("E-Mail", [InputRequired()], render_kw={"autocomplete": "email"})
    note = TextAreaField("Anmerkung", [Optional()])
    terms = BooleanField("Ich habe die Allgemeinen Geschäftsbedingungen gelesen und stimme ihnen zu.")


def _address_form() -> AddressForm:
    form = AddressForm(
        data={
            "country": "de",
            "kind": "company",
            "street": "Donaudampfschifffahrtsgasse 17a",
            "city": "Garmisch-Partenkirchen",
        }
    )
    form.postcode.errors = ["Eine deutsche Postleitzahl hat fünf Ziffern, zum Beispiel 80331."]
    return form


def _row(index: int, exact: bool = False) -> dict[str, Any]:
    tld, first, then, _, was = PRICES[index]
    state = "free" if exact else ("free", "taken", "free", "free", "waiting", "free", "premium", "unknown")[index % 8]
    label = "bäckerei-sonnenschein-rechtsschutzversicherung" if index == 10 else "baeckerei-sonnenschein"
    return {
        "id": f"r-{tld}",
        "label": label,
        "tld": tld,
        "name": f"{label}.{tld}",
        "state": state,
        "price": first,
        "then": then,
        "currency": "EUR",
        "was": was,
        "lowest": was,
        "exact": exact,
        "in_basket": index == 3,
        "add_url": "/add",
        "cart_url": "/cart",
        "question": "baeckerei-sonnenschein",
        "note": "",
        "oob": False,
        "retry_url": "/again",
    }


def _prices() -> list[dict[str, Any]]:
    keys = ("tld", "register", "renew", "transfer", "was")
    return [dict(zip(keys, line, strict=True)) | {"currency": "EUR", "href": "#"} for line in PRICES]


def _menu() -> list[dict[str, Any]]:
    words = ("Domains", "Preise", "Zertifikate", "Häufige Fragen", "Kontakt")
    lines = [_menu_line(word) for word in words]
    lines[2] |= {"children": [_menu_line(word) for word in ("Für Unternehmen", "Platzhalterzertifikate")]}
    return lines


def _menu_line(word: str) -> dict[str, Any]:
    return {"label": word, "href": f"/{word}", "current": word == "Domains", "inside": False, "children": []}


def _links(*words: str) -> list[dict[str, str]]:
    return [{"label": word, "href": "#"} for word in words]


def shop(theme: str) -> dict[str, Any]:
    """Everything that a storefront page may use."""
    return {
        "icon_url": "/static/icons.svg",
        "site": SimpleNamespace(
            name=NAMES.get(theme, "Shop"),
            locale=LOCALE,
            locales=("de", "pl", "en"),
            theme=theme,
            currency="EUR",
            brand=BRANDS.get(theme, BrandTokens()),
        ),
        "menu": _menu(),
        "alternates": {"de": "/de/", "pl": "/pl/", "en": "/en/"},
        "footer_menu": [
            {"title": "Angebot", "links": _links("Domains", "Preise", "Umzug zu uns")},
            {"title": "Hilfe", "links": _links("Häufige Fragen", "Kontakt", "Betriebszustand")},
        ],
        "legal_menu": _links("Impressum", "Allgemeine Geschäftsbedingungen", "Datenschutzerklärung", "Widerruf"),
        "issuer": {
            "name": "Nordhost GmbH",
            "address": "Speicherstadt 4, 20457 Hamburg",
            "tax_number": "DE 123 456 789",
            "email": "hallo@nordhost.example",
        },
        "hero": {
            "title": "Der Name, unter dem man Sie findet.",
            "lead": "Prüfen Sie in einer Sekunde, ob er noch frei ist. Endpreise, auch für das zweite Jahr.",
        },
        "search": {
            "action": "/search",
            "query": "",
            "placeholder": "zum Beispiel baeckerei-sonnenschein",
            "stream": False,
        },
        "spotlight": [line | {"price": line["register"], "then": line["renew"]} for line in _prices()[:6]],
        "prices": _prices(),
        "exact": _row(0, exact=True),
        "rows": [_row(index) for index in range(1, len(PRICES))],
        "form": _address_form(),
        "auth": {
            "title": "Anmelden",
            "text": "Noch kein Konto? Es entsteht mit der ersten Bestellung.",
            "action": "/signin",
            "submit": "Anmelden",
            "links": _links("Passwort vergessen", "Registrieren"),
        },
    }


def _sections() -> list[list[dict[str, Any]]]:
    first = (
        ("Start", "house", 0, False),
        ("Abonnenten", "users", 0, False),
        ("Proformas", "receipt-text", 12, True),
        ("Domains", "globe", 0, False),
        ("Preise", "tags", 0, False),
        ("Website", "panels-top-left", 0, False),
        ("Einbettungen", "frame", 0, False),
        ("Anfragen", "life-buoy", 3, True),
        ("Auswertungen", "chart-column", 0, False),
        ("Protokoll", "history", 0, False),
    )
    return [
        [
            {"label": label, "icon": icon, "href": "#", "count": count, "hot": hot, "current": label == "Proformas"}
            for label, icon, count, hot in first
        ]
    ]


def _proformas() -> list[dict[str, Any]]:
    who = (
        "Anna Kowalska",
        "Bäckerei Sonnenschein Rechtsschutzversicherungsgesellschaft mbH",
        "Jürgen Großmann",
        "Łódź Rowery sp. z o.o.",
        "Studio Nord",
    )
    states = ("issued", "paid", "activated", "overdue", "cancelled")
    return [
        {
            "number": f"PF/2026/11/{118 - index:04}",
            "who": who[index % 5],
            "state": states[index % 5],
            "amount": 1780 + index * 7345 % 90000,
            "date": f"{21 - index % 20:02}.11.2026",
            "what": "baeckerei-sonnenschein.de + 1",
        }
        for index in range(14)
    ]


def panel() -> dict[str, Any]:
    """Everything that a panel page may use."""
    return {
        "sections": _sections(),
        "icon_url": "/static/icons.svg",
        "panel_home": "/",
        "search_url": "/find",
        "who": {"name": "Katharina Lindqvist"},
        "partner_name": "Nordhost",
        "settings_url": "/settings",
        "sign_out_url": "/signout",
        "proformas": _proformas(),
        "auth": {
            "title": "Sales Panel",
            "text": "Melden Sie sich mit Ihrer geschäftlichen Adresse an.",
            "action": "/signin",
            "submit": "Anmelden",
            "links": _links("Passwort vergessen"),
        },
    }
