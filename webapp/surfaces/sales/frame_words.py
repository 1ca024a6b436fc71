"""Words for what was found in a partner's page: what it is, and what to do about it."""

from __future__ import annotations

from typing import Any, NamedTuple

from webapp.foundation.i18n import N_, ngettext
from webapp.foundation.i18n import gettext as _
from webapp.reseller.partners.frame_check import Finding


class Line(NamedTuple):
    """One finding as it is shown; `add` is an origin that can be allowed with one press, `line` something to copy."""

    tone: str
    text: str
    fix: str
    line: str = ""
    add: str = ""


#: Code -> what was found, what to do.
WORDS = {
    "reached": (N_("The page answers: %(url)s"), ""),
    "status": (
        N_("The page answers with the status %(status)s instead of 200: %(url)s"),
        N_("Open it in a private window. It must be public, without a password or a page for robots in front."),
    ),
    "missing": (
        N_("The snippet is not in the page."),
        N_("Paste it as HTML, not as text; publish the page; empty your site's cache. We do not see what scripts add."),
    ),
    "no_place": (
        N_("The script is there, but no place for a view."),
        N_("Your builder has removed the tag. Take the snippet for page builders, or the one for WordPress."),
    ),
    "no_loader": (
        N_("The place is there, but not the script that fills it."),
        N_("Add this line below it; some builders want it in a field for scripts."),
    ),
    "other_shop": (
        N_("The script comes from %(origin)s, which is not your shop."),
        N_("Replace it by this line."),
    ),
    "unknown_view": (N_("There is no view with the name “%(view)s”."), N_("Copy the snippet above once more.")),
    "view_off": (N_("The view “%(view)s” is switched off or not on sale."), N_("Switch it on, or remove its snippet.")),
    "allowed": (N_("%(origin)s may show your frames."), ""),
    "not_allowed": (
        N_("%(origin)s may not show your frames yet, so that browsers leave an empty box and the link."),
        N_("Allow it: one press, and it works at once."),
    ),
    "no_site": (N_("%(origin)s cannot be allowed."), N_("Put the snippet into a page under a name of its own.")),
    "plain_http": (
        N_("The page is sent without HTTPS."),
        N_("Switch HTTPS on for your site. People type passwords into these frames."),
    ),
    "mixed": (N_("The page is secure, the script is asked for without HTTPS."), N_("Write https:// in front of it.")),
    "policy_script": (
        N_("The page's Content-Security-Policy does not let our script in."),
        N_("Add this to the policy that your server sends."),
    ),
    "policy_frame": (
        N_("The page's Content-Security-Policy does not let our frames in."),
        N_("Add this to the policy that your server sends."),
    ),
    "isolated": (
        N_("The page asks to be isolated from all others (Cross-Origin-Embedder-Policy), which keeps frames out."),
        N_("Leave that header away for the page with the snippet."),
    ),
}


def said_of(finding: Finding) -> Line:
    """The line in the reader's language."""
    if finding.code == "found":
        views = finding.params["views"]
        names = ", ".join(views)
        return Line(
            "ok",
            ngettext("The snippet is there: %(names)s.", "Snippets are there: %(names)s.", len(views), names=names),
            "",
        )
    text, fix = WORDS[finding.code]
    return Line(
        finding.tone, _(text, **finding.params), _(fix) if fix else "", _line(finding.params), _addable(finding)
    )


def _line(params: dict[str, Any]) -> str:
    if "line" in params:
        return str(params["line"])
    return f'<script src="{params["src"]}" async></script>' if "src" in params else ""


def _addable(finding: Finding) -> str:
    return str(finding.params["origin"]) if finding.code == "not_allowed" else ""
