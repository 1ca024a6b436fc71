"""The search: a finished list for a plain GET, a stream of rows for htmx, at the same address.

What is shown is planned while the database is open; nobody waits for the registry before it has been closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.csrf import generate_csrf
from webapp.foundation.i18n import current_locale, use_locale
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import Refusal
from webapp.foundation.sessions import in_frame
from webapp.foundation.web import the_app
from webapp.providers.registry.port import Availability
from webapp.reseller.orders.search import SearchPlan, Shopper, further_ideas, plan, with_premium
from webapp.surfaces.shared.current import availability, cart_token, database, site
from webapp.surfaces.shared.forms import said
from webapp.surfaces.shared.numbers import number_in
from webapp.surfaces.shared.rendering import prepared, render

from . import baskets
from .asking import STREAMS, Answers, Place, ask
from .baskets import Basket
from .buyer import account_id
from .search_rows import Row, end_text, places_of, rows, start_text

#: Seconds that a finished list waits for the registry, and that a stream stays open at most.
WAIT, STREAM = 4.0, 10.0


@dataclass
class _Search:
    """What was asked for, laid out, before anybody answered. `rows` are replaced as `answers` come.

    `locale` is the visitor's: a stream goes on after the request, and its language, have ended.
    """

    question: str
    plan: SearchPlan
    rows: dict[str, Row]
    basket: Basket
    answers: Answers
    locale: str

    @property
    def waiting(self) -> list[str]:
        """Names without an answer."""
        return [name for name, row in self.rows.items() if row.state == "waiting"]

    def take(self, answer: Availability, *, oob: bool = False) -> Row:
        """Put an answer in its place."""
        with use_locale(self.locale):
            row = self.rows[answer.name].answered(answer, oob=oob)
            self.rows[answer.name] = replace(row, oob=False)
        return row

    def give_up(self) -> list[Row]:
        """What has no answer by now could not be checked."""
        return [self.take(Availability(name, "unknown"), oob=True) for name in self.waiting]

    def summary(self) -> str:
        """The sentence at the end."""
        with use_locale(self.locale):
            return end_text(row for row in self.rows.values() if not row.idea)


def search() -> ResponseReturnValue:
    """The page of the search, with the answers if something was asked."""
    question = request.args.get("q", "").strip()
    fragment = _is_list()
    if not question:
        return invitation()
    try:
        the_app().limiter.check("search", account=None, ip=request.remote_addr, tenant=site().partner_id)
        found = _planned(question)
    except Refusal as refusal:
        return _refused(question, refusal, fragment=fragment)
    place = STREAMS.enter(request.remote_addr or "unknown") if fragment else None
    if place is None:
        return _finished(found, fragment=fragment)
    try:
        return _streamed(found, place)
    except Exception:
        place.leave()
        raise


def _is_list() -> bool:
    """True when only what lies below the search is wanted; a frame may ask for the search with it."""
    whole = getattr(request, "hx_target_id", None) == "frame-main"
    return bool(getattr(request, "is_fragment", False)) and not whole


def _planned(question: str) -> _Search:
    shop, group = site(), asked_group()
    shopper = Shopper(shop.currency, clock.today(shop.timezone), account_id(), current_locale(), group)
    with database().reading() as session:
        planned = plan(session, question, shopper)
        # In threads of their own, so that the registry is at work while the rest is thought out.
        asked = ask(availability(), [row.name for row in planned.rows])
        ideas = further_ideas(session, planned, question, shopper)
        planned = with_premium(session, planned)
        basket = baskets.load(session) if cart_token() else baskets.now()
    asked.add(availability(), [row.name for row in ideas])
    places = places_of(question, group, shop.modules)
    laid_out = rows(planned, ideas, shop.currency, basket.names, places, question)
    return _Search(question, planned, {row.name: row for row in laid_out}, basket, asked, current_locale())


# --- answers -------------------------------------------------------------------------------------------------


def invitation() -> ResponseReturnValue:
    """The search before anything was asked: the same for everybody."""
    return _page("")


def _page(question: str, status: int = 200, **more: Any) -> ResponseReturnValue:
    title = _("Search for “%(question)s”", question=question[:80]) if question else _("Find a domain name")
    return render("shopping/search.html", **{"title": title, "search": _form(question), **more}), status


def _form(question: str) -> dict[str, Any]:
    return {"action": url_for(".search"), "query": question, "stream": True, "group": asked_group()}


def asked_group() -> int | None:
    """The group of endings that the address names. One that is not the shop's is as good as none."""
    return number_in(request.args, "group")


def _refused(question: str, refusal: Refusal, *, fragment: bool) -> ResponseReturnValue:
    status = 429 if refusal.code == "too_many_tries" else 422
    if fragment:
        return render("shopping/_refused.html", refused=said(refusal), fragment=True), status
    return _page(question, status, refused=said(refusal))


def _finished(found: _Search, *, fragment: bool) -> ResponseReturnValue:
    for answer in found.answers.within(WAIT):
        if answer is not None:
            found.take(answer)
    found.give_up()
    values = _values(found) | {"progress": found.summary()}
    if fragment:
        return render("shopping/_results.html", **values, fragment=True)
    return _page(found.question, **values)


def _values(found: _Search) -> dict[str, Any]:
    return {
        "rows": [row for row in found.rows.values() if not row.idea],
        "ideas": [row for row in found.rows.values() if row.idea],
        "plan": found.plan,
        "basket": found.basket,
        "search": _form(found.question),
        "other": [_address(found.plan, label) for label in found.plan.query.alternatives],
    }


def _address(planned: SearchPlan, label: str) -> str:
    named = f"{label}.{planned.query.tld}" if planned.query.tld else label
    return url_for(".search", q=named, group=planned.group)


# --- the stream ----------------------------------------------------------------------------------------------


def _streamed(found: _Search, place: Place) -> Response:
    """Everything that needs the request is made here; the stream itself has no database and no session."""
    first = render("shopping/_results.html", **_values(found), progress=start_text(len(found.plan.rows)), fragment=True)
    here = {"framed": in_frame(request.environ)}
    row = prepared("_result_row.html", csrf="" if here["framed"] else generate_csrf(), **here)
    status = prepared("shopping/_status.html")
    events = _events(found, first, row, status)
    answer = Response(_until_left(events, place), mimetype="text/event-stream")
    answer.call_on_close(place.leave)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _until_left(events: Iterator[bytes], place: Place) -> Iterator[bytes]:
    try:
        yield from events
    finally:
        place.leave()


_Later = Callable[..., str]
_STILL = b": still asking\n\n"


def _events(found: _Search, first: str, row: _Later, status: _Later) -> Iterator[bytes]:
    """The whole list, rows as they are answered, and the sentence at the end."""
    yield _message(first)
    for answers in found.answers.together(STREAM):
        yield from _rows([found.take(answer, oob=True) for answer in answers], row) if answers else (_STILL,)
    yield from _rows(found.give_up(), row)
    yield _message(status(progress=found.summary()))
    yield b"event: done\ndata: \n\n"


def _rows(answered: Sequence[Row], row: _Later) -> Iterator[bytes]:
    """Several rows in one message: each message costs the browser a pass over the page."""
    if answered:
        yield _message("\n".join(row(row=each) for each in answered))


def _message(html: str) -> bytes:
    """One event of https://html.spec.whatwg.org/multipage/server-sent-events.html"""
    return "".join(f"data: {line}\n" for line in html.splitlines() if line.strip()).encode() + b"\n"
