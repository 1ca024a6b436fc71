"""The menus of header and footer: lines that lead to pages or addresses, in order, one level deep.

A line is named by its place in the menu ("2" or "2.1"), and the menu by its revision, so that nobody changes a menu
that has changed under his hands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import menus, queries
from webapp.reseller.cms.menus import Entry
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import whole_number
from webapp.surfaces.shared.rendering import render

from .blueprint import bp
from .site_pages import language_names

PLACES = {
    "header": N_("Header"),
    "footer": N_("Footer: column"),
    "documents": N_("Footer: documents"),
    "legal": N_("Footer: last line"),
}
#: Places that show one level only.
FLAT = ("legal",)
DONE = {
    "add": N_("“%(label)s” is in the menu."),
    "change": N_("“%(label)s” is changed."),
    "up": N_("“%(label)s” stands further up now."),
    "down": N_("“%(label)s” stands further down now."),
    "in": N_("“%(label)s” stands below the line before it now."),
    "out": N_("“%(label)s” is a line of its own now."),
    "remove": N_("“%(label)s” is out of the menu."),
}
#: What a form that was refused keeps.
UNTYPED = dict.fromkeys(("place", "at", "label", "page", "href"), "")
Lines = list[Entry]


@dataclass(frozen=True)
class Moved:
    """What was done to which line of which menu, and where it stands now."""

    place: str
    at: str
    action: str


@bp.get("/site/menus")
def site_menus() -> str:
    """All menus of one language."""
    return render(
        "sales/site_menus.html", title=_("Menus"), said="", tone="ok", moved=None, typed=UNTYPED, **_menus(_language())
    )


def _language() -> str:
    wanted = request.values.get("lang", "")
    return wanted if wanted in site().locales else site().locale


def _menus(locale: str) -> dict[str, Any]:
    with database().reading() as session:
        lines = {place: menus.entries(session, locale, place) for place in PLACES}
        rows = [(row, cell) for row in queries.site_map_of_pages(session) for cell in row.cells]
    pages = [(cell.page_id, cell.title) for _row, cell in rows if cell.locale == locale and cell.page_id]
    return {
        "lines": lines, "pages": pages, "lang": locale, "languages": language_names(), "places": PLACES, "flat": FLAT,
        "seen": {place: menus.revision(each) for place, each in lines.items()},
        "open": (request.values.get("place", ""), request.args.get("at", "")),
    }  # fmt: skip


@bp.post("/site/menus")
def change_site_menu() -> ResponseReturnValue:
    """One step with one line; the menus come back with a sentence about it."""
    locale, place, action = _language(), request.form.get("place", ""), request.form.get("action", "")
    if place not in PLACES or action not in DONE:
        raise NotFound
    moved, typed, tone = None, UNTYPED, "ok"
    try:
        with database().writing() as session:
            lines = menus.entries(session, locale, place)
            changed, at, label = STEPS[action](list(lines), _place_of(lines))
            menus.set_menu(session, actor(), locale, place, changed, seen=request.form.get("seen", ""))
        moved, sentence = Moved(place, at, action), _(DONE[action], label=label)
    except NotFound:
        raise
    except Refusal as refusal:
        sentence, tone = said(refusal), "warn"
        typed = {name: request.form.get(name, "") for name in UNTYPED}
    fragment = getattr(request, "is_htmx", False)
    if fragment or tone == "warn":
        template = "sales/_site_menus.html" if fragment else "sales/site_menus.html"
        parts = {"title": _("Menus"), "said": sentence, "tone": tone, "moved": moved, "typed": typed}
        return render(template, **parts, **_menus(locale)), 422 if tone == "warn" else 200
    flash(sentence)
    return redirect(url_for("sales.site_menus", lang=locale, _anchor=place), 303)


# --- steps: (lines, place) -> (lines, new place, label) ------------------------------------------------------

Step = Callable[[Lines, tuple[int, ...]], tuple[Lines, str, str]]


def _place_of(lines: Lines) -> tuple[int, ...]:
    """Where the line of this request stands: (1,) or (1, 0); () for a new one. Raises NotFound."""
    text = request.form.get("at", "")
    if not text:
        return ()
    parts = [whole_number(part, 3) for part in text.split(".")]
    place = tuple(part for part in parts if part is not None)
    if len(parts) > 2 or len(place) < len(parts):
        raise NotFound
    level: Any = lines
    for index in place:
        if index >= len(level):
            raise Refusal("edited_meanwhile", N_("Somebody else has changed this menu in the meantime."))
        level = level[index].children
    return place


def _get(lines: Lines, place: tuple[int, ...]) -> Entry:
    if not place:
        raise NotFound
    entry = lines[place[0]]
    return entry.children[place[1]] if len(place) == 2 else entry


def _put(lines: Lines, place: tuple[int, ...], *entries: Entry) -> Lines:
    """The line at a place replaced by others (or none)."""
    if len(place) == 1:
        return [*lines[: place[0]], *entries, *lines[place[0] + 1 :]]
    parent = lines[place[0]]
    children = (*parent.children[: place[1]], *entries, *parent.children[place[1] + 1 :])
    return _put(lines, place[:1], replace(parent, children=children))


def _text(place: tuple[int, ...]) -> str:
    return ".".join(str(index) for index in place)


def _typed() -> Entry:
    """The line of the form: a page, or an address."""
    label, page_id = request.form.get("label", "").strip(), whole_number(request.form.get("page", ""))
    return Entry(label, "" if page_id else request.form.get("href", "").strip(), page_id)


def _add(lines: Lines, place: tuple[int, ...]) -> tuple[Lines, str, str]:
    made = _typed()
    if place:
        parent = _get(lines, place[:1])
        at = (place[0], len(parent.children))
        return _put(lines, place[:1], replace(parent, children=(*parent.children, made))), _text(at), made.label
    return [*lines, made], _text((len(lines),)), made.label


def _change(lines: Lines, place: tuple[int, ...]) -> tuple[Lines, str, str]:
    made = replace(_typed(), children=_get(lines, place).children)
    return _put(lines, place, made), _text(place), made.label


def _remove(lines: Lines, place: tuple[int, ...]) -> tuple[Lines, str, str]:
    gone = _get(lines, place)
    # What stood below it stays, as lines of their own.
    return _put(lines, place, *gone.children), "", gone.label


def _by(step: int) -> Step:
    def move(lines: Lines, place: tuple[int, ...]) -> tuple[Lines, str, str]:
        entry = _get(lines, place)
        level = list(lines[place[0]].children) if len(place) == 2 else list(lines)
        index = max(0, min(place[-1] + step, len(level) - 1))
        level.insert(index, level.pop(place[-1]))
        at = (*place[:-1], index)
        if len(place) == 1:
            return level, _text(at), entry.label
        return _put(lines, place[:1], replace(lines[place[0]], children=tuple(level))), _text(at), entry.label

    return move


def _in(lines: Lines, place: tuple[int, ...]) -> tuple[Lines, str, str]:
    entry = _get(lines, place)
    if len(place) != 1 or place[0] == 0 or entry.children:
        raise Refusal("nested", N_("A menu has one level below the first, not more."))
    parent = lines[place[0] - 1]
    under = replace(parent, children=(*parent.children, entry))
    rest = _put(lines, place)
    return _put(rest, (place[0] - 1,), under), _text((place[0] - 1, len(parent.children))), entry.label


def _out(lines: Lines, place: tuple[int, ...]) -> tuple[Lines, str, str]:
    entry = _get(lines, place)
    if len(place) != 2:
        raise NotFound
    without = _put(lines, place)
    return [*without[: place[0] + 1], entry, *without[place[0] + 1 :]], _text((place[0] + 1,)), entry.label


STEPS: dict[str, Step] = {
    "add": _add, "change": _change, "remove": _remove, "up": _by(-1), "down": _by(1), "in": _in, "out": _out,
}  # fmt: skip
