"""Where and when one finds the people behind the shop. Address, telephone and mail are the company's own facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from webapp.reseller.cms.kit import N_, SCHEMES, Block, Choice, Company, Context, Data, Flag, Preset, Text

#: A plain link: a map inside the page would tell somebody else who looks at it.
MAP = "https://www.openstreetmap.org/search?query="


class Contact(Block):
    """Address, telephone, mail and opening hours."""

    type = "contact"
    label = N_("Contact and address")
    group = N_("Contact")
    icon = "map-pin"
    max_per_page = 1

    title = Text(N_("Heading"), max=100)
    text = Text(N_("Sentence below"), max=300)
    address = Flag(N_("Show the address"), default=True)
    map = Flag(N_("Show a link to a map"), default=True)
    phone = Flag(N_("Show the telephone number"), default=True)
    email = Flag(N_("Show the e-mail address"), default=True)
    hours = Text(N_("Opening hours"), max=400, multiline=True, hint=N_("One line each: Monday to Friday, 9 to 17"))
    scheme = Choice(N_("Colours"), SCHEMES)

    presets = (
        Preset(
            N_("Address and hours"),
            {
                "title": N_("Come by or call"),
                "address": True,
                "map": True,
                "phone": True,
                "email": True,
                "hours": N_("Monday to Friday, 9 to 17"),
            },
        ),
        Preset(
            N_("Telephone and mail only"),
            {"title": N_("Ask us"), "phone": True, "email": True, "address": False, "map": False, "scheme": "soft"},
        ),
    )

    @classmethod
    def extras(cls, data: Data, context: Context) -> Mapping[str, Any]:
        """`facts`: what is switched on and known of the company."""
        return {"facts": facts(data, context.company)}


def facts(data: Data, company: Company) -> dict[str, Any]:
    """`address` as lines, `map` and `call` as links, `phone`, `email`, `hours` as lines; what is missing is empty."""
    town = f"{company.postcode} {company.city}".strip()
    place = [line for line in (company.street, town) if line]
    return {
        "address": [company.name, *place] if data["address"] and place else [],
        "map": MAP + quote_plus(", ".join(place)) if data["map"] and place else "",
        "phone": company.phone.replace(".", " ") if data["phone"] else "",
        "call": "tel:" + "".join(char for char in company.phone if char in "+0123456789"),
        "email": company.email if data["email"] else "",
        "hours": [line.strip() for line in str(data["hours"]).splitlines() if line.strip()],
    }
