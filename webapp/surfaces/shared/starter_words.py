"""Our starters in words that can be translated; others speak for themselves."""

from __future__ import annotations

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk.starter import Starter

WORDS = {
    "domain_shop": (
        N_("Domain shop"),
        N_("Names for people and local firms: friendly, plain prices, first questions answered."),
    ),
    "hosting_provider": (
        N_("Hosting provider"),
        N_(
            "For people who know what they want: prices first, whole lists of names, room for hosting and certificates."
        ),
    ),
    "it_shop": (
        N_("Local IT shop"),
        N_("A workshop around the corner: computers and networks, and names and mail for the firms of the town."),
    ),
    "minimal": (
        N_("Minimal"),
        N_("One page that says what is needed, and three behind it. A quiet beginning for words of your own."),
    ),
    "web_agency": (
        N_("Web agency"),
        N_("A studio that builds websites and looks after the names of its clients."),
    ),
}


def starter_words(one: Starter) -> tuple[str, str]:
    """(label, idea) in the reader's language."""
    label, idea = WORDS.get(one.key, (one.label, one.idea))
    return _(label), _(idea)
